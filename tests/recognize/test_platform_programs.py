"""What holds for every program of the platform: its kinds exist, it never raises, dangers stay seen."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agentic.recognize import placement
from agentic.recognize.grammar import Spec
from agentic.recognize.manifests import OBJECT_KINDS
from agentic.recognize.programs import MODULES
from tests.fakes import kinds, recognised_words

REPOSITORY = Path(__file__).resolve().parents[2]
CATALOGUE = {
    entry["kind"]: entry
    for entry in yaml.safe_load((REPOSITORY / "policies/operations.yaml").read_text())["operations"]
}
PLATFORM = (
    "kubernetes clusters gitops secrets infrastructure deployers clouds clouds_google clouds_other "
    "containers images supply_chain models pipelines observability"
).split()
PROGRAMS = [name for module in PLATFORM for name in MODULES[module].split()]
#: Kinds that a refinement turns into real ones before they leave.
INTERNAL = {"container.exec", "context.use"}


def specs_of(module: str) -> list[tuple[str, Spec]]:
    loaded = import_module("agentic.recognize.programs." + module)
    return [(name, value) for name, value in vars(loaded).items() if isinstance(value, Spec)]


@pytest.mark.parametrize("module", PLATFORM)
def test_every_kind_of_a_table_is_in_the_catalogue(module: str) -> None:
    for name, spec in specs_of(module):
        told = {*spec.kinds, *spec.flags.values(), spec.safe} - INTERNAL
        assert told <= CATALOGUE.keys(), (name, told - CATALOGUE.keys())


@pytest.mark.parametrize("module", PLATFORM)
def test_no_subcommand_means_two_things(module: str) -> None:
    for name, spec in specs_of(module):
        seen: dict[str, str] = {}
        for kind, texts in spec.kinds.items():
            for text in (" ".join(part.split()) for part in texts.split(",")):
                assert seen.setdefault(text, kind) == kind, (module, name, text, seen[text], kind)


@pytest.mark.parametrize("module", PLATFORM)
def test_no_option_is_both_switch_and_valued(module: str) -> None:
    for name, spec in specs_of(module):
        assert not set(spec.values.split()) & set(spec.switches.split()), (module, name)


def test_every_exact_kind_is_in_the_catalogue() -> None:
    from agentic.recognize.programs import clouds, clouds_google, clouds_other, pipelines

    tables = [
        clouds._EXACT,
        clouds_google.VERBS.exact,
        clouds_other.VERBS.exact,
        clouds_other.DOCTL_VERBS.exact,
        pipelines.DATABRICKS_VERBS.exact,
        OBJECT_KINDS,
    ]
    for table in tables:
        assert set(table.values()) <= CATALOGUE.keys(), set(table.values()) - CATALOGUE.keys()


def test_what_acts_somewhere_is_what_the_catalogue_binds() -> None:
    """A bound kind that is not placed would hide that its environment is unknown."""
    for kind, entry in CATALOGUE.items():
        if entry.get("environment_bound"):
            bound_elsewhere = kind.startswith(("file.", "forge."))
            assert placement.acts_somewhere(kind) or bound_elsewhere, kind


words = st.lists(
    st.one_of(
        st.sampled_from(
            "apply delete get run exec -- -f -n prod --context = -o yaml --help --dry-run=client s3 cp rm "
            "s3://b x - -it $X list create --profile compose up secrets -v /:/h".split()
        ),
        st.text(alphabet="ab-=/:.$ ,", max_size=6),
    ),
    max_size=8,
)


@settings(max_examples=300)
@given(st.sampled_from(PROGRAMS), words)
def test_any_words_are_answered_with_catalogue_kinds(program: str, arguments: list[str]) -> None:
    operations = recognised_words([program, *arguments])
    assert all(operation.kind in CATALOGUE for operation in operations), operations
    assert operations or "--" in arguments or program in {"docker", "podman", "railway", "kubectl"}


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_unheard_of_subcommand_is_said(program: str) -> None:
    """Unknown is never clear: it is unknown, or something that is asked about anyway."""
    found = kinds(recognised_words([program, "frobnicate-the-thing", "--all"]))
    accepts_any_word = {
        "stern", "kubens", "kubectx", "k9s", "pass", "gopass", "sops", "kubeseal", "gitsign", "kubetail",
        "torchrun", "deepspeed", "horovodrun", "tensorboard", "spark-submit", "pyspark", "spark-sql",
        "spark-shell", "clearml-task", "clearml-agent", "locust", "k6", "vegeta", "artillery", "hey", "ab",
        "wrk", "wrk2", "bombardier", "oha", "siege", "autocannon", "vercel", "vc", "driftctl",
    }  # fmt: skip
    scans = {"syft", "grype", "trivy", "snyk", "hadolint", "dockle", "dive", "osv-scanner"}
    checks = {
        "tflint",
        "tfsec",
        "checkov",
        "terrascan",
        "terraform-docs",
        "kubeconform",
        "kubeval",
        "polaris",
        "pluto",
    }
    if program in accepts_any_word | scans | checks or program.startswith("ansible"):
        assert found
    else:
        assert "unknown.subcommand" in found, found


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("kubectl --dry-run=client exec api -- ls", "kubernetes.exec"),
        ("kubectl delete pod x --field-selector --dry-run=client", "kubernetes.delete"),
        ("terraform apply -var --help", "terraform.apply"),
        ("terraform apply -some-option --help", "terraform.apply"),
        ("helm uninstall x --description --dry-run", "helm.delete"),
        ("aws ec2 terminate-instances --some-option --dry-run", "cloud.delete"),
        ("argocd app delete x --help=false", "argocd.delete"),
        ("docker run alpine --help --privileged=false", "container.run"),
        ("docker run --name --privileged=false --privileged alpine", "container.run-privileged"),
        ("dvc push --some-option --dry", "data.push"),
    ],
)
def test_a_relaxing_option_counts_only_as_an_option(line: str, kind: str) -> None:
    assert kind in kinds(recognised_words(line))


@pytest.mark.parametrize(
    "line",
    [
        "kubectl get pods", "kubectl describe node x", "helm list -A", "argocd app list", "flux get all",
        "terraform validate", "terraform state list", "pulumi stack ls", "cdk list", "vault status",
        "aws s3 ls s3://b", "aws iam get-user", "gcloud projects list", "az account show",
        "doctl account get",
        "docker images", "docker logs api", "docker compose ps", "podman ps", "crane ls r.example.com/x",
        "skopeo inspect docker://x", "trivy fs .", "cosign tree x", "mlflow experiments search", "dvc status",
        "dvc diff", "airflow dags list", "argo list", "ray status", "databricks clusters list", "feast plan",
        "amtool alert", "promtool check config p.yml", "logcli labels", "pd incident list", "vercel ls",
        "fly status", "heroku apps", "minikube status", "kind get clusters", "istioctl analyze",
        "conftest test x.yaml", "opa eval data.x", "ansible-lint", "packer validate x.pkr.hcl",
        "velero backup get",
        "eksctl get cluster", "sam validate", "prefect deployment ls", "kedro test",
        "lakectl log lakefs://r/main",
        "optuna studies", "bentoml list", "ollama list", "hf whoami", "wandb status", "sentry-cli info",
    ],
)  # fmt: skip
def test_looking_flows(line: str) -> None:
    """A guard that asks about reading gets switched off."""
    for operation in recognised_words(line):
        effects = set(CATALOGUE[operation.kind]["effects"])
        harmless = effects <= {"read", "network"} or operation.kind in {"code.test", "data.profile"}
        assert harmless, operation
