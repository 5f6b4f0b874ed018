"""From files on disk to the effective policy: read the shipped files, resolve the layers, compile.

The one place that joins reading, judging and compiling; the hook imports it only when no compiled policy
of the right name is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentic.authoring.compile import compile_policy
from agentic.authoring.effective import SHIPPED_FILES
from agentic.authoring.layers import layers_of
from agentic.authoring.validate import parse_policies
from agentic.errors import InvalidDocument, Unavailable, quoted
from agentic.yaml_reader import MAX_BYTES

if TYPE_CHECKING:
    from agentic.authoring.sources import LayerFiles
    from agentic.authoring.trust import Trusted
    from agentic.authoring.validate import ParsedFile
    from agentic.core.policy import Policy


def shipped_documents(shipped_dir: str) -> list[ParsedFile]:
    """The shipped policy's documents.

    Raises: Unavailable when a file is missing, InvalidDocument with every problem of their shape.
    """
    files: list[tuple[str, bytes]] = []
    for name in SHIPPED_FILES:
        try:
            # Installers may link the files they install, so links are followed here.
            with open(f"{shipped_dir}/{name}", "rb") as file:
                files.append((f"policies/{name}", file.read(MAX_BYTES + 1)))
        except OSError as problem:
            raise Unavailable(
                "policy.shipped-missing",
                f"the shipped policy {quoted(name)} cannot be read: {problem.strerror}",
                help="install agentic again, then run `agentic doctor`",
            ) from None
    parsed, problems = parse_policies(files)
    if problems:
        raise InvalidDocument(problems)
    return parsed


def built_policy(
    shipped_dir: str, found: list[tuple[LayerFiles, Trusted | None]], state_dir: str
) -> Policy:
    """The effective policy of the shipped files and the layers as they were found.

    Raises: Unavailable or InvalidDocument when the shipped policy is missing or invalid.
    """
    shipped = shipped_documents(shipped_dir)
    return compile_policy(shipped, layers_of(shipped, found, state_dir))
