"""Builds what a host starts: one file with all code of the hook, and the command line that runs it.

The file is `<state>/launch/hook-<cache_tag>.pyc`: agentic.hosts.boot plus a bundle of modules, compiled
by a fresh interpreter so that equal sources give equal bytes. It is written atomically, mode 0600. The
command runs it with the interpreter's absolute path and blocks when anything at all goes wrong.
docs/adr/0002-launcher.md tells what was measured and rejected.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import shlex
import subprocess
import sys
from collections.abc import Container, Sequence
from pathlib import Path

from agentic import shipped
from agentic.core.record_type import NamedTuple
from agentic.errors import Unavailable, quoted
from agentic.hosts.interface import Target
from agentic.places import Places, private_folder

#: Changes whenever the layout of the bundle does.
FORMAT = 3

LAUNCH_FOLDER = "launch"

#: Where the plainest call begins; what these import by name, they need.
_PLAIN_ROOTS = (
    "agentic.hook",
    "agentic.adapters.claude_code",
    "agentic.places",
    "agentic.govern",
    "agentic.core.decide",
    "agentic.ports",
    "agentic.audit.journal",
    "agentic.audit.record",
)
#: Rooms that are bundled whole.
_ROOMS = ("core", "recognize", "adapters", "audit", "approvals", "signals")
#: Folders inside them that only refreshers and live questions load.
_NEVER_IN_A_HOOK = ("live",)
_ROOM_FILES = (
    "agentic",
    "agentic.errors",
    "agentic.govern",
    "agentic.hook",
    "agentic.places",
    "agentic.ports",
    "agentic.shipped",
    "agentic.workspace",
    "agentic.authoring",
    "agentic.authoring.compiled",
    "agentic.authoring.effective",
    "agentic.authoring.sources",
    "agentic.authoring.trust",
)
#: C modules of the interpreter that every call reaches; found once here instead of in every call.
_NATIVES = ("_collections", "_json", "_sha2", "_sha256", "gc")
#: Packages that rare calls need (a hard command line, a policy to compile, a time zone), by their folders.
_PACKAGES = (
    "tree_sitter",
    "tree_sitter_bash",
    "yaml",
    "pydantic",
    "typer",
    "cronsim",
    "holidays",
    "tzdata",
)


class Built(NamedTuple):
    """A launcher on disk: its path, the digest of what it was made of, whether it was written now."""

    path: str
    digest: str
    is_new: bool


class Source(NamedTuple):
    """One module that is bundled."""

    name: str
    is_package: bool
    path: str


def launcher_path(places: Places) -> str:
    """Where the launcher for this interpreter lies."""
    return f"{places.state}/{LAUNCH_FOLDER}/hook-{sys.implementation.cache_tag}.pyc"


def portable_path(places: Places) -> str:
    """The little shell file that a committed command looks for: it names interpreter and launcher."""
    return f"{places.state}/{LAUNCH_FOLDER}/hook.sh"


def build(places: Places) -> Built:
    """Write the launcher of this installation where it is missing or out of date.

    Raises Unavailable when it cannot be written or compiled.
    """
    sources = bundled_sources()
    folders = module_folders()
    natives = native_files()
    digest = _digest(sources, folders, natives, places)
    path = launcher_path(places)
    folder = private_folder(private_folder(places.state) + "/" + LAUNCH_FOLDER)
    stamp = Path(path + ".digest")
    if not (_is_current(path, stamp, digest)):
        data = _compiled(sources, folders, natives, places)
        write_atomically(path, data)
        write_atomically(str(stamp), f"{digest} {hashlib.sha256(data).hexdigest()}\n".encode())
        is_new = True
    else:
        is_new = False
    script = _portable_script(path)
    if _read(portable_path(places)) != script:
        write_atomically(f"{folder}/hook.sh", script)
        is_new = True
    return Built(path, digest, is_new)


def freshness(places: Places) -> str:
    """Empty when the launcher on disk is the one that `build` would write, else why it is not."""
    path = launcher_path(places)
    if not os.path.exists(path):
        return f"{quoted(path, 300)} is missing"
    digest = _digest(bundled_sources(), module_folders(), native_files(), places)
    data = _read(path) or b""
    if data[:4] != importlib.util.MAGIC_NUMBER:
        return f"{quoted(path, 300)} was made by another interpreter"
    stamped = (_read(path + ".digest") or b"").decode("ascii", "replace").split()
    if len(stamped) != 2 or stamped[1] != hashlib.sha256(data).hexdigest():
        return f"{quoted(path, 300)} was changed after it was written"
    if stamped[0] != digest:
        return "agentic's code or places have changed since it was written"
    if _read(portable_path(places)) != _portable_script(path):
        return f"{quoted(portable_path(places), 300)} is missing or changed"
    return ""


def _is_current(path: str, stamp: Path, digest: str) -> bool:
    data = _read(path)
    stamped = (_read(str(stamp)) or b"").decode("ascii", "replace").split()
    return (
        data is not None
        and data[:4] == importlib.util.MAGIC_NUMBER
        and stamped == [digest, hashlib.sha256(data).hexdigest()]
    )


# --- what goes into the bundle


def bundled_sources() -> tuple[Source, ...]:
    """Every module that a hook may load, sorted by name."""
    package = Path(shipped.PACKAGE_FOLDER)
    found: dict[str, Source] = {}
    for room in _ROOMS:
        for path in sorted((package / room).rglob("*.py")):
            if path.parent.name in _NEVER_IN_A_HOOK:
                continue
            source = _source(package, path)
            found[source.name] = source
    for name in _ROOM_FILES:
        relative = name.removeprefix("agentic").strip(".").replace(".", "/")
        folder = package / relative if relative else package
        path = folder / "__init__.py" if folder.is_dir() else package / f"{relative}.py"
        source = _source(package, path)
        found[source.name] = source
    return tuple(found[name] for name in sorted(found))


def _source(package: Path, path: Path) -> Source:
    parts = ["agentic", *path.relative_to(package).with_suffix("").parts]
    is_package = parts[-1] == "__init__"
    return Source(".".join(parts[:-1] if is_package else parts), is_package, str(path))


def plain_modules(sources: Sequence[Source]) -> tuple[str, ...]:
    """The modules that the plainest call runs, sorted.

    A module of which others import names runs with them. One that is only imported as a module
    (`from agentic.recognize import paths`) runs when it is used, which the plainest call may not do.
    """
    paths = {source.name: source.path for source in sources}
    found: set[str] = set()
    todo = list(_PLAIN_ROOTS)
    while todo:
        name = todo.pop()
        if name in paths and name not in found:
            found.add(name)
            todo.extend(modules_run_by(Path(paths[name]).read_text("utf-8"), paths))
    return tuple(sorted(found))


def modules_run_by(text: str, known: Container[str]) -> list[str]:
    """The modules of which a module's text imports names at its top level."""
    found = []
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.ImportFrom) and statement.module:
            module = statement.module
            if any(f"{module}.{alias.name}" not in known for alias in statement.names):
                found.append(module)
    return found


def module_folders() -> tuple[str, ...]:
    """The folders to append to sys.path: where agentic and the packages it needs were found."""
    folders = [str(Path(shipped.PACKAGE_FOLDER).parent)]
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin:
            folder = str(Path(spec.origin).parent.parent)
            if folder not in folders:
                folders.append(folder)
    return tuple(folders)


def native_files() -> tuple[tuple[str, str], ...]:
    """(name, path) of the interpreter's C modules; `built-in`, or empty where there is none."""
    found = []
    for name in _NATIVES:
        if name in sys.builtin_module_names:
            found.append((name, "built-in"))
            continue
        spec = importlib.util.find_spec(name)
        found.append((name, spec.origin or "" if spec is not None and spec.has_location else ""))
    return tuple(found)


def _digest(
    sources: Sequence[Source],
    folders: Sequence[str],
    natives: Sequence[tuple[str, str]],
    places: Places,
) -> str:
    """The sha256 (hex) of everything that goes into the launcher."""
    told = hashlib.sha256()
    rows = [f"format {FORMAT}", sys.version, *folders, *map(str, natives), *places]
    rows.append(shipped.install_identity())
    for source in sources:
        status = os.stat(source.path)
        content = hashlib.sha256(Path(source.path).read_bytes()).hexdigest()
        rows.append(f"{source.name} {status.st_mtime_ns} {status.st_ino} {content}")
    makers = (Path(_sibling(name)) for name in ("boot.py", "bundle.py"))
    rows.extend(hashlib.sha256(path.read_bytes()).hexdigest() for path in makers)
    for row in rows:
        told.update(row.encode("utf-8", "surrogateescape") + b"\0")
    return told.hexdigest()


def _sibling(name: str) -> str:
    return str(Path(__file__).with_name(name))


def _compiled(
    sources: Sequence[Source],
    folders: Sequence[str],
    natives: Sequence[tuple[str, str]],
    places: Places,
) -> bytes:
    rows = []
    for source in sources:
        status = os.stat(source.path)
        identity = (status.st_mtime_ns, status.st_size, status.st_ino)
        rows.append((source.name, source.is_package, source.path, *identity))
    plain = plain_modules(sources)
    record: tuple[str, int, int, int] | tuple[()] = ()
    if os.path.exists(shipped.INSTALL_RECORD):
        status = os.stat(shipped.INSTALL_RECORD)
        record = (shipped.INSTALL_RECORD, status.st_mtime_ns, status.st_size, status.st_ino)
    settled = (tuple(folders), tuple(natives), tuple(places), record)
    given = (_sibling("boot.py"), rows, plain, *settled)
    ran = subprocess.run(
        [sys.executable, "-S", "-s", "-P", "-B", "-X", "no_debug_ranges", _sibling("bundle.py")],
        input=repr(given).encode(),
        capture_output=True,
        check=False,
        env={"PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"},
        cwd="/",
    )
    if ran.returncode or not ran.stdout:
        last = ran.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise Unavailable("launcher.compile", f"the hook's code cannot be compiled: {last}")
    return ran.stdout


# --- the command


_FAILED = (
    "agentic: blocked: the guard did not answer (exit $agentic_status); run `agentic doctor`, "
    "or `agentic init` after a change of Python"
)


def interpreter() -> str:
    """The absolute path of the interpreter that runs the hook: the base one, past any venv's link."""
    return os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)


def interpreter_words() -> tuple[str, ...]:
    """The interpreter with its options: isolated from environment and site, and UTF-8 in any locale."""
    return (interpreter(), "-I", "-S", "-X", "utf8")


def command(
    places: Places, host: str, options: Sequence[str] = (), *, can_block: bool = True
) -> str:
    """The shell command for a settings file of this machine's user."""
    path = launcher_path(places)
    words = [*interpreter_words(), path, host, *options]
    return guarded(shlex.join(words), shlex.quote(path), can_block=can_block)


def command_for(
    target: Target, host: str, *, options: Sequence[str] = (), can_block: bool = True
) -> str:
    """The shell command for a host's file: the portable one where the file is shared.

    `options` come behind those of the target (`--event NAME`).
    """
    words = [*target.options, *options]
    if target.scope in {"project", "managed"}:
        return portable_command(host, words, can_block=can_block)
    return command(target.places, host, words, can_block=can_block)


def guarded(start: str, path: str, *, can_block: bool) -> str:
    """A command that runs `start` and turns every failure into a refusal with a reason.

    The hook itself ends with 2 after it has given its reason; so does Python when the launcher at
    `path` (as shell text) cannot be read, which is why that is asked for. Where nothing can be blocked
    (the tool has run), the person is told instead. The memory limit keeps a hostile input from taking
    the machine down; a system that knows no such limit goes on without.
    """
    limit = f"ulimit -v {MEMORY_LIMIT_KIB} 2>/dev/null; "
    if can_block:
        said = f"[ $agentic_status -eq 2 ] && [ -r {path} ]"
        failed = f"{said} || echo {_echoed(_FAILED)} >&2"
        return f"{limit}{start} || {{ agentic_status=$?; {failed}; exit 2; }}"
    told = '{\\"systemMessage\\":\\"agentic: not recorded (exit $?): run agentic doctor\\"}'
    return f'{limit}{start} || echo "{told}"'


#: Address space of a hook, in KiB.
MEMORY_LIMIT_KIB = 4_194_304


def _echoed(text: str) -> str:
    """Text in double quotes for a shell: only `$agentic_status` is expanded."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`") + '"'


_INSTALL = "pipx install agentic-governance && agentic init"


def portable_command(host: str, options: Sequence[str] = (), *, can_block: bool = True) -> str:
    """The shell command for a committed file: it finds each person's own launcher, or blocks."""
    # Gemini CLI replaces variables before a shell sees them: a `${NAME:-…}` wrongly, others by what its own
    # environment has under that name. So there is none of the first, and ours have long names.
    find = (
        'agentic_hook="$XDG_STATE_HOME"; [ "$agentic_hook" ] || agentic_hook="$HOME/.local/state"; '
        'agentic_hook="$agentic_hook/agentic/launch/hook.sh"; '
    )
    missing = _echoed(
        f"agentic: blocked: this project is governed by agentic; install it: {_INSTALL}"
    )
    refusal = f"{{ echo {missing} >&2; exit 2; }}" if can_block else "exit 0"
    words = shlex.join([host, *options])
    return f'{find}[ -r "$agentic_hook" ] || {refusal}; set -- {words}; ' + guarded(
        '. "$agentic_hook"', '"$agentic_launch"', can_block=can_block
    )


def _portable_script(path: str) -> bytes:
    """Read by the portable command with the host and its options as positional parameters."""
    start = shlex.join(interpreter_words())
    found = f'agentic_launch={shlex.quote(path)}; {start} "$agentic_launch" "$@"\n'
    return found.encode("utf-8", "surrogateescape")


# --- files


def write_atomically(path: str, data: bytes, mode: int = 0o600) -> None:
    """Replace a file's content, or leave it as it was. Raises Unavailable."""
    new = f"{path}.new-{os.getpid()}"
    try:
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            with os.fdopen(fd, "wb") as file:
                os.fchmod(file.fileno(), mode)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, path)
        except BaseException:
            os.unlink(new)
            raise
    except OSError as problem:
        why = (problem.strerror or "unknown error").lower()
        raise Unavailable(
            "launcher.write", f"{quoted(path, 300)} cannot be written: {why}"
        ) from None


def _read(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None
