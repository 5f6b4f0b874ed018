"""The registry of programs: name -> module of this package that holds its entry.

Explicit on purpose: a module is loaded only when one of its programs appears, and one that fails to
import is an error, not a gap. Each module has a `PROGRAMS` table: name -> `Spec` or handler function
`(invocation, context) -> None`.
"""

from __future__ import annotations

#: module -> the programs in its PROGRAMS table, separated by blanks (checked by a test).
MODULES: dict[str, str] = {
    "git": "git gitk tig",
    "infrastructure": "terraform tofu",
    "kubernetes": (
        "kubectl oc kubecolor kubectx kubens kustomize stern k9s kind minikube k3d istioctl "
        "linkerd velero"
    ),
}

REGISTRY: dict[str, str] = {
    name: module for module, names in MODULES.items() for name in names.split()
}
