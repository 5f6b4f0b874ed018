"""Commands on another machine: ssh and its relatives.

The remote command is judged as shell text with `context.remote` set, so that its paths are another
machine's. Options that run something here (`ProxyCommand`), switch off host-key checks or open a tunnel
count by themselves.

Source: https://man.openbsd.org/ssh, https://man.openbsd.org/ssh_config (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.recognize.arguments import read_arguments
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentic.recognize.arguments import Arguments
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

_SSH_VALUES = "-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -P -p -Q -R -S -W -w"
_UNCHECKED = (
    "stricthostkeychecking=no",
    "stricthostkeychecking=off",
    "userknownhostsfile=/dev/null",
)
_LOCAL_COMMANDS = ("proxycommand", "localcommand", "knownhostscommand")


def ssh(invocation: Invocation, context: Context) -> None:
    """`ssh HOST COMMAND`."""
    found = read_arguments(invocation.args, _SSH_VALUES, stops=True)
    if found.has("-V -Q -G"):
        context.add("shell.inert", " ".join(invocation.texts)[:120])
        return
    _judge_options(found, context)
    operands = found.operands
    if not operands:
        context.unknown("no host is named", "unknown.subcommand", invocation.name)
        return
    host = operands[0].text
    if not operands[0].literal:
        context.unknown("the host is computed at run time", target=host)
    place, told_by = context.environment_of([("host", host, host)])
    shown = " ".join([word.text for word in operands])[:200]
    context.add("network.remote-shell", shown, place if told_by else "", told_by)
    # ssh takes options behind the host too.
    rest = read_arguments(operands[1:], _SSH_VALUES, stops=True)
    _judge_options(rest, context)
    _run_remote(context, host, rest.operands, invocation.stdin, is_idle=found.has("-N"))


def _judge_options(found: Arguments, context: Context) -> None:
    """What ssh's own options do."""
    for word in found.values("-o"):
        text = word.text.strip()
        sign = "=" if "=" in text.partition(" ")[0] else " "  # `-o Name=value`, `-o 'Name value'`
        name, _, value = text.partition(sign)
        setting = f"{name.strip()}={value.strip()}".lower()
        if setting.startswith(_UNCHECKED):
            context.add("network.insecure", word.text)
        elif name.lower() in _LOCAL_COMMANDS and value.lower() != "none":
            context.run_script(value, Stdin())
    for word in found.values("-R"):
        context.add("code.expose-server", f"-R {word.text}")
    for word in found.values("-F"):
        if word.text not in {"/dev/null", "none"}:
            context.read_path(word)


def _run_remote(
    context: Context, host: str, command: tuple[Word, ...], stdin: Stdin, *, is_idle: bool
) -> None:
    """Judge what runs on the host: the words as one text, or what its shell reads."""
    outer = context.remote
    context.remote = host
    try:
        if command:
            text = Word(
                " ".join([word.text for word in command]),
                literal=all(word.literal for word in command),
                fetched=any(word.fetched for word in command),
            )
            if text.literal:
                context.run_script(text.text, stdin)
            elif text.fetched:
                context.add("code.execute-remote", text.text)
            else:
                context.unknown("the remote command is computed at run time", target=text.text)
                context.run_words(command, stdin)
        elif stdin.known:
            context.run_script(stdin.text, Stdin("closed"))
        elif stdin.fetched:
            context.add("code.execute-remote", host)
        elif stdin.origin in {"pipe", "file"} and not is_idle:
            context.unknown("the remote shell reads commands that cannot be told", target=host)
    finally:
        context.remote = outer


def parallel_ssh(invocation: Invocation, context: Context) -> None:
    """`pssh`, `pdsh`: one command on many machines."""
    values = (
        "-h --hosts -H --host -l --user -p --par -o --outdir -e --errdir -t --timeout -O -x -w -g"
    )
    found = read_arguments(invocation.args, values, stops=True)
    hosts = " ".join([word.text for word in found.values("-h --hosts -H --host -w -g")])
    place, told_by = context.environment_of([("host", hosts, hosts)])
    context.add("network.remote-shell", hosts, place if told_by else "", told_by)
    _run_remote(context, hosts or "hosts", found.operands, invocation.stdin, is_idle=False)


PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = {
    "ssh": ssh,
    "autossh": ssh,
    "mosh": ssh,
    "slogin": ssh,
    "rsh": ssh,
    "pssh": parallel_ssh,
    "parallel-ssh": parallel_ssh,
    "pdsh": parallel_ssh,
}
