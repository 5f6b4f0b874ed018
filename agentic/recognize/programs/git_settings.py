"""Configuration that executes: which git settings and variables run a command, and `git config`.

A value that git will run is judged as the shell text it is, and setting it at all is
`git.configure-execution`, except for a closed list of values that only show or refuse.
Source: https://git-scm.com/docs/git-config (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.patterns import matches
from agentic.recognize.interface import Stdin, Word
from agentic.recognize.project import touch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.programs.git_repository import Call

#: Keys whose value is a command (`*` stands for a subsection).
_COMMANDS = (
    "core.fsmonitor core.sshcommand core.pager core.editor core.askpass core.gitproxy sequence.editor "
    "diff.external interactive.difffilter gpg.program credential.helper web.browser "
    "sendemail.sendmailcmd sendemail.smtpserver sendemail.tocmd sendemail.cccmd sendemail.headercmd "
    "uploadpack.packobjectshook receive.procreceiverefs gpg.ssh.defaultkeycommand instaweb.httpd "
    "instaweb.browser lfs.standalonetransferagent"
).split()
_COMMAND_PATTERNS = (
    "pager.* diff.*.command diff.*.textconv difftool.*.cmd difftool.*.path mergetool.*.cmd "
    "mergetool.*.path merge.*.driver filter.*.clean filter.*.smudge filter.*.process credential.*.helper "
    "gpg.*.program remote.*.uploadpack remote.*.receivepack remote.*.vcs browser.*.cmd browser.*.path "
    "man.*.cmd man.*.path trailer.*.command trailer.*.cmd hook.*.command lfs.customtransfer.*.path "
    "lfs.extension.*.clean lfs.extension.*.smudge"
).split()
#: Keys that bring code or settings in from elsewhere, or open a transport that runs commands.
_EXECUTING = (
    "core.hookspath init.templatedir include.path core.worktree core.attributesfile".split()
)
_EXECUTING_PATTERNS = "includeif.*.path submodule.*.update protocol.*.allow protocol.allow".split()
#: Keys that send later traffic somewhere else.
_REDIRECTING_PATTERNS = (
    "url.*.insteadof url.*.pushinsteadof remote.*.url remote.*.pushurl remote.*.push remote.*.mirror "
    "remote.*.proxy http.proxy http.*.proxy branch.*.pushremote remote.pushdefault push.default "
    "branch.*.merge"
).split()
#: Programs that only show text or let a person edit it.
_HARMLESS = frozenset(
    " false true 0 1 no yes on off cat less more most vi vim nvim nano emacs pico ed : always never "
    "/bin/true /bin/false /bin/cat /usr/bin/cat /usr/bin/less ssh delta bat diff-so-fancy gpg gpg2 cache "
    "osxkeychain manager manager-core libsecret simple user".split(" ")
)
_HARMLESS_COMMANDS = (
    "less -",
    "code --wait",
    "code -w",
    "subl -w",
    "vim ",
    "cache --timeout",
    "!gh auth git-credential",
    "!/usr/bin/gh auth git-credential",
    "git-lfs clean -- %f",
    "git-lfs smudge -- %f",
    "git-lfs filter-process",
)
_OFF = ("false", "0", "no", "off", "")
#: Environment variables that hold a command.
_COMMAND_VARIABLES = (
    "GIT_SSH GIT_SSH_COMMAND GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER GIT_EXTERNAL_DIFF GIT_ASKPASS "
    "SSH_ASKPASS GIT_PROXY_COMMAND GIT_DIFF_OPTS_COMMAND EDITOR VISUAL PAGER"
).split()
_SKIPPING_VARIABLES = {"HUSKY": "0", "LEFTHOOK": "0", "HUSKY_SKIP_HOOKS": "1"}


def judge_setting(context: Context, key: str, value: Word, *, lasting: bool) -> bool:
    """Add what a setting does when git executes because of it; true when something was added.

    `lasting` is `git config`, where later innocent commands meet it; otherwise it is `-c`, for one.
    """
    section, _, rest = key.partition(".")
    name = f"{section.lower()}.{rest.rpartition('.')[0]}." if "." in rest else f"{section.lower()}."
    name += rest.rpartition(".")[2].lower()
    text = value.text.strip()
    if section.lower() == "alias":
        return _alias(context, name, value, lasting=lasting)
    if name.startswith("http.") and name.endswith(".sslverify"):
        if text.lower() in _OFF or not value.literal:
            context.add("network.insecure", f"{key}={text}")
            return True
        return False
    if name == "core.hookspath" and text in ("/dev/null", "", "/"):
        context.add("git.skip-hooks", f"{key}={text}")
        return True
    if name in ("commit.gpgsign", "tag.gpgsign") and text.lower() in _OFF:
        context.add("git.skip-hooks", f"{key}={text}")
        return True
    if name in _COMMANDS or _is_one(name, _COMMAND_PATTERNS):
        return judge_command(context, key, value)
    if name in _EXECUTING or _is_one(name, _EXECUTING_PATTERNS):
        if name.startswith("protocol.") and text in ("never", "user") and value.literal:
            return False
        context.add("git.configure-execution", f"{key}={text}")
        return True
    if (lasting or name.startswith(("url.", "http.", "remote."))) and _is_one(
        name, _REDIRECTING_PATTERNS
    ):
        if name == "push.default" and text in ("simple", "current", "nothing"):
            return False
        context.add("git.remote", f"{key}={text}")
        return True
    return False


def judge_command(context: Context, name: str, value: Word) -> bool:
    """Add what a command that git runs for us does; true when it is more than showing text."""
    text = value.text.strip()
    if value.literal and is_harmless_command(text):
        return False
    context.add("git.configure-execution", f"{name}={text}")
    if "StrictHostKeyChecking=no" in text or "UserKnownHostsFile=/dev/null" in text:
        context.add("network.insecure", f"{name}={text}")
    if not value.literal:
        context.unknown(f"the command in `{name}` is computed at run time", target=text)
    elif not text.split(" ")[0].startswith(("ssh", "/usr/bin/ssh")):
        context.run_script(text.lstrip("!"), Stdin())
    return True


def is_harmless_command(text: str) -> bool:
    """Whether a configured command only shows text, refuses, or opens an editor for a person."""
    if any(letter in text for letter in ";&|`$<>\n("):
        return False
    return text in _HARMLESS or text.startswith(_HARMLESS_COMMANDS)


def judge_variables(context: Context, variables: Sequence[tuple[str, str]]) -> None:
    """Add what environment variables make git execute or skip."""
    for name, value in variables:
        if name in _COMMAND_VARIABLES:
            judge_command(context, name, Word(value))
        elif name == "GIT_SSL_NO_VERIFY" and value:
            context.add("network.insecure", f"{name}={value}")
        elif name in (
            "GIT_EXEC_PATH",
            "GIT_TEMPLATE_DIR",
            "GIT_CONFIG_GLOBAL",
            "GIT_CONFIG_SYSTEM",
        ):
            if value != "/dev/null":
                context.add("git.configure-execution", f"{name}={value}")
        elif name == "GIT_WORK_TREE":
            touch(context, "write", Word(value))
        elif name == "GIT_CONFIG_PARAMETERS":
            context.add("git.configure-execution", f"{name}={value}")
        elif name.startswith("GIT_CONFIG_KEY_"):
            wanted = "GIT_CONFIG_VALUE_" + name[15:]
            given = [text for other, text in variables if other == wanted]
            judge_setting(
                context, value, Word(given[-1]) if given else Word("", literal=False), lasting=False
            )
        elif name == "GIT_ALLOW_PROTOCOL" and "ext" in value:
            context.add("git.configure-execution", f"{name}={value}")
        elif _SKIPPING_VARIABLES.get(name) == value or (name == "SKIP" and value):
            context.add("git.skip-hooks", f"{name}={value}")


def _alias(context: Context, name: str, value: Word, *, lasting: bool) -> bool:
    """An alias is judged when it is used; setting one for later use is what counts here."""
    if not lasting:
        return False
    context.add("git.configure-execution", f"{name}={value.text}")
    return True


def _is_one(name: str, patterns: Sequence[str]) -> bool:
    lead = name[: name.find(".") + 1]
    return any(pattern.startswith(lead) and matches(pattern, name) for pattern in patterns)


#: `git config` in its older and newer spelling: what each action does.
_ACTIONS = "list get set unset rename-section remove-section edit get-color get-colorbool".split()
_READ_OPTIONS = (
    "--list -l --get --get-all --get-regexp --get-urlmatch --get-color --get-colorbool".split()
)
_WRITE_OPTIONS = (
    "--add --replace-all --unset --unset-all --rename-section --remove-section --edit -e --append"
)


def config(call: Call, args: Sequence[Word]) -> None:
    """`git config`: reading, or setting something for later commands."""
    context = call.context
    options = call.options(
        args,
        "-f --file --blob -t --type --default --value --comment --url",
        "--global --system --local --worktree --all --regexp --null --name-only --show-origin "
        "--show-scope --includes --no-includes --fixed-value --bool --int --path --no-type -z "
        + _WRITE_OPTIONS
        + " --list --get --get-all --get-regexp --get-urlmatch --get-color --get-colorbool",
    )
    operands = options.operands
    action = operands[0].text if operands and operands[0].text in _ACTIONS else ""
    if action:
        operands = operands[1:]
    reading = action in ("list", "get", "get-color", "get-colorbool") or options.has(*_READ_OPTIONS)
    writing = options.has(*_WRITE_OPTIONS.split()) or action in (
        "set",
        "unset",
        "rename-section",
        "remove-section",
        "edit",
    )
    if not writing and (reading or len(operands) < 2):
        _read_config(call, options.value("-f", "--file"), [word.text for word in operands])
        return
    home = context.workspace.home
    place = home + "/.gitconfig" if options.has("--global") else ""
    if options.has("--system"):
        place = "/etc/gitconfig"
    key = operands[0].text if operands else ""
    value = operands[1] if len(operands) > 1 else Word("", literal=False)
    if not key or not operands[0].literal:
        context.unknown(
            "which git setting is changed cannot be told", "unknown.shell", "git config"
        )
    if action == "edit" or options.has("--edit", "-e"):
        context.add("git.configure-execution", "git config --edit")
        return
    if options.has("--unset", "--unset-all") or action == "unset":
        value = Word("")
    executing = judge_setting(context, key, value, lasting=True)
    if options.has("--rename-section", "--remove-section") or action.endswith("-section"):
        executing = True
        context.add("git.configure-execution", f"git config {options.target()}")
    if place and not (executing and touch(context, "write", Word(place))):
        context.add("file.write-outside", place)
    file = options.word("-f", "--file")
    touched = () if file is None else touch(context, "write", file)
    if not (place or executing or touched):
        context.add("git.configure", f"{key}={value.text}")


def _read_config(call: Call, file: str, keys: Sequence[str]) -> None:
    if file:
        touch(call.context, "read", Word(file))
    secret = any("extraheader" in key.lower() or key.lower().endswith("token") for key in keys)
    call.context.add("secret.read" if secret else "git.read", " ".join(("config", *keys)))


SUBCOMMANDS: dict[str, Callable[[Call, Sequence[Word]], None]] = {"config": config}
