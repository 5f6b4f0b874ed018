"""`doctor --reach`: the powers that lie around are found, named without their secrets, and mendable."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentic.hosts.reach import Machine, Power, powers
from agentic.places import Places

SECRET = "hunter2-4f8a1c9be07d"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    home = tmp_path / "home"
    home.mkdir()
    places = Places(str(home), str(home / "state"), str(home / "config"), "ada")
    return Machine(places, "", {"PATH": os.environ["PATH"]}, str(tmp_path / "system"))


def found(machine: Machine, kind: str) -> list[Power]:
    return [power for power in powers(machine) if power.kind == kind]


def put(machine: Machine, name: str, text: str) -> Path:
    path = machine.home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_an_empty_home_has_no_log_ins(machine: Machine) -> None:
    assert [p for p in powers(machine) if p.kind not in {"guard", "privilege"}] == []


def test_contexts_of_a_kubeconfig(machine: Machine) -> None:
    put(machine, ".kube/config", "contexts:\n- name: prod-eu\n- name: dev\nusers: []\n")
    (power,) = found(machine, "kubernetes")
    assert "`prod-eu`, `dev`" in power.what
    elsewhere = put(machine, "other", "contexts: [{name: staging}]\n")
    moved = machine._replace(environment={"KUBECONFIG": f"{elsewhere}:/nowhere"})
    (power,) = found(moved, "kubernetes")
    assert (power.where, "staging" in power.what) == (str(elsewhere), True)


def test_a_pods_service_account(machine: Machine) -> None:
    token = Path(machine.system, "var/run/secrets/kubernetes.io/serviceaccount/token")
    token.parent.mkdir(parents=True)
    token.write_text(SECRET)
    assert "service account" in found(machine, "kubernetes")[0].what


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        (".aws/credentials", f"[prod]\naws_secret_access_key = {SECRET}\n", "cloud"),
        (".config/gcloud/application_default_credentials.json", "{}", "cloud"),
        (".azure/msal_token_cache.json", "{}", "cloud"),
        (".netrc", f"machine x login y password {SECRET}\n", "token"),
        (".config/gh/hosts.yml", f"github.com:\n  oauth_token: {SECRET}\n", "token"),
        (".npmrc", f"//registry/:_authToken={SECRET}\n", "token"),
        (".docker/config.json", f'{{"auths": {{"x": {{"auth": "{SECRET}"}}}}}}', "token"),
        (".vault-token", SECRET, "token"),
        (".pgpass", f"h:5432:db:u:{SECRET}\n", "token"),
    ],
)
def test_log_ins_on_disk(machine: Machine, name: str, text: str, kind: str) -> None:
    path = put(machine, name, text)
    (power,) = found(machine, kind)
    assert power.where == str(path)
    assert power.mend
    assert SECRET not in str(power)


@pytest.mark.parametrize(
    ("name", "text"),
    [(".npmrc", "fund=false\n"), (".docker/config.json", "{}"), (".netrc", "")],
)
def test_files_without_a_log_in_are_no_power(machine: Machine, name: str, text: str) -> None:
    put(machine, name, text)
    assert found(machine, "token") == []


def test_variables_are_named_and_never_shown(machine: Machine) -> None:
    told = machine._replace(environment={"GITHUB_TOKEN": SECRET, "EDITOR": "vi"})
    (power,) = found(told, "token")
    assert "`GITHUB_TOKEN`" in power.what
    assert SECRET not in str(power)
    assert "EDITOR" not in power.what


def test_a_key_without_a_passphrase(machine: Machine) -> None:
    folder = machine.home / ".ssh"
    folder.mkdir()
    for name, phrase in (("open", ""), ("closed", "a long phrase")):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", str(folder / name)],
            check=True,
        )
    (power,) = found(machine, "key")
    assert power.where == str(folder / "open")


@pytest.fixture
def ssh_agent(tmp_path: Path) -> Iterator[str]:
    path = str(tmp_path / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    while not os.path.exists(path):
        assert process.poll() is None
    yield path
    process.terminate()
    process.wait()


def test_keys_in_an_ssh_agent(machine: Machine, ssh_agent: str, tmp_path: Path) -> None:
    told = machine._replace(environment={**machine.environment, "SSH_AUTH_SOCK": ssh_agent})
    assert found(told, "key") == []
    key = str(tmp_path / "key")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    subprocess.run(
        ["ssh-add", "-q", key], check=True, env=dict(told.environment), stdin=subprocess.DEVNULL
    )
    (power,) = found(told, "key")
    assert power.what == "1 key in the ssh agent"


def test_a_socket_that_can_be_written(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(machine.system, "var/run/docker.sock")
    path.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(path.parent)  # a socket's path is short
        listening.bind("docker.sock")
        (power,) = found(machine, "socket")
    assert "root on this machine" in power.what


def test_the_guards_own_files(machine: Machine) -> None:
    Path(machine.places.state).mkdir()
    assert any(p.where == machine.places.state for p in found(machine, "guard"))


def test_what_cannot_be_understood_is_said_and_hides_nothing(machine: Machine) -> None:
    put(machine, ".kube/config", "{{{ not yaml")
    put(machine, ".vault-token", SECRET)
    kinds = {power.kind: power for power in powers(machine)}
    assert "could not be looked at" in kinds["kubernetes"].what
    assert "token" in kinds


def test_the_tools_that_these_tests_need_are_here() -> None:
    assert all(shutil.which(name) for name in ("ssh-keygen", "ssh-agent", "ssh-add"))
