"""The Kubernetes examples fit the published schemas, hold no privilege, and start commands that exist."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from agentic.authoring.validate import parse_policy

ROOT = Path(__file__).resolve().parents[2]
AGENTIC = Path(sys.executable).parent / "agentic"
#: Up to the newest whose schemas the validator brings along.
VERSIONS = ("1.29", "1.31", kubernetes_validate.latest_version())

DOCUMENTS: dict[str, dict[str, Any]] = {
    f"{path.stem}: {document['kind']}": document
    for path in sorted((ROOT / "deploy/kubernetes").iterdir())
    for document in yaml.safe_load_all(path.read_text())
}


def pods() -> Iterator[dict[str, Any]]:
    """The specification of every pod that is made."""
    for document in DOCUMENTS.values():
        if document["kind"] == "Deployment":
            yield document["spec"]["template"]["spec"]
        if document["kind"] == "CronJob":
            yield document["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def containers() -> Iterator[dict[str, Any]]:
    for pod in pods():
        yield from (*pod.get("initContainers", ()), *pod["containers"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_fits_its_schema(name: str, version: str) -> None:
    kubernetes_validate.validate(DOCUMENTS[name], version, strict=True)


def test_a_document_that_does_not_fit_is_found() -> None:
    """The check above can fail."""
    spoilt = copy.deepcopy(DOCUMENTS["refresh-cronjob: CronJob"])
    spoilt["spec"]["jobTemplate"]["spec"]["backofLimit"] = 0
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(spoilt, VERSIONS[-1], strict=True)


def test_there_is_a_deployment_and_a_cron_job() -> None:
    assert {document["kind"] for document in DOCUMENTS.values()} >= {"Deployment", "CronJob"}


def test_no_container_has_a_privilege() -> None:
    for container in containers():
        locked = container["securityContext"]
        assert locked["allowPrivilegeEscalation"] is False
        assert locked["readOnlyRootFilesystem"] is True
        assert locked["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert not container["image"].endswith(":latest")
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False


def test_all_containers_of_a_pod_are_one_user_with_one_state() -> None:
    """agentic reads a snapshot only when it belongs to whoever reads it."""
    for container in containers():
        assert "runAsUser" not in container["securityContext"]
        variables = {entry["name"]: entry["value"] for entry in container["env"]}
        mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
        assert variables == {
            "HOME": "/state",
            "XDG_STATE_HOME": "/state",
            "XDG_CONFIG_HOME": "/config",
        }
        assert "readOnly" not in mounts["/state"]
        assert mounts["/config/agentic"]["readOnly"] is True


def test_the_token_is_only_where_sources_are_asked() -> None:
    having = {
        container["name"]
        for container in containers()
        if any(mount["name"] == "token" for mount in container["volumeMounts"])
    }
    assert having == {"signals", "refresh"}


def test_commands_exist() -> None:
    commands = [container["args"] for container in containers() if "args" in container]
    assert len(commands) == 4
    for program, *words in commands:
        assert program == "agentic"
        done = subprocess.run(
            [str(AGENTIC), *words, "--help"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_the_policy_in_the_example_is_valid() -> None:
    [text] = DOCUMENTS["watch-sidecar: ConfigMap"]["data"].values()
    parsed = parse_policy(text.encode(), "signals.yaml")
    assert [source.source for source in parsed.document.sources] == ["alertmanager"]
