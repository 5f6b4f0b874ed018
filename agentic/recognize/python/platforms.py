"""What clients of clouds and clusters do in Python code: boto3, Google, Azure, Kubernetes, Docker, Vault.

The verb in a method's name decides (`delete_bucket`, `list_objects`), as it does on the command line;
what is told of the environment stands in the arguments of the client and of the call.

Sources (checked 2026-11-21): https://docs.aws.amazon.com/boto3/latest/reference/services/,
https://docs.cloud.google.com/python/docs/reference, https://learn.microsoft.com/python/api/overview/azure,
https://github.com/kubernetes-client/python/blob/master/kubernetes/README.md,
https://docker-py.readthedocs.io/en/stable/, https://python-hvac.org/en/stable/.
"""

from __future__ import annotations

from agentic.recognize.python.values import Value, is_text, word_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.environment import Candidate
    from agentic.recognize.python.call import Call, Handler

_READS = (
    "list", "get", "describe", "head", "scan", "query", "search", "lookup", "filter", "all", "load", "check",
    "exists", "batch_get", "select", "estimate", "paginate", "count", "wait", "read", "download_file",
)  # fmt: skip
_DELETES = (
    "delete",
    "terminate",
    "remove",
    "purge",
    "deregister",
    "destroy",
    "batch_delete",
    "drop",
)
_SECRET_READS = frozenset(
    "get_secret_value batch_get_secret_value get_session_token get_authorization_token assume_role"
    " get_federation_token get_random_password decrypt access_secret_version get_secret"
    " get_parameters_by_path get_credentials assume_role_with_web_identity create_access_key".split()
)
#: What makes or shapes a client and asks nothing.
_MAKERS = frozenset(
    "client resource Session session get_paginator get_waiter setup_default_session Config"
    " from_service_account_json from_service_account_file Bucket Object Table Queue Topic Instance bucket"
    " blob collection document topic_path subscription_path secret_version_path from_connection_string"
    " get_bucket_client get_container_client get_blob_client get_queue_client exceptions close".split()
)
_UPLOADS = ("upload", "put_object", "put_blob", "send_file")
_DOWNLOADS = ("download", "get_object")
_ACCESS_SERVICES = ("iam", "sso-admin", "organizations", "authorization", "cloudresourcemanager")


def cloud_call(call: Call) -> Value | None:
    """A call below a cloud's own library."""
    if "()" not in call.name or call.method in _MAKERS or call.method[:1].isupper():
        return None
    if call.name.startswith("google.") and call.name.split(".")[1] not in {"cloud", "api_core"}:
        return None
    kind = _cloud_kind(call)
    if kind:
        call.add(kind, _cloud_place(call))
    for name in ("Filename", "filename") if "download" in call.method else ():
        target = call.arg(-1, name)
        if target is not None and is_text(target):
            call.context.write_path(word_of(target))
    return None


def _cloud_kind(call: Call) -> str:
    """The kind of a method, or empty where it asks nothing of the cloud."""
    method = call.method.removeprefix("begin_").removeprefix("async_")
    service = _service(call)
    if method in _SECRET_READS or (method == "get_parameter" and call.is_set("WithDecryption")):
        return "cloud.read-secret"
    if method == "query" and call.text(0, "query"):
        from agentic.recognize.sql import kinds_of

        return (kinds_of(call.text(0, "query")) or ["data.query"])[-1]
    if method.startswith(_UPLOADS):
        return "cloud.upload"
    if method.startswith(_DOWNLOADS):
        return "cloud.download"
    if method.startswith(_DELETES):
        return "cloud.write-secret" if "secret" in service + method else "cloud.delete"
    if method.startswith(_READS) or method in {"result", "next", "pages", "iterator"}:
        return "" if call.walk.is_kept or method in {"result", "get"} else "cloud.read"
    if "secret" in service + method:
        return "cloud.write-secret"
    if service in _ACCESS_SERVICES or "policy" in method or "iam" in method:
        return "cloud.access"
    verbs = "create put update modify start stop run set add attach detach invoke publish send enable disable"
    is_verb = (
        method.startswith(tuple(f"{verb}_" for verb in verbs.split())) or method in verbs.split()
    )
    return "cloud.write" if is_verb or "_" in method else ""


def _service(call: Call) -> str:
    """The service that a client was made for (`boto3.client("s3")`), else the module's name."""
    for each in call.chain():
        if each.sort == "name" and each.data.endswith((".client()", ".resource()")) and each.items:
            return word_of(each.items[0]).text
    return call.name.split("()")[0].lower()


def _cloud_place(call: Call) -> tuple[str, str]:
    """The environment that profile, endpoint, project and names of resources tell."""
    candidates: list[Candidate] = []
    sources = {
        "profile_name": "profile", "endpoint_url": "host", "project": "project", "project_id": "project",
        "account_url": "host", "vault_url": "host", "subscription_id": "account", "Bucket": "bucket",
        "bucket_name": "bucket", "credential_profile": "profile", "cluster": "cluster",
    }  # fmt: skip
    for each in (*call.chain(), Value("name", "", call.args, call.named)):
        if each.sort != "name":
            continue
        is_bucket = each.data.endswith((".Bucket()", ".bucket()"))
        for value in each.items:
            if is_text(value):
                text = word_of(value).text
                candidates.append(("bucket" if is_bucket else "operand", text, text))
        for name, value in each.named:
            if is_text(value):
                text = word_of(value).text
                candidates.append((sources.get(name, "operand"), text, f"{name}={text}"))
    for name, source in (("AWS_PROFILE", "profile"), ("GOOGLE_CLOUD_PROJECT", "project")):
        value_text = call.walk.variable(name)
        if value_text:
            candidates.append((source, value_text, f"{name}={value_text}"))
    return call.context.environment_of(candidates)


# Kubernetes


def kubernetes_call(call: Call) -> Value | None:
    """A call below `kubernetes`."""
    method = call.method
    if method in {"load_kube_config", "new_client_from_config"}:
        context_name = call.text(-1, "context") or call.text(1)
        call.walk.seen["kubernetes"] = context_name
        return None
    kind = _kubernetes_kind(method)
    if kind:
        call.add(kind, _kubernetes_place(call))
    return None


def _kubernetes_kind(method: str) -> str:
    """The kind that a method's verb and object tell, or empty."""
    verb, _, thing = method.partition("_")
    is_secret = "secret" in thing or "token" in thing
    if verb in {"list", "read", "get", "watch"} and thing:
        return "kubernetes.read-secret" if is_secret else "kubernetes.read"
    if verb == "connect" or method == "stream":
        return "kubernetes.exec"
    if verb == "delete" and thing:
        return "kubernetes.delete"
    if verb not in {"create", "patch", "replace"} or not thing:
        return ""
    if is_secret:
        return "kubernetes.write-secret"
    if "role" in thing or "webhook" in thing or "policy" in thing:
        return "kubernetes.access"
    if "eviction" in thing or "node" in thing.split("_"):
        return "kubernetes.drain"
    return "kubernetes.scale" if thing.endswith("scale") else "kubernetes.apply"


def _kubernetes_place(call: Call) -> tuple[str, str]:
    candidates: list[Candidate] = []
    context_name = call.walk.seen.get("kubernetes", "")
    candidates.append(("context", context_name, f"context={context_name}"))
    namespace = call.text(-1, "namespace")
    if not namespace and "namespaced" in call.method and call.args:
        takes_name = call.method.startswith(("read", "delete", "patch", "replace", "connect"))
        namespace = call.text(1 if takes_name else 0)
    candidates.append(("namespace", namespace, f"namespace={namespace}"))
    return call.context.environment_of(candidates)


# Docker, Vault


def docker_call(call: Call) -> Value | None:
    """A call below `docker`."""
    if "()" not in call.name:
        return None
    method = call.method
    thing = call.name.split(".")[-2]
    if method == "run" or (method == "create" and thing == "containers"):
        mounts = call.arg(-1, "volumes")
        text = str(mounts) if mounts is not None else ""
        is_open = call.is_set("privileged") or "'/'" in text or "docker.sock" in text
        is_open = is_open or call.text(-1, "pid_mode", "network_mode") == "host"
        call.add("container.run-privileged" if is_open else "container.run")
    elif method in {"prune", "remove", "kill", "stop"}:
        call.add("container.run" if method in {"kill", "stop"} else "container.remove")
    elif method in {"build", "pull", "push", "login"}:
        call.add("container." + method)
    elif method in {"exec_run", "start", "restart"}:
        call.add("container.run")
    return None


def vault_call(call: Call) -> Value | None:
    """A call below `hvac` or `keyring`."""
    method = call.method
    if method.startswith(("read", "get_password", "get_credential", "list_secret")):
        call.add("secret.read", _cloud_place(call))
    elif method.startswith(
        ("create", "write", "update", "patch", "delete", "destroy", "set_password")
    ):
        call.add("secret.rotate", _cloud_place(call))
    return None


#: Modules of agentic whose functions hold a person's yes, and those that change what guards.
_APPROVING = ("agentic.approvals.", "agentic.mcp.approving.", "agentic.mcp.pins.")
_GUARDING = ("agentic.authoring.trust.", "agentic.hosts.install.", "agentic.hosts.settings.")


def own_call(call: Call) -> Value | None:
    """A call below agentic itself: what needs a person in a terminal needs one from Python, too."""
    if call.name.startswith(_APPROVING):
        call.context.add("governance.approve", call.name)
    elif call.name.startswith(_GUARDING):
        call.context.add("governance.change", call.name)
    return None


PLATFORM_FAMILIES: dict[str, Handler] = {
    "agentic": own_call,
    **dict.fromkeys(
        "boto3 botocore aioboto3 aiobotocore google googleapiclient azure".split(), cloud_call
    ),
    "kubernetes": kubernetes_call,
    "docker": docker_call,
    **dict.fromkeys(("hvac", "keyring"), vault_call),
}
