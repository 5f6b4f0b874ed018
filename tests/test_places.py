"""Where agentic keeps things: XDG rules, and a state folder that is really the user's own."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from agentic.errors import Unavailable
from agentic.places import Places, home_folder, places_of, private_folder, user_name


def test_without_xdg_variables_they_lie_below_home() -> None:
    assert places_of({"HOME": "/home/ada/"}) == Places(
        "/home/ada", "/home/ada/.local/state/agentic", "/home/ada/.config/agentic", user_name()
    )


def test_xdg_variables_win_when_they_are_absolute() -> None:
    given = {"HOME": "/home/ada", "XDG_STATE_HOME": "/s/", "XDG_CONFIG_HOME": "relative"}
    assert places_of(given) == Places(
        "/home/ada", "/s/agentic", "/home/ada/.config/agentic", user_name()
    )


@pytest.mark.parametrize("given", [{}, {"HOME": ""}, {"HOME": "relative"}])
def test_without_a_usable_home_the_password_database_tells(given: dict[str, str]) -> None:
    assert home_folder(given) == pwd.getpwuid(os.getuid()).pw_dir


def test_the_user_has_a_name() -> None:
    assert user_name() == pwd.getpwuid(os.getuid()).pw_name


def test_a_private_folder_is_made_with_everything_above_it(tmp_path: Path) -> None:
    folder = tmp_path / "a b/c/state"
    assert private_folder(str(folder)) == str(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert private_folder(str(folder)) == str(folder)


def test_an_open_folder_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    private_folder(str(folder))
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "state"
    link.symlink_to(tmp_path / "real")
    with pytest.raises(Unavailable) as caught:
        private_folder(str(link))
    assert caught.value.code == "places.state-not-private"
    assert "agentic doctor" in caught.value.help


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    for path in ("state", "state/below"):
        with pytest.raises(Unavailable):
            private_folder(str(tmp_path / path))


def test_somebody_elses_folder_is_refused(tmp_path: Path) -> None:
    folder = Path("/usr")
    if os.geteuid() == 0:  # to root, a folder of the system is its own
        folder = tmp_path / "nobodys"
        folder.mkdir()
        os.chown(folder, 65534, 65534)
    with pytest.raises(Unavailable) as caught:
        private_folder(str(folder))
    assert caught.value.code == "places.state-not-private"


def test_a_place_that_cannot_be_made_names_what_to_do() -> None:
    with pytest.raises(Unavailable) as caught:
        private_folder("/proc/agentic/state")
    assert caught.value.code == "places.state"
    assert "\n" not in caught.value.message
