"""What a configured command starts: which package or image, in which version, with what mounted.

Pure: words in, a `Launch` out; never raises. `npx`, `uvx`, `docker run` and their like fetch what they start,
so that the version decides what runs tomorrow.

Sources (checked 2026-11-21): https://docs.npmjs.com/cli/v11/commands/npx, https://docs.astral.sh/uv/guides/tools/,
https://pipx.pypa.io/stable/docs/, https://bun.com/docs/cli/bunx, https://pnpm.io/cli/dlx,
https://docs.docker.com/reference/cli/docker/container/run/
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Literal, NamedTuple

from agentic.core.patterns import matches

Kind = Literal["package", "image", "program", "none"]


class Launch(NamedTuple):
    """What is started. `name` is the package, image or program, `version` its version, tag or digest.

    `rest` are the arguments that it gets itself, `mounts` the sources of what a container sees of this
    machine.
    """

    kind: Kind
    runner: str
    name: str
    version: str = ""
    is_exact: bool = True
    rest: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()


_EXACT_VERSION = re.compile(r"v?\d+(\.\d+)+([-+.][0-9A-Za-z.+-]*)?\Z")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_SHELLS = frozenset(("sh", "bash", "zsh", "dash", "cmd", "cmd.exe"))
_ENGINES = frozenset(("docker", "podman", "nerdctl"))

#: words that start a package from npm or PyPI -> options with a value, and the option that names the package
_RUNNERS: dict[tuple[str, ...], tuple[str, str, str]] = {
    ("npx",): ("npm", "-p --package -c --call -w --workspace", "-p --package"),
    ("npm", "exec"): ("npm", "-p --package -c --call -w --workspace", "-p --package"),
    ("npm", "x"): ("npm", "-p --package -c --call -w --workspace", "-p --package"),
    ("pnpx",): ("npm", "--package", "--package"),
    ("pnpm", "dlx"): ("npm", "--package", "--package"),
    ("yarn", "dlx"): ("npm", "-p --package", "-p --package"),
    ("bunx",): ("npm", "-p --package", "-p --package"),
    ("bun", "x"): ("npm", "-p --package", "-p --package"),
    ("uvx",): (
        "pypi",
        "--from --with -p --python --index --index-url --directory --env-file",
        "--from",
    ),
    ("uv", "tool", "run"): (
        "pypi",
        "--from --with -p --python --index --index-url --directory --env-file",
        "--from",
    ),
    ("pipx", "run"): ("pypi", "--spec --python --index-url --pip-args --with", "--spec"),
}
#: `docker run` options that take the next word; others are switches or hold their value behind `=`.
_RUN_VALUES = frozenset(
    """-e --env --env-file -v --volume --mount --name --network --net -p --publish -u --user -w --workdir
    --entrypoint -l --label --add-host -m --memory --cpus --platform --pull --cap-add --cap-drop --device
    --security-opt --gpus --ulimit --tmpfs --restart --log-driver --log-opt -h --hostname --ip --dns
    --shm-size --pid --ipc --userns --cgroupns --runtime --stop-signal --volumes-from --annotation
    --cidfile""".split()
)


def launch_of(command: str, args: Sequence[str]) -> Launch:
    """What a host starts with this command and these arguments."""
    return _launch([command, *args] if command else [], depth=0)


def _launch(words: list[str], depth: int) -> Launch:
    words = _without_prefixes(words)
    if not words:
        return Launch("none", "", "")
    program = words[0].rpartition("/")[2].removesuffix(".cmd").removesuffix(".exe")
    inner = _wrapped(program, words)
    if inner is not None and depth < 4:
        return _launch(inner, depth + 1)
    if program in _ENGINES:
        return _container(program, words[1:])
    for start, (registry, values, naming) in _RUNNERS.items():
        if (program, *words[1 : len(start)]) == start:
            return _package(
                " ".join(start), registry, words[len(start) :], values.split(), naming.split()
            )
    return Launch("program", "", words[0], rest=tuple(words[1:]))


def _without_prefixes(words: list[str]) -> list[str]:
    """The words behind `env NAME=value …` and assignments."""
    while words and (words[0] == "env" or (matches("*=*", words[0]) and "/" not in words[0])):
        words = words[1:]
    return words


def _wrapped(program: str, words: list[str]) -> list[str] | None:
    """The command that a shell or our own gateway starts; None for anything else."""
    if program in _SHELLS:
        for position, word in enumerate(words[1:], 1):
            if word.lower() == "/c":
                return words[position + 1 :]
            if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
                return _split(words[position + 1]) if position + 1 < len(words) else []
        return None
    if program == "agentic" and words[1:3] == ["mcp", "gateway"] and "--" in words:
        return words[words.index("--") + 1 :]
    return None


def _split(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        return text.split()
    return words[1:] if words[:1] == ["exec"] else words


def _package(
    runner: str, registry: str, words: list[str], values: list[str], naming: list[str]
) -> Launch:
    named = ""
    position = 0
    while position < len(words):
        name, equals, value = words[position].partition("=")
        if words[position] == "--":
            position += 1
            break
        if not words[position].startswith("-"):
            break
        if name in values:
            following = words[position + 1] if position + 1 < len(words) else ""
            named = (value if equals else following) if name in naming else named
            position += 0 if equals else 1
        position += 1
    spec = named or (words[position] if position < len(words) else "")
    rest = tuple(words[position + 1 :])
    package, version = _npm_spec(spec) if registry == "npm" else _pypi_spec(spec)
    is_exact = bool(_EXACT_VERSION.match(version) or _COMMIT.match(version))
    is_local = spec.startswith((".", "/", "file:"))
    return Launch("package", runner, package, version, is_exact or is_local, rest)


def _npm_spec(spec: str) -> tuple[str, str]:
    """`@scope/name@1.2.3`, or `github:owner/name#commit`."""
    if "#" in spec:
        name, _, commit = spec.partition("#")
        return name, commit
    at = spec.rfind("@")
    return (spec[:at], spec[at + 1 :]) if at > 0 else (spec, "")


def _pypi_spec(spec: str) -> tuple[str, str]:
    """`name==1.2.3`, `name@1.2.3` or `git+https://host/name@commit`; extras are left out."""
    name, equals, version = spec.partition("==")
    if not equals:
        at = spec.rfind("@")
        name, version = (spec[:at], spec[at + 1 :]) if at > 0 else (spec, "")
    return name.partition("[")[0].strip(), version.strip()


def _container(engine: str, words: list[str]) -> Launch:
    words = words[1:] if words[:1] == ["container"] else words
    if words[:1] != ["run"]:
        return Launch("program", "", engine, rest=tuple(words))
    mounts: list[str] = []
    position = 1
    while position < len(words) and words[position].startswith("-"):
        name, equals, value = words[position].partition("=")
        takes_next = name in _RUN_VALUES and not equals
        if takes_next:
            value = words[position + 1] if position + 1 < len(words) else ""
            position += 1
        if name in ("-v", "--volume"):
            mounts.append(value.partition(":")[0])
        elif name == "--mount":
            mounts += [
                p[2] for piece in value.split(",") if (p := piece.partition("="))[0] in _FROM
            ]
        position += 1
    image = words[position] if position < len(words) else ""
    name, version = _image(image)
    is_exact = bool(_DIGEST.match(version) or _EXACT_VERSION.match(version))
    rest = tuple(words[position + 1 :])
    return Launch("image", f"{engine} run", name, version, is_exact, rest, tuple(mounts))


_FROM = ("source", "src")


def _image(image: str) -> tuple[str, str]:
    """The image without its tag, and its digest or else its tag."""
    name, at, digest = image.partition("@")
    head, slash, last = name.rpartition("/")
    repository, _, tag = last.partition(":")
    return head + slash + repository, digest if at else tag
