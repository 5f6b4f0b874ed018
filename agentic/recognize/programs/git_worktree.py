"""Git subcommands that change the index and the work tree.

What matters is what can be lost, uncommitted work (`git.discard`), and whether the move changes what
governs us (`git.move-governance`).
Source: https://git-scm.com/docs (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.recognize import paths
from agentic.recognize.interface import Word
from agentic.recognize.programs.git_repository import (
    commands,
    has_reference,
    may_hide_option,
    note_branch,
    pathspec,
    skips_hooks,
)
from agentic.recognize.project import read_text, shaped_by, touch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.options import Options
    from agentic.recognize.programs.git_repository import Call, Handler


def _moved(call: Call, word: Word, action: str = "write-tree") -> None:
    """A path whose content this command replaces: governance moves, other sensitive paths are named."""
    context = call.context
    for operation in paths.operations(
        action, pathspec(word), context.cwd, context.workspace, context.facts, None, context.remote
    ):
        if operation[0].startswith(("governance.", "waiver.")):
            context.add("git.move-governance", operation[1])
            return
    touch(context, action, pathspec(word))


def add(call: Call, args: Sequence[Word]) -> None:
    """Staging: harmless, except where a secret or a governed file goes into history."""
    options = call.options(args, "--chmod --pathspec-from-file")
    call.add("git.read" if options.relaxed("-n", "--dry-run") else "git.commit", options.target())
    for word in options.operands:
        touch(call.context, "read", pathspec(word))


def checkout(call: Call, args: Sequence[Word]) -> None:
    """Switching a branch, or writing files of a commit over the work tree."""
    options = call.options(
        args,
        "-b -B --orphan --conflict --pathspec-from-file",
        "--force --detach --track --no-track --guess --merge --patch --ours --theirs --quiet --progress "
        "--ignore-other-worktrees --recurse-submodules --overlay --ignore-skip-worktree-bits",
    )
    operands = options.operands
    created = options.word("-b", "-B", "--orphan")
    discards = options.has(
        "-f", "--force", "-p", "--patch", "--ours", "--theirs", "--pathspec-from-file"
    )
    if created is not None:
        _create_branch(call, created, options, reset=options.has("-B"))
    elif options.separator >= 0 or len(operands) > 1:
        split = options.separator if options.separator >= 0 else 1
        first_is_path = options.separator < 0 and _is_path(call, operands[0])
        overwritten = operands if first_is_path else operands[split:]
        for word in overwritten:
            _moved(call, word)
        if overwritten:
            discards = True
        elif operands:
            _switched(call, operands[0])
    elif operands and _is_path(call, operands[0]):
        discards = True
        _moved(call, operands[0])
    elif operands and not discards:
        _switched(call, operands[0])
        if not operands[0].literal:
            why = f"`{operands[0].text}` is a branch or a path, which only the run tells"
            call.context.unknown(why, target=f"git checkout {operands[0].text}")
    elif not discards:
        call.add("git.read")
    if discards:
        call.add("git.discard", options.target())


def _is_path(call: Call, word: Word) -> bool:
    """Whether `git checkout WORD` means a path: it is there, and no branch has that name."""
    text = word.text
    if text in (".", "./", "*", ":/", "..") or word.glob or text[:2] in (":(", "./"):
        return True
    if not word.literal or has_reference(call, "refs/heads/" + text):
        return False
    return bool(call.context.workspace.kind(call.context.path(text)))


def _switched(call: Call, word: Word) -> None:
    """An ordinary switch to a branch, a tag or a commit."""
    call.add("git.branch", word.text)
    name = word.text
    known = has_reference(call, "refs/heads/" + name) or has_reference(
        call, "refs/remotes/origin/" + name
    )
    note_branch(call, name, certain=word.literal and known)


def _create_branch(call: Call, word: Word, options: Options, *, reset: bool) -> None:
    """A new branch; resetting an existing one drops what only it held."""
    exists = has_reference(call, "refs/heads/" + word.text)
    rewrites = reset and (exists or not word.literal)
    call.add("git.rewrite-history" if rewrites else "git.branch", word.text)
    note_branch(call, word.text, certain=word.literal and (reset or not exists))
    if options.has("-f", "--force", "--discard-changes"):
        call.add("git.discard", word.text)


def switch(call: Call, args: Sequence[Word]) -> None:
    """Switching a branch; only `--discard-changes` loses work."""
    options = call.options(
        args,
        "-c --create -C --force-create --orphan --conflict",
        "--force --discard-changes --detach --track --no-track --guess --merge --recurse-submodules",
    )
    created = options.word("-c", "--create", "-C", "--force-create", "--orphan")
    if created is not None:
        _create_branch(call, created, options, reset=options.has("-C", "--force-create"))
        return
    if options.operands:
        _switched(call, options.operands[0])
    else:
        call.add("git.read")
    if options.has("-f", "--force", "--discard-changes"):
        call.add("git.discard", options.target())


def restore(call: Call, args: Sequence[Word]) -> None:
    """Restoring paths: into the index only with `--staged`, else over uncommitted work."""
    options = call.options(
        args,
        "-s --source --conflict --pathspec-from-file",
        "--staged --worktree --patch --ours --theirs --merge --overlay --quiet --recurse-submodules",
    )
    index_only = options.has("-S", "--staged") and not options.has("-W", "--worktree")
    call.add("git.commit" if index_only else "git.discard", options.target())
    if not index_only:
        for word in options.operands:
            _moved(call, word)


def reset(call: Call, args: Sequence[Word]) -> None:
    """Moving the branch (`git.rewrite-history`), the index (`git.commit`), the work tree (`git.discard`)."""
    options = call.options(
        args,
        "--pathspec-from-file -U --unified --inter-hunk-context",
        "--hard --soft --mixed --merge --keep --patch --quiet --intent-to-add --recurse-submodules",
    )
    moves = [word for word in options.operands[:1] if options.separator != 0]
    target = options.target()
    if options.has("--hard", "--merge"):
        call.add("git.discard", "--hard " + target)
    elif moves and (
        moves[0].text in ("HEAD", "@") or len(options.operands) > 1 or _is_path(call, moves[0])
    ):
        moves = []
    if moves and moves[0].text not in ("HEAD", "@"):
        call.add("git.rewrite-history", target)
    elif not options.has("--hard", "--merge"):
        call.add("git.commit", target)
    may_hide_option(call, options)


def clean(call: Call, args: Sequence[Word]) -> None:
    """Deleting untracked files; a dry run only lists them."""
    options = call.options(
        args, "-e --exclude", "--dry-run --force --quiet --interactive --no-dry-run"
    )
    if options.relaxed("-n", "--dry-run"):
        call.add("git.read", "--dry-run")
        return
    call.add("git.discard", options.target())
    for word in options.operands:
        touch(call.context, "delete-tree", pathspec(word))


def stash(call: Call, args: Sequence[Word]) -> None:
    """Stashing keeps work, dropping and clearing lose it."""
    action = args[0].text if args else "push"
    if args and not args[0].literal:
        call.context.unknown(
            "what `git stash` does is computed at run time", target=f"git stash {action}"
        )
    elif action in ("drop", "clear"):
        call.add("git.discard", action)
    elif action in ("list", "show"):
        call.add("git.read", action)
    elif action == "branch":
        call.add("git.branch", action)
    elif action[:1] == "-" or action in (
        "push",
        "save",
        "pop",
        "apply",
        "create",
        "store",
        "export",
        "import",
    ):
        call.add("git.commit", "push" if action[:1] == "-" else action)
    else:
        call.context.unknown(
            f"`git stash {action}` is not known", "unknown.subcommand", f"git stash {action}"
        )


def remove(call: Call, args: Sequence[Word]) -> None:
    """`git rm`: recoverable from history unless forced; governed and secret paths are named."""
    options = call.options(
        args, "--pathspec-from-file", "--cached --force --dry-run --ignore-unmatch --quiet"
    )
    if options.relaxed("-n", "--dry-run"):
        call.add("git.read", options.target())
        return
    call.add("git.commit", options.target())
    if options.has("-f", "--force") and not options.has("--cached"):
        call.add("git.discard", options.target())
    for word in options.operands:
        touch(call.context, "delete", pathspec(word))


def move(call: Call, args: Sequence[Word]) -> None:
    """`git mv`: a staged rename; governed and sensitive paths at either end are named."""
    options = call.options(args, "", "--force --dry-run --verbose")
    if options.relaxed("-n", "--dry-run"):
        call.add("git.read", options.target())
        return
    call.add("git.commit", options.target())
    for word in options.operands:
        touch(call.context, "write-tree", word)
    for word in options.operands[:-1]:
        touch(call.context, "delete-tree", word)


def worktree(call: Call, args: Sequence[Word]) -> None:
    """Linked work trees: adding is free, removing with force loses what was not committed."""
    action = args[0].text if args else "list"
    options = call.options(
        args[1:], "-b -B --reason --expire", "--force --detach --orphan --lock --track"
    )
    if action == "list":
        call.add("git.read", action)
    elif action in ("add", "move", "repair", "lock", "unlock", "prune", "remove"):
        forced = action == "remove" and options.has("-f", "--force")
        call.add("git.discard" if forced else "git.branch", f"{action} {options.target()}")
        for word in options.operands[:1] if action == "add" else options.operands[1:2]:
            touch(call.context, "write", word)
        if options.has("-B"):
            call.add("git.rewrite-history", options.value("-B"))
    else:
        why = f"`git worktree {action}` is not known"
        call.context.unknown(why, "unknown.subcommand", f"git worktree {action}")


def apply(call: Call, args: Sequence[Word]) -> None:
    """Patches: what they touch is read from the patch itself; an unread patch stays unknown."""
    options = call.options(
        args,
        "-p -C --directory --exclude --include --whitespace --build-fake-ancestor -S? --patch-format",
        "--check --stat --numstat --summary --apply --cached --index --reverse --reject --unsafe-paths "
        "--3way --abort --continue --skip --quit --show-current-patch --no-verify --interactive",
    )
    looks = options.has("--check", "--stat", "--numstat", "--summary") and not options.has(
        "--apply"
    )
    if (looks and call.name == "apply") or options.has("--show-current-patch"):
        call.add("git.read", options.target())
        return
    call.add("git.commit", options.target())
    skips_hooks(call, options, "--no-verify", "-n")
    if options.has("--abort", "--continue", "--skip", "--quit"):
        if options.has("--abort", "--skip"):
            call.add("git.discard", "--abort")
        return
    if options.has("--unsafe-paths"):
        call.context.add("file.write-outside", "--unsafe-paths")
    for word in options.operands:
        text = read_text(call.context, call.context.path(word.text)) if word.literal else None
        _judge_patch(call, word.text, text)
    if not options.operands:
        stdin = call.invocation.stdin
        source = next((r.target for r in call.invocation.redirects if r.operator == "<"), None)
        if stdin.known:
            _judge_patch(call, "standard input", stdin.text)
        elif source is not None and source.literal:
            _judge_patch(call, source.text, read_text(call.context, call.context.path(source.text)))
        else:
            _judge_patch(call, "standard input", None)


def _judge_patch(call: Call, name: str, text: str | None) -> None:
    if text is None:
        why = "the patch cannot be read, so the files that it changes cannot be told"
        call.context.unknown(why, "unknown.subcommand", f"git {call.name} {name}")
        return

    def judge() -> None:
        for path in patched_paths(text):
            _moved(call, Word(path))

    shaped_by(call.context, name, text, judge)


def patched_paths(text: str) -> list[str]:
    """The files that a patch creates, changes, renames or deletes, without their `a/` and `b/`."""
    found: list[str] = []
    for line in text.split("\n"):
        for lead in ("--- ", "+++ ", "rename from ", "rename to ", "copy to "):
            if line.startswith(lead):
                path = line[len(lead) :].partition("\t")[0].strip().strip('"')
                if lead[0] in "-+" and path[:2] in ("a/", "b/"):
                    path = path[2:]
                if path != "/dev/null" and path not in found:
                    found.append(path)
        if line.startswith("diff --git "):
            path = line.rpartition(" b/")[2].strip('"')
            if path not in found:
                found.append(path)
    return found


def checkout_index(call: Call, args: Sequence[Word]) -> None:
    """checkout-index and read-tree: the work tree is overwritten with `-f`, `-u` or `--reset`."""
    options = call.options(args, "--prefix --stage", "--force --all --reset --dry-run")
    overwrites = options.has("-f", "--force", "-u", "--reset")
    call.add("git.discard" if overwrites else "git.commit", options.target())
    for word in options.words("--prefix"):
        touch(call.context, "write", word)
    if call.name == "checkout-index":
        for word in options.operands:
            _moved(call, word)


def initialise(call: Call, args: Sequence[Word]) -> None:
    """A new repository; a template folder brings hooks that run later."""
    options = call.options(
        args, "--template --separate-git-dir -b --initial-branch --object-format --ref-format"
    )
    call.add("git.configure", options.target())
    if options.has("--template") and options.value("--template"):
        call.context.add("git.configure-execution", "--template=" + options.value("--template"))
    for word in (*options.operands, *options.words("--separate-git-dir")):
        touch(call.context, "write", word)


def local_write(call: Call, args: Sequence[Word]) -> None:
    """Plumbing that writes objects, the index or files of this clone and loses nothing."""
    options = call.options(args)
    call.add("git.commit", options.target())
    for word in options.operands:
        touch(
            call.context,
            "read" if call.name == "hash-object" else "write",
            word,
        )


def sparse(call: Call, args: Sequence[Word]) -> None:
    """Choosing which tracked paths are in the work tree."""
    action = args[0].text if args else "list"
    call.add("git.read" if action in ("list", "check-rules") else "git.branch", action)


SUBCOMMANDS: dict[str, Handler] = commands(
    {
        add: "add stage",
        checkout: "checkout",
        switch: "switch",
        restore: "restore",
        reset: "reset",
        clean: "clean",
        stash: "stash",
        remove: "rm",
        move: "mv",
        worktree: "worktree",
        apply: "am apply",
        checkout_index: "checkout-index read-tree",
        initialise: "init init-db",
        local_write: (
            "hash-object write-tree commit-tree mktag mktree update-index merge-file interpret-trailers"
        ),
        sparse: "sparse-checkout",
    }
)
