"""Where the shipped data lies: beside the package in a checkout, inside it in a wheel.

Loaded by the hook: no imports beyond `posix`.
"""

from __future__ import annotations

import posix

from agentic.errors import Unavailable, quoted

_FILE = __file__ if __file__.startswith("/") else f"{posix.getcwd()}/{__file__}"
#: The folder of the package itself.
PACKAGE_FOLDER = _FILE.rpartition("/")[0]

POLICIES = "policies"
WORKFLOWS = "workflows"


def shipped_folder(name: str) -> str:
    """The absolute folder of shipped data called `name` (`policies`, `workflows`).

    A wheel carries its own copy inside the package; a checkout and an editable install have theirs beside it.
    Raises Unavailable when the installation is incomplete.
    """
    checkout = PACKAGE_FOLDER.rpartition("/")[0]
    candidates = (f"{PACKAGE_FOLDER}/_shipped/{name}", f"{checkout}/{name}")
    for folder, marker in zip(candidates, ("", f"{checkout}/pyproject.toml"), strict=True):
        try:
            posix.stat(marker or folder)
            posix.stat(folder)
        except OSError:
            continue
        return folder
    raise Unavailable(
        "shipped.missing",
        f"the shipped {quoted(name)} are not beside the package {quoted(PACKAGE_FOLDER)}",
        help="install agentic again, then run `agentic doctor`",
    )
