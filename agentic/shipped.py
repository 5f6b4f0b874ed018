"""Where the shipped data lies: beside the package in a checkout, inside it in a wheel.

Loaded by the hook: no imports beyond `posix`.
"""

from __future__ import annotations

import posix

from agentic import __version__
from agentic.errors import Unavailable, quoted

_FILE = __file__ if __file__.startswith("/") else f"{posix.getcwd()}/{__file__}"
#: The folder of the package itself.
PACKAGE_FOLDER = _FILE.rpartition("/")[0]

#: What an installer writes anew whenever it installs a wheel; absent in a checkout or editable install.
#: Source: https://packaging.python.org/specifications/recording-installed-packages (checked 2026-11-21)
INSTALL_RECORD = (
    f"{PACKAGE_FOLDER.rpartition('/')[0]}/agentic_governance-{__version__}.dist-info/RECORD"
)

POLICIES = "policies"
WORKFLOWS = "workflows"
INSTRUCTIONS = "instructions"
PACKAGES = "packages"


def install_identity() -> str:
    """What tells one installation of a wheel from the next, or empty where there is no such mark.

    While it stays the same, the installed files are taken to be the installed ones: they are not looked
    at one by one (`agentic doctor` does).
    """
    try:
        status = posix.stat(INSTALL_RECORD)
    except OSError:
        return ""
    return f"{INSTALL_RECORD} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


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
