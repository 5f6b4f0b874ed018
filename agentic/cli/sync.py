"""`agentic sync`: every host's native instruction files from AGENTS.md and one manifest."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from agentic.cli.output import choice, complain, reported, say, say_json, usage
from agentic.core.values import ToolCall
from agentic.errors import CheckFailed, Diagnostic, quoted
from agentic.instructions.native import NATIVES
from agentic.instructions.sources import MANIFEST, SHIPPED
from agentic.places import private_folder
from agentic.ports import CliPorts

if TYPE_CHECKING:
    from agentic.instructions.beginning import Begun
    from agentic.instructions.plan import Step

#: Where `--force` keeps what it replaces, below the state folder.
REPLACED_FOLDER = "replaced"


def sync(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 4 when a file is out of date.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what changes as a diff.")] = False,
    host: Annotated[
        list[str] | None,
        typer.Option("--host", help="Only the files of this host; may be given several times."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")
    ] = False,
    import_: Annotated[
        bool,
        typer.Option("--import", help="Make a manifest from the instruction files that are here."),
    ] = False,
    init: Annotated[
        bool, typer.Option("--init", help="Write a manifest that names the shipped instructions.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Replace files that are in the way; shows the diff and keeps a copy."
        ),
    ] = False,
    manifest: Annotated[
        str, typer.Option("--manifest", help="The manifest, when it lies elsewhere.")
    ] = MANIFEST,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Generate every host's instruction files from AGENTS.md and one manifest."""
    if sum((check, import_, init)) > 1:
        usage("`--check`, `--import` and `--init` are three different things; give one")
    if force and (check or dry_run):
        usage("`--force` writes, and `--check` and `--dry-run` do not")
    hosts = tuple(host or ())
    for name in hosts:
        choice(name, NATIVES, "host")
    with reported():
        ports = CliPorts(os.environ, int(time.time()))
        root = _root(ports)
        path = _manifest_path(root, manifest)
        from agentic.admission.judge import judge_of
        from agentic.instructions.beginning import begun, imported
        from agentic.instructions.engine import prepared
        from agentic.instructions.tree import locked

        judge = judge_of(ports.for_call(ToolCall("other", {}, root)))
        with nullcontext() if check or dry_run else locked(root):
            if import_ or init:
                start = begun(root, path, hosts) if init else imported(root, path, judge, hosts)
                _tell_beginning(root, start, is_dry=dry_run, as_json=json)
                return
            steps = prepared(root, judge, path, hosts).steps
            if check:
                _check(steps, as_json=json)
            elif dry_run:
                _tell(steps, diff=diff, is_dry=True, as_json=json)
            else:
                _write(root, ports, steps, diff=diff, force=force, as_json=json)


def _root(ports: CliPorts) -> str:
    try:
        folder = os.getcwd()
    except OSError:
        usage("the current folder is gone", "change into the repository")
    root = ports.root(folder)
    if not root:
        usage("the current folder is no workspace", "change into the repository")
    return root


def _manifest_path(root: str, given: str) -> str:
    """The manifest's path in the repository; `--manifest` may be relative to the current folder."""
    if given == MANIFEST:
        return given
    path = os.path.relpath(os.path.realpath(given), root)
    if path.startswith("../"):
        usage("the manifest lies outside of this repository", "instructions belong to a repository")
    return path


def _check(steps: Sequence[Step], *, as_json: bool) -> None:
    """Say nothing but that all is current, or raise CheckFailed with the diff on stdout."""
    from agentic.instructions.plan import changes, in_the_way

    wrong = [*changes(steps), *in_the_way(steps)]
    if as_json:
        say_json(_as_json(steps))
    elif not wrong:
        say(f"{_count(_kept_count(steps), 'file')} as they should be")
        _tell_unmanaged(steps)
    else:
        for step in wrong:
            say(step.diff() or f"{step.path}: {step.why}")
    if wrong:
        raise CheckFailed(
            "instructions.out-of-date",
            f"{_count(len(wrong), 'file')} not as the manifest says: {_named(wrong)}",
            help="run `agentic sync`, and move what was edited by hand into its source",
        )


def _write(
    root: str, ports: CliPorts, steps: Sequence[Step], *, diff: bool, force: bool, as_json: bool
) -> None:
    from agentic.instructions.plan import apply, in_the_way

    if force:
        steps = [_forced(root, ports, step) for step in steps]
    blocked = in_the_way(steps)
    if blocked:
        for step in blocked:
            shown = Diagnostic(f"instructions.{step.action}", step.why, step.path, _way_out(step))
            complain(str(shown))
        forceable = any(_is_forceable(step) for step in blocked)
        raise CheckFailed(
            "instructions.in-the-way",
            f"{_count(len(blocked), 'file')} in the way, and nothing was written",
            help="`agentic sync --force` shows what would be lost, keeps a copy and replaces them"
            if forceable
            else "",
        )
    apply(root, steps)
    _tell(steps, diff=diff, is_dry=False, as_json=as_json)


def _way_out(step: Step) -> str:
    edited = f"move the change into {quoted(step.source)}"
    if step.source.startswith(SHIPPED):
        edited = "give the entry a `source` of your own, beside the manifest, with the change in it"
    ways = {
        "edited": edited,
        "foreign": "make it the `source` of an entry of the manifest, or move it away",
        "copy": "remove it: the host reads the generated files",
        "link": "put a real file in its place, or remove the link",
    }
    return ways[step.action]


def _forced(root: str, ports: CliPorts, step: Step) -> Step:
    """The step that replaces or removes a file in the way, after its copy is kept and its diff shown."""
    if not _is_forceable(step) or step.before is None:
        return step
    kept = _copied(root, ports, step.path, step.before)
    complain(step.diff())
    complain(f"{step.path}: the former content is kept in {quoted(kept, 300)}")
    return step._replace(action="remove" if step.after is None else "update")


def _is_forceable(step: Step) -> bool:
    """Whether `--force` replaces a file in the way: a link is somebody's own decision."""
    return step.action in ("foreign", "edited", "copy")


def _copied(root: str, ports: CliPorts, path: str, data: bytes) -> str:
    """Where a copy of a replaced file is kept: in the user's state folder, by content."""
    from agentic.instructions.tree import write_file

    folder = f"{private_folder(ports.places.state)}/{REPLACED_FOLDER}"
    name = f"{_short(root.encode())}/{path}.{_short(data)}"
    write_file(private_folder(folder), name, data)
    return f"{folder}/{name}"


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _tell(steps: Sequence[Step], *, diff: bool, is_dry: bool, as_json: bool) -> None:
    """What was done, or would be."""
    from agentic.instructions.plan import changes, in_the_way

    if as_json:
        say_json(_as_json(steps))
        return
    done = changes(steps)
    for step in (*done, *in_the_way(steps)):
        say(f"{step.action:7} {step.path}" + (f": {step.why}" if step.why else ""))
        if diff:
            say(step.diff())
    written = sum(step.action != "remove" for step in done)
    verbs = ("would be written", "would be removed") if is_dry else ("written", "removed")
    say(
        f"{_count(written, 'file')} {verbs[0]}, {len(done) - written} {verbs[1]}, "
        f"{_kept_count(steps)} as they were"
    )
    _tell_unmanaged(steps)


def _tell_beginning(root: str, start: Begun, *, is_dry: bool, as_json: bool) -> None:
    """Write the first manifest and say what it holds and what could not be carried."""
    from agentic.instructions.tree import write_file

    for path, data in () if is_dry else start.files:
        write_file(root, path, data)
    if as_json:
        say_json({"files": [path for path, _ in start.files], "notes": list(start.notes)})
        return
    for path, _ in start.files:
        say(f"create  {path}")
    for note in start.notes:
        say(f"note    {note}")
    if is_dry:
        say(f"{_count(len(start.files), 'file')} would be written")
    else:
        say("look at it, then run `agentic sync`")


def _tell_unmanaged(steps: Sequence[Step]) -> None:
    """Files in hosts' folders that no manifest names, which policy has not been compared with."""
    own = [step for step in steps if step.action == "unmanaged"]
    if own:
        verb = "is" if len(own) == 1 else "are"
        say(
            f"{_count(len(own), 'file')} {verb} not from the manifest, and left alone: {_named(own)}"
        )


def _as_json(steps: Sequence[Step]) -> dict[str, object]:
    rows = [
        {"path": step.path, "action": step.action, "source": step.source, "why": step.why}
        for step in steps
        if step.action != "keep"
    ]
    return {"files": rows, "kept": _kept_count(steps)}


def _kept_count(steps: Iterable[Step]) -> int:
    return sum(step.action == "keep" for step in steps)


def _named(steps: Iterable[Step]) -> str:
    paths = [step.path for step in steps]
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(map(quoted, paths[:3])) + more


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
