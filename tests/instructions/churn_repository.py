"""The repository that the shipped instructions speak of: a service `churn` on a platform `acme`, in memory.

The commands shown in `instructions/` name these files and clusters, so each command is judged as it
would be in a real checkout. Nothing here is ever run.
"""

from __future__ import annotations

from tests.fakes import ROOT, FakeWorkspace

_TRAIN = """import json
from pathlib import Path

from churn.training.features import build


def main() -> None:
    report = build(Path("data/raw/churn.csv"))
    Path("models/training_manifest.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
"""
_MEASURE = """import json
from pathlib import Path


def main() -> None:
    frame = Path("data/reference.csv").read_text()
    Path("ops/report.json").write_text(json.dumps({"rows": frame.count("\\n")}))


if __name__ == "__main__":
    main()
"""
_OVERLAY = (
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../../base]\n"
)
_DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: churn-api}
spec:
  replicas: 2
  template:
    spec:
      containers: [{name: api, image: registry.example.com/churn}]
"""
_CRONJOB = """apiVersion: batch/v1
kind: CronJob
metadata: {name: churn-scoring}
spec:
  schedule: "0 4 * * *"
  jobTemplate: {spec: {template: {spec: {containers: [{name: score, image: registry.example.com/churn}]}}}}
"""
_TERRAFORM = 'module "service" {\n  source = "../../modules/service"\n}\n'
_WORKFLOW = "name: {name}\non: workflow_dispatch\njobs:\n  run:\n    runs-on: ubuntu-latest\n    steps: []\n"
_MAKEFILE = """lint:
\truff check .
test:
\tpytest -q
"""

#: path below the root -> text
FILES = {
    ".dvc/config": "[core]\n    remote = store\n['remote \"store\"']\n    url = s3://acme-dev-dvc\n",
    ".github/workflows/ci.yml": _WORKFLOW.format(name="ci"),
    ".github/workflows/retrain-service.yml": _WORKFLOW.format(name="retrain-service"),
    "Dockerfile": "FROM python:3.12-slim\nCOPY src /app/src\n",
    "Makefile": _MAKEFILE,
    "app/fastapi_app.py": "def health() -> dict[str, str]:\n    return {}\n",
    "app/prediction_logger.py": "def log_prediction(event: object) -> None:\n    return None\n",
    "app/schemas.py": "FIELDS = ('tenure_months',)\n",
    "configs/quality_gates.yaml": "primary_metric: roc_auc\nprimary_threshold: 0.80\n",
    "data/raw/churn.csv": "tenure_months,churned\n3,1\n",
    "eda/profile.py": _MEASURE,
    "infra/terraform/envs/dev/main.tf": _TERRAFORM,
    "infra/terraform/envs/production/main.tf": _TERRAFORM,
    "infra/terraform/envs/staging/main.tf": _TERRAFORM,
    "k8s/base/deployment.yaml": _DEPLOYMENT,
    "k8s/batch/dev/cronjob.yaml": _CRONJOB,
    "k8s/batch/production/cronjob.yaml": _CRONJOB,
    "k8s/batch/staging/cronjob.yaml": _CRONJOB,
    "k8s/overlays/dev/kustomization.yaml": _OVERLAY,
    "k8s/overlays/production/kustomization.yaml": _OVERLAY,
    "k8s/overlays/staging/kustomization.yaml": _OVERLAY,
    "monitoring/alertmanager.yaml": "route: {receiver: pager}\nreceivers: [{name: pager}]\n",
    "monitoring/prometheus-rules.yaml": "groups: []\n",
    "monitoring/tests/churn.yaml": "rule_files: [../prometheus-rules.yaml]\ntests: []\n",
    "new-service.sh": '#!/bin/sh\nmkdir -p "services/$1"\ncp -R scaffold/. "services/$1"\n',
    "pyproject.toml": "[project]\nname = 'churn'\nversion = '1.2.0'\n",
    "requirements.txt": "fastapi~=0.115\nmlflow~=3.1\nscikit-learn~=1.7\n",
    "src/churn/evaluation/champion_challenger.py": _MEASURE,
    "src/churn/evaluation/fairness.py": _MEASURE,
    "src/churn/evaluation/slices.py": _MEASURE,
    "src/churn/monitoring/drift_detection.py": _MEASURE,
    "src/churn/monitoring/update_baseline.py": _MEASURE,
    "src/churn/training/train.py": _TRAIN,
    "tests/contract/test_openapi.py": "def test_snapshot() -> None:\n    assert True\n",
    "tests/load/locustfile.py": "HOST = 'http://churn.dev.example.com'\n",
    "tests/unit/test_features.py": "def test_build() -> None:\n    assert True\n",
}


def churn_workspace() -> FakeWorkspace:
    """A fresh view of the repository."""
    return FakeWorkspace({f"{ROOT}/{path}": text.encode() for path, text in FILES.items()})
