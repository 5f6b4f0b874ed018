"""Kubernetes clients: kubectl, and oc which adds to it.

Source: https://kubernetes.io/docs/reference/kubectl/generated/.
"""

from __future__ import annotations

from agentic.recognize.environment import is_loopback, stricter
from agentic.recognize.grammar import Spec
from agentic.recognize.interface import Word
from agentic.recognize.manifests import OBJECT_KINDS, Manifests, read_manifests
from agentic.recognize.placement import Call, not_in_tables, placed
from agentic.recognize.surroundings import KUBE_CONTEXT, KUBE_NAMESPACE, kube_candidates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation

#: Short and plural names of resource types that matter here.
_TYPES = {
    "secrets": "secret",
    "roles": "role",
    "clusterroles": "clusterrole",
    "rolebindings": "rolebinding",
    "clusterrolebindings": "clusterrolebinding",
    "validatingwebhookconfigurations": "validatingwebhookconfiguration",
    "mutatingwebhookconfigurations": "mutatingwebhookconfiguration",
    "validatingadmissionpolicies": "validatingadmissionpolicy",
    "clusterpolicies": "clusterpolicy",
    "cpol": "clusterpolicy",
    "policyexceptions": "policyexception",
    "polex": "policyexception",
    "csr": "certificatesigningrequest",
    "certificatesigningrequests": "certificatesigningrequest",
    "cronjobs": "cronjob",
    "cj": "cronjob",
    "quota": "resourcequota",
    "resourcequotas": "resourcequota",
    "promrule": "prometheusrule",
    "prometheusrules": "prometheusrule",
    "app": "application",
    "apps": "application",
    "applications": "application",
}

VALUES = (
    "--as --as-group --as-uid --as-user-extra --cache-dir --certificate-authority "
    "--client-certificate --client-key --cluster --context --kubeconfig -n --namespace --password "
    "--profile --profile-output --request-timeout -s --server --tls-server-name --token --user "
    "--username -v --v --vmodule --log-flush-frequency --kuberc "
    "-f --filename -k --kustomize -l --selector --field-selector -o --output --template -L "
    "--label-columns --sort-by --raw --field-manager --grace-period --timeout --chunk-size "
    "--prune-allowlist --prune-whitelist --subresource --image --port --target-port --replicas "
    "-e --env -c --container --tail --since --since-time --limit-bytes --max-log-requests "
    "--pod-running-timeout --type -p --patch --patch-file --from-literal --from-file "
    "--from-env-file --from --cert --key --docker-server --docker-username --docker-password "
    "--docker-email --clusterrole --role --serviceaccount --group --verb --resource "
    "--resource-name --non-resource-url --schedule --min --max --cpu-percent --name --protocol "
    "--load-balancer-ip --external-ip --session-affinity --cluster-ip --overrides --override-type "
    "--restart -l --labels --annotations --requests --limits --for --revision --to-revision "
    "--current-replicas --resource-version --pod-selector --duration --audience "
    "--bound-object-kind --bound-object-name --bound-object-uid --copy-to --set-image --target "
    "--custom --address --api-prefix --www --www-prefix --accept-hosts --accept-paths "
    "--reject-paths --reject-methods -u --unix-socket --api-group --api-version "
    "--output-directory --index-version --concurrency --types --values --hard --scopes "
    "--restart-policy --attach-timeout --skip-wait-for-delete-timeout --weight --description "
    "--value"
)

_SWITCHES = (
    "--insecure-skip-tls-verify --match-server-version --warnings-as-errors --disable-compression "
    "--all -A --all-namespaces --force --now --wait --watch -w --recursive -R --overwrite --local"
)

_WHERE = {
    "--cluster": "cluster",
    "-n": "namespace",
    "--namespace": "namespace",
    "--user": "operand",
}

_KINDS = {
    "shell.inert": "completion, options, plugin, plugin list, help, version --client",
    "kubernetes.read": (
        "get, describe, logs, log, top, top pod, top pods, top node, top nodes, events, wait, "
        "explain, "
        "api-resources, api-versions, cluster-info, version, auth can-i, auth whoami, "
        "cluster-info dump, rollout status, rollout history, config view, config current-context, "
        "config get-contexts, config get-clusters, config get-users, apply view-last-applied, "
        "argo rollouts get, argo rollouts list, argo rollouts status, argo rollouts version, "
        "argo rollouts lint, argo rollouts notifications, krew list, krew search, krew info, tree, "
        "neat, resource-capacity, view-allocations, who-can, access-matrix, alpha events"
    ),
    "cloud.cost": "cost",
    "kubernetes.diff": "diff, kustomize",
    "kubernetes.apply": (
        "apply, create, patch, replace, edit, set, label, annotate, expose, run, convert, "
        "set image, "
        "set env, set resources, set selector, set serviceaccount, set sa, apply set-last-applied, "
        "apply edit-last-applied, argo rollouts create, argo rollouts set image, new-app, "
        "new-project, "
        "process"
    ),
    "kubernetes.scale": (
        "scale, autoscale, rollout restart, rollout pause, rollout resume, argo rollouts restart, "
        "argo rollouts pause"
    ),
    "kubernetes.delete": "delete, argo rollouts delete, argo rollouts terminate",
    "kubernetes.drain": "drain, cordon, uncordon, taint",
    "kubernetes.exec": "exec, attach, cp, port-forward, debug, proxy, argo rollouts dashboard",
    "kubernetes.access": (
        "auth reconcile, certificate approve, certificate deny, set subject, create role, "
        "create clusterrole, create rolebinding, create clusterrolebinding"
    ),
    "kubernetes.write-secret": (
        "create secret, create secret generic, create secret tls, create secret docker-registry"
    ),
    "kubernetes.read-secret": "create token, view-secret, view-serviceaccount-kubeconfig",
    "kubernetes.configure": (
        "config use-context, config use, config set, config set-cluster, config set-context, "
        "config set-credentials, config rename-context, config delete-context, "
        "config delete-cluster, config delete-user, config unset, ctx, ns"
    ),
    "deploy.rollback": "rollout undo, argo rollouts undo",
    "deploy.traffic-weight": (
        "argo rollouts promote, argo rollouts abort, argo rollouts retry, argo rollouts set weight"
    ),
    "code.execute-remote": "krew install, krew upgrade, krew update, krew index add",
    "package.remove": "krew uninstall",
}

_IMPERSONATION = "privilege.escalate"

KUBECTL = Spec(
    kinds=_KINDS,
    values=VALUES,
    switches=_SWITCHES,
    environment=_WHERE,
    flags={
        "--insecure-skip-tls-verify": "network.insecure",
        "apply --prune": "kubernetes.delete",
        "replace --force": "kubernetes.delete",
        "apply --force": "kubernetes.delete",
    },
)

#: oc adds these to kubectl. Source: https://docs.okd.io/latest/cli_reference/openshift_cli/
#: developer-cli-commands.html.
OC = KUBECTL._replace(
    kinds={
        **_KINDS,
        "kubernetes.read": _KINDS["kubernetes.read"]
        + ", status, whoami, projects, get-token-info, adm top, adm must-gather, image info",
        "kubernetes.exec": _KINDS["kubernetes.exec"] + ", rsh, rsync",
        "kubernetes.configure": _KINDS["kubernetes.configure"] + ", login, logout, project",
        "kubernetes.access": _KINDS["kubernetes.access"]
        + ", adm policy, policy, adm policy add-role-to-user, adm policy add-cluster-role-to-user, "
        "adm policy add-scc-to-user, policy add-role-to-user, adm certificate approve",
        "kubernetes.drain": _KINDS["kubernetes.drain"]
        + ", adm drain, adm cordon, adm uncordon, adm taint",
        "deploy.rollback": _KINDS["deploy.rollback"] + ", rollback",
        "kubernetes.apply": _KINDS["kubernetes.apply"]
        + ", start-build, new-build, tag, import-image",
        "kubernetes.delete": _KINDS["kubernetes.delete"] + ", adm prune, cancel-build",
        "kubernetes.read-secret": _KINDS["kubernetes.read-secret"] + ", extract, sa get-token",
    },
    values=VALUES + " --from-dir --from-repo --to --keys",
)

_PRINTS_ONLY_NAMES = ("", "name", "wide")
_WRITES_FROM_FILES = ("kubernetes.apply", "kubernetes.delete", "kubernetes.scale")


def cluster(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """What the chosen or current context tells; an explicit server stands for itself.

    A server on loopback tells nothing: it may be a tunnel or `kubectl proxy` to any cluster.
    """
    if parsed.has("--server", "-s"):
        server = parsed.value("--server", "-s")
        return [] if is_loopback(server) else [("host", server, f"--server {server}")]
    chosen: Word | None = None
    for name, word in parsed.options:
        if name == "--context" and word is not None:
            chosen = word
    return kube_candidates(context, invocation, chosen, parsed.value("--kubeconfig"))


def kubectl_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The cluster, and the names of the objects (which may only raise)."""
    candidates = cluster(parsed, invocation, context)
    candidates.extend(("operand", word.text, word.text) for word in parsed.operands)
    return candidates


def refine_kubectl(call: Call, kind: str) -> str:
    """What kubectl does beyond its subcommand's kind: files, resource types, nested commands."""
    parsed, context = call.parsed, call.context
    files = tuple(w for n, w in parsed.options if n in ("-f", "--filename") and w is not None)
    overlays = tuple(w for n, w in parsed.options if n in ("-k", "--kustomize") and w is not None)
    subcommand = parsed.subcommand
    manifests = Manifests()
    if (files or overlays) and subcommand != "logs":
        deep = call.on("-R", "--recursive")
        manifests = read_manifests(context, files, overlays, call.invocation.stdin, deep=deep)
        call = _replaced(call, manifests)
    if subcommand == "config set-credentials":
        if parsed.has("--exec-command", "--auth-provider"):
            context.unknown(
                "kubectl starts a program to log in", target=parsed.value("--exec-command")
            )
        elif parsed.has("--token", "--password", "--client-key", "--auth-provider-arg"):
            context.add("file.write-secret", "a credential in the kubeconfig")
    if parsed.has("--as", "--as-group", "--as-uid") and subcommand != "auth can-i":
        call.add(_IMPERSONATION, f"--as {parsed.value('--as', '--as-group', '--as-uid')}")
    if call.surely_on("--dry-run") and kind != "kubernetes.exec":
        call.add("kubernetes.diff", inputs=manifests.inputs)
        _add_addresses(call, manifests, runs=False)
        return ""
    if not kind:
        if subcommand:
            not_in_tables(call)
        else:
            context.add("shell.inert")
        return ""
    reader = _SPECIAL.get(subcommand)
    if reader is not None:
        return reader(call, kind)
    if kind == "kubernetes.read":
        call.add(_read_kind(call, manifests), inputs=manifests.inputs)
        _add_addresses(call, manifests, runs=False)
        return ""
    if kind == "kubernetes.exec":
        call.add(kind)
        _run_inside(call)
        return ""
    if kind in _WRITES_FROM_FILES or kind == "kubernetes.diff":
        call.add(kind, _file_target(call, files, overlays), inputs=manifests.inputs)
        _add_raw(call)
        if kind != "kubernetes.diff":
            _add_object_kinds(call, manifests)
        _add_addresses(call, manifests, runs=kind == "kubernetes.apply")
        if subcommand == "run" and (parsed.rest or call.on("--command")):
            _run_inside(call)
        return ""
    return kind


def _replaced(call: Call, manifests: Manifests) -> Call:
    """The call with what its manifests told, when that is stricter."""
    environment, told_by = call.context.environment_of(manifests.candidates)
    before = call.environment if call.told_by else ""
    if told_by and stricter(before, environment) != before:
        return call._replace(environment=environment, told_by=told_by)
    return call


def _file_target(call: Call, files: tuple[Word, ...], overlays: tuple[Word, ...]) -> str:
    parts = [f"-f {word.text}" for word in files] + [f"-k {word.text}" for word in overlays]
    return " ".join([call.target, *parts]).strip()


def _add_object_kinds(call: Call, manifests: Manifests) -> None:
    """The kinds that the objects named or described mean beyond their change."""
    kinds = set(manifests.kinds)
    for resource in resource_types(call.words):
        kinds.add(OBJECT_KINDS.get(resource, ""))
    if call.parsed.subcommand.startswith(("label", "annotate")):
        kinds.discard("batch.deploy")
    for kind in sorted(kinds - {""}):
        if not (kind == "batch.deploy" and call.parsed.subcommand == "delete"):
            call.add(kind, inputs=manifests.inputs)
    if manifests.unread:
        call.unknown(manifests.unread)


def _add_raw(call: Call) -> None:
    """`create|replace|delete --raw PATH` names the type in the path."""
    raw = call.parsed.value("--raw")
    for part, kind in (("secret", "kubernetes.write-secret"), ("role", "kubernetes.access")):
        if part in raw or "%" in raw:
            call.add(kind, f"--raw {raw}")


def _add_addresses(call: Call, manifests: Manifests, *, runs: bool) -> None:
    """Manifests from a URL: run unseen by the cluster, which is `curl | sh` for any shared one."""
    for address in manifests.addresses:
        if runs and call.environment != "local":
            call.context.add("code.execute-remote", address)
        else:
            call.context.add("network.read", address)


def resource_types(words: tuple[str, ...]) -> list[str]:
    """The resource types that operands name: `secrets,cm/x` -> secret, cm; lower case, singular."""
    types: list[str] = []
    for position, word in enumerate(words):
        if "/" in word:
            types.append(word.partition("/")[0])
        elif position == 0:
            types.extend(word.split(","))
    bare = [name.lower().partition(".")[0] for name in types]
    return [_TYPES.get(name, name) for name in bare]


def _read_kind(call: Call, manifests: Manifests) -> str:
    """Whether a reading subcommand shows a secret's value."""
    parsed = call.parsed
    raw = parsed.value("--raw")
    if parsed.subcommand == "config view":
        return "kubernetes.read-secret" if call.on("--raw") else "kubernetes.read"
    if raw and ("secret" in raw or "token" in raw or "%" in raw):
        return "kubernetes.read-secret"
    if parsed.subcommand in ("get", "describe", "neat"):
        types = resource_types(call.words)
        shown = parsed.value("-o", "--output")
        names_only = shown in _PRINTS_ONLY_NAMES and not parsed.has("--template")
        holds = "secret" in types or "kubernetes.write-secret" in manifests.kinds
        shows = parsed.subcommand != "get" or not names_only
        if holds and shows:
            return "kubernetes.read-secret"
        if shows and parsed.operands and parsed.operands[0].text.startswith(("$", "`")):
            call.unknown("the type that is shown is computed at run time", "unknown.shell")
    return "kubernetes.read"


def _run_inside(call: Call) -> None:
    """Judge the command that runs in a container, on a machine that is not this one."""
    operands, context = call.parsed.operands, call.context
    words = call.parsed.rest or operands[1:]
    if call.parsed.subcommand not in ("exec", "rsh", "debug", "run") or not words:
        return
    outer = context.remote
    context.remote = operands[0].text if operands else "container"
    try:
        context.run_words(words, call.invocation.stdin)
    finally:
        context.remote = outer


def _debug(call: Call, kind: str) -> str:
    """`debug node/x` mounts the node's file system into a container that may change it."""
    first = call.words[0] if call.words else ""
    if first.startswith(("node/", "nodes/", "no/")) or call.parsed.value("--profile") == "sysadmin":
        call.context.add("container.run-privileged", f"debug {first}")
    call.add(kind)
    _run_inside(call)
    return ""


def _copy(call: Call, kind: str) -> str:
    """`cp`: what lies on this machine is read or written."""
    operands = call.parsed.operands
    if len(operands) == 2:
        source, target = operands
        if ":" not in source.text:
            call.context.read_path(source)
        if ":" not in target.text:
            call.context.write_path(target)
    return kind


def _proxy(call: Call, kind: str) -> str:
    """`proxy` and `port-forward`: on other addresses than loopback they open the cluster to others."""
    address = call.parsed.value("--address")
    if address and address not in ("localhost", "127.0.0.1", "::1"):
        call.context.add("code.expose-server", f"{call.invocation.name} --address {address}")
    return kind


def _use_context(call: Call, kind: str) -> str:
    """A switch holds for the rest of the call."""
    if call.words:
        call.context.notes[KUBE_CONTEXT] = call.words[0]
    call.context.add(kind, call.target)
    return ""


def _configure(call: Call, kind: str) -> str:
    """Settings of the kubeconfig; a changed namespace holds for the rest of the call."""
    namespace = call.parsed.value("--namespace", "-n")
    if namespace and call.parsed.subcommand == "config set-context":
        call.context.notes[KUBE_NAMESPACE] = namespace
    call.context.add(kind, call.target)
    return ""


def _cluster_info_dump(call: Call, kind: str) -> str:
    for name, word in call.parsed.options:
        if name == "--output-directory" and word is not None and word.text not in ("-", "stdout"):
            call.context.write_path(word)
    return kind


def _edit(call: Call, kind: str) -> str:
    """`edit` changes objects whose type may say more."""
    call.add(kind)
    _add_object_kinds(call, Manifests())
    return ""


def _login(call: Call, kind: str) -> str:
    """`login SERVER`: the server is the cluster from here on."""
    if call.words:
        call.context.notes[KUBE_CONTEXT] = call.words[0]
    call.context.add(kind, call.target)
    return ""


_SPECIAL = {
    "cp": _copy,
    "proxy": _proxy,
    "port-forward": _proxy,
    "debug": _debug,
    "config use-context": _use_context,
    "config use": _use_context,
    "ctx": _use_context,
    "login": _login,
    "cluster-info dump": _cluster_info_dump,
    "edit": _edit,
}
for _name in OC.kinds["kubernetes.configure"].split(","):
    _SPECIAL.setdefault(_name.strip(), _configure)


PROGRAMS = {
    "kubectl": placed(KUBECTL, kubectl_place, refine_kubectl),
    "oc": placed(OC, kubectl_place, refine_kubectl),
    "kubecolor": placed(KUBECTL, kubectl_place, refine_kubectl),
}
