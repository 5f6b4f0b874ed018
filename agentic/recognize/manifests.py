"""What Kubernetes manifests say before they are applied: kinds, namespaces, environments, digests.

Files, folders and kustomizations named on a command line are read through the `Workspace` port and
scanned as text, YAML and JSON alike: only `kind`, `namespace`, `environment` and the entries of a
kustomization matter here. A kind mentioned anywhere counts, because missing one would be the worse
mistake. What is read is noted with its sha256, so that an approval covers exactly these files.
"""

from __future__ import annotations

from agentic.core.native import sha256_hex
from agentic.core.paths import folder_of, joined
from agentic.core.record_type import NamedTuple
from agentic.recognize.surroundings import from_root, path_candidate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentic.recognize.context import Context, Written
    from agentic.recognize.environment import Candidate
    from agentic.recognize.interface import Stdin, Word

#: Files of one call that are read; more than that is said and asks for a person.
MAX_FILES = 40
_MANIFEST_ENDINGS = (".yaml", ".yml", ".json")
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_FETCHERS = ("curl", "wget", "http", "https", "aria2c")
_REMOTE_STARTS = ("github.com/", "git@", "git::", "bitbucket.org/", "gitlab.com/", "ssh:")

#: Object kinds (lower case) that mean more than a changed object.
OBJECT_KINDS: dict[str, str] = {
    "role": "kubernetes.access",
    "clusterrole": "kubernetes.access",
    "rolebinding": "kubernetes.access",
    "clusterrolebinding": "kubernetes.access",
    "validatingwebhookconfiguration": "kubernetes.access",
    "mutatingwebhookconfiguration": "kubernetes.access",
    "validatingadmissionpolicy": "kubernetes.access",
    "validatingadmissionpolicybinding": "kubernetes.access",
    "mutatingadmissionpolicy": "kubernetes.access",
    "clusterpolicy": "kubernetes.access",
    "policyexception": "kubernetes.access",
    "constrainttemplate": "kubernetes.access",
    "podsecuritypolicy": "kubernetes.access",
    "certificatesigningrequest": "kubernetes.access",
    "secret": "kubernetes.write-secret",
    "cronjob": "batch.deploy",
    "cronworkflow": "batch.deploy",
    "scheduledsparkapplication": "batch.deploy",
    "prometheusrule": "alert.change",
    "alertmanagerconfig": "alert.change",
    "resourcequota": "workspace.provision",
    "application": "argocd.sync",
    "applicationset": "argocd.sync",
    "appproject": "argocd.administer",
}


class Manifests(NamedTuple):
    """What the manifests of one call told."""

    kinds: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    addresses: tuple[str, ...] = ()
    unread: str = ""


def values_of(text: str, key: str) -> Iterator[str]:
    """Every scalar that a key has in YAML or JSON text, wherever it stands."""
    at = text.find(key)
    while at >= 0:
        end = at + len(key)
        before = text[at - 1] if at else "\n"
        rest = text[end : end + 200]
        if before in "\n \t{,\"'/?-" and rest[:1] in (":", " ", '"', "'", "\t"):
            rest = rest.lstrip("\"' \t")
            if rest[:1] == ":":
                value = _scalar(rest[1:])
                if value:
                    yield value
        at = text.find(key, end)


def _scalar(text: str) -> str:
    """The first scalar of a text: tags, anchors, quotes and comments taken off."""
    value = text.partition("\n")[0].strip()
    while value[:1] in ("&", "!"):
        value = value.partition(" ")[2].lstrip()
    if value[:1] in ("'", '"'):
        return value[1:].partition(value[0])[0]
    for stop in (" #", ",", "}", "]"):
        value = value.partition(stop)[0]
    return value.strip()


def object_kinds(text: str) -> tuple[str, ...]:
    """The operation kinds that the objects of a manifest mean beyond `kubernetes.apply`, sorted."""
    objects = {value.lower() for value in values_of(text, "kind")}
    found = {OBJECT_KINDS.get(name, "") for name in objects}
    if "policy" in objects and "kyverno.io/" in text:
        found.add("kubernetes.access")
    return tuple(sorted(found - {""}))


def text_candidates(text: str, shown: str) -> list[Candidate]:
    """The namespaces and environment labels of a manifest, as candidates."""
    sources = (("namespace", "namespace"), ("environment", "name"), ("env", "name"))
    found = {
        (source, value, f"{key} {value} in {shown}")
        for key, source in sources
        for value in values_of(text, key)
    }
    return sorted(found)


def is_address(text: str) -> bool:
    """Whether a manifest operand is fetched from elsewhere."""
    return "://" in text or text.startswith(_REMOTE_STARTS) or "?ref=" in text


class _Reader:
    """Collects manifests with one budget for all operands of a call."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.kinds: set[str] = set()
        self.candidates: list[Candidate] = []
        self.inputs: dict[str, str] = {}
        self.addresses: list[str] = []
        self.unread = ""

    def read(self, path: str) -> str:
        """A file's text, noted with its digest; empty when it cannot be read."""
        shown = from_root(self.context, path)
        if shown in self.inputs:
            return ""
        if len(self.inputs) >= MAX_FILES:
            self.unread = f"more than {MAX_FILES} manifests in one call"
            return ""
        written = self.context.written.get(path)
        if written is not None:
            return self._made(path, shown, written)
        data = self.context.workspace.read(path, 1 << 18)
        if data is None:
            return ""
        self.inputs[shown] = sha256_hex(data)
        text = data.decode("utf-8", "replace")
        self.scan(text, shown)
        return text

    def _made(self, path: str, shown: str, written: Written) -> str:
        """A file that this very call wrote: its text where it is known, its address when fetched."""
        if written.text is not None:
            self.scan(written.text, shown)
        elif written.fetched:
            self.addresses.append(path)
        return written.text or ""

    def scan(self, text: str, shown: str) -> None:
        """Note what one text says."""
        self.kinds.update(object_kinds(text))
        self.candidates.extend(text_candidates(text, shown))
        if "\\u00" in text and text.lstrip()[:1] in "{[":
            self.unread = f"escaped letters in {shown}"

    def operand(self, text: str, *, deep: bool) -> None:
        """One `-f` operand: a file, a folder (`deep`: with those below), or an address."""
        if is_address(text):
            self.addresses.append(text)
            return
        path = self.context.path(text)
        if self.context.workspace.kind(path) == "directory":
            self.folder(path, deep=deep, level=0)
        else:
            self.read(path)

    def folder(self, path: str, *, deep: bool, level: int) -> None:
        """The manifests of a folder."""
        for name in self.context.workspace.list(path):
            inner = joined(path, name)
            if name.endswith(_MANIFEST_ENDINGS):
                self.read(inner)
            elif deep and level < 6 and self.context.workspace.kind(inner) == "directory":
                self.folder(inner, deep=True, level=level + 1)

    def kustomization(self, path: str, level: int = 0) -> None:
        """A folder's kustomization with what it names, to a depth of five."""
        for name in _KUSTOMIZATIONS:
            text = self.read(joined(path, name))
            if not text:
                continue
            for entry in _entries(text):
                if is_address(entry):
                    self.addresses.append(entry)
                    continue
                inner = joined(path, entry)
                form = self.context.workspace.kind(inner)
                if form == "directory" and level < 5:
                    self.kustomization(inner, level + 1)
                elif form in ("file", "other"):
                    self.read(inner)
            return

    def result(self) -> Manifests:
        return Manifests(
            tuple(sorted(self.kinds)),
            tuple(self.candidates),
            tuple(sorted(self.inputs.items())),
            tuple(self.addresses),
            self.unread,
        )


def _entries(text: str) -> Iterator[str]:
    """Paths and addresses that a kustomization names: list items and `path:` values."""
    for line in text.splitlines():
        body = line.strip()
        if body.startswith("- "):
            body = body[2:].lstrip()
            value = _scalar(body)
            if value and ": " not in body and not body.endswith(":"):
                yield value
        if body.startswith("path:"):
            value = _scalar(body[5:])
            if value:
                yield value


def read_manifests(
    context: Context,
    files: tuple[Word, ...],
    overlays: tuple[Word, ...],
    stdin: Stdin,
    *,
    deep: bool = False,
) -> Manifests:
    """What the `-f` and `-k` operands of a call say; `-` is standard input."""
    reader = _Reader(context)
    for word in (*files, *overlays):
        if word.fetched:
            reader.addresses.append(word.text)
        if not word.literal:
            reader.candidates.append(("computed", word.text, f"{word.text} is computed"))
    for word in files:
        for text in word.text.split(",") if word.literal else ():
            if text == "-":
                _standard_input(reader, stdin)
            else:
                reader.candidates.append(_operand_candidate(context, text, "-f"))
                reader.operand(text, deep=deep)
    for word in overlays:
        if word.literal:
            reader.candidates.append(_operand_candidate(context, word.text, "-k"))
            if is_address(word.text):
                reader.addresses.append(word.text)
            else:
                path = context.path(word.text)
                is_folder = context.workspace.kind(path) != "file"
                reader.kustomization(path if is_folder else folder_of(path))
    return reader.result()


def _operand_candidate(context: Context, text: str, option: str) -> Candidate:
    if is_address(text):
        return ("operand", text, f"{option} {text}")
    return path_candidate(context, text, f"{option} {text}")


def _standard_input(reader: _Reader, stdin: Stdin) -> None:
    """Text that is known is scanned; else the words of what feeds the pipe may tell."""
    if stdin.known:
        reader.scan(stdin.text, "standard input")
        reader.inputs["-"] = sha256_hex(stdin.text.encode("utf-8", "surrogatepass"))
        return
    if stdin.path:
        reader.candidates.append(_operand_candidate(reader.context, stdin.path, "<"))
        reader.operand(stdin.path, deep=False)
    for words in stdin.upstream:
        program = words[0].rpartition("/")[2] if words else ""
        for text in words[1:]:
            if (program in _FETCHERS or stdin.fetched) and "://" in text:
                reader.addresses.append(text)
            if text.startswith("-"):
                text = text.partition("=")[2]
            if not text or "://" in text:
                continue
            path = reader.context.path(text)
            form = reader.context.workspace.kind(path)
            if form == "directory":
                reader.kustomization(path)
            elif form:
                reader.read(path)
            source, name, shown = path_candidate(
                reader.context, text, f"pipe from {program} {text}"
            )
            # A word that is no path here (a sed script) may only raise.
            reader.candidates.append((source if form else "operand", name, shown))
