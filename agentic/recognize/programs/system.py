"""The machine itself: processes, services, users, network settings, power, system packages.

Sources (checked 2026-11-21): https://man7.org/linux/man-pages/man1/systemctl.1.html,
https://man7.org/linux/man-pages/man1/kill.1.html, https://manpages.debian.org/apt-get,
https://docs.brew.sh/Manpage, https://dnf.readthedocs.io/en/latest/command_ref.html,
https://man7.org/linux/man-pages/man8/ip.8.html.
"""

from __future__ import annotations

from agentic.recognize.arguments import by_name, ensure, judge_path, read_arguments
from agentic.recognize.grammar import Spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation


def _shown(invocation: Invocation) -> str:
    return " ".join((invocation.name, *invocation.texts))[:160]


def look(invocation: Invocation, context: Context) -> None:
    """A program that only tells about the machine."""
    is_shadow = invocation.name == "getent" and any("shadow" in text for text in invocation.texts)
    context.add("file.read-secret" if is_shadow else "shell.read-system", _shown(invocation))


# Processes


def ps(invocation: Invocation, context: Context) -> None:
    """`ps`: with BSD's `e`, or `-E` of macOS, it shows the environment of processes."""
    before = ""
    for word in invocation.args:
        text = word.text
        is_value = before in _PS_VALUES or (before[:1] == "-" and before[-1:] == "o")
        is_bsd = text[:1] != "-" and text.isalpha() and "e" in text and not is_value
        if is_bsd or (text[:1] == "-" and text[1:].isalpha() and "E" in text):
            context.add("shell.environment-dump", _shown(invocation))
            return
        before = text
    context.add("shell.read-system", _shown(invocation))


#: Options of ps that take the next word.
_PS_VALUES = frozenset(
    """-o -O -C -u -U -p -g -G -t -q -s o O p U t --format --sort --pid --ppid --user --group --tty -N
    k --cols --columns --width --lines --rows""".split()
)


def kill(invocation: Invocation, context: Context) -> None:
    """`kill`: one's own processes by number; -1 and 0 reach more than one meant."""
    texts = list(invocation.texts)
    if texts[:1] in (["-l"], ["-L"], ["--list"], ["--table"]):
        context.add("shell.inert", _shown(invocation))
        return
    if texts and texts[0] in {"-s", "--signal", "-n"}:
        del texts[:2]
    elif texts and texts[0][:1] == "-" and texts[0] != "--" and len(texts) > 1:
        del texts[0]
    if texts[:1] == ["--"]:
        del texts[0]
    is_wide = any(
        text in {"-1", "0", "1"} or text[:1] == "-" or _is_found_by_name(text) for text in texts
    )
    context.add("process.signal-all" if is_wide else "process.signal", _shown(invocation))


def _is_found_by_name(text: str) -> bool:
    """Whether processes are looked up by pattern: `$(pgrep -f x)`, `$(ps aux | grep x | …)`."""
    if not text.startswith(("$(", "`")):
        return False
    words = text[1:].replace("(", " ").replace("`", " ").replace("|", " ").split()
    return any(word in {"ps", "pgrep", "pidof"} for word in words)


def kill_matching(invocation: Invocation, context: Context) -> None:
    """`pkill`, `killall`: by name or pattern, whoever it belongs to."""
    is_harmless = any(text in {"-l", "--list", "-0", "--version"} for text in invocation.texts)
    context.add("shell.read-system" if is_harmless else "process.signal-all", _shown(invocation))


def renice(invocation: Invocation, context: Context) -> None:
    """`renice`, `taskset -p`, `ionice -p`: change running processes."""
    context.add("process.signal", _shown(invocation))


def fuser(invocation: Invocation, context: Context) -> None:
    """`fuser`: with -k it kills whoever uses a file or a port."""
    arguments = read_arguments(invocation.args, "-n --namespace", switches="--kill --mount")
    kind = "process.signal-all" if arguments.has("-k --kill") else "shell.read-system"
    context.add(kind, _shown(invocation))


# Services and schedules

_SYSTEMCTL = Spec(
    kinds={
        "shell.read-system": """status, show, cat, list-units, list-unit-files, list-timers,
            list-sockets, list-jobs, list-dependencies, is-active, is-enabled, is-failed,
            is-system-running, get-default, help, ,""",
        "shell.environment-dump": "show-environment",
        "machine.power": """poweroff, reboot, halt, kexec, suspend, hibernate, hybrid-sleep,
            suspend-then-hibernate, rescue, emergency, soft-reboot, isolate, exit""",
        "process.start-service": "*",
    },
    values="-t --type -p --property -P -H --host -M --machine --state -n --lines -o --output --root -s "
    "--signal --job-mode",
    switches="--user --system --no-pager --no-legend -a --all -q --quiet -l --full --global --now -f "
    "--force --no-block --plain",
)


def service(invocation: Invocation, context: Context) -> None:
    """`service NAME ACTION`."""
    texts = invocation.texts
    is_read = "--status-all" in texts or texts[1:2] == ("status",)
    context.add("shell.read-system" if is_read else "process.start-service", _shown(invocation))


def crontab(invocation: Invocation, context: Context) -> None:
    """`crontab -l` reads; anything else changes what is started later."""
    arguments = read_arguments(invocation.args, "-u")
    if arguments.has("-l"):
        context.add("shell.read-system", _shown(invocation))
    else:
        for word in arguments.operands:
            if word.text != "-":
                judge_path(context, "read", word)
        context.add("process.start-service", _shown(invocation))


def at(invocation: Invocation, context: Context) -> None:
    """`at`, `batch`: what stands on standard input runs later."""
    if invocation.name == "atq" or "-l" in invocation.texts or "-c" in invocation.texts:
        context.add("shell.read-system", _shown(invocation))
        return
    context.add("process.start-service", _shown(invocation))
    if invocation.stdin.known:
        context.run_script(invocation.stdin.text, invocation.stdin._replace(text="", known=False))


_LAUNCHCTL = Spec(
    kinds={
        "shell.read-system": "list, print, print-disabled, blame, dumpstate, version, help, ,",
        "shell.environment-dump": "export, getenv",
        "machine.power": "reboot",
        "process.start-service": "*",
    },
)

# Users and rights


def privilege(invocation: Invocation, context: Context) -> None:
    """`usermod`, `visudo`, `passwd`…: who may do what."""
    arguments = read_arguments(invocation.args)
    is_read = invocation.name in {"passwd", "chage", "visudo", "faillock"} and arguments.has(
        "-S -l -c --check --status --list"
    )
    # passwd -l locks an account; only chage -l lists
    if is_read and not (invocation.name == "passwd" and arguments.has("-l")):
        context.add("shell.read-system", _shown(invocation))
    else:
        context.add("privilege.change", _shown(invocation))


def identity(invocation: Invocation, context: Context) -> None:
    """`hostname`, `domainname`: an operand sets the name."""
    arguments = read_arguments(invocation.args, "-F --file -b")
    is_set = bool(arguments.operands) or arguments.has("-F --file -b")
    context.add("machine.network-config" if is_set else "shell.read-system", _shown(invocation))


def control(invocation: Invocation, context: Context) -> None:
    """`timedatectl`, `hostnamectl`, `loginctl`…: asking, or changing the machine."""
    operands = read_arguments(invocation.args, "-H --host -M --machine -p --property -n").operands
    action = operands[0].text if operands else "status"
    reads: tuple[str, ...] = (
        "status",
        "show",
        "list",
        "timesync-status",
        "query",
        "statistics",
        "session-status",
    )
    reads += ("user-status", "seat-status", "lldp", "hold", "help", "get")
    is_read = action.startswith(reads) and not (action == "hold" and invocation.name == "apt-mark")
    if invocation.name == "hostnamectl" and action == "hostname":
        is_read = len(operands) == 1
    context.add("shell.read-system" if is_read else "privilege.change", _shown(invocation))


def ldconfig(invocation: Invocation, context: Context) -> None:
    """`ldconfig -p` lists; without it the loader's cache is made again."""
    is_read = any(
        text in {"-p", "--print-cache", "-V", "--version", "-N"} for text in invocation.texts
    )
    context.add("shell.read-system" if is_read else "privilege.change", _shown(invocation))


# Network settings

_IP_READS = frozenset(("show", "list", "ls", "lst", "get", "help", "monitor", "s", "l", "sh"))


def ip(invocation: Invocation, context: Context) -> None:
    """`ip OBJECT [COMMAND]`: no command shows; `netns exec` and -batch run things."""
    arguments = read_arguments(invocation.args, "-f -family -b -batch -n -netns", single_dash=True)
    words = arguments.operands
    texts = [word.text for word in words]
    if texts[:2] == ["netns", "exec"]:
        context.add("privilege.escalate", _shown(invocation))
        context.run_words(words[3:], invocation.stdin)
        return
    is_read = (len(texts) < 2 or texts[1] in _IP_READS) and not arguments.has("-b -batch")
    context.add("shell.read-system" if is_read else "machine.network-config", _shown(invocation))


def interfaces(invocation: Invocation, context: Context) -> None:
    """`ifconfig`, `route`, `arp`, `iwconfig`: more than an interface name changes it."""
    arguments = read_arguments(invocation.args, "-i -A")
    limit = 1 if invocation.name in {"ifconfig", "iwconfig"} else 0
    is_set = len(arguments.operands) > limit or arguments.has("-s -d --set --delete")
    context.add("machine.network-config" if is_set else "shell.read-system", _shown(invocation))


def firewall(invocation: Invocation, context: Context) -> None:
    """`iptables`, `nft`, `ufw`, `pfctl`…: listing rules, or changing them."""
    texts = invocation.texts
    reads = {
        "-L",
        "-S",
        "--list",
        "--list-rules",
        "status",
        "list",
        "-V",
        "--version",
        "-s",
        "show",
    }
    reads |= {"--list-all", "--get-default-zone", "--state", "-h", "--help", "export"}
    changes = {
        "-F",
        "-X",
        "-A",
        "-I",
        "-D",
        "-P",
        "-Z",
        "--flush",
        "--append",
        "--delete",
        "flush",
        "add",
    }
    is_read = any(text in reads or text[:2] == "-L" for text in texts)
    is_read = is_read and not any(text in changes for text in texts)
    saves = invocation.name.endswith("-save")
    context.add(
        "shell.read-system" if is_read or saves else "machine.network-config", _shown(invocation)
    )


# Power, kernel


def power(invocation: Invocation, context: Context) -> None:
    """`shutdown`, `reboot`, `halt`, `poweroff`; -c takes a planned one back."""
    is_harmless = any(text in {"--help", "--version", "-w", "--show"} for text in invocation.texts)
    context.add("shell.inert" if is_harmless else "machine.power", _shown(invocation))


def sysctl(invocation: Invocation, context: Context) -> None:
    """`sysctl NAME` reads, `NAME=VALUE`, -w, -p and --system write."""
    arguments = read_arguments(
        invocation.args, "-r --pattern -B", "-p --load", "--write --system --all --names --values"
    )
    is_set = arguments.has("-w --write -p --load --system -f") or any(
        "=" in word.text for word in arguments.operands
    )
    context.add("privilege.change" if is_set else "shell.read-system", _shown(invocation))


def kernel_module(invocation: Invocation, context: Context) -> None:
    """`modprobe`, `insmod`, `rmmod`, `kexec`, `bpftool`: code in the kernel."""
    is_dry = any(text in {"-n", "--dry-run", "--show-depends", "-c"} for text in invocation.texts)
    context.add("shell.read-system" if is_dry else "privilege.change", _shown(invocation))


def dmesg(invocation: Invocation, context: Context) -> None:
    """`dmesg`, `journalctl`: reading, unless the log is emptied."""
    clears: tuple[str, ...] = (
        "-C",
        "-c",
        "--clear",
        "--read-clear",
        "--vacuum",
        "--rotate",
        "--flush",
        "--sync",
    )
    if invocation.name == "journalctl":
        clears = clears[4:]
    is_change = any(text.startswith(clears) for text in invocation.texts)
    kind = "process.start-service" if is_change else "shell.read-system"
    context.add(kind, _shown(invocation))


def screen(invocation: Invocation, context: Context) -> None:
    """`tmux`, `screen`: listing, or a session that runs a command."""
    texts = invocation.texts
    reads = {"ls", "list-sessions", "-ls", "-list", "capture-pane", "has-session", "list-windows"}
    reads |= {"list-panes", "display-message", "-V", "-v", "kill-session", "detach", "show-options"}
    if texts and texts[0] in reads:
        context.add("shell.read-system", _shown(invocation))
        return
    if texts[:1] in (("send-keys",), ("send",)):
        words = list(read_arguments(invocation.args[1:], "-t -N").operands)
        typed = " ".join(word.text for word in words if word.text not in {"Enter", "C-m"})
        context.run_script(typed, invocation.stdin)
        return
    arguments = read_arguments(invocation.args, "-s -n -t -c -S -L -f -x -y -F -e -T", stops=True)
    words = list(arguments.operands)
    if words and words[0].text in {"new", "new-session", "new-window", "neww", "split-window"}:
        words = list(read_arguments(words[1:], "-s -n -t -c -x -y -F -e", stops=True).operands)
    count = len(context.operations)
    if len(words) == 1:
        context.run_script(words[0].text, invocation.stdin)
    elif words:
        context.run_words(words, invocation.stdin)
    ensure(context, count, "shell.inert", invocation.name)


# System packages

_APT = Spec(
    kinds={
        "shell.read-system": """list, search, show, policy, depends, rdepends, changelog, moo, help,
            showpkg, showsrc, stats, dump, madison, pkgnames, check, showhold, showauto,
            showmanual, ,""",
        "package.install-global": "*",
    },
    values="-t --target-release -o --option -c --config-file -a --host-architecture",
    switches="-y --yes --assume-yes -q --quiet -qq -f --fix-broken -m -u -V --no-install-recommends "
    "--allow-downgrades --installed --upgradable",
    flags={
        "--allow-unauthenticated": "network.insecure",
        "--allow-insecure-repositories": "network.insecure",
        "--force-yes": "network.insecure",
    },
    harmless="--help -h --version -v -s --simulate --dry-run --just-print --no-act --print-uris",
    safe="shell.read-system",
)
_BREW = Spec(
    kinds={
        "shell.read-system": """list, ls, search, info, desc, deps, uses, outdated, config, doctor, leaves,
            cat, home, log, missing, formulae, casks, commands, --prefix, --cellar, --version, help,
            services list, bundle check, bundle list, options, shellenv, ,""",
        "process.start-service": "services start, services stop, services restart, services run",
        "package.configure": "tap, untap, pin, unpin, link, unlink, analytics",
        "package.install-global": "*",
    },
    switches="-q --quiet -v --verbose -d --debug --prefix --cellar --repository --caskroom --env --cache",
)
_DNF = Spec(
    kinds={
        "shell.read-system": """list, search, info, provides, whatprovides, repolist, repoquery,
            check-update, check, deplist, history, help, grouplist, module list, updateinfo, ,""",
        "package.install-global": "*",
    },
    values="-c --config -x --exclude --enablerepo --disablerepo --repo --installroot --releasever "
    "--setopt -d -e",
    switches="-y --assumeyes -q --quiet -v -b --best -C --cacheonly --refresh --allowerasing",
    flags={"--nogpgcheck": "network.insecure"},
    harmless="--help -h --version --assumeno --downloadonly",
    safe="shell.read-system",
)
_APK = Spec(
    kinds={
        "shell.read-system": """info, search, list, policy, stats, dot, version, verify, audit, query,
            ,""",
        "package.install-global": "*",
    },
    values="-X --repository -p --root --arch --cache-dir --keys-dir --repositories-file -t --virtual",
    switches="-q --quiet -v --verbose -U --update-cache --no-cache --no-progress",
    flags={"--allow-untrusted": "network.insecure"},
    harmless="--help -h --version -V -s --simulate",
    safe="shell.read-system",
)
_SNAP = Spec(
    kinds={
        "shell.read-system": """list, find, search, info, version, changes, connections, services, logs,
            model, warnings, whoami, remotes, remote-ls, history, config, ,""",
        "package.install-global": "*",
    },
    values="--channel --revision",
    switches="--user --system --classic --dangerous -y --assumeyes",
)


def pacman(invocation: Invocation, context: Context) -> None:
    """`pacman`, `yay`: -Q and -F ask, -Ss and -Si search, everything else changes the machine."""
    first = next((text for text in invocation.texts if text[:1] == "-"), "")
    is_read = first[:2] in {"-Q", "-F", "-T", "-V", "-h"} or first.startswith(
        ("--query", "--files")
    )
    is_read = is_read or (first[:2] == "-S" and any(mark in first for mark in "sigl"))
    is_read = is_read or "--print" in invocation.texts
    context.add("shell.read-system" if is_read else "package.install-global", _shown(invocation))


def package_file(invocation: Invocation, context: Context) -> None:
    """`dpkg`, `rpm`, `installer`: asking about packages, or installing from a file."""
    reads: tuple[str, ...] = (
        "-l",
        "-L",
        "-s",
        "-S",
        "-q",
        "-I",
        "-c",
        "-p",
        "-V",
        "--list",
        "--query",
        "--search",
    )
    reads += (
        "--status",
        "--info",
        "--print",
        "--get",
        "--contents",
        "--verify",
        "--version",
        "--checksig",
    )
    first = next((text for text in invocation.texts if text[:1] == "-"), "")
    is_read = first.startswith(reads) and not first.startswith("-i")
    context.add("shell.read-system" if is_read else "package.install-global", _shown(invocation))
    if any(text in {"--nosignature", "--nogpgcheck", "--nodigest"} for text in invocation.texts):
        context.add("network.insecure", _shown(invocation))


PROGRAMS = {
    **by_name(
        (
            (
                look,
                """top htop btop atop vmstat iostat mpstat sar uname id whoami who w users groups
                last lastlog uptime free lsof ss netstat lscpu lsblk lspci lsusb lsmod lsb_release
                hostid logname pgrep pidof pstree pmap findmnt blkid getent sw_vers system_profiler
                nvidia-smi rocm-smi sensors atq lsattr getfacl vm_stat lshw dmidecode getenforce
                sestatus aa-status dpkg-query apt-cache history""",
            ),
            (control, "loginctl timedatectl hostnamectl localectl networkctl resolvectl apt-mark"),
            (ldconfig, "ldconfig"),
            (ps, "ps"),
            (kill, "kill"),
            (kill_matching, "pkill killall skill"),
            (renice, "renice"),
            (fuser, "fuser"),
            (service, "service rc-service"),
            (crontab, "crontab"),
            (at, "at batch atrm"),
            (
                privilege,
                """useradd adduser usermod userdel deluser groupadd groupmod groupdel gpasswd passwd
                chpasswd chage chsh chfn visudo vipw vigr faillock setcap newgrp dscl setenforce
                semanage aa-disable aa-complain spctl csrutil pam-auth-update update-alternatives""",
            ),
            (identity, "hostname domainname nisdomainname"),
            (ip, "ip"),
            (interfaces, "ifconfig iwconfig route arp"),
            (
                firewall,
                """iptables ip6tables iptables-save iptables-restore nft ufw pfctl firewall-cmd
                ebtables ipset tc""",
            ),
            (power, "shutdown reboot halt poweroff init telinit"),
            (sysctl, "sysctl"),
            (kernel_module, "modprobe insmod rmmod depmod kexec"),
            (dmesg, "dmesg journalctl"),
            (screen, "tmux screen"),
            (pacman, "pacman yay paru"),
            (package_file, "dpkg rpm installer"),
        )
    ),
    "systemctl": _SYSTEMCTL,
    "launchctl": _LAUNCHCTL,
    "apt": _APT,
    "apt-get": _APT,
    "aptitude": _APT,
    "brew": _BREW,
    "yum": _DNF,
    "dnf": _DNF,
    "zypper": _DNF,
    "apk": _APK,
    "snap": _SNAP,
    "flatpak": _SNAP,
}
