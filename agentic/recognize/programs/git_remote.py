"""Git subcommands that meet another machine: push, fetch, clone, remotes, archives, credentials.

`git push` is told by its destination: which branches or tags, protected or not, by force or by deletion;
whatever cannot be told (a computed refspec, an unknown current branch) counts as protected.
Source: https://git-scm.com/docs/git-push (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.interface import Word
from agentic.recognize.programs.git_repository import (
    current_branch,
    has_reference,
    is_protected,
    last_setting,
    settings_of,
)
from agentic.recognize.project import touch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.options import Options
    from agentic.recognize.programs.git_repository import Call

    Handler = Callable[[Call, Sequence[Word]], None]

_PUSH_VALUES = "--repo --receive-pack --exec -o --push-option"
_PUSH_SWITCHES = (
    "--verbose --quiet --all --branches --mirror --delete --tags --dry-run --no-dry-run --porcelain --force "
    "--force-with-lease --force-if-includes --recurse-submodules --thin --set-upstream --progress "
    "--prune --no-verify --verify --follow-tags --signed --no-signed --atomic --ipv4 --ipv6 --no-force "
    "--no-tags --no-thin --no-follow-tags"
)


class Update(NamedTuple):
    """One reference that a push changes. `name` is empty where it cannot be told."""

    name: str
    is_tag: bool = False
    forced: bool = False
    deleted: bool = False


def push(call: Call, args: Sequence[Word]) -> None:
    """Every reference that a push changes, each judged by itself."""
    context = call.context
    options = call.options(args, _PUSH_VALUES, _PUSH_SWITCHES)
    if options.relaxed("-n", "--dry-run"):
        call.add("git.read", "--dry-run " + options.target())
        return
    operands = options.operands
    remote = operands[0] if operands else (options.word("--repo") or Word(""))
    _destination(call, remote)
    for name in ("--receive-pack", "--exec"):
        _other_side(call, options.word(name))
    for word in options.words("-o", "--push-option"):
        if "ci.skip" in word.text or "skip-ci" in word.text:
            call.add("git.skip-hooks", f"-o {word.text}")
    if options.has("--no-verify"):
        call.add("git.skip-hooks", "--no-verify")
    for update in pushed(call, options, remote, operands[1:]):
        _add_update(call, remote.text, update)
    if options.computed and not any(word.text == options.computed for word in operands):
        context.unknown(
            f"`{options.computed}` may turn into an option of `git push`", target="git push"
        )


def pushed(call: Call, options: Options, remote: Word, refspecs: Sequence[Word]) -> list[Update]:
    """The references that this push changes."""
    forced = options.has("-f", "--force", "--force-with-lease", "--force-if-includes")
    if options.has("--mirror"):
        return [Update("", forced=True)]
    updates: list[Update] = []
    if options.has("--all", "--branches"):
        updates.append(Update("", forced=forced))
    if options.has("--tags"):
        updates.append(Update("--tags", is_tag=True, forced=forced))
    if options.has("--follow-tags"):
        updates.append(Update("--follow-tags", is_tag=True))
    deletes = options.has("-d", "--delete")
    prunes = options.has("--prune")
    index = 0
    while index < len(refspecs):
        word = refspecs[index]
        index += 1
        if word.text == "tag" and index < len(refspecs):
            updates.append(
                Update(refspecs[index].text, is_tag=True, forced=forced, deleted=deletes)
            )
            index += 1
            continue
        updates.extend(_from_refspec(call, word, forced=forced, deletes=deletes))
    if not refspecs and not options.has("--all", "--branches", "--tags"):
        updates.extend(_from_settings(call, remote.text, forced=forced))
    if prunes:
        names = [update.name for update in updates] or [""]
        updates.extend(Update(name if "*" not in name else "", deleted=True) for name in names)
    return updates


def _from_refspec(call: Call, word: Word, *, forced: bool, deletes: bool) -> list[Update]:
    """`src`, `src:dst`, `+src:dst`, `:dst`, `:`, `HEAD`, each as the references it changes."""
    text = word.text
    forced = forced or text.startswith("+")
    source, colon, target = text.removeprefix("+").partition(":")
    if not word.literal and ("$" in (target if colon else source) or "`" in text or word.glob):
        return [Update("", forced=forced, deleted=deletes or (bool(colon) and not source))]
    if deletes:
        return [_named(call, source, forced=False, deleted=True)]
    if colon and not source and target:
        return [_named(call, target, forced=False, deleted=True)]
    if colon and not target:
        return [Update("", forced=forced)]
    name = target if colon else source
    if name in ("HEAD", "@"):
        branches = current_branch(call)
        return [_named(call, branch, forced=forced) for branch in branches] or [
            Update("", forced=forced)
        ]
    if not colon and _is_renamed(call, name):
        return [Update("", forced=forced)]
    return [_named(call, name, forced=forced)]


def _is_renamed(call: Call, name: str) -> bool:
    """Whether the clone's settings map a branch that is pushed by name onto another one."""
    settings = settings_of(call)
    return any(
        key.startswith("remote.") and key.endswith(".push") and ":" in value and name in value
        for key, value in settings
    )


def _named(call: Call, name: str, *, forced: bool, deleted: bool = False) -> Update:
    """An update of a reference by its name; a name with `*` covers protected ones too."""
    if "*" in name:
        return Update("", name.startswith("refs/tags/"), forced, deleted)
    if name.startswith("refs/tags/"):
        return Update(name[10:], is_tag=True, forced=forced, deleted=deleted)
    if name.startswith("refs/heads/"):
        return Update(name[11:], forced=forced, deleted=deleted)
    short = name.removeprefix("heads/")
    is_made = "git-tag " + name in call.context.notes
    is_tag = is_made or (
        has_reference(call, "refs/tags/" + name) and not has_reference(call, "refs/heads/" + name)
    )
    return Update(short, is_tag or _looks_like_version(name), forced, deleted)


def _looks_like_version(name: str) -> bool:
    """Whether a name is written like a release tag (`v1.2.0`, `1.2.0`)."""
    digits = name.removeprefix("v").split(".")
    return len(digits) > 1 and all(part[:1].isdigit() for part in digits)


def _from_settings(call: Call, remote: str, *, forced: bool) -> list[Update]:
    """What `git push` without a refspec changes: `push.default`, the current branch and its upstream."""
    settings = settings_of(call)
    default = last_setting(settings, "push.default") or "simple"
    branches = current_branch(call)
    refspec = last_setting(settings, f"remote.{remote or 'origin'}.push")
    if default == "matching" or refspec or not branches:
        return [Update("", forced=forced or refspec.startswith("+"))]
    if last_setting(settings, f"remote.{remote or 'origin'}.mirror") == "true":
        return [Update("", forced=True)]
    updates = [_named(call, "refs/heads/" + branch, forced=forced) for branch in branches]
    if default in ("upstream", "tracking"):
        for branch in branches:
            merge = last_setting(settings, f"branch.{branch}.merge")
            if merge:
                updates.append(_named(call, merge, forced=forced))
    return updates


def _add_update(call: Call, remote: str, update: Update) -> None:
    """The operation of changing one reference of a remote."""
    context = call.context
    protected = not update.is_tag and (not update.name or is_protected(context, update.name))
    if update.deleted:
        kind = "git.delete-remote-protected" if protected else "git.delete-remote-branch"
    elif update.is_tag:
        kind = "git.force-push" if update.forced else "git.push-tag"
    elif update.forced:
        kind = "git.force-push-protected" if protected else "git.force-push"
    else:
        kind = "git.push-protected" if protected else "git.push"
    environment, told_by = "", ""
    if update.name:
        environment, told_by = context.environment_of([("branch", update.name, update.name)])
    shown = update.name or "a branch that cannot be told"
    context.add(kind, f"{remote or 'origin'} {shown}", environment if told_by else "", told_by)


def _destination(call: Call, remote: Word) -> None:
    """A push to an address that is not a remote of this clone discloses the code there."""
    text = remote.text
    if text.startswith("ext::"):
        call.context.add("code.execute-remote", text)
    elif (
        not remote.literal
        or "://" in text
        or ":" in text
        or text[:1] in ("/", "~")
        or text[:2] == ".."
    ):
        known = [
            value
            for key, value in settings_of(call)
            if key.startswith("remote.") and key.endswith("url")
        ]
        if text not in known:
            call.context.add("network.upload", f"git push {text}")


def _other_side(call: Call, command: Word | None) -> None:
    """The program that git starts on the other side: for a local path or ext:: it runs here."""
    if command is not None and command.text not in (
        "git-upload-pack",
        "git-receive-pack",
        "git upload-pack",
    ):
        from agentic.recognize.programs.git_settings import judge_command

        judge_command(call.context, f"git {call.name} --upload-pack", command)


def _address(call: Call, word: Word) -> None:
    """An address that is fetched from; `ext::` runs a command, http moves without protection."""
    if word.text.startswith("ext::"):
        call.context.add("code.execute-remote", word.text)


def fetch(call: Call, args: Sequence[Word]) -> None:
    """Fetching and pulling; a forced refspec may overwrite a local branch."""
    options = call.options(
        args,
        "--upload-pack -j --jobs --depth --shallow-since --shallow-exclude --deepen --refmap "
        "-o --server-option --negotiation-tip --filter -s --strategy -X --strategy-option -S? --cleanup",
        "--force --dry-run --no-verify --rebase --no-rebase --ff-only --all --prune --prune-tags --tags "
        "--no-tags --recurse-submodules --set-upstream --unshallow --autostash --no-edit --multiple "
        "--append --atomic --keep --quiet --verbose --progress --stdin --update-head-ok --squash",
    )
    call.add("git.fetch", options.target())
    for word in options.operands[:1]:
        _address(call, word)
    _other_side(call, options.word("--upload-pack"))
    if call.name == "pull" and options.has("--no-verify"):
        call.add("git.skip-hooks", "--no-verify")
    for word in options.operands[1:]:
        source, colon, target = word.text.removeprefix("+").partition(":")
        forced = word.text.startswith("+") or options.has("-f", "--force")
        if colon and target and forced and not target.startswith("refs/remotes/"):
            call.add("git.rewrite-history", f"{source}:{target}")


def clone(call: Call, args: Sequence[Word]) -> None:
    """Cloning: files only, unless settings, templates or the transport execute something."""
    options = call.options(
        args,
        "--template --reference --reference-if-able -o --origin -b --branch -u --upload-pack --depth "
        "--shallow-since --shallow-exclude --separate-git-dir -c --config --server-option --filter -j "
        "--jobs --bundle-uri --revision --ref-format",
        "--verbose --quiet --progress --no-checkout --bare --mirror --local --no-hardlinks --shared "
        "--recurse-submodules --recursive --dissociate --single-branch --no-single-branch --no-tags "
        "--shallow-submodules --remote-submodules --sparse --ipv4 --ipv6 --reject-shallow",
    )
    context = call.context
    call.add("git.clone", options.target())
    for word in options.operands[:1]:
        _address(call, word)
    _other_side(call, options.word("-u", "--upload-pack"))
    if options.value("--template"):
        context.add("git.configure-execution", "--template=" + options.value("--template"))
    for word in options.words("-c", "--config"):
        from agentic.recognize.programs.git_settings import judge_setting

        key, _, value = word.text.partition("=")
        judge_setting(context, key, word._replace(text=value), lasting=True)
    for word in (*options.operands[1:2], *options.words("--separate-git-dir")):
        touch(context, "write", word)


def remote(call: Call, args: Sequence[Word]) -> None:
    """Looking at remotes, or changing where later pushes go."""
    words = [word for word in args if word.text not in ("-v", "--verbose")]
    action = words[0].text if words else ""
    target = " ".join(word.text for word in words[:3])
    if action in ("", "show", "get-url"):
        call.add("git.read", target)
    elif action in ("update", "prune"):
        call.add("git.fetch", target)
    elif action in ("add", "set-url", "remove", "rm", "rename", "set-head", "set-branches"):
        call.add("git.branch" if action == "set-head" else "git.remote", target)
        for word in words[1:]:
            _address(call, word)
    else:
        call.context.unknown(
            f"`git remote {action}` is not known", "unknown.subcommand", f"git remote {action}"
        )


def archive(call: Call, args: Sequence[Word]) -> None:
    """An archive of tracked files; `-o` writes it, `--remote` asks another machine for it."""
    options = call.options(
        args, "-o --output --remote --exec --prefix --format --add-file --mtime", "--list"
    )
    call.add("git.read", options.target())
    for word in options.words("-o", "--output"):
        touch(call.context, "write", word)
    for word in (*options.words("--add-file"), *options.operands[1:]):
        touch(call.context, "read", word)
    for word in options.words("--remote"):
        _address(call, word)
    _other_side(call, options.word("--exec"))


def bundle(call: Call, args: Sequence[Word]) -> None:
    """A bundle file: made from this clone, looked at, or taken objects from."""
    action = args[0].text if args else ""
    options = call.options(args[1:], "--version")
    call.add("git.fetch" if action == "unbundle" else "git.read", f"{action} {options.target(1)}")
    if action == "create":
        for word in options.operands[:1]:
            touch(call.context, "write", word)


def credential(call: Call, args: Sequence[Word]) -> None:
    """Stored passwords: printed by `fill` and `get`, kept or dropped by the others."""
    texts = [word.text for word in args]
    kind = "secret.read" if "fill" in texts or "get" in texts else "file.write-secret"
    call.context.add(kind, f"git {call.name} " + " ".join(texts[:2]))


def daemon(call: Call, args: Sequence[Word]) -> None:
    """Serving repositories, to everybody unless it listens on loopback only."""
    options = call.options(args, "--listen --port --interpolated-path --base-path --user --group")
    local = options.value("--listen") in ("127.0.0.1", "localhost", "::1")
    call.context.add("code.open-server" if local else "code.expose-server", "git daemon")


def instaweb(call: Call, args: Sequence[Word]) -> None:
    """A local web view of the clone; `--httpd` and `--browser` run programs."""
    options = call.options(
        args, "-d --httpd -m --module-path -p --port -b --browser", "--local --start --stop"
    )
    call.context.add(
        "code.open-server" if options.has("-l", "--local") else "code.expose-server", "git instaweb"
    )
    for word in options.words("-d", "--httpd", "-b", "--browser"):
        _other_side(call, word)


def send_mail(call: Call, args: Sequence[Word]) -> None:
    """Patches sent to other people."""
    options = call.options(
        args, "--to --cc --bcc --from --smtp-server --sendmail-cmd --to-cmd --cc-cmd", "--dry-run"
    )
    call.context.add(
        "git.read" if options.relaxed("--dry-run") else "network.upload", f"git {call.name}"
    )
    for word in options.words("--sendmail-cmd", "--to-cmd", "--cc-cmd"):
        _other_side(call, word)


def lfs(call: Call, args: Sequence[Word]) -> None:
    """Large files: pulled and pushed like branches; `install` sets what git runs.

    Source: https://github.com/git-lfs/git-lfs/tree/main/docs/man (checked 2026-11-21)
    """
    action = args[0].text if args else ""
    options = call.options(args[1:], "-I --include -X --exclude", "--dry-run")
    target = f"{action} {options.target(2)}".strip()
    kind = _LFS.get(action, "")
    if not kind:
        call.context.unknown(
            f"`git lfs {action}` is not known", "unknown.subcommand", f"git lfs {action}"
        )
    elif action == "push":
        if options.relaxed("--dry-run", "-d"):
            call.add("git.read", target)
        else:
            _destination(call, options.operands[0] if options.operands else Word(""))
            call.add("git.push", target)
    else:
        call.add(kind, target)


_LFS: dict[str, str] = {
    **dict.fromkeys(("pull", "fetch"), "git.fetch"),
    **dict.fromkeys(("clone",), "git.clone"),
    **dict.fromkeys(
        "ls-files status env version locks logs pointer fsck ext help".split(), "git.read"
    ),
    **dict.fromkeys("track untrack checkout dedup clean smudge merge-driver".split(), "git.commit"),
    **dict.fromkeys(("install", "update"), "git.configure-execution"),
    **dict.fromkeys(("uninstall",), "git.configure"),
    **dict.fromkeys(("migrate",), "git.purge-history"),
    **dict.fromkeys(("prune",), "git.commit"),
    **dict.fromkeys(
        ("push", "lock", "unlock", "pre-push", "post-checkout", "post-commit"), "git.push"
    ),
}


def bridge(call: Call, args: Sequence[Word]) -> None:
    """Bridges to other systems: `dcommit`, `submit` and `push` publish, the rest fetches or looks."""
    action = args[0].text if args else ""
    target = " ".join(word.text for word in args[:3])
    if action in ("dcommit", "submit", "push", "set-tree", "commit-diff", "branch", "tag"):
        call.add("git.push-protected", target)
    elif action in ("log", "info", "find-rev", "blame", "show-ignore", "propget", "proplist"):
        call.add("git.read", target)
    elif call.name == "subtree" and action in ("add", "merge", "split", "pull"):
        call.add("git.merge", target)
    else:
        call.add("git.fetch", target)


def transport(call: Call, args: Sequence[Word]) -> None:
    """The two ends of git's own protocol, started by hand."""
    sends = call.name in ("send-pack", "http-push", "receive-pack")
    call.add(
        "git.push-protected" if sends else "git.fetch", " ".join(word.text for word in args[:3])
    )


def server_end(call: Call, args: Sequence[Word]) -> None:
    """Programs that only serve another git: upload-pack, git-shell, http-backend."""
    call.add("git.read", " ".join(word.text for word in args[:2]))


SUBCOMMANDS: dict[str, Handler] = {
    "push": push,
    "fetch": fetch,
    "pull": fetch,
    "clone": clone,
    "scalar": clone,
    "remote": remote,
    "archive": archive,
    "bundle": bundle,
    "credential": credential,
    "credential-cache": credential,
    "credential-store": credential,
    "daemon": daemon,
    "instaweb": instaweb,
    "send-email": send_mail,
    "imap-send": send_mail,
    "lfs": lfs,
    "svn": bridge,
    "p4": bridge,
    "subtree": bridge,
    "quiltimport": bridge,
    **dict.fromkeys(
        ("fetch-pack", "http-fetch", "send-pack", "http-push", "receive-pack"), transport
    ),
    **dict.fromkeys(("upload-pack", "upload-archive", "http-backend", "shell"), server_end),
}
