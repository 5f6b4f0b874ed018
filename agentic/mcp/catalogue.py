"""What one server shows, held against what a person approved: only what is the same is used.

A catalogue is fed with listings (`see`) and answers by name. It keeps the two files of `pins` current and
follows them: an approval made in another terminal counts at the next look.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from time import time
from typing import Any

from agentic.errors import AgenticError
from agentic.mcp import pins as pinning
from agentic.mcp.pins import SERVER, Difference, Identity, Pin
from agentic.mcp.visible import marks_of


class Catalogue:
    """The items of one server. `is_safe_at_first_sight` is asked for tools of a server never seen before.

    `fault` says why nothing of the server can be used; empty when that is in order.
    """

    def __init__(
        self,
        state_dir: str,
        identity: Identity,
        is_safe_at_first_sight: Callable[[str], bool] | None = None,
    ) -> None:
        self.identity = identity
        self.fault = ""
        self._state_dir = state_dir
        self._is_safe = is_safe_at_first_sight
        self._pins: Mapping[str, Pin] = {}
        self._stamp: tuple[int, ...] | None = None
        self._shown: Mapping[str, Any] = {}
        self._usable: dict[str, Any] = {}
        self._differences: tuple[Difference, ...] = ()
        self._unkept = ""

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Every item as it stands, the server itself first."""
        return self._differences

    @property
    def instructions(self) -> str:
        """The server's instructions, when they are approved; else empty. Known before it is started."""
        self.follow()
        pin = self._pins.get(SERVER)
        if self.fault or pin is None or (self._shown and SERVER not in self._usable):
            return ""
        return str(pin.definition.get("instructions", ""))

    def follow(self) -> bool:
        """Take over what changed in the pin file; whether anything that can be used changed."""
        stamp = pinning.stamp_of(self._state_dir, self.identity)
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        return self._judge()

    def see(self, shown: Mapping[str, Any]) -> bool:
        """Take over what the server shows now; whether anything that can be used changed. Never raises.

        What cannot be kept for a person to look at is a `fault`: nothing of the server can be used.
        """
        is_kept = not self._unkept and os.path.lexists(
            pinning.seen_path(self._state_dir, self.identity)
        )
        if shown != self._shown or not is_kept:
            self._shown = dict(shown)
            try:
                self._keep()
                self._unkept = ""
            except AgenticError as problem:
                self._unkept = problem.message
        self._stamp = pinning.stamp_of(self._state_dir, self.identity)
        return self._judge()

    def _keep(self) -> None:
        """Keep what is shown for a person to look at; pin what may be pinned at first sight."""
        with pinning.locked(self._state_dir):
            is_new_server = not pinning.stamp_of(self._state_dir, self.identity)
            pinning.write_seen(self._state_dir, self.identity, self._shown, int(time()))
            if is_new_server and self._is_safe is not None:
                self._pin_what_is_safe(self._is_safe)

    def usable(self, kind: str) -> dict[str, Any]:
        """The approved definitions of one kind that the server shows now, by name."""
        start = f"{kind}:"
        return {
            key[len(start) :]: item for key, item in self._usable.items() if key.startswith(start)
        }

    def find(self, kind: str, name: str) -> Difference | None:
        """How one item stands; None when the server neither shows it nor ever did."""
        key = f"{kind}:{name}"
        return next((each for each in self._differences if each.key == key), None)

    def is_usable(self, kind: str, name: str) -> bool:
        """Whether an item is approved as it is shown now."""
        return f"{kind}:{name}" in self._usable

    @property
    def is_server_usable(self) -> bool:
        """Whether what the server says of itself is approved: its name, version and instructions."""
        return SERVER in self._usable

    def waiting(self) -> int:
        """How many items wait for a person."""
        return sum(each.state in ("new", "changed") for each in self._differences)

    def _judge(self) -> bool:
        """Compare again; whether anything that can be used changed."""
        before = self._usable
        try:
            self._pins = pinning.read_pins(self._state_dir, self.identity)
            self.fault = ""
        except AgenticError as problem:
            self._pins = {}
            self.fault = problem.message
        self.fault = self.fault or self._unkept
        self._differences = pinning.compared(self._pins, self._shown)
        approved = {each.key: each.shown for each in self._differences if each.state == "approved"}
        # FAIL-SAFE: what a server says of itself stands over all it has: a new version or new
        # instructions take every tool with them (tests/mcp/test_pins.py).
        self._usable = approved if SERVER in approved and not self.fault else {}
        return self._usable != before

    def _pin_what_is_safe(self, is_safe: Callable[[str], bool]) -> None:
        """Pin, at first sight, the server and those tools that only read and hold nothing suspicious."""
        chosen = {
            key: item
            for key, item in self._shown.items()
            if not any(marks_of(item))
            and (key == SERVER or (key.startswith("tool:") and is_safe(key[len("tool:") :])))
        }
        now = int(time())
        pinned = {
            key: Pin(pinning.digest_of(item), now, pinning.FIRST_SIGHT, item)
            for key, item in chosen.items()
        }
        pinning.write_pins(self._state_dir, self.identity, pinned)
