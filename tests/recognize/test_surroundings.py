"""What files and variables say about the place: kubeconfigs, workspaces, cloud settings, manifests."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.core.native import sha256_hex
from agentic.recognize.manifests import MAX_FILES, object_kinds, values_of
from agentic.recognize.surroundings import (
    cluster_context,
    current_context_of,
    ini_section,
    plain_value,
)
from tests.fakes import ROOT, FakeWorkspace, recognised_words

KUBECONFIG = """\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: x
    server: https://10.1.1.1
  name: acme-prod
- cluster:
    server: https://127.0.0.1:6443
  name: laptop
contexts:
- context:
    cluster: acme-prod
    extensions:
    - extension:
        provider: minikube.sigs.k8s.io
      name: context_info
    namespace: shop
    user: ada
  name: main
- context:
    cluster: laptop
    user: ada
  name: "here"
current-context: "main" # chosen
kind: Config
users:
- name: ada
"""


def test_current_context() -> None:
    assert current_context_of(KUBECONFIG) == "main"
    assert current_context_of("current-context: a\n") == "a"
    assert current_context_of("current-context: ''\n") == ""
    assert current_context_of("x: y\n  current-context: no\n") == ""


def test_what_is_behind_a_context() -> None:
    assert cluster_context(KUBECONFIG, "main") == ("main", "acme-prod", "https://10.1.1.1", "shop")
    assert cluster_context(KUBECONFIG, "here") == ("here", "laptop", "https://127.0.0.1:6443", "")
    assert cluster_context(KUBECONFIG, "absent") == ("absent", "", "", "")


def test_lists_may_be_indented() -> None:
    text = "contexts:\n  - name: a\n    context:\n      cluster: c\nclusters:\n  - name: c\n"
    assert cluster_context(text, "a").cluster == "c"


@given(st.text(alphabet="abc:- \n\"'{}[]#", max_size=200))
def test_any_text_is_read_without_raising(text: str) -> None:
    current_context_of(text)
    cluster_context("contexts:\n" + text, "a")
    ini_section("[a]\n" + text, "a")
    plain_value(text)
    object_kinds(text)


def told(line: str, files: Mapping[str, str], **variables: str) -> list[tuple[str, str, str]]:
    """(kind, environment, told_by) of a line, with files given by absolute or workspace path."""
    held = {p if p.startswith("/") else f"{ROOT}/{p}": t.encode() for p, t in files.items()}
    workspace = FakeWorkspace(files=held, variables=variables)
    operations = recognised_words(line, workspace=workspace)
    return [(o.kind, o.environment, o.told_by) for o in operations]


HOME_CONFIG = {"/home/ada/.kube/config": KUBECONFIG}


def test_the_cluster_behind_the_current_context_tells() -> None:
    shown = "current context main (cluster acme-prod)"
    assert told("kubectl delete pod x", HOME_CONFIG) == [("kubernetes.delete", "production", shown)]


def test_a_loopback_server_tells_nothing() -> None:
    assert told("kubectl --context here delete pod x", HOME_CONFIG) == [
        ("kubernetes.delete", "unknown", "")
    ]


def test_the_first_kubeconfig_of_the_list_with_a_context_counts() -> None:
    files = {
        "/a": "kind: Config\n",
        "/b": "current-context: staging\n",
        "/c": "current-context: dev\n",
    }
    operations = told("kubectl delete pod x", files, KUBECONFIG="/a:/b:/c")
    assert operations == [("kubernetes.delete", "staging", "current context staging")]


def test_a_switch_to_a_context_that_nobody_lists_keeps_the_old_one_too() -> None:
    from agentic.recognize.context import Context
    from agentic.recognize.dispatch import run_words
    from agentic.recognize.interface import Stdin, Word
    from tests.fakes import FACTS

    workspace = FakeWorkspace(files={"/home/ada/.kube/config": KUBECONFIG.encode()})
    context = Context(FACTS, workspace, ROOT, run_words, lambda *_: None)
    for line in ("kubectl config use-context dev", "kubectl delete pod x"):
        run_words(context, [Word(text) for text in line.split()], Stdin(), {})
    assert context.operations[-1].environment == "production"


@pytest.mark.parametrize(
    ("line", "files", "variables", "environment"),
    [
        ("terraform apply", {".terraform/environment": "prod\n"}, {}, "production"),
        ("terraform apply", {".terraform/environment": "default"}, {}, "unknown"),
        ("terraform apply", {".terraform/environment": "prod"}, {"TF_WORKSPACE": "dev"}, "dev"),
        ("terraform apply", {"data/environment": "staging"}, {"TF_DATA_DIR": "data"}, "staging"),
        ("terraform -chdir=a apply", {"a/.terraform/environment": "prod"}, {}, "production"),
        ("aws s3 rb s3://x", {}, {"AWS_PROFILE": "staging"}, "staging"),
        ("aws s3 rb s3://x", {}, {"AWS_DEFAULT_PROFILE": "prod"}, "production"),
        ("aws s3 rb s3://x", {"/home/ada/.aws/config": "[default]\nsso_account_name = Acme Prod\n"}, {},
         "production"),
        ("aws s3 rb s3://x", {"/c": "[profile q]\nrole_arn=arn:aws:iam::1:role/dev\n"},
         {"AWS_PROFILE": "q", "AWS_CONFIG_FILE": "/c"}, "dev"),
        ("gcloud sql instances delete x", {}, {"CLOUDSDK_CORE_PROJECT": "acme-dev"}, "dev"),
        ("gcloud sql instances delete x", {"/g/configurations/config_prod": "[core]\n"},
         {"CLOUDSDK_CONFIG": "/g", "CLOUDSDK_ACTIVE_CONFIG_NAME": "prod"}, "production"),
        ("az group delete -n x", {"/home/ada/.azure/azureProfile.json":
         '\ufeff{"subscriptions":[{"name":"dev","isDefault":true},{"name":"prod"}]}'}, {}, "dev"),
        ("az group delete -n x", {"/home/ada/.azure/azureProfile.json": "{"}, {}, "unknown"),
        ("docker rm x", {"/home/ada/.docker/config.json": '{"currentContext":"prod"}'}, {}, "production"),
        ("argocd app sync x", {"/home/ada/.config/argocd/config": "current-context: argo.prod.example.com\n"},
         {}, "production"),
        ("amtool silence add x", {"/home/ada/.config/amtool/config.yml": 'alertmanager.url: "http://am.dev"\n'},
         {}, "dev"),
        ("mlflow gc", {}, {"MLFLOW_TRACKING_URI": "file:///x"}, "local"),
        ("mlflow gc", {}, {"MLFLOW_TRACKING_URI": "http://localhost:5000"}, "local"),
        ("helm uninstall x", {}, {"HELM_KUBECONTEXT": "prod"}, "production"),
        ("helm uninstall x", {}, {"HELM_NAMESPACE": "dev"}, "dev"),
        ("pulumi up", {}, {"PULUMI_STACK": "acme/staging"}, "staging"),
    ],
)  # fmt: skip
def test_ambient_places(
    line: str, files: dict[str, str], variables: dict[str, str], environment: str
) -> None:
    assert [place for _, place, _ in told(line, files, **variables)] == [environment]


def test_a_folder_called_dev_above_the_workspace_says_nothing() -> None:
    workspace = FakeWorkspace(roots=("/home/ada/dev/shop",))
    operations = recognised_words("terraform apply", workspace=workspace, cwd="/home/ada/dev/shop")
    assert operations[0].environment == "unknown"


def test_a_path_outside_the_workspace_only_raises() -> None:
    assert told("kubectl apply -k /srv/overlays/dev", {})[0][1] == "unknown"
    assert told("kubectl apply -k /srv/overlays/prod", {})[0][1] == "production"


# Manifests


def test_values_in_yaml_and_json() -> None:
    text = (
        'kind: A\n  kind : \'B\'\n- kind: !!str C # x\n{"kind": "D", "x":1}\nmykind: E\nkinds: F\n'
    )
    assert list(values_of(text, "kind")) == ["A", "B", "C", "D"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("kind: Deployment", ()),
        ("kind: Secret", ("kubernetes.write-secret",)),
        ("kind: SealedSecret", ()),
        ('{"kind":"List","items":[{"kind":"ClusterRole"}]}', ("kubernetes.access",)),
        ("kind: &a RoleBinding", ("kubernetes.access",)),
        ("apiVersion: kyverno.io/v1\nkind: Policy", ("kubernetes.access",)),
        ("apiVersion: example.com/v1\nkind: Policy", ()),
        ("kind: CronJob\n---\nkind: Secret", ("batch.deploy", "kubernetes.write-secret")),
    ],
)
def test_object_kinds(text: str, kinds: tuple[str, ...]) -> None:
    assert object_kinds(text) == kinds


def test_manifests_are_bound_by_digest() -> None:
    body = b"kind: Deployment\n"
    workspace = FakeWorkspace(
        files={f"{ROOT}/k8s/a.yaml": body, f"{ROOT}/k8s/b.yaml": b"kind: X\n"}
    )
    operation = recognised_words("kubectl apply -f k8s -n dev", workspace=workspace)[0]
    assert operation.inputs == (
        ("k8s/a.yaml", sha256_hex(body)),
        ("k8s/b.yaml", sha256_hex(b"kind: X\n")),
    )


def test_plans_values_and_overlays_are_bound_by_digest() -> None:
    files = {
        f"{ROOT}/infra/tfplan": b"PK",
        f"{ROOT}/values-dev.yaml": b"a: b\n",
        f"{ROOT}/overlays/dev/kustomization.yaml": b"resources: [../../base]\nresources:\n- ../../base\n",
        f"{ROOT}/base/kustomization.yaml": b"resources:\n- api.yaml\n",
        f"{ROOT}/base/api.yaml": b"kind: Deployment\n",
    }
    for line, names in [
        ("terraform -chdir=infra apply tfplan", {"infra/tfplan"}),
        ("helm upgrade api repo/api -f values-dev.yaml", {"values-dev.yaml"}),
        (
            "kubectl apply -k overlays/dev",
            {"overlays/dev/kustomization.yaml", "base/kustomization.yaml", "base/api.yaml"},
        ),
    ]:
        operation = recognised_words(line, workspace=FakeWorkspace(files=files))[0]
        assert {name for name, _ in operation.inputs} == names, line


def test_too_many_manifests_ask_for_a_person() -> None:
    files = {f"{ROOT}/k8s/{n}.yaml": b"kind: Deployment\n" for n in range(MAX_FILES + 1)}
    operations = recognised_words(
        "kubectl apply -f k8s -n dev", workspace=FakeWorkspace(files=files)
    )
    assert [o.kind for o in operations] == ["kubernetes.apply", "unknown.subcommand"]


def test_a_remote_base_is_run_unseen() -> None:
    files = {
        f"{ROOT}/o/kustomization.yaml": b"resources:\n- https://github.com/x/y//base?ref=main\n"
    }
    operations = recognised_words(
        "kubectl apply -k o -n staging", workspace=FakeWorkspace(files=files)
    )
    assert [o.kind for o in operations] == ["kubernetes.apply", "code.execute-remote"]
