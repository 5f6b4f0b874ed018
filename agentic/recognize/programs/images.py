"""Image registries without an engine: skopeo, crane, oras, regctl, ko.

Sources: https://github.com/containers/skopeo/tree/main/docs,
https://github.com/google/go-containerregistry/tree/main/cmd/crane/doc, https://oras.land/docs/commands/,
https://ko.build/reference/ko/.
"""

from __future__ import annotations

from agentic.recognize.grammar import Spec
from agentic.recognize.placement import Call, evaluate, not_in_tables, placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

SKOPEO = Spec(
    kinds={
        "container.read": "inspect, list-tags, manifest-digest, manifest, digest, config, ls, catalog, "
        "validate, version, blob, repo ls, repo tags, manifest fetch, discover, resolve, "
        "manifest fetch-config, blob fetch, standalone-verify",
        "container.push": "copy, cp, sync, append, mutate, rebase, push, tag, edit, flatten, attach, "
        "manifest push, blob push, index, manifest index create",
        "container.pull": "pull, export",
        "container.login": "login, logout, auth, auth login",
        "image.delete": "delete, manifest delete, blob delete",
        "image.sign": "standalone-sign",
        "container.build": "build",
        "deploy.run": "apply, create, run",
        "shell.inert": "completion, help, deps, ",
        "code.open-server": "registry serve",
    },
    values=(
        "--authfile --creds --src-creds --dest-creds --format -f --tag -t --platform --new_tag -b "
        "--base "
        "-u --username -p --password --override-arch --override-os --src --dest "
        "-a --annotation --artifact-type --config -o --output --policy --tls-server-name "
        "--kubeconfig -n"
    ),
    flags={
        "--insecure": "network.insecure",
        "--insecure-policy": "network.insecure",
        "--plain-http": "network.insecure",
    },
)


def refine_skopeo(call: Call, kind: str) -> str:
    """Copies to this machine only download; verification switched off is said."""
    parsed = call.parsed
    off = ("false", "0")
    for option in ("--tls-verify", "--src-tls-verify", "--dest-tls-verify"):
        if parsed.value(option) in off:
            call.context.add("network.insecure", f"{call.invocation.name} {option}=false")
    if not kind:
        not_in_tables(call)
        return ""
    local = (
        "dir:",
        "oci:",
        "oci-archive:",
        "docker-archive:",
        "docker-daemon:",
        "containers-storage:",
    )
    if call.invocation.name == "skopeo" and parsed.subcommand in ("copy", "sync") and call.words:
        return "container.pull" if call.words[-1].startswith(local) else kind
    return kind


def ko(invocation: Invocation, context: Context) -> None:
    """ko builds and pushes in one step; `ko.local` and `--push=false` keep it here."""

    def refine(call: Call, kind: str) -> str:
        if not kind:
            not_in_tables(call)
            return ""
        subcommand = call.parsed.subcommand
        if subcommand in ("build", "publish", "resolve"):
            call.context.add("container.build", call.target)
            repository = call.context.variable(call.invocation, "KO_DOCKER_REPO")
            stays = call.on("-L", "--local") or call.parsed.value("--push") == "false"
            return (
                ""
                if stays or repository.startswith(("ko.local", "kind.local"))
                else "container.push"
            )
        return kind

    evaluate(SKOPEO, invocation, context, None, refine)


_image_tool = placed(SKOPEO, None, refine_skopeo)

PROGRAMS = {
    "skopeo": _image_tool,
    "crane": _image_tool,
    "gcrane": _image_tool,
    "oras": _image_tool,
    "regctl": _image_tool,
    "ko": ko,
}
