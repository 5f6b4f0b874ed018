"""Files and streams between machines, and keys: scp, rsync, nc, socat, openssl, gpg, ssh-keygen, tunnels.

What leaves this machine is a copy, an upload, or an upload of a secret; what arrives is a download. A
shell that is tied to the network and a port that is opened to others have kinds of their own.

Sources (checked 2026-11-21): https://man.openbsd.org/scp, https://man.openbsd.org/nc,
https://man.openbsd.org/ssh-keygen, https://download.samba.org/pub/rsync/rsync.1,
http://www.dest-unreach.org/socat/doc/socat.html, https://docs.openssl.org/master/man1,
https://www.gnupg.org/documentation/manuals/gnupg, https://ngrok.com/docs/agent/cli.
"""

from __future__ import annotations

from agentic.recognize import paths
from agentic.recognize.addresses import is_local, is_metadata, parse_address, plain_host
from agentic.recognize.arguments import (
    by_name,
    ensure,
    judge_linked,
    judge_path,
    judge_target,
    note_written,
    read_arguments,
)
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.web import carries_secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agentic.recognize.arguments import Arguments
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation


def _shown(invocation: Invocation) -> str:
    return " ".join((invocation.name, *invocation.texts))[:160]


# Copies between machines

_SCP_VALUES = "-c -D -F -i -J -l -o -P -S -X"


def scp(invocation: Invocation, context: Context) -> None:
    """`scp SOURCE… TARGET`, with `host:path` or `scp://` for the other machine."""
    arguments = read_arguments(invocation.args, _SCP_VALUES)
    _judge_ssh_options(arguments.values("-o"), context)
    for word in arguments.values("-S"):
        context.unknown("another program makes the connection", target=word.text)
    operands = arguments.operands
    if len(operands) < 2:
        context.add("shell.inert", _shown(invocation))
        return
    copy_between(operands[:-1], operands[-1], context, tree=arguments.has("-r"))


def sftp(invocation: Invocation, context: Context) -> None:
    """`sftp HOST[:FILE [LOCAL]]`: a file is fetched, else a session in which anything may be copied."""
    arguments = read_arguments(invocation.args, "-B -b -c -D -F -i -J -l -o -P -R -S -s -X")
    _judge_ssh_options(arguments.values("-o"), context)
    for word in arguments.values("-b"):
        if word.text != "-":
            judge_path(context, "read", word)
    operands = arguments.operands
    if operands and ":" in operands[0].text and not arguments.has("-b"):
        target = operands[1] if len(operands) > 1 else Word(".")
        copy_between(operands[:1], target, context)
    else:
        context.add("network.copy", _shown(invocation))


_RSYNC_VALUES = (
    "-e --rsh --rsync-path -f --filter --exclude --exclude-from --include --include-from --files-from "
    "--copy-dest --compare-dest --link-dest -T --temp-dir --partial-dir --backup-dir --suffix "
    "--log-file --log-file-format --out-format --password-file --port --sockopts --bwlimit --timeout "
    "--contimeout -B --block-size -M --remote-option --max-size --min-size --max-delete --chmod "
    "--chown --usermap --groupmap --iconv --protocol --compress-choice --compress-level "
    "--skip-compress --address --config --modify-window --info --debug --stop-after --early-input "
    "--write-batch --only-write-batch --read-batch --checksum-choice --checksum-seed --outbuf"
)


def rsync(invocation: Invocation, context: Context) -> None:
    """`rsync SOURCE… TARGET`: --delete removes what the source lacks; -n only tells."""
    arguments = read_arguments(
        invocation.args,
        _RSYNC_VALUES,
        switches="--dry-run --delete --archive --recursive --verbose --remove-source-files --compress "
        "--daemon --list-only --checksum --update --delete-after --delete-excluded --delete-before",
    )
    _judge_remote_shell(arguments, context)
    for word in arguments.values("--exclude-from --include-from --files-from --password-file"):
        if word.text != "-":
            judge_path(context, "read", word)
    for word in arguments.values("--log-file --write-batch --only-write-batch"):
        judge_path(context, "write", word)
    for word in arguments.values("--link-dest"):
        judge_linked(context, word, tree=True)
    operands = arguments.operands
    if arguments.has("--daemon"):
        context.add("code.expose-server", _shown(invocation))
        return
    if len(operands) < 2 or arguments.has("-n --dry-run --list-only"):
        away = any(remote_host(word.text) for word in operands)
        context.add("network.read" if away else "file.read", _shown(invocation))
        return
    target = operands[-1]
    # a slash at the end means what is in the folder
    sources = [
        word._replace(text=word.text + ".") if word.text.endswith("/") else word
        for word in operands[:-1]
    ]
    copy_between(sources, target, context, tree=True)
    deletes = any(name.startswith("--del") for name, _ in arguments.options)
    if deletes and remote_host(target.text):
        context.add("file.delete-outside", target.text)
    elif deletes:
        context.delete_path(target._replace(text=target.text.rstrip("/") + "/."), tree=True)
    if arguments.has("--remove-source-files"):
        for word in operands[:-1]:
            if not remote_host(word.text):
                context.delete_path(word, tree=True)


def _judge_remote_shell(arguments: Arguments, context: Context) -> None:
    """`-e 'ssh -p 22'` is the usual; another program, or careless options, are not."""
    for word in arguments.values("-e --rsh"):
        pieces = word.text.split()
        if not pieces or pieces[0].rpartition("/")[2] != "ssh" or not word.literal:
            context.unknown("another program makes the connection", target=word.text)
        elif any("proxycommand" in piece.lower() for piece in pieces):
            context.unknown("ssh starts another program to connect", target=word.text)
        _judge_ssh_options([Word(piece.removeprefix("-o")) for piece in pieces], context)
    for word in arguments.values("--rsync-path"):
        if word.text.rpartition("/")[2] != "rsync":
            context.add("network.remote-shell", word.text)


_CARELESS = frozenset(
    (
        ("stricthostkeychecking", "no"),
        ("stricthostkeychecking", "off"),
        ("userknownhostsfile", "/dev/null"),
    )
)


def _judge_ssh_options(options: Iterable[Word], context: Context) -> None:
    """Host keys that are not checked, and commands that ssh would start."""
    for word in options:
        name, _, value = word.text.replace(" ", "=", 1).partition("=")
        name, value = name.lower(), value.strip().lower()
        if (name, value) in _CARELESS:
            context.add("network.insecure", word.text)
        elif name in {"proxycommand", "localcommand", "knownhostscommand"} and value != "none":
            context.run_script(word.text.partition("=")[2] or value, Stdin())


def remote_host(text: str) -> str:
    """The machine that `host:path`, `rsync://host/x` or `scp://host/x` names, else empty."""
    if "://" in text:
        return parse_address(text).host
    head, colon, _ = text.partition(":")
    if not colon or "/" in head or head[:1] in {".", "~"}:
        return ""
    return plain_host(head.rpartition("@")[2]) or head


def copy_between(
    sources: Sequence[Word], target: Word, context: Context, *, tree: bool = False
) -> None:
    """Add what copying between machines means, on each side."""
    count = len(context.operations)
    is_away = bool(remote_host(target.text))
    local = [word for word in sources if not remote_host(word.text)]
    has_secret = False
    for word in local:
        found = paths.operations(
            "read-tree" if tree else "read",
            word,
            context.cwd,
            context.workspace,
            context.facts,
            None,
            context.remote,
        )
        has_secret = has_secret or any(row[0] == "file.read-secret" for row in found)
        for row in found:
            if row[0] != "file.read" or not is_away:
                context.add(*row)
    if is_away:
        if not target.literal:
            context.unknown("where the copy goes is computed at run time", target=target.text)
        context.add("network.copy", target.text)
        if has_secret:
            context.add("network.upload-secret", target.text)
    else:
        if len(local) < len(sources):
            context.add("network.download", " ".join(word.text for word in sources)[:160])
            note_written(context, target, fetched=True)
        judge_target(context, sources, target, tree=tree)
    ensure(context, count)


def old_transfer(invocation: Invocation, context: Context) -> None:
    """`ftp`, `lftp`, `tftp`, mail programs: sessions that send what they like."""
    arguments = read_arguments(invocation.args, "-c -e -u -p -f -s -a -A -b -r -q -E -H")
    for word in arguments.values("-c -e"):
        if "!" in word.text and invocation.name == "lftp":
            context.run_script(word.text.partition("!")[2], Stdin())
    for word in arguments.values("-a -A -f"):
        if invocation.name != "sendmail":
            for found in paths.operations(
                "read", word, context.cwd, context.workspace, context.facts, None, context.remote
            ):
                if found[0] == "file.read-secret":
                    context.add("network.upload-secret", word.text)
    context.add("network.upload", _shown(invocation))


# Raw connections

_SHELLS = ("sh", "bash", "zsh", "dash", "ksh", "fish", "cmd", "powershell", "pwsh")


def netcat(invocation: Invocation, context: Context) -> None:
    """`nc`, `ncat`: -e and -c tie a program to the network, -l opens a port, -z only looks."""
    arguments = read_arguments(
        invocation.args,
        "-e --exec -c --sh-exec --lua-exec -g -G -i -I -M -m -O -P -p -q -s -T -V -W -w -X -x --proxy "
        "--proxy-type --proxy-auth --ssl-cert --ssl-key -o --output -d --delay --idle-timeout --wait",
        switches="--listen --keep-open --udp --ssl --send-only --recv-only --zero --verbose",
    )
    operands = arguments.operands
    host = plain_host(operands[0].text) if operands else ""
    stays = bool(operands) and is_local(host)
    if arguments.has("-e --exec -c --sh-exec --lua-exec"):
        context.add("network.listen-shell", _shown(invocation))
        return
    for word in arguments.values("-o --output"):
        judge_path(context, "write", word)
    if arguments.has("-U"):
        _judge_unix_socket(operands[0].text if operands else "", context)
    elif arguments.has("-l --listen"):
        context.add("code.expose-server", _shown(invocation))
    elif not operands or arguments.has("-h --help --version"):
        context.add("shell.inert", invocation.name)
    elif is_metadata(host):
        context.add("network.metadata", host)
    elif arguments.has("-z --zero"):
        context.add("network.read-local" if stays else "network.read", _shown(invocation))
    else:
        _judge_stream(invocation.stdin, _shown(invocation), context, stays=stays)


def _judge_stream(stdin: Stdin, shown: str, context: Context, *, stays: bool) -> None:
    """Add what standard input sent to another machine means."""
    if stays:
        context.add("network.write-local", shown)
        return
    if carries_secret(stdin, context):
        context.add("network.upload-secret", shown)
    sends = stdin.origin in {"pipe", "file", "text"}
    context.add("network.upload" if sends else "network.write", shown)


def _judge_unix_socket(path: str, context: Context) -> None:
    is_engine = path.endswith(("docker.sock", "podman.sock", "containerd.sock", "crio.sock"))
    context.add("container.run-privileged" if is_engine else "network.write-local", path)


def socat(invocation: Invocation, context: Context) -> None:
    """`socat A B`: EXEC and SYSTEM start programs, LISTEN opens a port, files are read and written."""
    operands = read_arguments(invocation.args, "-b -t -T -l -r -R -L -W").operands
    kinds = [word.text.upper().partition(":")[0].partition(",")[0] for word in operands]
    runs = any(kind in {"EXEC", "SYSTEM", "SHELL"} for kind in kinds)
    nets = any(
        kind.startswith(("TCP", "UDP", "OPENSSL", "SSL", "SCTP", "SOCKS", "PROXY", "IP"))
        for kind in kinds
    )
    listens = any("LISTEN" in kind or kind.endswith("-L") for kind in kinds)
    count = len(context.operations)
    for kind, word in zip(kinds, operands, strict=True):
        rest = word.text.partition(":")[2]
        name = rest.partition(",")[0]
        if kind in {"EXEC", "SYSTEM", "SHELL"} and not nets:
            context.run_script(name, Stdin())
        elif kind in {"FILE", "OPEN", "CREATE", "CREAT", "GOPEN"} or "/" in kind:
            path = word._replace(text=name or word.text.partition(",")[0])
            judge_path(context, "write" if kind.startswith("CREA") else "read", path)
            if kind != "FILE" and not kind.startswith("CREA"):
                judge_path(context, "write", path)
        elif kind.startswith("UNIX"):
            _judge_unix_socket(name, context)
        if "verify=0" in rest:
            context.add("network.insecure", word.text)
    if runs and nets:
        context.add("network.listen-shell", _shown(invocation))
    elif listens and not any(
        "bind=127.0.0.1" in w.text or "bind=localhost" in w.text for w in operands
    ):
        context.add("code.expose-server", _shown(invocation))
    elif nets:
        hosts = [
            plain_host(word.text.split(":")[1]) for word in operands if word.text.count(":") > 1
        ]
        stays = bool(hosts) and all(is_local(host) for host in hosts)
        context.add(
            "network.write-local" if stays or listens else "network.write", _shown(invocation)
        )
    ensure(context, count)


def telnet(invocation: Invocation, context: Context) -> None:
    """`telnet`, `websocat`, `wscat`: a session with whatever listens there."""
    operands = read_arguments(invocation.args, "-c -l -b -n -H --header -x").operands
    stays = bool(operands) and is_local(parse_address(operands[0].text).host)
    if operands and is_metadata(parse_address(operands[0].text).host):
        context.add("network.metadata", operands[0].text)
    _judge_stream(invocation.stdin, _shown(invocation), context, stays=stays)


# Tunnels


def tunnel(invocation: Invocation, context: Context) -> None:
    """`ngrok`, `cloudflared`, `lt`…: a local service shown to the world."""
    texts = invocation.texts
    first = next((text for text in texts if text[:1] != "-"), "")
    if first in {"version", "help", "status", "diagnose"} or (
        not first and any(text in {"--version", "--help", "-h", "-v"} for text in texts)
    ):
        context.add("shell.inert", _shown(invocation))
    elif first in {"authtoken", "config", "login", "add-authtoken"}:
        context.add("file.write-secret", _shown(invocation))
    else:
        context.add("code.expose-server", _shown(invocation))


def tailscale(invocation: Invocation, context: Context) -> None:
    """`tailscale`: looking, serving to others, or changing the network."""
    first = next((text for text in invocation.texts if text[:1] != "-"), "")
    kind = {
        "status": "shell.read-system",
        "ip": "shell.read-system",
        "version": "shell.inert",
        "ping": "network.read",
        "netcheck": "network.read",
        "whois": "network.read",
        "serve": "code.expose-server",
        "funnel": "code.expose-server",
        "ssh": "network.remote-shell",
        "file": "network.copy",
        "": "shell.inert",
    }.get(first, "machine.network-config")
    context.add(kind, _shown(invocation))


# Keys and ciphers


def ssh_keygen(invocation: Invocation, context: Context) -> None:
    """`ssh-keygen`: a new key unless an option asks for a look."""
    arguments = read_arguments(
        invocation.args,
        "-a -b -C -D -E -e -F -f -I -J -j -K -M -m -N -n -O -P -R -r -s -t -V -W -w -Y -Z -z",
    )
    file = arguments.value("-f")
    if arguments.has("-D -w"):
        context.unknown("a library is loaded to reach a key", target=_shown(invocation))
    elif arguments.has("-l -F -B -Q -L"):
        context.add("file.read", _shown(invocation))
    elif arguments.has("-R"):
        judge_path(context, "write", file or Word("~/.ssh/known_hosts"))
    elif arguments.has("-y -e -s -Y"):
        if arguments.has("-Y") and invocation.texts and "verify" in " ".join(invocation.texts):
            context.add("file.read", _shown(invocation))
        else:
            judge_path(context, "read", file or Word("~/.ssh/id_ed25519"))
    else:
        context.add("file.write-secret", file.text if file is not None else "~/.ssh")


def ssh_add(invocation: Invocation, context: Context) -> None:
    """`ssh-add`: -l lists; otherwise keys are loaded or dropped."""
    arguments = read_arguments(invocation.args, "-E -e -H -h -S -s -t -T")
    if arguments.has("-l -L -T"):
        context.add("shell.read-system", _shown(invocation))
    elif arguments.has("-s -S"):
        context.unknown("a library is loaded to reach a key", target=_shown(invocation))
    elif arguments.has("-d -D -x -X"):
        context.add("process.signal", _shown(invocation))
    else:
        context.add("file.read-secret", _shown(invocation))


def ssh_copy_id(invocation: Invocation, context: Context) -> None:
    """`ssh-copy-id`: who holds the key may enter the other machine."""
    arguments = read_arguments(invocation.args, "-i -p -o -F -t")
    _judge_ssh_options(arguments.values("-o"), context)
    context.add("network.remote-shell", _shown(invocation))


def ssh_agent(invocation: Invocation, context: Context) -> None:
    """`ssh-agent [COMMAND…]`."""
    arguments = read_arguments(invocation.args, "-a -E -O -P -t", stops=True)
    context.add("process.signal" if arguments.has("-k") else "shell.inert", invocation.name)
    if arguments.operands:
        context.run_words(arguments.operands, invocation.stdin)


_OPENSSL_READS = (
    "-in -inkey -key -CAkey -CA -cert -certfile -CAfile -signkey -sign -verify -prverify -config "
    "-extfile -passin -kfile -peerkey -untrusted -trusted -content -recip -signer -rand -data -queryfile"
)


def openssl(invocation: Invocation, context: Context) -> None:
    """`openssl COMMAND`: keys and files read and written, connections, servers."""
    command = invocation.texts[0] if invocation.texts else ""
    if command == "s_client":
        _openssl_client(invocation, context)
        return
    if command == "s_server" or (command == "ocsp" and "-port" in invocation.texts):
        context.add("code.expose-server", _shown(invocation))
        return
    arguments = read_arguments(
        invocation.args[1:],
        _OPENSSL_READS
        + " -out -keyout -writerand -sigfile -signature -subj -days -newkey -addext -md -K -iv -S -k -pass "
        "-passout -nameopt -checkend -name -CAserial -set_serial -engine -provider "
        "-provider-path -pkeyopt -algorithm -iter -inform -outform -keyform -purpose -ext",
        single_dash=True,
    )
    count = len(context.operations)
    for word in arguments.values(_OPENSSL_READS):
        text = word.text
        scheme, colon, rest = text.partition(":")
        if colon and scheme in {"pass", "env", "stdin", "fd"}:
            continue
        judge_path(
            context, "read", word._replace(text=rest if colon and scheme == "file" else text)
        )
    for word in arguments.values("-out -keyout -writerand"):
        judge_path(context, "write", word)
    for word in arguments.values("-engine -provider-path"):
        context.unknown("openssl loads a library", target=word.text)
    if command in {"dgst", "x509", "verify", "asn1parse", "rsa", "crl"}:
        for word in arguments.operands:
            judge_path(context, "read", word)
    ensure(context, count)


def _openssl_client(invocation: Invocation, context: Context) -> None:
    """`openssl s_client -connect HOST`: looking at a certificate, or a session."""
    texts = invocation.texts
    position = texts.index("-connect") + 1 if "-connect" in texts else 0
    host = texts[position] if 0 < position < len(texts) else texts[-1]
    stays = is_local(parse_address(host).host)
    if invocation.stdin.origin in {"pipe", "text", "file"} and invocation.stdin.path != "/dev/null":
        known = invocation.stdin.text.strip() if invocation.stdin.known else "?"
        if known not in {"", "Q", "QUIT"}:
            _judge_stream(invocation.stdin, f"openssl s_client {host}", context, stays=stays)
            return
    context.add("network.read-local" if stays else "network.read", f"openssl s_client {host}")


#: option -> kind: what gpg is asked to do; the first that fits counts.
_GPG_ACTIONS: tuple[tuple[str, str], ...] = (
    ("--export-secret-keys --export-secret-subkeys --export-secret-key", "file.read-secret"),
    (
        "--delete-secret-keys --delete-secret-key --delete-secret-and-public-keys",
        "file.write-secret",
    ),
    (
        "--gen-key --full-gen-key --quick-gen-key --generate-key --full-generate-key",
        "file.write-secret",
    ),
    ("--quick-generate-key --edit-key --change-passphrase --passwd", "file.write-secret"),
    (
        "--import --import-ownertrust --fast-import --delete-keys --delete-key",
        "file.write-sensitive",
    ),
    (
        "--quick-set-expire --quick-add-uid --quick-add-key --sign-key --lsign-key",
        "file.write-secret",
    ),
    ("--send-keys", "network.upload"),
    (
        "--recv-keys --receive-keys --refresh-keys --search-keys --fetch-keys --locate-keys",
        "network.download",
    ),
    ("-d --decrypt --decrypt-files", "file.read-secret"),
    (
        "-k -K --list-keys --list-secret-keys --list-public-keys --fingerprint --list-sigs",
        "file.read",
    ),
    ("--verify --verify-files --list-packets --export --check-sigs --version", "file.read"),
    (
        "-s -b --sign --detach-sign --clearsign --clear-sign -e -c --encrypt --symmetric",
        "file.write",
    ),
    ("--dearmor --enarmor --print-md --store", "file.write"),
)


def gpg(invocation: Invocation, context: Context) -> None:
    """`gpg`: told by its command option; without one it decrypts what it is given."""
    arguments = read_arguments(
        invocation.args,
        "-o --output -r --recipient -u --local-user --default-key --keyserver --homedir --passphrase "
        "--passphrase-file --passphrase-fd --keyring --pinentry-mode --status-fd "
        "--trust-model --cipher-algo --compress-algo --digest-algo --hidden-recipient --options "
        "--photo-viewer --logger-fd --command-fd -N --set-notation",
    )
    for word in arguments.values("-o --output"):
        if word.text != "-":
            judge_path(context, "write", word)
    for word in arguments.values("--passphrase-file"):
        judge_path(context, "read", word)
    for names, kind in _GPG_ACTIONS:
        if arguments.has(names):
            context.add(kind, _shown(invocation))
            break
    else:
        context.add("file.read-secret" if arguments.operands else "shell.inert", _shown(invocation))
    if arguments.has("-e --encrypt -s --sign -b --detach-sign -c --symmetric --clearsign"):
        for word in arguments.operands:
            judge_path(context, "read", word)


def age(invocation: Invocation, context: Context) -> None:
    """`age`, `age-keygen`: -d decrypts with a key, age-keygen makes one."""
    arguments = read_arguments(invocation.args, "-r --recipient -R -i --identity -o --output")
    if invocation.name == "age-keygen":
        kind = "file.read-secret" if arguments.has("-y") else "file.write-secret"
        context.add(kind, _shown(invocation))
        return
    for word in arguments.operands:
        judge_path(context, "read", word)
    for word in arguments.values("-o --output"):
        judge_path(context, "write", word)
    context.add(
        "file.read-secret" if arguments.has("-d --decrypt") else "file.write", _shown(invocation)
    )


PROGRAMS = by_name(
    (
        (scp, "scp"),
        (sftp, "sftp"),
        (rsync, "rsync"),
        (old_transfer, "ftp lftp tftp ncftp mail mailx mutt sendmail msmtp swaks"),
        (netcat, "nc ncat netcat"),
        (socat, "socat"),
        (telnet, "telnet websocat wscat"),
        (tunnel, "ngrok cloudflared lt localtunnel bore frpc zrok"),
        (tailscale, "tailscale"),
        (ssh_keygen, "ssh-keygen"),
        (ssh_add, "ssh-add"),
        (ssh_agent, "ssh-agent"),
        (ssh_copy_id, "ssh-copy-id"),
        (openssl, "openssl"),
        (gpg, "gpg gpg2"),
        (age, "age age-keygen rage"),
    )
)
