"""The launcher: equal sources give equal bytes, a change is seen, a changed source is never served stale."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agentic.hosts import bundle, launcher
from agentic.places import Places

ROOT = Path(__file__).parents[2]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    home = tmp_path / "home"
    home.mkdir()
    return Places(str(home), str(home / "state/agentic"), str(home / "config/agentic"), "ada")


def test_equal_sources_give_equal_bytes(places: Places) -> None:
    built = launcher.build(places)
    first = Path(built.path).read_bytes()
    Path(built.path).unlink()
    again = launcher.build(places)
    assert again.is_new
    assert Path(again.path).read_bytes() == first
    assert again.digest == built.digest


def test_it_is_private_and_written_once(places: Places) -> None:
    built = launcher.build(places)
    assert os.stat(built.path).st_mode & 0o777 == 0o600
    assert os.stat(os.path.dirname(built.path)).st_mode & 0o777 == 0o700
    before = os.stat(built.path).st_mtime_ns
    assert not launcher.build(places).is_new
    assert os.stat(built.path).st_mtime_ns == before
    assert sorted(os.listdir(os.path.dirname(built.path))) == [
        "hook-" + str(sys.implementation.cache_tag) + ".pyc",
        "hook-" + str(sys.implementation.cache_tag) + ".pyc.digest",
        "hook.sh",
    ]


def test_freshness_sees_every_change(places: Places) -> None:
    assert "missing" in launcher.freshness(places)
    path = Path(launcher.build(places).path)
    assert launcher.freshness(places) == ""
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"x")
    assert "changed after it was written" in launcher.freshness(places)
    path.write_bytes(b"\0\0\0\0" + data[4:])
    assert "another interpreter" in launcher.freshness(places)
    path.write_bytes(data)
    assert launcher.freshness(places) == ""
    assert "have changed" in launcher.freshness(places._replace(config="/elsewhere"))
    Path(launcher.portable_path(places)).write_text("true\n")
    assert "hook.sh" in launcher.freshness(places)
    assert launcher.build(places).is_new
    assert launcher.freshness(places) == ""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package, to change its source."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(
        ROOT / "agentic", folder / "agentic", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(ROOT / "policies", folder / "policies")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def answer(copy: Path, places: Places) -> tuple[int, dict[str, object], str]:
    path = launcher.launcher_path(places)
    payload = {
        "session_id": "s",
        "transcript_path": "",
        "cwd": "/",
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": "git status"},
        "tool_use_id": "toolu_1",
    }
    done = subprocess.run(
        [launcher.interpreter(), "-I", "-S", path, "claude-code"],
        input=json.dumps(payload).encode(),
        env={},
        cwd="/",
        capture_output=True,
        check=False,
    )
    reply = json.loads(done.stdout) if done.stdout else {}
    return done.returncode, reply.get("hookSpecificOutput", {}), done.stderr.decode()


def build_from(copy: Path, places: Places) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from agentic.hosts import launcher; from agentic.places import Places;"
        "launcher.build(Places(*sys.argv[2:]))"
    )
    subprocess.run(
        [sys.executable, "-P", "-c", code, str(copy), *places], check=True, env={}, cwd="/"
    )


def test_a_changed_source_is_not_served_stale(copy: Path, places: Places) -> None:
    build_from(copy, places)
    assert answer(copy, places)[1]["permissionDecisionReason"] == "agentic: AUTO"
    source = copy / "agentic/adapters/answers.py"
    text = source.read_text()
    source.write_text(text.replace('f"agentic: {decision.mode}"', 'f"changed: {decision.mode}"'))
    try:
        assert answer(copy, places)[1]["permissionDecisionReason"] == "changed: AUTO"
    finally:
        source.write_text(text)


def test_a_broken_source_blocks(copy: Path, places: Places) -> None:
    build_from(copy, places)
    source = copy / "agentic/govern.py"
    text = source.read_text()
    source.write_text("this is not python\n")
    try:
        status, reply, complaint = answer(copy, places)
    finally:
        source.write_text(text)
    assert (status, reply) == (2, {})
    assert complaint.startswith("agentic: blocked: ")
    assert "`agentic doctor`" in complaint


def test_a_removed_source_blocks(copy: Path, places: Places) -> None:
    build_from(copy, places)
    source = copy / "agentic/govern.py"
    hidden = source.with_suffix(".hidden")
    source.rename(hidden)
    try:
        assert answer(copy, places)[0] == 2
    finally:
        hidden.rename(source)


def test_a_source_that_does_not_compile_names_its_place(copy: Path, places: Places) -> None:
    source = copy / "agentic/core/paths.py"
    text = source.read_text()
    source.write_text("x = (\n")
    try:
        with pytest.raises(subprocess.CalledProcessError):
            build_from(copy, places)
    finally:
        source.write_text(text)
    assert not Path(launcher.launcher_path(places)).exists()


def test_every_hot_module_is_bundled() -> None:
    names = {source.name for source in launcher.bundled_sources()}
    for room in ("core", "recognize", "adapters", "audit", "approvals", "signals"):
        for path in (ROOT / "agentic" / room).rglob("*.py"):
            if path.parent.name == "live":  # waits for networks: never in a hook
                continue
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            assert name in names
    assert {"agentic.hook", "agentic.govern", "agentic.ports"} <= names
    assert not any(name.startswith(("agentic.cli", "agentic.hosts")) for name in names)


def test_plain_modules_are_those_that_are_imported_by_name() -> None:
    plain = launcher.plain_modules(launcher.bundled_sources())
    assert {"agentic.hook", "agentic.core.values", "agentic.audit.journal"} <= set(plain)
    assert not any(".programs." in name for name in plain)


def test_stripping_keeps_what_runs() -> None:
    import ast

    text = (
        '"""doc"""\nfrom __future__ import annotations\nTYPE_CHECKING = False\n'
        "if TYPE_CHECKING:\n    import os\n"
        "LIMIT: int = 3\nlater: int\n"
        'class A:\n    """doc"""\n    x: int = 1\n'
        'def f(a: int, *b: str, c: "int" = 2, **d: int) -> int:\n    """doc"""\n'
        '    assert a, "no"\n    return a\n'
        'def g() -> None:\n    """only a docstring"""\n'
    )
    shown = ast.unparse(ast.fix_missing_locations(bundle.Stripped().visit(ast.parse(text))))
    assert shown == (
        "TYPE_CHECKING = False\nLIMIT = 3\n\nclass A:\n    x: int = 1\n\n"
        "def f(a, *b, c=2, **d):\n    assert a, 'no'\n    return a\n\ndef g():\n    pass"
    )


def test_the_command_quotes_what_is_in_a_path() -> None:
    odd = Places("/h", '/h/o\'b "$x" `y`/agentic', "/c", "ada")
    words = subprocess.run(
        [
            "/bin/sh",
            "-c",
            launcher.command(odd, "claude-code").replace(
                launcher.interpreter(), "printf '%s\\n'", 1
            ),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert launcher.launcher_path(odd) in words


def test_the_portable_command_names_nobody(places: Places) -> None:
    command = launcher.portable_command("claude-code")
    assert str(Path.home()) not in command
    assert places.home not in command
    assert "/Users/" not in command
    assert launcher.interpreter() not in command
