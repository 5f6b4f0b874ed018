"""What brings releases to clusters: Helm, Helmfile, Argo CD, Flux, Skaffold, Tilt.

Sources: https://helm.sh/docs/helm/, https://argo-cd.readthedocs.io/en/stable/user-guide/commands/argocd/,
https://fluxcd.io/flux/cmd/.
"""

from __future__ import annotations

from agentic.core.native import sha256_hex
from agentic.recognize.grammar import Spec
from agentic.recognize.manifests import MAX_FILES, object_kinds
from agentic.recognize.placement import Call, not_in_tables, placed
from agentic.recognize.surroundings import (
    current_context_of,
    file_text,
    folder_candidates,
    from_root,
    kube_candidates,
    path_candidate,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation

HELM = Spec(
    kinds={
        "helm.read": (
            "list, ls, status, history, hist, get, get all, get hooks, get manifest, get metadata, "
            "get notes, get values, show, show all, show chart, show crds, show readme, "
            "show values, "
            "inspect, search, search hub, search repo, template, lint, diff, diff upgrade, "
            "diff revision, diff rollback, diff release, repo list, repo ls, plugin list, "
            "plugin ls, "
            "verify, dependency list, dep list"
        ),
        "helm.apply": "upgrade, install, rollout, test, mapkubeapis",
        "deploy.rollback": "rollback",
        "helm.delete": "uninstall, delete, del, un",
        "helm.publish": "push, cm-push, s3 push, gcs push",
        "package.install-declared": (
            "dependency build, dependency update, dependency up, dep build, dep update, dep up, "
            "repo update, repo up"
        ),
        "package.configure": "repo add, repo remove, repo rm, repo index",
        "package.install-untrusted-source": "plugin install, plugin add, plugin update, plugin up",
        "package.remove": "plugin uninstall, plugin rm, plugin remove",
        "network.download": "pull, fetch",
        "code.build": "package",
        "service.scaffold": "create",
        "container.login": "registry login, registry logout",
        "secret.read": "secrets view, secrets decrypt, secrets edit",
        "shell.inert": "version, env, completion, help, ",
    },
    values=(
        "--kube-context -n --namespace --kubeconfig --kube-apiserver --kube-token --kube-as-user "
        "--kube-as-group --kube-ca-file --kube-tls-server-name --burst-limit --qps "
        "--registry-config --repository-cache --repository-config --content-cache "
        "-f --values --set --set-string --set-file --set-json --set-literal --version --timeout "
        "--post-renderer --post-renderer-args --history-max --description --repo --username "
        "--password --ca-file --cert-file --key-file --keyring -o --output -l --labels --selector "
        "--max --offset -d --destination --untardir --api-versions -a --kube-version "
        "--output-dir -s --show-only --name-template --release-name -p --starter --app-version "
        "--key --passphrase-file --revision --template --color --context --suppress --url --merge "
        "--filter -u --cascade"
    ),
    switches="--debug --kube-insecure-skip-tls-verify",
    environment={
        "-n": "namespace",
        "--namespace": "namespace",
        "-f": "path",
        "--values": "path",
        "--kube-apiserver": "host",
    },
    variables={"HELM_NAMESPACE": "namespace"},
    flags={
        "--post-renderer": "code.run",
        "--kube-insecure-skip-tls-verify": "network.insecure",
        "--insecure-skip-tls-verify": "network.insecure",
        "--kube-as-user": "privilege.escalate",
        "--kube-as-group": "privilege.escalate",
        "registry login --insecure": "network.insecure",
        "upgrade --plain-http": "network.insecure",
        "install --plain-http": "network.insecure",
        "push --plain-http": "network.insecure",
    },
    harmless="--help -h",
)


def helm_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The cluster, and the names of release and chart (which may only raise)."""
    chosen = next((w for n, w in parsed.options if n == "--kube-context" and w is not None), None)
    candidates: list[Candidate] = []
    named = context.variable(invocation, "HELM_KUBECONTEXT")
    if chosen is None and named:
        candidates.append(("context", named, f"HELM_KUBECONTEXT={named}"))
    elif not parsed.has("--kube-apiserver"):
        kubeconfig = parsed.value("--kubeconfig")
        candidates = kube_candidates(context, invocation, chosen, kubeconfig, "--kube-context")
    for pair in parsed.all_values("--set", "--set-string"):
        key, _, value = pair.rpartition(",")[2].partition("=")
        if key.rpartition(".")[2].lower() in ("environment", "env", "stage"):
            candidates.append(("name", value, f"--set {pair}"))
    candidates.extend(("operand", word.text, word.text) for word in parsed.operands)
    return candidates


def refine_helm(call: Call, kind: str) -> str:
    """Dry runs render; values and charts of the workspace shape the release and are digested."""
    if not kind:
        not_in_tables(call)
        return ""
    if kind in ("helm.apply", "deploy.rollback", "helm.delete"):
        if call.surely_on("--dry-run"):
            return "helm.read"
        inputs = values_and_chart(call)
        call.add(kind, inputs=inputs)
        for further in chart_object_kinds(call):
            call.add(further, inputs=inputs)
        if any("://" in word and not word.startswith("oci://") for word in call.words):
            call.context.add("network.read", next(word for word in call.words if "://" in word))
        return ""
    return kind


def values_and_chart(call: Call) -> tuple[tuple[str, str], ...]:
    """Values files and the chart's own description with their digests."""
    context = call.context
    paths = [
        context.path(name) for name in call.parsed.all_values("-f", "--values") if "://" not in name
    ]
    paths.extend(
        context.path(word) + "/Chart.yaml" for word in call.words if "/" in word or word == "."
    )
    inputs = []
    for path in paths[:MAX_FILES]:
        data = context.workspace.read(path, 1 << 18)
        if data is not None:
            inputs.append((from_root(context, path), sha256_hex(data)))
    return tuple(inputs)


def chart_object_kinds(call: Call) -> tuple[str, ...]:
    """What the templates of a chart in the workspace mean beyond a release (roles, secrets)."""
    context = call.context
    found: set[str] = set()
    for word in call.words[1:]:
        folder = context.path(word) + "/templates"
        for name in context.workspace.list(folder)[:MAX_FILES]:
            if name.endswith((".yaml", ".yml", ".tpl")):
                found.update(object_kinds(file_text(context, f"{folder}/{name}")))
    return tuple(sorted(found - {"argocd.sync", "alert.change"}))


HELMFILE = Spec(
    kinds={
        "helm.read": (
            "template, lint, diff, list, status, build, fetch, deps, cache, show-dag, test"
        ),
        "helm.apply": "apply, sync, charts, repos, write-values",
        "helm.delete": "destroy, delete",
        "package.install-untrusted-source": "init",
        "shell.inert": "version, help, completion",
    },
    values=(
        "-e --environment -f --file -n --namespace --kube-context -l --selector --state-values-set "
        "--state-values-file -b --helm-binary --log-level --args --values --set -c --chart "
        "--concurrency"
    ),
    switches="-i --interactive -q --quiet --debug --no-color --enable-live-output",
    environment={
        "-e": "name",
        "--environment": "name",
        "-n": "namespace",
        "--namespace": "namespace",
        "-f": "path",
        "--file": "path",
    },
    variables={"HELMFILE_ENVIRONMENT": "name"},
)

ARGOCD = Spec(
    kinds={
        "argocd.read": (
            "app get, app list, app diff, app history, app logs, app manifests, app resources, "
            "app wait, app get-resource, app actions list, appset get, appset list, proj get, "
            "proj list, proj windows list, proj role get, proj role list, cluster get, "
            "cluster list, "
            "repo get, repo list, repocreds list, account get, account list, account can-i, "
            "account get-user-info, cert list, gpg list, gpg get, admin settings validate, "
            "admin dashboard, appset generate, admin app diff-reconcile-results, context, "
            "configure list"
        ),
        "argocd.sync": (
            "app sync, app set, app unset, app create, app patch, app patch-resource, app edit, "
            "app terminate-op, app actions run, app add-source, app remove-source, appset create, "
            "appset update, app confirm-deletion"
        ),
        "deploy.rollback": "app rollback",
        "argocd.delete": "app delete, app delete-resource, appset delete, proj delete",
        "argocd.administer": (
            "proj create, proj edit, proj set, proj add-source, proj remove-source, "
            "proj add-destination, proj remove-destination, proj allow-cluster-resource, "
            "proj deny-cluster-resource, proj allow-namespace-resource, "
            "proj deny-namespace-resource, "
            "proj windows add, proj windows delete, proj windows update, "
            "proj windows enable-manual-sync, "
            "proj windows disable-manual-sync, proj role create, proj role delete, "
            "proj role add-policy, "
            "proj role remove-policy, proj role add-group, proj role remove-group, cluster add, "
            "cluster rm, cluster set, cluster rotate-auth, repo add, repo rm, repocreds add, "
            "repocreds rm, account update-password, account delete-token, cert add-ssh, "
            "cert add-tls, "
            "cert rm, gpg add, gpg rm, admin import, admin settings, admin initial-password reset, "
            "proj add-signature-key, proj remove-signature-key, proj add-orphaned-ignore, "
            "proj add-destination-service-account"
        ),
        "kubernetes.read-secret": (
            "account generate-token, proj role create-token, admin initial-password, admin export, "
            "account session-token, admin cluster kubeconfig"
        ),
        "cloud.configure": "login, logout, relogin, context use, configure",
        "shell.inert": "version, completion, help, account bcrypt, ",
    },
    values=(
        "--server --argocd-context --auth-token --client-crt --client-crt-key --config "
        "--core-namespace "
        "--grpc-web-root-path -H --header --http-retry-max --kube-context --logformat --loglevel "
        "--port-forward-namespace --redis-name --server-crt --server-name --repo-server-name "
        "--controller-name -N --app-namespace -o --output --revision --revisions --timeout -l "
        "--selector "
        "--project --repo --path --dest-server --dest-namespace --dest-name --values --helm-set "
        "--kustomize-image --sync-policy --resource --label --env --resource-name --kind --patch "
        "--namespace --group --cluster --in-cluster-name --source-name --source-position "
        "--strategy "
        "--retry-limit --name --username --password --ssh-private-key-path --schedule --duration "
        "--applications --clusters --namespaces --local --local-repo-root -p --parameter "
        "--id --account --release-name --values-literal-file --user --kubeconfig"
    ),
    switches="--grpc-web --insecure --plaintext --core --port-forward --prompts-enabled",
    environment={
        "--server": "host",
        "--argocd-context": "context",
        "--kube-context": "context",
        "--dest-namespace": "namespace",
        "--dest-name": "cluster",
        "--dest-server": "host",
        "--env": "name",
        "--values": "path",
        "--path": "path",
    },
    variables={"ARGOCD_SERVER": "host"},
    positional={"*": "name"},
    flags={"--insecure": "network.insecure", "--plaintext": "network.insecure"},
)


def argocd_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The logged-in server when none is named."""
    if parsed.has("--server", "--argocd-context") or context.variable(invocation, "ARGOCD_SERVER"):
        return []
    text = file_text(context, context.path("~/.config/argocd/config"))
    name = current_context_of(text)
    return [("host", name, f"argocd context {name}")] if name else []


def refine_argocd(call: Call, kind: str) -> str:
    """Dry runs compare; creating or pruning through a sync is part of it."""
    if not kind:
        not_in_tables(call)
        return ""
    if kind == "argocd.sync" and call.surely_on("--dry-run"):
        return "argocd.read"
    if call.parsed.subcommand.startswith("cluster ") and kind == "argocd.administer":
        call.add("kubernetes.access")
    return kind


FLUX = Spec(
    kinds={
        "argocd.read": (
            "get, logs, events, stats, trace, tree, check, version, export, debug, envsubst"
        ),
        "kubernetes.diff": "diff, build",
        "argocd.sync": "reconcile, resume, create, tag artifact, migrate",
        "argocd.administer": "bootstrap, install, suspend, create tenant",
        "argocd.delete": "delete, uninstall",
        "kubernetes.write-secret": "create secret",
        "container.push": "push artifact",
        "container.pull": "pull artifact",
        "image.scan": "list artifacts, list",
        "shell.inert": "completion, help, ",
    },
    values=(
        "--context --kubeconfig -n --namespace --cluster --as --as-group --server --token "
        "--timeout --path --branch --owner --repository --url --source --interval "
        "--kustomization-file "
        "--user --revision --creds"
    ),
    environment={
        "-n": "namespace",
        "--namespace": "namespace",
        "--path": "path",
        "--cluster": "cluster",
    },
    flags={"--insecure-skip-tls-verify": "network.insecure", "--as": "privilege.escalate"},
)

SKAFFOLD = Spec(
    kinds={
        "kubernetes.diff": "render, diagnose, schema, inspect, filter",
        "code.build": "build",
        "code.test": "test, verify",
        "deploy.run": "run, dev, debug, deploy, apply, up, ci, exec",
        "kubernetes.delete": "delete, down",
        "service.scaffold": "init",
        "file.write": "fix",
        "shell.inert": (
            "config, completion, credits, options, survey, version, help, list, get, doctor, "
        ),
    },
    values=(
        "-p --profile --kube-context --kubeconfig -n --namespace -f --filename -d --default-repo "
        "-m --module -t --tag -a --build-artifacts -l --label --platform --context"
    ),
    environment={
        "-p": "profile",
        "--profile": "profile",
        "-n": "namespace",
        "--namespace": "namespace",
    },
)


def workspace_cluster(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The cluster for tools that read their settings in the current folder."""
    options = ("--kube-context", "--context")
    chosen = next((w for n, w in parsed.options if n in options and w is not None), None)
    candidates = kube_candidates(context, invocation, chosen, parsed.value("--kubeconfig"))
    for name in parsed.all_values("--filename"):
        candidates.append(path_candidate(context, name, f"--filename {name}"))
    return candidates + folder_candidates(context)


PROGRAMS = {
    "helm": placed(HELM, helm_place, refine_helm),
    "helmfile": placed(HELMFILE, workspace_cluster),
    "argocd": placed(ARGOCD, argocd_place, refine_argocd),
    "flux": placed(FLUX, workspace_cluster),
    "skaffold": placed(SKAFFOLD, workspace_cluster),
    "tilt": placed(SKAFFOLD, workspace_cluster),
}
