"""What a request to an address does: read, write, upload, or an operation of a known interface.

1. A metadata service hands out credentials, whatever is asked.
2. A known interface (GitHub, MLflow, Alertmanager, a push gateway, Kubernetes, Vault, Docker) is judged
   by what the call means, so that `curl` is no way around `kubectl`.
3. Otherwise the method decides, and whether the host is this machine.

Sources (checked 2026-11-21): https://mlflow.org/docs/latest/rest-api.html,
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml,
https://github.com/prometheus/pushgateway#api, https://kubernetes.io/docs/reference/using-api/api-concepts,
https://developer.hashicorp.com/vault/api-docs, https://docs.docker.com/reference/api/engine.
"""

from __future__ import annotations

from agentic.recognize.addresses import Address, is_local, is_metadata, parse_address
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context

#: Methods that ask and change nothing.
READS = frozenset(("GET", "HEAD", "OPTIONS", "TRACE", ""))


def judge_request(
    context: Context, method: str, url: Word, body: str = "", *, detour: bool = False
) -> None:
    """Add what one request does.

    `method` is upper case; `body` what is known of the data sent; with a `detour` (a proxy, another
    address for the name) the host in the URL is not where the request goes.
    """
    if not url.literal and _is_host_computed(url.text):
        context.unknown("the address is computed at run time", target=url.text)
        context.add("network.read" if method in READS else "network.write", url.text)
        return
    address = parse_address(url.text)
    if address.scheme == "file":
        from agentic.recognize.arguments import judge_path

        action = "read" if method in READS else "write"
        judge_path(context, action, url._replace(text=address.path or "/" + address.host))
        return
    if address.scheme == "data":
        context.add("shell.inert", "data URL")
        return
    if is_metadata(address.host):
        context.add("network.metadata", address.url)
        return
    if _judge_interface(context, method, address, body):
        return
    kind = "network.read" if method in READS else "network.write"
    if is_local(address.host) and not detour:
        context.add(kind + "-local", address.url)
        return
    place, told_by = context.environment_of([("host", address.host, address.url)])
    if kind == "network.read" or place in {"unknown", "local"}:
        place, told_by = "", ""
    context.add(kind, address.url, place, told_by)


def _is_host_computed(text: str) -> bool:
    """Whether a computed part stands in the scheme or the host."""
    rest = text.partition("://")[2] or text
    host = rest.partition("/")[0].partition("?")[0]
    return "$" in host or "`" in host or "*" in host


def carries_secret(stdin: Stdin, context: Context) -> bool:
    """Whether standard input comes from a file with credentials, directly or through a pipe."""
    from agentic.recognize.paths import is_secret

    if stdin.path and is_secret(context.path(stdin.path)):
        return True
    return any(is_secret(context.path(text)) for words in stdin.upstream for text in words[1:])


def judge_socket(context: Context, method: str, url: Word, socket: Word, body: str = "") -> None:
    """Add what a request through a Unix socket does."""
    name = socket.text.rpartition("/")[2]
    path = parse_address(url.text).path
    if name in {"docker.sock", "podman.sock", "containerd.sock", "crio.sock"}:
        if method in READS:
            kind = "container.read"
        elif method == "DELETE":
            kind = "container.remove"
        else:
            kind = "container.run-privileged" if "/containers/" in path else "container.run"
            if '"Privileged"' not in body and '"Binds"' not in body and path.endswith("/stop"):
                kind = "container.run"
        context.add(kind, f"{method or 'GET'} {path}")
        return
    kind = "network.read-local" if method in READS else "network.write-local"
    context.add(kind, f"{socket.text}{path}")


def _judge_interface(context: Context, method: str, address: Address, body: str) -> bool:
    """Add the operation of a known interface; false when it is none."""
    host, path = address.host, address.path
    if host == "api.github.com" or (path.startswith("/api/v3/") and "github" in host):
        _judge_github(context, method, path.removeprefix("/api/v3"), body)
        return True
    if "gitlab" in host and path.startswith("/api/v4/"):
        kind = "forge.read" if method in READS else "forge.api-write"
        context.add("forge.delete" if method == "DELETE" else kind, address.url)
        return True
    place, told_by = context.environment_of([("host", address.host, address.url)])
    kind = _kind_of(method, path, body)
    if not kind and path.startswith(("/api/v1/", "/apis/")):
        kind = _kubernetes_kind(method, path)
        if kind:
            namespace = path.partition("/namespaces/")[2].partition("/")[0]
            place, told_by = context.environment_of(
                [("host", host, address.url), ("namespace", namespace, f"namespace {namespace}")]
            )
    if not kind:
        return False
    context.add(kind, address.url, place, told_by)
    return True


def _judge_github(context: Context, method: str, path: str, body: str) -> None:
    """Hand a call to GitHub's API to the rules of `gh api`."""
    words = [Word("api"), Word(path or "/")]
    if method not in READS:
        words += [Word("-X"), Word(method)]
    for name, value in fields_of(body):
        words += [Word("-f"), Word(f"{name}={value}")]
    if method in READS:
        words = words[:2]
    context.run_words([Word("gh"), *words], Stdin(origin="closed"))


def fields_of(body: str) -> list[tuple[str, str]]:
    """The plain members of a JSON object or of form data; empty when it is neither."""
    if body[:1] == "{":
        from agentic.core.native import parse_json
        from agentic.errors import AgenticError

        try:
            value = parse_json(body)
        except (AgenticError, ValueError, RecursionError):
            return []
        return [(name, _shown(each)) for name, each in value.items()]
    pairs = (piece.partition("=") for piece in body.split("&"))
    return [(name, value) for name, equals, value in pairs if equals]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


#: (part of the path, kind when reading, kind when writing, kind when deleting);
#: an empty kind leaves the call to the general rule. The first that fits counts.
_INTERFACES: tuple[tuple[str, str, str, str], ...] = (
    ("/silence", "observe.read", "alert.silence", "alert.silence"),
    ("/api/v1/admin/tsdb/", "data.drop", "data.drop", "data.drop"),
    ("/-/reload", "", "alert.change", "alert.change"),
    ("/metrics/job", "observe.read", "observe.push-metrics", "observe.push-metrics"),
    ("/mlflow/model-versions/get", "experiment.read", "experiment.read", ""),
    ("/mlflow/model-versions/search", "experiment.read", "experiment.read", ""),
    ("/mlflow/model-versions/delete", "", "model.delete", "model.delete"),
    ("/mlflow/registered-models/delete", "", "model.delete", "model.delete"),
    ("/mlflow/registered-models/get", "experiment.read", "experiment.read", ""),
    ("/mlflow/registered-models/search", "experiment.read", "experiment.read", ""),
    ("/mlflow/model-versions/", "experiment.read", "model.register", "model.delete"),
    ("/mlflow/registered-models/", "experiment.read", "model.register", "model.delete"),
    ("/mlflow/experiments/delete", "", "experiment.delete", "experiment.delete"),
    ("/mlflow/runs/delete", "", "experiment.delete", "experiment.delete"),
    ("/mlflow/experiments/search", "experiment.read", "experiment.read", ""),
    ("/mlflow/runs/search", "experiment.read", "experiment.read", ""),
    ("/mlflow/", "experiment.read", "experiment.log", "experiment.delete"),
    ("/dagRuns", "experiment.read", "pipeline.run", "pipeline.run"),
    ("/api/v1/applications/", "argocd.read", "argocd.sync", "argocd.delete"),
    ("/v1/secret/", "secret.read", "secret.rotate", "secret.rotate"),
    ("/v1/kv/", "secret.read", "secret.rotate", "secret.rotate"),
    ("/v1/auth/token/", "secret.read", "secret.rotate", "secret.rotate"),
    ("/v1/sys/", "secret.read", "access.change", "access.change"),
)


def _kind_of(method: str, path: str, body: str) -> str:
    """The kind of a call to an interface that its path gives away, or empty."""
    if "/mlflow/" in path:
        if path.endswith("/model-versions/transition-stage"):
            return stage_kind(body)
        if path.endswith("/registered-models/alias") and method not in READS:
            is_served = any(
                word in body.lower() for word in ('"champion"', '"production"', '"prod"')
            )
            return "model.transition-production" if is_served else "model.alias"
    for part, reading, writing, deleting in _INTERFACES:
        if part in path:
            if method in READS:
                return reading
            return deleting or writing if method == "DELETE" else writing
    return ""


def stage_kind(text: str) -> str:
    """What moving a model version to the stage that a text names is; the strictest when unsure."""
    lower = text.lower()
    if "staging" in lower and "production" not in lower:
        return "model.transition-staging"
    if ("archived" in lower or '"none"' in lower) and "production" not in lower:
        return "model.archive"
    return "model.transition-production"


def _kubernetes_kind(method: str, path: str) -> str:
    """The kind of a call to a Kubernetes API server, or empty when the path is none."""
    objects = path.partition("/namespaces/")[2].partition("/")[2] or path
    is_cluster = path.startswith("/apis/") or any(
        f"/{name}" in path
        for name in ("namespaces", "nodes", "pods", "secrets", "services", "persistentvolumes")
    )
    if not is_cluster:
        return ""
    is_secret = "secrets" in objects or objects.endswith("/token")
    if method in READS:
        return "kubernetes.read-secret" if is_secret else "kubernetes.read"
    if "/exec" in path or "/attach" in path or "/portforward" in path:
        return "kubernetes.exec"
    if is_secret:
        return "kubernetes.write-secret"
    if "rbac.authorization" in path or "admissionregistration" in path:
        return "kubernetes.access"
    if method == "DELETE" or path.endswith("/eviction"):
        return "kubernetes.delete"
    return "kubernetes.scale" if path.endswith("/scale") else "kubernetes.apply"
