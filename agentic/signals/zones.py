"""Time zones as the system and the installed package know them, whatever the session says.

`PYTHONTZPATH` names folders whose zone files Python prefers to the system's, also where it ignores the rest
of the environment: with it, whoever starts a session could move a freeze or the on-hours.
Source: https://docs.python.org/3/library/zoneinfo.html#configuring-the-data-sources (checked 2026-11-21)
"""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from zoneinfo import ZoneInfo


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises KeyError, ValueError or OSError where the system knows none."""
    import zoneinfo

    if b"PYTHONTZPATH" in posix.environ:
        _restore_search(zoneinfo)
    return zoneinfo.ZoneInfo(name)


def _restore_search(zoneinfo: ModuleType) -> None:
    """Look for zone files where this Python was built to, and forget what was read elsewhere."""
    from sysconfig import get_config_var

    built = tuple((get_config_var("TZPATH") or "").split(":"))
    folders = tuple(folder for folder in built if folder.startswith("/"))
    if folders != zoneinfo.TZPATH:
        zoneinfo.reset_tzpath(to=folders)
        zoneinfo.ZoneInfo.clear_cache()
