"""Git subcommands that make, move or drop commits and the names that hold them.

What matters is what can be lost: a rewritten branch (`git.rewrite-history`), dropped objects
(`git.purge-history`), a deleted name (`git.delete-branch`), and commands run on the way.
Source: https://git-scm.com/docs (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.paths import base_name
from agentic.recognize.programs.git_repository import (
    commands,
    may_hide_option,
    note_branch,
    pathspec,
    skips_hooks,
)
from agentic.recognize.project import run_command, run_text, touch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.interface import Word
    from agentic.recognize.options import Options
    from agentic.recognize.programs.git_repository import Call, Handler

_COMMIT_VALUES = (
    "-F --file --author --date -m --message -c --reedit-message -C --reuse-message --fixup --squash "
    "--trailer -t --template --cleanup --pathspec-from-file -S? -u?"
)


def commit(call: Call, args: Sequence[Word]) -> None:
    """Recording: `--amend` rewrites, `-n` skips hooks, `-F` and paths may bring secrets in."""
    switches = (
        "--amend --dry-run --no-verify --no-gpg-sign --no-edit --all --allow-empty --reset-author"
    )
    options = call.options(args, _COMMIT_VALUES, switches)
    if options.relaxed("--dry-run", "--short", "--porcelain", "--long"):
        call.add("git.read", "--dry-run")
        return
    fixup = options.value("--fixup")
    rewrites = options.has("--amend") or fixup.startswith(("amend:", "reword:"))
    call.add("git.rewrite-history" if rewrites else "git.commit", options.target())
    skips_hooks(call, options, "-n", "--no-verify", "--no-gpg-sign")
    for word in options.words("-F", "--file", "-t", "--template", "--pathspec-from-file"):
        touch(call.context, "read", word)
    for word in options.operands:
        touch(call.context, "read", pathspec(word))


_BRANCH_WRITES = (
    "-m --move -c --copy -u --set-upstream-to --unset-upstream --edit-description".split()
)


def branch(call: Call, args: Sequence[Word]) -> None:
    """Listing, creating, renaming, moving or deleting local branches."""
    options = call.options(
        args,
        "-u --set-upstream-to --contains --no-contains --merged --no-merged --points-at --sort --format",
        "--delete --move --copy --force --list --all --remotes --show-current --unset-upstream "
        "--edit-description --track --no-track --verbose --create-reflog --ignore-case --column --color",
    )
    target = options.target()
    lists = options.has(
        "-l", "--list", "-a", "--all", "-r", "--remotes", "--show-current", "-v", "-vv"
    ) or (options.has("--contains", "--no-contains", "--merged", "--no-merged", "--points-at"))
    if options.has("-d", "-D", "--delete"):
        call.add("git.delete-branch", target)
    elif options.has("-M", "-C") or (options.has("-f", "--force") and options.operands):
        call.add("git.rewrite-history", target)
    elif options.has(*_BRANCH_WRITES) or (options.operands and not lists):
        call.add("git.branch", target)
    else:
        call.add("git.read", target)
    if options.has("-m", "-M", "--move") and options.operands:
        note_branch(call, options.operands[-1].text, certain=len(options.operands) == 1)
    may_hide_option(call, options)


def tag(call: Call, args: Sequence[Word]) -> None:
    """Listing, making, replacing or deleting local tags."""
    options = call.options(
        args,
        "-m --message -F --file -u --local-user --contains --no-contains --merged --no-merged --points-at "
        "--sort --format --cleanup --trailer -n?",
        "--delete --force --list --verify --annotate --sign --column --edit",
    )
    target = options.target()
    if options.has("-d", "--delete"):
        call.add("git.delete-branch", target)
    elif options.has("-f", "--force"):
        call.add("git.rewrite-history", target)
    elif (
        options.has("-l", "--list", "-n", "-v", "--verify", "--contains", "--merged", "--points-at")
        or not options.operands
    ):
        call.add("git.read", target)
    else:
        call.add("git.commit", target)
        call.context.notes["git-tag " + options.operands[0].text] = "made"
    for word in options.words("-F", "--file"):
        touch(call.context, "read", word)


def merge(call: Call, args: Sequence[Word]) -> None:
    """Joining another line of history into this branch."""
    options = call.options(
        args,
        "-s --strategy -X --strategy-option -m --message -F --file --into-name --cleanup -S?",
        "--no-verify --verify-signatures --no-verify-signatures --abort --continue --quit --squash --no-ff",
    )
    call.add("git.merge", options.target())
    skips_hooks(call, options, "--no-verify", "--no-verify-signatures")


def rebase(call: Call, args: Sequence[Word]) -> None:
    """Replaying commits; interactive, `--root`, `--onto` and `--exec` rewrite more than a plain one."""
    options = call.options(
        args,
        "-x --exec --onto -s --strategy -X --strategy-option -S? -C --whitespace --empty",
        "--interactive --root --no-verify --abort --continue --skip --quit --autosquash --rebase-merges "
        "--edit-todo --show-current-patch --keep-base --fork-point --no-gpg-sign --autostash",
    )
    if options.has("--show-current-patch"):
        call.add("git.read", "--show-current-patch")
        return
    rewrites = options.has(
        "-i", "--interactive", "--root", "--onto", "-x", "--exec", "--autosquash"
    )
    call.add("git.rewrite-history" if rewrites else "git.merge", options.target())
    skips_hooks(call, options, "--no-verify")
    for word in options.words("-x", "--exec"):
        run_text(call.context, word)


def pick(call: Call, args: Sequence[Word]) -> None:
    """cherry-pick and revert: new commits on this branch."""
    call.add("git.commit", " ".join(word.text for word in args[:3]))


def bisect(call: Call, args: Sequence[Word]) -> None:
    """Bisecting moves between commits; `run` executes a command at each."""
    action = args[0].text if args else ""
    if action in ("log", "view", "visualize", "terms", "help", ""):
        call.add("git.read", action)
        return
    call.add("git.branch", action)
    if action == "run":
        run_command(call.context, args[1:])


def submodule(call: Call, args: Sequence[Word]) -> None:
    """Submodules bring other repositories in; `foreach` executes a command in each."""
    words = [word for word in args if word.text not in ("-q", "--quiet", "--cached")]
    action = words[0].text if words else "status"
    rest = words[1:]
    if action in ("status", "summary", "--cached"):
        call.add("git.read", action)
    elif action in ("add", "update"):
        call.add("git.clone", f"{action} " + " ".join(word.text for word in rest[:2]))
        if any(word.text.startswith("ext::") for word in rest):
            call.context.add("code.execute-remote", rest[0].text)
        if any(word.text in ("-f", "--force") for word in rest) and action == "update":
            call.add("git.discard", action)
    elif action == "foreach":
        command = [word for word in rest if word.text != "--recursive"]
        call.add("git.read", action)
        if len(command) == 1:
            run_text(call.context, command[0])
        else:
            run_command(call.context, command)
    elif action in ("set-url", "set-branch"):
        call.add("git.remote", f"{action} " + " ".join(word.text for word in rest[:2]))
    elif action == "deinit":
        forced = any(word.text in ("-f", "--force") for word in rest)
        call.add("git.discard" if forced else "git.configure", action)
    elif action in ("init", "sync", "absorbgitdirs"):
        call.add("git.configure", action)
    else:
        why = f"`git submodule {action}` is not known"
        call.context.unknown(why, "unknown.subcommand", f"git submodule {action}")


def format_patch(call: Call, args: Sequence[Word]) -> None:
    """Patches as files; `--stdout` only prints."""
    options = call.options(args, "-o --output-directory --output -v --start-number", "--stdout")
    call.add("git.read" if options.has("--stdout") else "git.commit", options.target())
    for word in options.words("-o", "--output-directory", "--output"):
        touch(call.context, "write-tree", word)


def filter_history(call: Call, args: Sequence[Word]) -> None:
    """filter-branch and filter-repo rewrite all history; filter-branch also runs commands."""
    options = call.options(
        args,
        "--setup --env-filter --tree-filter --index-filter --parent-filter --msg-filter --commit-filter "
        "--tag-name-filter --subdirectory-filter --original -d",
        "--analyze",
    )
    if options.has("--analyze", "--help", "-h", "--version"):
        call.add("git.read", options.target())
        return
    call.add("git.purge-history", options.target())
    for name, word in options.given:
        if word is not None and name.endswith("-filter") and name != "--subdirectory-filter":
            run_text(call.context, word)


def housekeeping(call: Call, args: Sequence[Word]) -> None:
    """gc, prune, repack, reflog and maintenance: harmless until they drop what is unreachable."""
    texts = [word.text for word in args]
    shown = " ".join(texts[:3])
    first = texts[0] if texts else ""
    if call.name == "gc":
        drops = any(
            len(t) > 4
            and "--prune".startswith(t.partition("=")[0])
            and "=" in t
            and "weeks" not in t
            for t in texts
        )
        call.add("git.purge-history" if drops else "git.commit", shown)
    elif call.name == "prune":
        dry = "-n" in texts or "--dry-run" in texts
        call.add("git.read" if dry else "git.purge-history", shown)
    elif call.name == "reflog":
        drops = (
            first in ("expire", "delete", "drop") and "-n" not in texts and "--dry-run" not in texts
        )
        call.add("git.purge-history" if drops else "git.read", shown)
    elif call.name == "maintenance" and first in ("start", "register", "stop", "unregister"):
        call.context.add("process.start-service", f"git maintenance {first}")
    else:
        call.add("git.commit", shown)


def references(call: Call, args: Sequence[Word]) -> None:
    """update-ref, symbolic-ref, replace and notes: references set by hand."""
    options = call.options(
        args, "-m -F --file -C --ref", "--delete --stdin --short --list --edit --graft"
    )
    operands = options.operands
    target = options.target()
    deletes = options.has("-d", "--delete")
    if call.name == "symbolic-ref":
        if deletes:
            call.add("git.delete-branch", target)
        elif len(operands) < 2:
            call.add("git.read", target)
        else:
            call.add("git.branch", target)
            _judge_tracking(call, options)
            if operands[0].text == "HEAD":
                name = operands[1].text.removeprefix("refs/heads/")
                note_branch(call, name, certain=operands[1].literal)
    elif call.name == "update-ref":
        call.add("git.delete-branch" if deletes else "git.rewrite-history", target)
        _judge_tracking(call, options)
    elif call.name == "replace":
        lists = options.has("-l", "--list") or not (operands or options.given)
        call.add("git.read" if lists else "git.rewrite-history", target)
    else:
        call.add(
            "git.read" if operands and operands[0].text in ("list", "show") else "git.commit",
            target,
        )
    for word in options.words("-F", "--file"):
        touch(call.context, "read", word)


def _judge_tracking(call: Call, options: Options) -> None:
    """Where a remote's branches were is for `git fetch` to write: what is new since then is told by it."""
    name = options.operands[0] if options.operands else None
    if options.has("--stdin"):
        call.add("file.write-git-internals", "references named on standard input")
    elif name is not None and (not name.literal or name.text.startswith("refs/remotes/")):
        call.add("file.write-git-internals", name.text)


def fast_import(call: Call, args: Sequence[Word]) -> None:
    """Importing a stream moves branches as the stream says."""
    call.add("git.rewrite-history", " ".join(word.text for word in args[:2]))


def hook(call: Call, args: Sequence[Word]) -> None:
    """Running a hook of this clone runs the project's own checks."""
    call.add(
        "code.test" if args and args[0].text == "run" else "git.read",
        base_name(args[-1].text) if args else "",
    )


SUBCOMMANDS: dict[str, Handler] = commands(
    {
        commit: "commit",
        branch: "branch",
        tag: "tag",
        merge: "merge mergetool merge-index merge-one-file",
        rebase: "rebase",
        pick: "cherry-pick revert replay",
        bisect: "bisect",
        submodule: "submodule",
        format_patch: "format-patch",
        filter_history: "filter-branch filter-repo",
        housekeeping: (
            "gc prune prune-packed repack reflog maintenance pack-refs rerere commit-graph "
            "multi-pack-index update-server-info index-pack pack-objects unpack-objects refs"
        ),
        references: "update-ref symbolic-ref replace notes",
        hook: "hook",
        fast_import: "fast-import",
    }
)
