"""Around kubectl: context switchers, kustomize, viewers, clusters on this machine, meshes, backups.

Sources: https://kubectl.docs.kubernetes.io/references/kustomize/, https://kind.sigs.k8s.io/,
https://minikube.sigs.k8s.io/docs/commands/, https://istio.io/latest/docs/reference/commands/istioctl/,
https://velero.io/docs/main/.
"""

from __future__ import annotations

from agentic.recognize.grammar import Spec
from agentic.recognize.interface import Word
from agentic.recognize.manifests import read_manifests
from agentic.recognize.placement import Call, not_in_tables, placed
from agentic.recognize.programs.kubernetes import KUBECTL, VALUES, cluster
from agentic.recognize.surroundings import KUBE_CONTEXT, KUBE_NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation


def refine_switch(call: Call, kind: str) -> str:
    """kubectx and kubens: without a name they list; `-d NAME` deletes a context."""
    name = call.parsed.subcommand
    if not name or call.on("-c", "--current"):
        call.context.add("kubernetes.read", "", "", "")
        return ""
    if call.invocation.name == "kubectx" and name != "-" and not call.on("-d"):
        call.context.notes[KUBE_CONTEXT] = name.partition("=")[0]
    if call.invocation.name == "kubens":
        call.context.notes[KUBE_NAMESPACE] = name
    call.context.add("kubernetes.configure", name)
    return ""


def refine_kustomize(call: Call, kind: str) -> str:
    """`build` only renders, unless plugins may execute or its bases come from elsewhere."""
    if not kind:
        not_in_tables(call)
        return ""
    if kind != "kubernetes.diff":
        return kind
    folder = call.parsed.operands[:1] or (Word("."),)
    manifests = read_manifests(call.context, (), folder, call.invocation.stdin)
    call.add(kind, inputs=manifests.inputs)
    for address in manifests.addresses:
        call.context.add("network.read", address)
    return ""


KUSTOMIZE = Spec(
    kinds={
        "kubernetes.diff": "build, cfg, cfg cat, cfg count, cfg grep, cfg tree",
        "file.write-manifest": (
            "edit, create, edit set image, edit set namespace, edit add, localize"
        ),
        "shell.inert": "version, completion, help, openapi",
        "code.run": "fn run",
    },
    values="-o --output -e --env --load-restrictor --mount --network-name --helm-command --reorder",
    flags={
        "--enable-exec": "code.run",
        "--enable-alpha-plugins": "code.run",
        "--enable-helm": "network.download",
    },
)

KUBECTX = Spec(kinds={"kubernetes.configure": "*"}, switches="-c --current -d -u --unset -")
STERN = KUBECTL._replace(kinds={"kubernetes.read": "*,"}, no_subcommand=False)
K9S = KUBECTL._replace(kinds={"kubernetes.exec": "*,", "kubernetes.read": "version, info"})

#: Clusters that live on this machine; their objects are thrown away with them.
KIND = Spec(
    kinds={
        "kubernetes.read": (
            "get clusters, get nodes, version, export logs, status, ip, logs, profile list"
        ),
        "kubernetes.read-secret": "get kubeconfig, kubeconfig get",
        "kubernetes.configure": (
            "export kubeconfig, kubeconfig merge, update-context, config, profile"
        ),
        "container.run": (
            "create cluster, start, stop, pause, unpause, cluster create, cluster start, "
            "cluster stop, node create, node add, cluster edit, load docker-image, "
            "load image-archive, "
            "image load, image import, addons enable, addons disable, service, dashboard, tunnel, "
            "mount, registry create, node start, node stop"
        ),
        "container.read": (
            "cluster list, node list, addons list, image ls, registry list, docker-env"
        ),
        "container.build": "build node-image, image build",
        "container.remove": "delete cluster, delete clusters, delete, cluster delete, node delete, "
        "registry delete",
        "kubernetes.exec": "ssh, kubectl, cp",
        "shell.inert": "completion, help, options",
    },
    values=(
        "--name -n --image --config --kubeconfig --wait -p --profile --driver --memory --cpus "
        "--kubernetes-version -a --agents -s --servers --nodes -c --cluster --port --k3s-arg"
    ),
)


#: What the contexts of these clusters are called: a prefix, and the name when none is given.
_CONTEXT_NAMES = {
    "kind": ("kind-", "kind"),
    "k3d": ("k3d-", "k3s-default"),
    "minikube": ("", "minikube"),
}


def this_machine(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """These clusters are containers or a virtual machine here."""
    return [("host", "localhost", "a cluster on this machine")]


def refine_local(call: Call, kind: str) -> str:
    """`minikube kubectl -- …` is kubectl on that cluster; a started cluster is the current one."""
    parsed, context = call.parsed, call.context
    if not kind:
        not_in_tables(call)
        return ""
    if parsed.subcommand == "kubectl":
        words = [Word(text) for text in ("kubectl", "--context", "minikube")]
        context.run_words([*words, *(parsed.rest or parsed.operands)], call.invocation.stdin)
        return ""
    if parsed.subcommand in ("start", "create cluster", "cluster create"):
        name = parsed.value("-n", "--name", "-p", "--profile") or "".join(call.words[:1])
        prefix, default = _CONTEXT_NAMES[call.invocation.name]
        context.notes[KUBE_CONTEXT] = prefix + (name or default)
    return kind


ISTIOCTL = KUBECTL._replace(
    kinds={
        "kubernetes.read": (
            "analyze, version, proxy-status, ps, proxy-config, pc, describe, x describe, x authz, "
            "experimental authz, verify-install, profile, profile list, profile dump, bug-report, "
            "check, stat, edges, tap, top, routes, viz stat, viz edges, viz top, viz tap, metrics, "
            "diagnostics, identity, multicluster check, validate, dashboard, viz dashboard, "
            "viz check, "
            "backup get, backup describe, backup logs, restore get, restore describe, "
            "restore logs, "
            "schedule get, schedule describe, get, client config get"
        ),
        "kubernetes.diff": (
            "manifest generate, manifest diff, kube-inject, inject, install --dry-run"
        ),
        "kubernetes.apply": (
            "install, upgrade, operator init, tag set, waypoint apply, x waypoint apply, "
            "backup create, schedule create, restore create, create, schedule pause, "
            "schedule unpause, "
            "backup-location create, backup-location set, snapshot-location create, plugin add"
        ),
        "kubernetes.delete": (
            "uninstall, tag remove, waypoint delete, backup delete, schedule delete, "
            "restore delete, "
            "delete, backup-location delete, x uninstall"
        ),
        "kubernetes.read-secret": "x create-remote-secret, create-remote-secret, multicluster link",
        "cloud.download": "backup download",
        "kubernetes.configure": "client config set",
        "shell.inert": "completion, help",
    },
    values=VALUES + " --set -y --revision -r --include-namespaces --exclude-namespaces --ttl "
    "--from-backup --from-schedule --storage-location --include-resources --provider --bucket",
)

PROGRAMS = {
    "kubectx": placed(KUBECTX, None, refine_switch),
    "kubens": placed(KUBECTX, None, refine_switch),
    "kustomize": placed(KUSTOMIZE, None, refine_kustomize),
    "stern": placed(STERN, cluster),
    "k9s": placed(K9S, cluster),
    "kind": placed(KIND, this_machine, refine_local),
    "minikube": placed(KIND, this_machine, refine_local),
    "k3d": placed(KIND, this_machine, refine_local),
    "istioctl": placed(ISTIOCTL, cluster),
    "linkerd": placed(ISTIOCTL, cluster),
    "velero": placed(ISTIOCTL, cluster),
}
