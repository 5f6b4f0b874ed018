"""What the workspace says about the place a command acts on when its flags do not.

The current context of a kubeconfig, a Terraform workspace, the active configuration of gcloud, the
account behind an AWS profile, the default Azure subscription, the current Docker context. Files are
read through the `Workspace` port by small line scanners: no YAML library on the hot path. What cannot
be read tells nothing, and an environment that nothing tells is judged as production.

Every function returns candidates for `Context.environment_of`. A switch earlier in the same call
(`kubectl config use-context x && kubectl …`) is kept in `Context.notes`.
"""

from __future__ import annotations

from agentic.core.native import parse_json
from agentic.core.paths import is_below, joined
from agentic.core.record_type import NamedTuple
from agentic.errors import InvalidDocument
from agentic.recognize.environment import is_loopback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation, Word

#: Where a switch made earlier in the same call is kept.
KUBE_CONTEXT = "current kube context"
KUBE_NAMESPACE = "current kube namespace"
TERRAFORM_WORKSPACE = "current terraform workspace"
PULUMI_STACK = "current pulumi stack"
GCLOUD_PROJECT = "current gcloud project"
AZURE_SUBSCRIPTION = "current azure subscription"
DOCKER_CONTEXT = "current docker context"

_CONFIG_BYTES = 1 << 18


class ClusterContext(NamedTuple):
    """One context of a kubeconfig with the cluster, server and namespace behind it."""

    name: str
    cluster: str = ""
    server: str = ""
    namespace: str = ""


def file_text(context: Context, path: str, max_bytes: int = 65536) -> str:
    """A file's text as far as it can be read, else empty."""
    data = context.workspace.read(path, max_bytes)
    return "" if data is None else data.decode("utf-8", "replace")


def from_root(context: Context, path: str) -> str:
    """An absolute path as seen from the workspace, so that `~/dev/x` does not say dev; else itself."""
    for root in context.workspace.roots:
        if is_below(path, root):
            return path[len(root) :].lstrip("/")
    return path


def path_candidate(context: Context, text: str, shown: str) -> Candidate:
    """What a path operand tells; one outside the workspace may only raise."""
    absolute = context.path(text)
    inside = from_root(context, absolute)
    return ("path" if inside != absolute else "operand", inside, shown)


def folder_candidates(context: Context) -> list[Candidate]:
    """The folder one is in, told as a path: for tools whose configuration lies in it."""
    return [path_candidate(context, ".", f"folder {from_root(context, context.cwd) or '.'}")]


# Kubernetes


def plain_value(text: str) -> str:
    """A YAML scalar without its quotes and trailing comment."""
    value = text.strip()
    if value[:1] in ("'", '"'):
        return value[1:].partition(value[0])[0]
    return value.partition(" #")[0].strip()


def current_context_of(text: str) -> str:
    """The `current-context` of a kubeconfig, else empty."""
    at = 0 if text.startswith("current-context:") else text.find("\ncurrent-context:") + 1
    if at == 0 and not text.startswith("current-context:"):
        return ""
    return plain_value(text[at + len("current-context:") :].partition("\n")[0])


def _items_of(text: str, section: str) -> Iterator[dict[str, str]]:
    """The items of one top-level list, each flattened to `key: value` (its own keys win)."""
    at = ("\n" + text).find(f"\n{section}:")
    if at < 0:
        return
    dash, item = -1, dict[str, str]()
    for line in text[at:].splitlines()[1:]:
        body = line.lstrip(" ")
        if not body or body[0] == "#":
            continue
        indent = len(line) - len(body)
        if indent == 0 and body[0] != "-":
            break
        if body.startswith("- ") and (dash < 0 or indent == dash):
            if item:
                yield item
            item, dash = {}, indent
            body = body[2:].lstrip(" ")
            indent += 2
        key, colon, value = body.partition(":")
        if colon and value.strip():
            if indent == dash + 2:
                item[key] = plain_value(value)
            else:
                item.setdefault(key, plain_value(value))
    if item:
        yield item


def cluster_context(text: str, name: str) -> ClusterContext:
    """One context of a kubeconfig's text; only its name when the text does not describe it."""
    cluster = namespace = server = ""
    for item in _items_of(text, "contexts"):
        if item.get("name") == name:
            cluster, namespace = item.get("cluster", ""), item.get("namespace", "")
            break
    if cluster:
        for item in _items_of(text, "clusters"):
            if item.get("name") == cluster:
                server = item.get("server", "")
                break
    return ClusterContext(name, cluster, server, namespace)


def kubeconfig_texts(context: Context, invocation: Invocation, given: str) -> list[str]:
    """The kubeconfig files in force: `--kubeconfig`, else `$KUBECONFIG` (a list), else the default."""
    named = given or context.variable(invocation, "KUBECONFIG")
    if not named:
        return [
            file_text(context, joined(context.workspace.home or "/", ".kube/config"), _CONFIG_BYTES)
        ]
    paths = [given] if given else [path for path in named.split(":") if path][:4]
    return [file_text(context, context.path(path), _CONFIG_BYTES) for path in paths]


def kube_candidates(
    context: Context,
    invocation: Invocation,
    chosen: Word | None,
    kubeconfig: str = "",
    option: str = "--context",
) -> list[Candidate]:
    """What the chosen context (else the current one) tells: its name, cluster, server, namespace.

    The cluster behind a context counts too, so that renaming a context does not rename its cluster.
    """
    candidates: list[Candidate] = []
    if chosen is not None and not chosen.literal:
        return [("computed", chosen.text, f"{chosen.text} is computed")]
    namespace = context.notes.get(KUBE_NAMESPACE, "")
    if namespace:
        candidates.append(("namespace", namespace, f"current namespace {namespace}"))
    if kubeconfig or context.variable(invocation, "KUBECONFIG"):
        path = kubeconfig or context.variable(invocation, "KUBECONFIG")
        candidates.append(("operand", from_root(context, context.path(path)), f"kubeconfig {path}"))
    texts = kubeconfig_texts(context, invocation, kubeconfig)
    names = [chosen.text] if chosen is not None else _current_contexts(context, texts)
    for name in names:
        shown = f"{option} {name}" if chosen is not None else f"current context {name}"
        candidates.append(("context", name, shown))
        for text in texts:
            found = cluster_context(text, name) if name in text else ClusterContext(name)
            if found.cluster:
                candidates.append(("cluster", found.cluster, f"{shown} (cluster {found.cluster})"))
                if not is_loopback(found.server):  # loopback may be a tunnel to any cluster
                    candidates.append(("host", found.server, f"{shown} (server {found.server})"))
                candidates.append(
                    ("namespace", found.namespace, f"{shown} (namespace {found.namespace})")
                )
                break
    return candidates


def _current_contexts(context: Context, texts: list[str]) -> list[str]:
    """The current context; both, when this call switches to one that no kubeconfig lists."""
    switched = context.notes.get(KUBE_CONTEXT, "")
    stored = next((name for name in map(current_context_of, texts) if name), "")
    if not switched:
        return [stored] if stored else []
    listed = any(item.get("name") == switched for t in texts for item in _items_of(t, "contexts"))
    return [switched] if listed or not stored else [switched, stored]


# Terraform


def terraform_candidates(context: Context, invocation: Invocation, folder: str) -> list[Candidate]:
    """The workspace in force: this call's switch, TF_WORKSPACE, else `.terraform/environment`."""
    chosen = context.variable(invocation, "TF_WORKSPACE")
    if chosen:
        return [("workspace", chosen, f"TF_WORKSPACE={chosen}")]
    switched = context.notes.get(TERRAFORM_WORKSPACE, "")
    if switched:
        return [("workspace", switched, f"workspace {switched}")]
    data = context.variable(invocation, "TF_DATA_DIR") or ".terraform"
    stored = file_text(
        context, joined(joined(context.cwd, folder), data) + "/environment", 256
    ).strip()
    return [("workspace", stored, f"workspace {stored}")] if stored else []


# Clouds


def ini_section(text: str, name: str) -> dict[str, str]:
    """The keys of one section of an INI text."""
    found: dict[str, str] = {}
    inside = False
    for line in text.splitlines():
        body = line.strip()
        if body.startswith("["):
            inside = body.strip("[] \t") == name
        elif inside and "=" in body and body[0] not in "#;":
            key, _, value = body.partition("=")
            found[key.strip()] = value.strip()
    return found


def aws_candidates(
    context: Context, invocation: Invocation, profile: Word | None
) -> list[Candidate]:
    """The profile in force and the accounts behind it (`role_arn`, `sso_account_id`...)."""
    if profile is not None and not profile.literal:
        return [("computed", profile.text, f"--profile {profile.text}")]
    name, shown = "", ""
    if profile is not None:
        name, shown = profile.text, f"--profile {profile.text}"
    else:
        for variable in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
            name = context.variable(invocation, variable)
            if name:
                shown = f"{variable}={name}"
                break
    candidates: list[Candidate] = [("profile", name, shown)]
    path = context.variable(invocation, "AWS_CONFIG_FILE") or "~/.aws/config"
    text = file_text(context, context.path(path), _CONFIG_BYTES)
    if text:
        section = ini_section(text, f"profile {name}" if name and name != "default" else "default")
        for key in ("role_arn", "sso_account_id", "sso_account_name", "sso_role_name"):
            value = section.get(key, "")
            source = "account" if key == "sso_account_id" else "profile"
            candidates.append((source, value, f"profile {name or 'default'} ({key} {value})"))
    return candidates


def gcloud_candidates(
    context: Context, invocation: Invocation, configuration: str = ""
) -> list[Candidate]:
    """The active project and account when no `--project` is given."""
    project = context.variable(invocation, "CLOUDSDK_CORE_PROJECT")
    if project:
        return [("project", project, f"CLOUDSDK_CORE_PROJECT={project}")]
    switched = context.notes.get(GCLOUD_PROJECT, "")
    if switched and not configuration:
        return [("project", switched, f"project {switched}")]
    folder = context.variable(invocation, "CLOUDSDK_CONFIG") or "~/.config/gcloud"
    name = configuration or context.variable(invocation, "CLOUDSDK_ACTIVE_CONFIG_NAME")
    name = name or file_text(context, context.path(folder + "/active_config"), 256).strip()
    if not name:
        return []
    text = file_text(context, context.path(f"{folder}/configurations/config_{name}"))
    section = ini_section(text, "core")
    candidates: list[Candidate] = [("project", section.get("project", ""), f"configuration {name}")]
    if not section.get("project"):
        candidates.append(("project", name, f"configuration {name}"))
    candidates.append(
        ("account", section.get("account", ""), f"account {section.get('account', '')}")
    )
    return candidates


def azure_candidates(context: Context, invocation: Invocation) -> list[Candidate]:
    """The default subscription when no `--subscription` is given."""
    switched = context.notes.get(AZURE_SUBSCRIPTION, "")
    if switched:
        return [("account", switched, f"subscription {switched}")]
    folder = context.variable(invocation, "AZURE_CONFIG_DIR") or "~/.azure"
    text = file_text(context, context.path(folder + "/azureProfile.json"), _CONFIG_BYTES)
    for entry in _json_list(text.lstrip("\ufeff"), "subscriptions"):
        if isinstance(entry, dict) and entry.get("isDefault") is True:
            name = str(entry.get("name", ""))
            return [("account", name, f"subscription {name}")]
    return []


def docker_context(context: Context, invocation: Invocation) -> str:
    """The Docker context in force: DOCKER_CONTEXT, this call's switch, else the configured one."""
    chosen = context.variable(invocation, "DOCKER_CONTEXT") or context.variables.get(
        DOCKER_CONTEXT, ""
    )
    if chosen:
        return chosen
    folder = context.variable(invocation, "DOCKER_CONFIG") or "~/.docker"
    text = file_text(context, context.path(folder + "/config.json"))
    return _json_text(text, "currentContext")


def _json_object(text: str) -> dict[str, object]:
    if not text:
        return {}
    try:
        value = parse_json(text)
    except InvalidDocument:
        return {}
    return value if isinstance(value, dict) else {}


def _json_text(text: str, key: str) -> str:
    value = _json_object(text).get(key)
    return value if isinstance(value, str) else ""


def _json_list(text: str, key: str) -> list[object]:
    value = _json_object(text).get(key)
    return value if isinstance(value, list) else []


# Options


def option_candidates(context: Context, parsed: Parsed, sources: dict[str, str]) -> list[Candidate]:
    """What the options of a call tell; a value that is computed at run time tells that."""
    candidates: list[Candidate] = []
    for name, word in parsed.options:
        source = sources.get(name)
        if not source or word is None:
            continue
        shown = f"{name} {word.text}"
        if not word.literal:
            candidates.append(("computed", word.text, f"{shown} is computed"))
        elif source == "path":
            candidates.append(path_candidate(context, word.text, shown))
        else:
            candidates.append((source, word.text, shown))
    return candidates
