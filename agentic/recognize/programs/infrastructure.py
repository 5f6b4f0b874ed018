"""Infrastructure as code: Terraform and its fork."""

from __future__ import annotations

from agentic.recognize.grammar import Spec

TERRAFORM = Spec(
    kinds={
        "terraform.read": "validate, fmt, show, version, providers, graph, state list, state show",
        "terraform.plan": "plan",
        "terraform.apply": "apply, import, taint, untaint, refresh",
        "terraform.destroy": "destroy",
    },
    values="-chdir -var-file -var -target -state -out -backend-config",
    flags={"apply -destroy": "terraform.destroy"},
    environment={"-chdir": "path", "-var-file": "path"},
    variables={"TF_WORKSPACE": "workspace"},
)

PROGRAMS = {"terraform": TERRAFORM, "tofu": TERRAFORM}
