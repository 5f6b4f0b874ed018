"""What a session of this user could do whatever policy says: the powers that lie around on this machine.

A guard governs what is declared; code that runs has its user's powers. This lists them, by looking at files,
sockets and names of variables: nothing is used, no network is asked, no secret's value is read further than
telling what kind of file it is, and none is ever shown.
"""

from __future__ import annotations

import configparser
import grp
import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from agentic.errors import AgenticError, quoted
from agentic.hosts import launcher, settings
from agentic.places import Places
from agentic.recognize.secrets import named_secret
from agentic.shipped import PACKAGE_FOLDER
from agentic.yaml_reader import parse_yaml

_MOST_BYTES = 1 << 20
_ASK_WAIT_S = 5
_MOST_NAMES = 12


class Power(NamedTuple):
    """One thing that this user, and so an agent, can reach; `mend` says how to take it away."""

    kind: str
    what: str
    where: str
    mend: str


class Machine(NamedTuple):
    """What is looked at. `system` is the root of system files (another folder in tests)."""

    places: Places
    root: str
    environment: Mapping[str, str]
    system: str = ""

    @property
    def home(self) -> Path:
        """This user's home."""
        return Path(self.places.home)

    def on_system(self, path: str) -> Path:
        """A path of the system."""
        return Path(f"{self.system}{path}")


def powers(machine: Machine) -> tuple[Power, ...]:
    """Every power that was found, kind by kind. Never raises: what cannot be looked at is said."""
    found: list[Power] = []
    for kind, look in LOOKS.items():
        try:
            found.extend(look(machine))
        except (AgenticError, OSError, ValueError, KeyError, TypeError) as problem:
            text = f"could not be looked at: {problem}"
            found.append(Power(kind, quoted(text, 200), "", "look yourself"))
    return tuple(found)


# --- clusters and clouds


def _kubernetes(machine: Machine) -> Iterator[Power]:
    named = machine.environment.get("KUBECONFIG", "")
    paths = named.split(":") if named else [str(machine.home / ".kube/config")]
    for path in filter(None, paths):
        data = _read(Path(path))
        if data is None:
            continue
        document = parse_yaml(data, path).value
        contexts = document.get("contexts") if isinstance(document, dict) else None
        names = [c.get("name", "?") for c in contexts or [] if isinstance(c, dict)]
        if names:
            mend = "give agents a kubeconfig of their own with a read-only role: KUBECONFIG=FILE"
            yield Power("kubernetes", f"contexts {_listed(names)}", path, mend)
    token = machine.on_system("/var/run/secrets/kubernetes.io/serviceaccount/token")
    if os.access(token, os.R_OK):
        mend = "set `automountServiceAccountToken: false` on the pod"
        yield Power("kubernetes", "the service account of this pod", str(token), mend)


def _clouds(machine: Machine) -> Iterator[Power]:
    home = machine.home
    for name in (".aws/credentials", ".aws/config"):
        profiles = _sections(home / name)
        if profiles:
            mend = "a role without production rights for agents: AWS_PROFILE, AWS_CONFIG_FILE"
            yield Power("cloud", f"AWS profiles {_listed(profiles)}", str(home / name), mend)
    files = {
        ".config/gcloud/application_default_credentials.json": "Google application credentials",
        ".config/gcloud/credentials.db": "Google accounts of gcloud",
        ".azure/msal_token_cache.json": "Azure log-ins",
        ".azure/accessTokens.json": "Azure log-ins",
        ".oci/config": "Oracle cloud profiles",
        ".config/doctl/config.yaml": "DigitalOcean tokens",
        ".databrickscfg": "Databricks profiles",
        ".snowflake/config.toml": "Snowflake connections",
    }
    mend = "log out, or run agents as a user of their own without these files"
    yield from _readable("cloud", files, machine, mend)
    pointed = machine.environment.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    if pointed and os.access(pointed, os.R_OK):
        yield Power("cloud", "a Google service account key", pointed, "start agents without it")


# --- tokens and keys


def _tokens(machine: Machine) -> Iterator[Power]:
    names = sorted(n for n, value in machine.environment.items() if named_secret(n, value))
    if names:
        mend = (
            "start agents without them: `env -u NAME agent`, or the host's own environment filter"
        )
        yield Power("token", f"variables {_listed(names)}", "this environment", mend)
    files = {
        ".netrc": "log-ins for machines",
        ".git-credentials": "passwords of git",
        ".config/gh/hosts.yml": "a GitHub log-in",
        ".config/glab-cli/config.yml": "a GitLab log-in",
        ".npmrc": "an npm log-in",
        ".pypirc": "package index log-ins",
        ".docker/config.json": "container registry log-ins",
        ".terraform.d/credentials.tfrc.json": "a Terraform cloud token",
        ".vault-token": "a Vault token",
        ".huggingface/token": "a Hugging Face token",
        ".cache/huggingface/token": "a Hugging Face token",
        ".kaggle/kaggle.json": "a Kaggle key",
        ".pgpass": "database passwords",
        ".my.cnf": "database passwords",
        ".config/rclone/rclone.conf": "storage log-ins of rclone",
        ".config/argocd/config": "an Argo CD log-in",
        ".mlflow/credentials": "an MLflow log-in",
    }
    mend = "log out, narrow the token's scope, or run agents as a user of their own"
    holds_secret = {".npmrc": b"_auth", ".docker/config.json": b'"auth', ".pypirc": b"password"}
    for power in _readable("token", files, machine, mend):
        needle = holds_secret.get(os.path.relpath(power.where, machine.places.home))
        if needle is None or needle in (_read(Path(power.where)) or b""):
            yield power


def _keys(machine: Machine) -> Iterator[Power]:
    agent = machine.environment.get("SSH_AUTH_SOCK", "")
    if agent and os.path.exists(agent):
        count = _keys_of_agent(machine.environment)
        keys = "1 key" if count == 1 else f"{count} keys"
        what = f"{keys} in the ssh agent" if count >= 0 else "an ssh agent"
        if count:
            mend = (
                "start agents without it: `env -u SSH_AUTH_SOCK agent`; add keys with `ssh-add -c`"
            )
            yield Power("key", what, agent, mend)
    for path in sorted((machine.home / ".ssh").glob("*")):
        data = _read(path) if path.suffix != ".pub" else None
        if data is None or b"PRIVATE KEY-----" not in data[:200]:
            continue
        if not _is_encrypted_key(data):
            mend = f"give it a passphrase: `ssh-keygen -p -f {path}`"
            yield Power("key", "a private key without a passphrase", str(path), mend)
    for name in (".gnupg/private-keys-v1.d", ".config/sops/age/keys.txt"):
        if os.access(machine.home / name, os.R_OK):
            mend = "keep signing and encryption keys on a token, or with another user"
            yield Power("key", "private keys", str(machine.home / name), mend)


def _keys_of_agent(environment: Mapping[str, str]) -> int:
    """How many keys the ssh agent holds, -1 where it does not tell."""
    try:
        ran = subprocess.run(
            ["ssh-add", "-l"],
            capture_output=True,
            check=False,
            timeout=_ASK_WAIT_S,
            stdin=subprocess.DEVNULL,
            env=dict(environment),
        )
    except (OSError, subprocess.TimeoutExpired):
        return -1
    if ran.returncode == 1:
        return 0
    return len(ran.stdout.splitlines()) if ran.returncode == 0 else -1


def _is_encrypted_key(data: bytes) -> bool:
    """Whether a private key asks for a passphrase; an OpenSSH key names its cipher in its first bytes.

    Source: https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key (checked 2026-11-21).
    """
    if b"ENCRYPTED" in data:
        return True
    if b"BEGIN OPENSSH PRIVATE KEY" not in data:
        return False
    import base64
    import binascii

    body = re.sub(rb"-----[^-]+-----|\s", b"", data)
    try:
        head = base64.b64decode(body[:80] + b"=" * (-len(body[:80]) % 4))
    except binascii.Error:
        return False
    return not head.startswith(b"openssh-key-v1\x00\x00\x00\x00\x04none")


# --- other powers of the account


def _sockets(machine: Machine) -> Iterator[Power]:
    paths = {
        machine.on_system(
            "/var/run/docker.sock"
        ): "the Docker engine, which is root on this machine",
        machine.on_system("/run/containerd/containerd.sock"): "containerd",
        machine.on_system("/var/run/podman/podman.sock"): "the system's podman",
        machine.on_system("/var/run/libvirt/libvirt-sock"): "virtual machines",
        machine.on_system("/var/snap/lxd/common/lxd/unix.socket"): "LXD, which is root",
    }
    for path, what in paths.items():
        if os.access(path, os.W_OK):
            mend = "use a rootless engine, or take this user out of the socket's group"
            yield Power("socket", what, str(path), mend)
    remote = machine.environment.get("DOCKER_HOST", "")
    if remote:
        yield Power("socket", "a Docker engine", f"DOCKER_HOST={quoted(remote, 100)}", "unset it")


def _privileges(machine: Machine) -> Iterator[Power]:
    if os.geteuid() == 0:
        mend = "run agents as an ordinary user, in a container or a sandbox"
        yield Power("privilege", "this user is root", "", mend)
        return
    mighty = {"sudo", "wheel", "admin", "docker", "lxd", "libvirt", "disk", "root"}
    names = set()
    for group in os.getgroups():
        try:
            names.add(grp.getgrgid(group).gr_name)
        except KeyError:
            continue
    for name in sorted(names & mighty):
        mend = "run agents as a user of their own that is not in it"
        yield Power("privilege", f"this user is in the group `{name}`", "", mend)


def _guard_files(machine: Machine) -> Iterator[Power]:
    """The guard's own files that this user can write: it is evident when they change, not impossible."""
    places = machine.places
    paths = {
        PACKAGE_FOLDER: "agentic's code",
        launcher.launcher_path(places): "the hook's launcher",
        places.state: "grants, trust and the journal's head",
        places.config: "the organisation's policy layer",
        **{record.path: f"{record.host}'s settings" for record in settings.remembered(places)},
    }
    if machine.root:
        paths[f"{machine.root}/ops/audit.jsonl"] = "the journal"
    for path, what in paths.items():
        if os.access(path, os.W_OK):
            mend = "`agentic hosts install --scope managed` as root, agents as a user of their own"
            yield Power("guard", f"{what} can be written", path, mend)


LOOKS: dict[str, Callable[[Machine], Iterator[Power]]] = {
    "kubernetes": _kubernetes,
    "cloud": _clouds,
    "token": _tokens,
    "key": _keys,
    "socket": _sockets,
    "privilege": _privileges,
    "guard": _guard_files,
}


# --- looking


def _readable(kind: str, files: Mapping[str, str], machine: Machine, mend: str) -> Iterator[Power]:
    for name, what in files.items():
        path = machine.home / name
        if path.is_file() and os.access(path, os.R_OK) and path.stat().st_size:
            yield Power(kind, what, str(path), mend)


def _read(path: Path) -> bytes | None:
    """A small ordinary file's content, else None."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_BYTES:
            return None
        return path.read_bytes()
    except OSError:
        return None


def _sections(path: Path) -> list[str]:
    data = _read(path)
    if not data:
        return []
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(data.decode("utf-8", "replace"))
    except configparser.Error:
        return ["?"]
    return [name.removeprefix("profile ") for name in parser.sections()]


def _listed(names: list[Any]) -> str:
    shown = ", ".join(quoted(str(name), 60) for name in names[:_MOST_NAMES])
    return shown + (f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else "")
