"""The policy in force for one workspace: compiled once, then loaded by name.

1. read the few files of the organisation's and the workspace's layer, and what is trusted of them;
2. name the compiled policy by their digests, the shipped files' identity, the format, the interpreter;
3. load it; when that name is absent, compile once under a lock and say so.

The shipped files are known by their install (its record, or in a checkout size, times and inode of each),
not read again. Loaded by
the hook: no imports beyond `posix`; the compiler is imported only when it is needed.
"""

from __future__ import annotations

import posix

from agentic.authoring.compiled import compiled_name, dump_compiled, load_compiled, write_private
from agentic.authoring.sources import ORGANISATION, WORKSPACE, WORKSPACE_FOLDER, read_layer
from agentic.authoring.trust import trusted_state
from agentic.errors import AgenticError, Unavailable, quoted
from agentic.shipped import PACKAGE_FOLDER, POLICIES, install_identity, shipped_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.authoring.sources import LayerFiles
    from agentic.authoring.trust import Trusted
    from agentic.core.policy import Policy

#: The shipped files that make up the policy; others in the folder belong to other rooms.
SHIPPED_FILES = (
    "operations.yaml",
    "modes.yaml",
    "environments.yaml",
    "permissions.yaml",
    "escalation.yaml",
    "signals.yaml",
    "settings.yaml",
    "mcp.yaml",
)
#: The compiler's own files: an edit to them makes another compiled policy.
_COMPILER_FILES = (
    "build.py",
    "compile.py",
    "roles.py",
    "facts.py",
    "signals.py",
    "layers.py",
    "documents.py",
    "signal_documents.py",
    "mcp.py",
    "mcp_documents.py",
    "times.py",
    "vocabulary.py",
    "validate.py",
    "../yaml_reader.py",
)

_COMPILED_FOLDER = "compiled"
_LOCK_WAIT_S = 10.0
_KEPT_FILES = 32


def effective_policy(workspace_root: str, state_dir: str, config_dir: str) -> Policy:
    """The compiled policy for a workspace (empty: none), with notices that a person should see.

    Raises: Unavailable when the compiled policy is damaged or the compiler cannot be loaded,
    InvalidDocument when the shipped policy itself is invalid. The caller must block.
    """
    found = found_layers(workspace_root, state_dir, config_dir)
    shipped_dir = shipped_folder(POLICIES)
    folder = f"{state_dir}/{_COMPILED_FOLDER}"
    path = f"{folder}/{compiled_name(_sources(shipped_dir, found))}"
    policy = load_compiled(path)
    if policy is not None:
        return policy
    return _compiled_once(shipped_dir, found, state_dir, path)


def found_layers(
    workspace_root: str, state_dir: str, config_dir: str
) -> list[tuple[LayerFiles, Trusted | None]]:
    """The organisation's and the workspace's layer as they are now, with what is trusted of each."""
    places = [(ORGANISATION, config_dir)] if config_dir else []
    if workspace_root:
        places.append((WORKSPACE, f"{workspace_root.rstrip('/')}/{WORKSPACE_FOLDER}"))
    return [(read_layer(name, path), trusted_state(state_dir, name, path)) for name, path in places]


def _sources(shipped_dir: str, found: list[tuple[LayerFiles, Trusted | None]]) -> tuple[str, ...]:
    """What the compiled policy's name is made of."""
    installed = install_identity()
    if installed:
        identities = [f"{shipped_dir} {installed}"]
    else:
        rows = [f"{shipped_dir}/{name}" for name in SHIPPED_FILES]
        rows += [f"{PACKAGE_FOLDER}/authoring/{name}" for name in _COMPILER_FILES]
        identities = [_identity(path) for path in rows]
    for layer, trusted in found:
        state = trusted.sha256 if trusted else ""
        identities.append(f"{layer.name} {layer.path} {layer.digest} {state}")
    return tuple(identities)


def _identity(path: str) -> str:
    try:
        status = posix.stat(path)
    except OSError:
        return f"{path} absent"
    return f"{path} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


def compile_now(workspace_root: str, state_dir: str, config_dir: str) -> tuple[Policy, str]:
    """Compile the policy of a workspace and replace its compiled file; returns it with the file's path.

    Raises: Unavailable when the file cannot be written, InvalidDocument when the shipped policy is
    invalid.
    """
    found = found_layers(workspace_root, state_dir, config_dir)
    shipped_dir = shipped_folder(POLICIES)
    folder = f"{state_dir}/{_COMPILED_FOLDER}"
    path = f"{folder}/{compiled_name(_sources(shipped_dir, found))}"
    policy = _compiled(shipped_dir, found, state_dir)
    _make_folders(state_dir, folder)
    write_private(path, dump_compiled(policy))
    _forget_old(folder)
    return policy, path


def forget_compiled(state_dir: str) -> None:
    """Remove every compiled policy, damaged or not: each is compiled anew when it is next needed.

    Raises: Unavailable when something there cannot be removed.
    """
    from shutil import rmtree

    folder = f"{state_dir}/{_COMPILED_FOLDER}"
    try:
        rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as problem:
        why = problem.strerror or "it cannot be removed"
        raise Unavailable("policy.state", f"{quoted(folder)}: {why}") from None


def _compiled_once(
    shipped_dir: str,
    found: list[tuple[LayerFiles, Trusted | None]],
    state_dir: str,
    path: str,
) -> Policy:
    """Compile under a lock; whoever waited for it loads what the other one wrote."""
    folder = f"{state_dir}/{_COMPILED_FOLDER}"
    try:
        _make_folders(state_dir, folder)
        lock = _locked(folder)
    except OSError as problem:
        policy = _compiled(shipped_dir, found, state_dir)
        why = f"it cannot be kept in {quoted(folder)}: {problem.strerror}"
        return _noted(policy, f"the policy is compiled on every call, which is slow: {why}")
    try:
        policy_of_other = load_compiled(path)
        if policy_of_other is not None:
            return policy_of_other
        policy = _compiled(shipped_dir, found, state_dir)
        try:
            write_private(path, dump_compiled(policy))
            _forget_old(folder)
        except AgenticError as problem:
            return _noted(
                policy, f"the policy is compiled on every call, which is slow: {problem.message}"
            )
        return _noted(policy, "the policy was compiled for its first use")
    finally:
        posix.close(lock)


def _compiled(
    shipped_dir: str, found: list[tuple[LayerFiles, Trusted | None]], state_dir: str
) -> Policy:
    try:
        from agentic.authoring.build import built_policy
    except ImportError as problem:
        raise Unavailable(
            "policy.not-compiled",
            f"the policy is not compiled and its compiler cannot be loaded: {problem}",
            help="run `agentic policy compile` in your own terminal; `agentic doctor` says more",
        ) from None
    return built_policy(shipped_dir, found, state_dir)


def _noted(policy: Policy, notice: str) -> Policy:
    return policy._replace(notices=(*policy.notices, notice))


def _make_folders(state_dir: str, folder: str) -> None:
    for path in (state_dir, folder):
        try:  # noqa: SIM105 - importing contextlib would cost every hook time
            posix.mkdir(path, 0o700)
        except FileExistsError:
            pass


def _locked(folder: str) -> int:
    """A descriptor that holds the compile lock; closing it releases. After the wait it goes without.

    Going on without the lock is safe: the file is replaced in one step and both write the same.
    """
    from fcntl import LOCK_EX, LOCK_NB, flock
    from time import monotonic, sleep

    flags = posix.O_RDWR | posix.O_CREAT | posix.O_NOFOLLOW | posix.O_CLOEXEC
    lock = posix.open(f"{folder}/.lock", flags, 0o600)
    until = monotonic() + _LOCK_WAIT_S
    while True:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
            return lock
        except OSError:
            if monotonic() > until:
                return lock
            sleep(0.02)


def _forget_old(folder: str) -> None:
    """Keep only the newest compiled files; an old one is compiled again when it is needed."""
    try:
        names = [name for name in posix.listdir(folder) if name.endswith(".policy")]
        by_age = sorted((posix.stat(f"{folder}/{name}").st_mtime_ns, name) for name in names)
        for _, name in by_age[:-_KEPT_FILES]:
            posix.unlink(f"{folder}/{name}")
    except OSError:
        pass  # another process did it first
