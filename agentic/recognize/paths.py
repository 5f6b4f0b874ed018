"""What a path is, and what reading, writing or deleting it becomes.

A path has an area (workspace, temporary, outside, sensitive, device) and at most one class that
matters more than its area (a secret, governance, what CI runs, a manifest, a served prompt). Both are
tables in `path_tables`, so that a new kind of sensitive file is one line. Everything is string work on
lower-cased components: a spelling that a case-insensitive file system would accept is seen through.

The written path and the path behind its links both count. Never raises.
"""

from __future__ import annotations

from agentic.core.paths import is_below, joined
from agentic.core.patterns import matches
from agentic.recognize import environment, path_tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.interface import Facts, Word, Workspace

    #: kind, target, environment, told_by, because: the leading arguments of `Context.add`.
    Found = tuple[str, str, str, str, str]

#: Names of a folder that is deleted that are looked at.
MAX_NAMES = 256

#: Characters that some file systems ignore inside a name (HFS+ and zero-width joiners).
_IGNORED = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xAD))

_DELETES = ("delete", "delete-tree")
#: Actions on a folder that reach what lies in it.
_TREE_ACTIONS = ("delete-tree", "write-tree", "read-tree", "permissions")


def absolute(text: str, cwd: str, home: str) -> str:
    """A path operand made absolute: `~` expanded, `.` and `..` taken out, links not followed."""
    if text[:1] == "~":
        if text == "~" or text.startswith("~/"):
            return joined(home or "/", text[2:] or ".")
        if text == "~+" or text.startswith("~+/"):
            return joined(cwd, text[3:] or ".")
        user, _, rest = text[1:].partition("/")
        if user and user[0].isalpha():
            return joined("/root" if user == "root" else f"/home/{user}", rest or ".")
    return joined(cwd, text or ".")


def operations(
    action: str,
    word: Word,
    cwd: str,
    workspace: Workspace,
    facts: Facts,
    content: str | None = None,
    remote: str = "",
) -> list[Found]:
    """The operations of an action on a path; empty for `/dev/null` and its like.

    Actions: `read`, `read-tree`, `write`, `write-tree`, `delete`, `delete-tree`, `permissions`.
    """
    text = word.text
    scene = _Scene(cwd, workspace, facts, content, remote)
    if word.literal:
        return _of_path(action, text, scene)
    from agentic.recognize.patterns import wildcards

    pattern, is_computed = wildcards(text, cwd, workspace, glob=word.glob)
    if pattern[:1] == "*" and is_computed:
        return _of_computed(action, text, pattern, scene)
    found = _of_pattern(action, text, pattern, scene, look_up=not is_computed)
    if is_computed and ".." in pattern.split("/")[1:]:
        found.append(_unknown(text))
    return found


def is_secret(path: str) -> bool:
    """Whether an absolute path names a file or folder that holds keys or credentials."""
    return "secret" in _classes(_components(path), "", "read", "")


def is_build_folder(path: str, workspace: Workspace) -> bool:
    """Whether an absolute path lies in the workspace and holds what a build makes again."""
    return any(
        is_below(path, root) and _is_build(_components(path[len(root) :]))
        for root in workspace.roots
    )


class _Scene:
    """Where a path is judged; made per operation."""

    __slots__ = ("content", "cwd", "facts", "remote", "workspace")

    def __init__(
        self, cwd: str, workspace: Workspace, facts: Facts, content: str | None, remote: str
    ) -> None:
        self.cwd = cwd
        self.workspace = workspace
        self.facts = facts
        self.content = content
        self.remote = remote


def _of_path(action: str, text: str, scene: _Scene) -> list[Found]:
    """The operations on a path that is known exactly, as written and behind its links."""
    workspace = scene.workspace
    path = absolute(text, scene.cwd, workspace.home)
    if path.startswith("/proc/"):
        path = _through_proc(path, scene.cwd)
    found = _of_absolute(action, path, path, scene, workspace.roots)
    if scene.remote:
        return found
    if action in _DELETES and text[-1:] != "/":
        # rm removes a link itself, not what it points to: only the folders on the way are followed
        folder, _, name = path.rpartition("/")
        real = workspace.resolve(folder or "/").rstrip("/") + "/" + name if name else path
    else:
        real = workspace.resolve(path)
    if real != path:
        roots = [*workspace.roots, *(workspace.resolve(root) for root in workspace.roots)]
        for operation in _of_absolute(action, real, path, scene, roots):
            if operation not in found:
                found.append(operation)
    return found


def _of_absolute(
    action: str, path: str, shown: str, scene: _Scene, roots: Sequence[str]
) -> list[Found]:
    """The operations on one absolute path."""
    workspace = scene.workspace
    root = ""
    if not scene.remote:
        for candidate in roots:
            if is_below(path, candidate):
                root = candidate
                break
    area = "workspace" if root else area_of(path, workspace)
    if area == "inert":
        return []
    if area == "socket":
        return _of_socket(action, path)
    below = path[len(root) :] if root else path
    parts = _components(below)
    classes = _classes(parts, area, action, "" if root else _home_relative(path, workspace.home))
    classes = _with_governed(classes, path, action, workspace)
    taught = _taught(path, below, scene.facts) if scene.facts.paths else ()
    found: list[Found] = []
    best = _strictest_class(classes)
    if action in ("delete-tree", "read-tree") and not scene.remote:
        found.extend(_of_contained(action, path, root, area, shown, scene))
    joined_classes = [name for name in path_tables.JOINED_CLASSES if name in classes]
    for name in dict.fromkeys((best, *joined_classes, *taught)):
        found.extend(_of_class(name, action, shown, below, scene))
    if not found or (area in path_tables.OUTSIDE and action in _DELETES):
        if area == "workspace" and action in _DELETES and _is_build(parts):
            area = "build"
        if area == "temporary" and action == "delete-tree" and _is_whole_temporary(path, workspace):
            area = "outside"
        kind = path_tables.AREAS[area].get(action, "")
        if kind:
            found.append((kind, shown, "", "", ""))
    return found


def _of_class(name: str, action: str, shown: str, below: str, scene: _Scene) -> list[Found]:
    """The operation that a class makes of an action, or none where the area decides."""
    kind = path_tables.CLASSES.get(name, {}).get(action, "")
    if not kind:
        return []
    if name == "editor-settings":
        return [(kind, shown, "", "", "") for kind in _of_editor(scene)]
    if kind == "mcp.install-server":
        kind = _of_server(scene)
    if kind == "agent.instruct" and scene.content:
        return [(kind, shown, "", "", ""), *_of_agent_page(shown, scene.content, scene)]
    if name in path_tables.ENVIRONMENT_CLASSES:
        told = environment.named("path", below.strip("/"), scene.facts)
        if name == "manifest" and not told:
            return []
        untold = "unknown" if name == "model-route" else ""
        return [(kind, shown, told or untold, shown if told else "", "")]
    return [(kind, shown, "", "", "")]


def _of_contained(
    action: str, path: str, root: str, area: str, shown: str, scene: _Scene
) -> list[Found]:
    """What a folder takes along: the workspace, agentic's state, secrets, the whole home."""
    workspace = scene.workspace
    if action == "read-tree":
        holds_home = not root and is_below(workspace.home or "/root", path)
        why = "the folder holds the keys and credentials of its owner"
        return [("file.read-secret", shown, "", "", why)] if holds_home else []
    holds_root = any(is_below(each, path) for each in workspace.roots)
    holds_state = any(is_below(each, path) and each != path for each in workspace.governed)
    if holds_root or holds_state:
        why = "the folder holds the workspace or agentic's own state"
        whole = [("file.delete-tree", shown, "", "", "")] if path == root else []
        return [("governance.disable", shown, "", "", why), *whole]
    if area != "workspace" or _is_build(_components(path[len(root) :])):
        return []
    why = "the folder holds files with credentials"
    for name in workspace.list(path)[:MAX_NAMES]:
        if is_secret(path + "/" + name):
            return [
                ("file.write-secret", shown, "", "", why),
                ("file.delete-tree", shown, "", "", ""),
            ]
    return []


def _of_socket(action: str, path: str) -> list[Found]:
    """bash's own `/dev/tcp/host/port`: a network connection."""
    host = path.split("/")[3] if path.count("/") > 2 else ""
    is_local = host in ("localhost", "::1") or host.startswith("127.")
    kind = "network.read" if action == "read" else "network.write"
    return [(kind + "-local" if is_local else kind, path, "", "", "")]


# Words that are not literal


def _of_computed(action: str, text: str, pattern: str, scene: _Scene) -> list[Found]:
    """A path whose beginning is computed: its tail may still name a secret; the rest is unknown."""
    found = [_unknown(text)]
    tail = pattern.replace("*", "x")
    best = _strictest_class(_classes(_components("/" + tail), "workspace", action, ""))
    kinds = path_tables.CLASSES.get(best, {}) if best in path_tables.PORTABLE_CLASSES else {}
    kind = kinds.get(action) or path_tables.AREAS["workspace"].get(action, "")
    if kind:
        found.append((kind, text, "", "", ""))
    return found


def _unknown(text: str) -> Found:
    return ("unknown.shell", text, "", "", "the path is computed at run time")


def _of_pattern(
    action: str, text: str, pattern: str, scene: _Scene, *, look_up: bool
) -> list[Found]:
    """The operations on all paths that a pattern may name.

    A pattern of wildcards alone (`dir/*`) under a delete is the folder itself.
    """
    from agentic.recognize.patterns import matches, may_be_secret, representative

    workspace = scene.workspace
    folder, _, last = pattern.rpartition("/")
    if action in _DELETES and not last.strip("*?."):
        base = folder if folder or pattern[:1] == "/" else "."
        return _relabelled(_of_path("delete-tree", (base or "/") + "/", scene), text)
    found = _of_path(action, representative(pattern), scene)
    path = absolute(pattern, scene.cwd, workspace.home)
    if may_be_secret(path.rpartition("/")[2]):
        found.extend(_of_class("secret", action, text, "", scene))
    if look_up and not scene.remote:
        for name in matches(path, workspace):
            found.extend(_of_path(action, name, scene))
    return _relabelled(found, text)


def _relabelled(found: list[Found], text: str) -> list[Found]:
    """Operations with the pattern as their target, each kind once."""
    rows = {(kind, place): (kind, text, place, told, why) for kind, _, place, told, why in found}
    return list(rows.values())


# Areas and classes


def area_of(path: str, workspace: Workspace) -> str:
    """The area of an absolute path that is not in the workspace.

    One of `temporary`, `outside`, `sensitive`, `device`, `inert`, `socket`.
    """
    lower = path.lower()
    if lower.startswith("/dev/"):
        return _device_area(lower)
    home = workspace.home
    # A home below a temporary folder is a home all the same, and so is what lies above it.
    is_in_home = bool(home) and is_below(path, home)
    has_home = bool(home) and is_below(home, path)
    for folder in path_tables.TEMPORARY:
        if is_below(lower, folder) and (lower == folder or not (is_in_home or has_home)):
            return "temporary"
    own = workspace.variable("TMPDIR").rstrip("/")
    if own.count("/") > 1 and is_below(path, own) and not is_below(workspace.home, own):
        return "temporary"
    first = lower[1:].partition("/")[0]
    if first in path_tables.SYSTEM_FOLDERS or lower == "/":
        return "sensitive"
    if is_in_home:
        below = lower[len(home) + 1 :]
        return (
            "sensitive"
            if below.startswith(path_tables.SENSITIVE_HOME)
            else _by_search(path, workspace)
        )
    if first in ("home", "users") and lower.count("/") > 1:
        return "sensitive"
    if lower.startswith(path_tables.SENSITIVE_PREFIXES):
        return "sensitive"
    return _by_search(path, workspace)


def _by_search(path: str, workspace: Workspace) -> str:
    """Sensitive when programs or Python start things from this folder, else plain outside."""
    if "/site-packages" in path or "/dist-packages" in path or "/.git/hooks" in path:
        return "sensitive"
    for folder in workspace.variable("PATH").split(":"):
        if folder.count("/") > 1 and is_below(path, folder.rstrip("/")):
            return "sensitive"
    return "outside"


def _device_area(lower: str) -> str:
    name = lower[5:]
    if name in path_tables.INERT_DEVICES or name.startswith(("fd/", "pts/")):
        return "inert"
    if name.startswith(("tcp/", "udp/")):
        return "socket"
    if is_below(lower, "/dev/shm"):  # noqa: S108 - a name to compare with
        return "temporary"
    return "device" if name.startswith(path_tables.RAW_DEVICES) else "sensitive"


def _is_whole_temporary(path: str, workspace: Workspace) -> bool:
    """Whether a path is a temporary folder itself, which other programs use too."""
    return path.lower() in path_tables.TEMPORARY or path == workspace.variable("TMPDIR").rstrip("/")


def _components(path: str) -> list[str]:
    """Lower-cased components, as a forgiving file system would compare them."""
    if not path.isascii():
        path = path.translate(_IGNORED)
    return [part.strip(" ").rstrip(". ") or part for part in path.lower().split("/") if part]


def _classes(parts: list[str], area: str, action: str, home_relative: str) -> list[str]:
    """Every class that a path's components, name, stem or extension tell."""
    found: list[str] = []
    if not parts:
        return found
    name = parts[-1]
    if _is_secret_name(parts, name) or (
        action in ("read-tree", "delete-tree") and name in path_tables.SECRET_HOLDERS
    ):
        found.append("secret")
    if area == "temporary":
        return found
    found.extend(_tree_classes(parts, area, action, in_home=bool(home_relative)))
    if area == "workspace":
        found.extend(_workspace_classes(parts, name))
    elif parts[0] in ("etc", "library") and path_tables.SYSTEM_HOSTS.intersection(parts[1:4]):
        found.append("host-settings")
    named = path_tables.NAMES.get(name)
    for ending, ending_class in path_tables.NAME_ENDINGS:
        named = ending_class if name.endswith(ending) else named
    if named is not None and (area == "workspace" or named in path_tables.PORTABLE_CLASSES):
        found.append(named)
    return found


def _tree_classes(parts: list[str], area: str, action: str, *, in_home: bool) -> list[str]:
    """The classes that a path has from the folders it lies in."""
    found: list[str] = []
    last = len(parts) - 1
    for position, part in enumerate(parts):
        rows = path_tables.TREES.get(part)
        if rows is None:
            continue
        rest = "/".join(parts[position + 1 :])
        for where, start, tree_class in rows:
            if where == "root" and (area != "workspace" or position):
                continue
            if where == "home" and not in_home:
                continue
            if where == "workspace" and area != "workspace":
                continue
            if where == "project" and (area != "workspace" or _is_aside(parts[:position])):
                continue
            if rest.startswith(start):
                is_lock = tree_class == "git-internals" and parts[last].endswith(".lock")
                found.append("git-lock" if is_lock else tree_class)
                break
            if position == last and action in _TREE_ACTIONS:
                found.append(tree_class)
                break
    return found


def _workspace_classes(parts: list[str], name: str) -> list[str]:
    """Classes that only mean something in a project: manifests, served code, documents."""
    found: list[str] = []
    stem, _, extension = name.rpartition(".")
    if extension in path_tables.MANIFEST_EXTENSIONS or not stem:
        is_named = name.startswith(path_tables.MANIFEST_NAMES) or extension in ("tf", "tfvars")
        if is_named or any(part in path_tables.MANIFEST_FOLDERS for part in parts):
            found.append("manifest")
    if name.startswith(path_tables.DOCUMENT_NAMES):
        found.append("docs")
    if any(part in path_tables.TEST_FOLDERS for part in parts):
        return found
    if name in path_tables.SERVING_NAMES and (
        name != "main.py" or any(part in ("app", "api", "serving") for part in parts[:-1])
    ):
        found.append("serving")
    plain = (stem or name).replace("-", "_")
    for start, stem_class in path_tables.STEMS:
        if plain.startswith(start):
            found.append(stem_class)
    if extension in ("yml", "yaml") and "alert" in plain and "rule" in plain:
        found.append("alert")
    if extension in ("yml", "yaml") and stem.endswith(".rules"):
        found.append("alert")
    return found


def _is_secret_name(parts: list[str], name: str) -> bool:
    """Whether a file name, its folder or its extension tells that it holds credentials."""
    if name.endswith(path_tables.PUBLIC_ENDINGS) or name in path_tables.PUBLIC_NAMES:
        return False
    if name in path_tables.SECRET_NAMES or name.startswith(path_tables.SECRET_STARTS):
        return True
    folder = parts[-2] if len(parts) > 1 else ""
    if folder == ".ssh" and name != "config":
        return True
    if folder and folder + "/" + name in path_tables.SECRET_PAIRS:
        return True
    stem, dot, extension = name.rpartition(".")
    if dot and extension in path_tables.SECRET_EXTENSIONS:
        return extension != "pem" or not _is_certificate(stem)
    if ".tfstate" in name or (extension == "tfvars" and "secret" in name):
        return True
    if any(part in path_tables.SECRET_FOLDERS for part in parts):
        return True
    if "secrets" in parts[:-1] and (not dot or extension in path_tables.SECRET_DATA):
        return True
    if parts[0] == "proc" and name in ("environ", "mem"):
        return True
    joined_parts = "/" + "/".join(parts) + "/"
    return any(folder in joined_parts for folder in path_tables.SECRET_TREES)


def _is_aside(parts: list[str]) -> bool:
    """Whether the folders above are tests or some tool's own (`.github`, `.claude`)."""
    return any(part[0] == "." or part in path_tables.TEST_FOLDERS for part in parts)


def _is_certificate(stem: str) -> bool:
    """Whether a `.pem` is by its name a certificate or a public key."""
    if "public" in stem or stem.endswith("pub"):
        return True
    if "key" in stem or "priv" in stem:
        return False
    return stem.startswith("ca") or any(
        word in stem for word in ("cert", "chain", "-ca", "_ca", "bundle")
    )


def _is_build(parts: list[str]) -> bool:
    """Whether a path is a build product or a cache that a build makes again."""
    if not parts:
        return False
    if any(part in path_tables.BUILD_FOLDERS or part.endswith(".egg-info") for part in parts):
        return True
    name = parts[-1]
    return name.endswith(path_tables.BUILD_ENDINGS) or name.startswith(".coverage")


def _with_governed(classes: list[str], path: str, action: str, workspace: Workspace) -> list[str]:
    """The classes, with agentic's own state added; compared without regard to case."""
    lower = path.lower()
    for governed in workspace.governed:
        if is_below(lower, governed.lower()):
            return [*classes, "agentic"]
    return classes


def _strictest_class(classes: list[str]) -> str:
    if not classes:
        return ""
    if len(classes) == 1:
        return classes[0]
    return next((name for name in path_tables.CLASSES if name in classes), "")


def _home_relative(path: str, home: str) -> str:
    return path[len(home) :] if home and path.startswith(home + "/") else ""


def _taught(path: str, below: str, facts: Facts) -> tuple[str, ...]:
    """Classes that policy adds for a path; they add operations and never take one away."""
    lower, relative = path.lower(), below.strip("/").lower()
    name = lower.rpartition("/")[2]
    return tuple(
        path_class
        for pattern, path_class in facts.paths
        if matches(pattern, relative)
        or matches(pattern, lower)
        or ("/" not in pattern and matches(pattern, name))
    )


def _of_server(scene: _Scene) -> str:
    """The kind of adding the MCP servers that a content describes."""
    return "mcp.install-server-privileged" if _is_privileged(scene) else "mcp.install-server"


#: Words by which an editor's settings bring MCP servers along, and by which they loosen what is asked.
#: The names are those of VS Code (https://code.visualstudio.com/docs/copilot/agents/agent-tools); not
#: checked one by one.
_EDITOR_SERVERS = ("mcp", '"servers"', '"command"')
_EDITOR_LOOSENING = ("autoapprove", "chat.hook", "workspace.trust", "allowlist")


def _of_editor(scene: _Scene) -> list[str]:
    """What an editor's settings do beside setting it up; what is not known may bring a server along."""
    if scene.content is None:
        return ["mcp.install-server"]
    # A letter may be written as an escape, so that its word cannot be seen.
    text = scene.content.lower()
    is_hidden = "\\u" in text
    found: list[str] = []
    if is_hidden or any(word in text for word in _EDITOR_LOOSENING):
        found.append("governance.change")
    if is_hidden or any(word in text for word in _EDITOR_SERVERS):
        found.append(_of_server(scene))
    return found


def _of_agent_page(shown: str, content: str, scene: _Scene) -> list[Found]:
    """What a page for agents does beside telling them something."""
    from agentic.recognize.agent_pages import ENDINGS, governing_fields, names_server

    if not shown.lower().endswith(ENDINGS):
        return []
    fields = governing_fields(content)
    found: list[Found] = []
    if fields:
        why = f"the page sets {', '.join(fields)[:100]}"
        found.append(("governance.change", shown, "", "", why))
    if names_server(content):
        found.append((_of_server(scene), shown, "", "", ""))
    return found


#: Texts in quotes of an MCP configuration that are looked at, and how long they may be.
_MOST_TEXTS = 2000
_LONGEST_TEXT = 300


def _is_privileged(scene: _Scene) -> bool:
    """Whether an MCP configuration holds a credential as a literal, or leads a server to production."""
    content = scene.content
    if not content:
        return False
    if any(start in content for start in path_tables.TOKEN_STARTS):
        return True
    at = content.find("Bearer ")
    if at >= 0 and content[at + 7 : at + 8] not in ("$", "{", "<", ""):
        return True
    from agentic.recognize.programs.mcp_installers import hands_secret

    if hands_secret(content):
        return True
    texts = content.split('"')[1 : 2 * _MOST_TEXTS : 2]
    return any(
        environment.named("name", text, scene.facts) == "production"
        for text in texts
        if len(text) <= _LONGEST_TEXT
    )


def _through_proc(path: str, cwd: str) -> str:
    """`/proc/self/root/etc/passwd` is `/etc/passwd`; `/proc/self/cwd/x` is `x` here."""
    while path.startswith("/proc/"):
        pieces = path.split("/", 4)
        door = pieces[3] if len(pieces) > 3 else ""
        if door == "root":
            path = joined("/", pieces[4] if len(pieces) > 4 else ".")
        elif door == "cwd" and pieces[2] in ("self", "thread-self"):
            # The folder may itself be told through such a door: without its own, or this never ends.
            path = joined(_through_proc(cwd, "/"), pieces[4] if len(pieces) > 4 else ".")
        elif door == "fd" or (door == "task" and len(pieces) > 4):
            return (
                "/dev/fd/0" if door == "fd" else joined("/proc/self", pieces[4].partition("/")[2])
            )
        else:
            break
    return path
