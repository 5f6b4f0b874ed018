"""The compiled file: round trip, damage, names, and two hooks at once."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agentic.authoring.build import built_policy
from agentic.authoring.compiled import (
    compiled_name,
    dump_compiled,
    load_compiled,
    write_private,
)
from agentic.authoring.effective import compile_now
from agentic.core.policy import Policy
from agentic.errors import Unavailable
from agentic.shipped import PACKAGE_FOLDER, POLICIES, shipped_folder
from tests.authoring.conftest import Place


@pytest.fixture(scope="module")
def policy() -> Policy:
    return built_policy(shipped_folder(POLICIES), [], "")


@pytest.fixture(scope="module")
def data(policy: Policy) -> bytes:
    return dump_compiled(policy)


def loaded_from(data: bytes, folder: Path) -> Policy:
    file = folder / "x.policy"
    file.write_bytes(data)
    loaded = load_compiled(str(file))
    assert loaded is not None
    return loaded


def compiled_file(place: Place) -> Path:
    (file,) = (place.state / "compiled").glob("*.policy")
    return file


def test_what_is_loaded_is_what_was_compiled(policy: Policy, data: bytes, tmp_path: Path) -> None:
    loaded = loaded_from(data, tmp_path)
    assert dict(loaded.kinds.items()) == policy.kinds
    assert dict(loaded.roles.items()) == policy.roles
    assert dict(loaded.signals.items()) == policy.signals
    assert dict(loaded.sources.items()) == policy.sources
    assert dict(loaded.mcp.items()) == policy.mcp
    whole = {"kinds": {}, "roles": {}, "signals": {}, "sources": {}, "brief": {}, "mcp": {}}
    assert loaded._replace(**whole) == policy._replace(**whole)


def test_the_brief_is_of_every_signal_and_says_what_its_settings_say(
    policy: Policy, data: bytes, tmp_path: Path
) -> None:
    brief = loaded_from(data, tmp_path).brief_settings()
    assert list(brief) == list(policy.signals)
    assert policy.brief_settings() == {}
    for name, told in brief.items():
        settings = policy.signal_settings(name)
        assert (told["severity"], told["max_age_s"]) == (
            settings["severity"],
            settings["max_age_s"],
        )
        for short, read in zip(told["reads"], settings["reads"], strict=True):
            assert short == {key: read.get(key) for key in ("kind", "environments", "source")}


def test_parts_behave_as_the_whole_dictionary(policy: Policy, data: bytes, tmp_path: Path) -> None:
    kinds = loaded_from(data, tmp_path).kinds
    assert "git.push" in kinds
    assert "git.psh" not in kinds
    assert len(kinds) == len(policy.kinds)
    assert list(kinds) == list(policy.kinds)
    assert kinds.get("git.psh") is None
    assert kinds.get("git.push") == policy.kinds["git.push"]
    assert list(kinds.values()) == list(policy.kinds.values())
    with pytest.raises(KeyError):
        kinds["git.psh"]


def everything_used(data: bytes, folder: Path) -> None:
    loaded = loaded_from(data, folder)
    for kind in loaded.kinds:
        loaded.rules_of(kind)
    for role in loaded.roles:
        loaded.role_rules(role)
    for signal in loaded.signals:
        loaded.signal_settings(signal)
    for source in loaded.sources:
        loaded.source_settings(source)
    loaded.brief_settings()
    loaded.mcp_tools()
    loaded.mcp_servers()


def test_every_changed_byte_is_found(data: bytes, tmp_path: Path) -> None:
    positions = [*range(60), *range(60, len(data), 997), len(data) - 1]
    for position in positions:
        broken = bytearray(data)
        broken[position] ^= 0x41
        with pytest.raises(Unavailable) as caught:
            everything_used(bytes(broken), tmp_path)
        assert "agentic doctor" in caught.value.help, position


@pytest.mark.parametrize("kept", [0, 1, 14, 20, 46, 47, 1000, 0.5, -1])
def test_every_cut_is_found(data: bytes, kept: float, tmp_path: Path) -> None:
    end = int(len(data) * kept) if isinstance(kept, float) else int(kept)
    with pytest.raises(Unavailable):
        everything_used(data[:end], tmp_path)


def test_a_damaged_file_blocks_and_compiling_repairs_it(place: Place) -> None:
    before = place.policy().digest
    file = compiled_file(place)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(Unavailable) as caught:
        place.policy()
    assert "agentic doctor" in caught.value.help
    policy, path = compile_now(str(place.root), str(place.state), str(place.config))
    assert path == str(file)
    assert policy.digest == before == place.policy().digest


@pytest.mark.parametrize("what", ["directory", "link", "fifo"])
def test_something_else_in_its_place_blocks(place: Place, what: str) -> None:
    place.policy()
    file = compiled_file(place)
    file.unlink()
    if what == "directory":
        file.mkdir()
    elif what == "link":
        file.symlink_to("/etc/passwd")
    else:
        os.mkfifo(file)
    with pytest.raises(Unavailable):
        place.policy()


def test_the_first_use_is_said_once(place: Place) -> None:
    assert place.policy().notices == ("the policy was compiled for its first use",)
    assert place.policy().notices == ()


def test_the_files_are_private(place: Place) -> None:
    place.policy()
    assert (place.state.stat().st_mode & 0o777) == 0o700
    assert (compiled_file(place).stat().st_mode & 0o777) == 0o600


def test_the_name_depends_on_sources_format_and_interpreter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = compiled_name(("a", "b"))
    assert name != compiled_name(("a", "c"))
    assert name == compiled_name(("a", "b"))
    monkeypatch.setattr("agentic.authoring.compiled.FORMAT", 999)
    assert name != compiled_name(("a", "b"))


def test_each_state_of_the_layers_has_a_file_of_its_own(place: Place) -> None:
    first = place.policy().digest
    place.write("modes:\n  - {kinds: [git.push], mode: STOP, because: we are closed}\n")
    second = place.policy().digest
    assert first != second
    assert len(list((place.state / "compiled").glob("*.policy"))) == 2
    (place.root / ".agentic/policy.yaml").unlink()
    policy = place.policy()
    assert policy.digest == first
    assert policy.notices == ()


def test_old_files_are_forgotten(place: Place) -> None:
    for number in range(40):
        place.write(
            f"modes:\n  - {{kinds: [git.push], mode: STOP, because: closed day {number}}}\n"
        )
        place.policy()
    assert len(list((place.state / "compiled").glob("*.policy"))) == 32
    assert place.policy().notices == ()


def test_a_state_that_cannot_be_written_is_slow_but_right(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    blocked = place._replace(state=tmp_path / "file/state")
    policy = blocked.policy()
    assert policy.digest == place.policy().digest
    (notice,) = policy.notices
    assert notice.startswith("the policy is compiled on every call, which is slow: ")


def test_a_full_write_leaves_nothing_half_written(tmp_path: Path) -> None:
    target = tmp_path / "x.policy"
    target.mkdir()
    with pytest.raises(Unavailable):
        write_private(str(target), b"data")
    assert list(tmp_path.iterdir()) == [target]


def test_a_policy_in_use_outlives_its_file(policy: Policy, data: bytes, tmp_path: Path) -> None:
    loaded = loaded_from(data, tmp_path)
    (tmp_path / "x.policy").unlink()
    assert loaded.kinds["git.push"] == policy.kinds["git.push"]


def test_an_absent_file_is_none(tmp_path: Path) -> None:
    assert load_compiled(str(tmp_path / "gone.policy")) is None


_HOOK = """
import sys
sys.path.insert(0, {package!r})
from agentic.authoring.effective import effective_policy
policy = effective_policy({root!r}, {state!r}, {config!r})
policy.rules_of("git.push")
print(policy.digest, "yaml" in sys.modules)
print(" ".join(sorted(sys.modules)))
"""


def run_hook(place: Place, *, isolated: bool = True) -> tuple[str, list[str]]:
    script = _HOOK.format(
        package=os.path.dirname(PACKAGE_FOLDER),
        root=str(place.root),
        state=str(place.state),
        config=str(place.config),
    )
    flags = ["-I", "-S"] if isolated else ["-I"]
    done = subprocess.run(
        [sys.executable, *flags, "-c", script],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    first, modules = done.stdout.splitlines()
    return first, modules.split()


def test_two_hooks_at_once_get_the_same_policy(place: Place) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: run_hook(place, isolated=False)[0], range(4)))
    assert len({answer.split()[0] for answer in answers}) == 1
    assert len(list((place.state / "compiled").glob("*.policy"))) == 1
    assert not list((place.state / "compiled").glob(".*.tmp"))


def test_a_second_hook_loads_neither_the_compiler_nor_anything_slow(place: Place) -> None:
    place.policy()
    answer, modules = run_hook(place)
    assert answer.endswith("False")
    slow = (
        "os re json typing enum collections dataclasses hashlib logging pathlib shutil tempfile "
        "datetime subprocess random functools yaml pydantic fcntl"
    ).split()
    assert not set(slow) & set(modules)
    assert "agentic.authoring.compile" not in modules


def test_without_the_compiler_the_first_hook_blocks_by_name(place: Place) -> None:
    script = _HOOK.format(
        package=os.path.dirname(PACKAGE_FOLDER),
        root=str(place.root),
        state=str(place.state),
        config=str(place.config),
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "run `agentic policy compile`" in done.stderr
