"""The systemd units are valid, as systemd itself reads them, and start commands that exist."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "deploy/systemd").iterdir())
AGENTIC = Path(sys.executable).parent / "agentic"

#: The directives that the units use, by section; there are far more. Source:
#: https://www.freedesktop.org/software/systemd/man/latest/systemd.directives.html (checked 2026-11-21)
DIRECTIVES = {
    "Unit": {"Description", "Documentation", "AssertPathIsDirectory"},
    "Service": {
        "EnvironmentFile", "ExecStart", "LockPersonality", "MemoryMax", "Nice", "NoNewPrivileges",
        "Restart", "RestartPreventExitStatus", "RestartSec", "RestrictAddressFamilies",
        "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "SuccessExitStatus",
        "SystemCallArchitectures", "SystemCallErrorNumber", "SystemCallFilter", "TasksMax",
        "TimeoutStartSec", "TimeoutStopSec", "Type", "UMask", "WorkingDirectory",
    },
    "Timer": {"AccuracySec", "OnStartupSec", "OnUnitActiveSec", "RandomizedDelaySec"},
    "Install": {"WantedBy"},
}  # fmt: skip


def directives(unit: Path) -> Iterator[tuple[str, str, str]]:
    """(section, name, value) of each line that is neither blank nor a comment; nothing else may be there."""
    section = ""
    for line in unit.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            assert line == f"[{section}]"
            continue
        name, equals, value = line.partition("=")
        assert equals, line
        assert (name, value) == (name.strip(), value.strip()), line
        yield section, name, value


def values(unit: Path) -> dict[str, str]:
    return {name: value for _, name, value in directives(unit)}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_every_directive_is_one_of_its_section(unit: Path) -> None:
    seen = list(directives(unit))
    assert seen
    for section, name, value in seen:
        assert name in DIRECTIVES[section], f"{section}.{name}"
        assert value
    names = [(section, name) for section, name, _ in seen]
    assert len(names) == len(set(names))


def verified(unit: Path, home: Path) -> str:
    """What systemd complains of; empty when all is well."""
    program = home / ".local/bin/agentic"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", "--man=no", "--recursive-errors=one", str(unit)],
        env={
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "PATH": os.environ["PATH"],
            "SYSTEMD_UNIT_PATH": f"{unit.parent}:/usr/lib/systemd/user",
            "SYSTEMD_LOG_COLOR": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    complaint = done.stdout + done.stderr
    return complaint or ("" if done.returncode == 0 else f"exit {done.returncode}")


if sys.platform == "linux":  # elsewhere there is no systemd, and nothing to start these units with

    @pytest.fixture
    def systemd() -> None:
        if shutil.which("systemd-analyze") is None:
            pytest.fail("systemd-analyze is missing: install the package `systemd`", pytrace=False)

    @pytest.mark.usefixtures("systemd")
    @pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
    def test_systemd_finds_nothing_wrong(unit: Path, tmp_path: Path) -> None:
        assert verified(unit, tmp_path) == ""

    @pytest.mark.usefixtures("systemd")
    @pytest.mark.parametrize(
        ("right", "wrong"),
        [
            ("NoNewPrivileges=yes", "NoNewPriviliges=yes"),
            ("NoNewPrivileges=yes", "NoNewPrivileges=perhaps"),
            ("SystemCallFilter=@system-service", "SystemCallFilter=@every-service"),
            ("MemoryMax=256M", "MemoryMax=much"),
            ("%h/.local/bin/agentic", "%h/.local/bin/agentik"),
        ],
    )
    def test_systemd_would_have_found_it(right: str, wrong: str, tmp_path: Path) -> None:
        """The check above can fail."""
        unit = ROOT / "deploy/systemd/agentic-signals@.service"
        text = unit.read_text()
        assert right in text
        spoilt = tmp_path / unit.name
        spoilt.write_text(text.replace(right, wrong))
        assert verified(spoilt, tmp_path) != ""


SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
LOCKED = {
    name: value
    for name, value in values(ROOT / "deploy/systemd/agentic-signals@.service").items()
    if name.startswith(
        ("Restrict", "SystemCall", "NoNew", "Lock", "UMask", "MemoryMax", "TasksMax")
    )
    and name not in {"Restart", "RestartSec"}
}


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_services_are_locked_down_alike(unit: Path) -> None:
    assert LOCKED["NoNewPrivileges"] == "yes"
    assert LOCKED["UMask"] == "0077"
    assert values(unit).items() >= LOCKED.items()


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_services_start_a_command_that_exists(unit: Path) -> None:
    program, *words = values(unit)["ExecStart"].split()
    assert program == "%h/.local/bin/agentic"
    done = subprocess.run(
        [str(AGENTIC), *words, "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_timer_starts_the_service_of_its_name() -> None:
    names = {unit.name for unit in UNITS}
    for unit in UNITS:
        if unit.suffix == ".timer":
            assert f"{unit.stem}.service" in names
