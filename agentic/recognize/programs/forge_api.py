"""Raw calls to a forge's API (`gh api`, `glab api`, `hub api`): told by method and endpoint.

Reading calls are `forge.read`; a writing call gets the kind of what the endpoint changes, so that
`gh api -X PUT …/pulls/1/merge` is a merge whatever it is called by.
Source: https://cli.github.com/manual/gh_api, https://docs.github.com/en/rest (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.recognize.interface import Word
from agentic.recognize.options import Options, read_options
from agentic.recognize.programs.git_repository import is_protected
from agentic.recognize.project import read_text, touch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

_VALUES = (
    "-X --method -f --raw-field -F --field -H --header --input -q --jq -t --template --hostname "
    "-p --preview --cache"
)
_FIELDS = ("-f", "--raw-field", "-F", "--field")

#: Ending or part of an endpoint -> what writing to it does; the first that fits counts.
_ENDPOINTS: tuple[tuple[str, str], ...] = (
    ("/pending_deployments", "forge.approve-deployment"),
    ("/deployment_protection_rule", "forge.approve-deployment"),
    ("/approve", "forge.approve-deployment"),
    ("/access_tokens", "secret.read"),
    ("/registration-token", "secret.read"),
    ("/remove-token", "secret.read"),
    ("/secrets", "forge.write-secret"),
    ("/variables", "forge.write-secret"),
    ("/protection", "forge.disable-checks"),
    ("/rulesets", "forge.disable-checks"),
    ("/statuses/", "forge.disable-checks"),
    ("/check-runs", "forge.disable-checks"),
    ("/check-suites", "forge.disable-checks"),
    ("/disable", "forge.disable-checks"),
    ("/actions/permissions", "forge.disable-checks"),
    ("/environments", "forge.disable-checks"),
    ("/vulnerability-alerts", "forge.disable-checks"),
    ("/cancel", "forge.cancel-run"),
    ("/force-cancel", "forge.cancel-run"),
    ("/rerun", "forge.run-workflow"),
    ("/merges", "forge.merge"),
    ("/merge-upstream", "git.push-protected"),
    ("/releases", "forge.release"),
    ("/hooks", "forge.administer"),
    ("/keys", "forge.administer"),
    ("/collaborators", "forge.administer"),
    ("/invitations", "forge.administer"),
    ("/transfer", "forge.administer"),
    ("/pages", "forge.administer"),
    ("/topics", "forge.administer"),
    ("/memberships", "forge.administer"),
    ("/labels", "forge.comment"),
    ("/comments", "forge.comment"),
    ("/reactions", "forge.comment"),
    ("/assignees", "forge.comment"),
    ("/requested_reviewers", "forge.comment"),
)

#: Parts of a GraphQL mutation's name -> what it does.
_MUTATIONS: tuple[tuple[str, str], ...] = (
    ("approvedeployments", "forge.approve-deployment"),
    ("rejectdeployments", "forge.approve-deployment"),
    ("branchprotection", "forge.disable-checks"),
    ("ruleset", "forge.disable-checks"),
    ("mergepullrequest", "forge.merge"),
    ("mergebranch", "forge.merge"),
    ("automerge", "forge.merge"),
    ("createcommitonbranch", "git.push-protected"),
    ("updateref", "git.force-push-protected"),
    ("deleteref", "git.delete-remote-protected"),
    ("createdeployment", "forge.run-deployment"),
    ("addpullrequestreview", "forge.review"),
    ("submitpullrequestreview", "forge.review"),
    ("createpullrequest", "forge.open-pull-request"),
    ("updatepullrequest", "forge.open-pull-request"),
    ("closeissue", "forge.close"),
    ("closepullrequest", "forge.close"),
    ("addcomment", "forge.comment"),
    ("createissue", "forge.comment"),
    ("resolvereviewthread", "forge.comment"),
    ("delete", "forge.delete"),
)


def api(args: Sequence[Word], invocation: Invocation, context: Context) -> None:
    """Recognise one raw API call."""
    options = read_options(args, _VALUES)
    endpoint = options.operands[0] if options.operands else Word("")
    path = endpoint.text.partition("?")[0]
    path = "/" + path.partition("://")[2].partition("/")[2] if "://" in path else path
    path = "/" + path.strip("/")
    fields = options.words(*_FIELDS)
    body = options.word("--input")
    for word in fields:
        value = word.text.partition("=")[2]
        if value[:1] == "@" and value != "@-":
            touch(context, "read", Word(value[1:], word.literal))
    if body is not None and body.text != "-":
        touch(context, "read", body)
    if path.endswith("graphql"):
        _graphql(context, options, invocation)
        return
    method = options.value("-X", "--method").upper()
    overridden = any(
        "method-override" in word.text.lower() for word in options.words("-H", "--header")
    )
    method = method or ("POST" if fields or body is not None else "GET")
    if method in ("GET", "HEAD") and not overridden:
        told = (endpoint.text, *(word.text for word in fields))
        context.add(_read_kind(path, told), f"api {path}")
        return
    if not endpoint.literal and path.startswith(("/$", "/`")):
        context.unknown(
            "the endpoint of a writing API call is computed", target=f"api {endpoint.text}"
        )
    _write(context, method, path, options, invocation)


def _read_kind(path: str, told: tuple[str, ...]) -> str:
    """What reading an endpoint is: an alert about a leaked secret holds the secret, unless that is hidden.

    Source: https://github.blog/changelog/2025-05-20-secret-scanning-alerts-api-now-supports-hiding-secret-literals
    (checked 2026-11-21)
    """
    is_alert = "/secret-scanning/alerts" in path and not path.endswith("/locations")
    is_hidden = any("hide_secret=true" in text for text in told)
    return "secret.read" if is_alert and not is_hidden else "forge.read"


def _write(
    context: Context, method: str, path: str, options: Options, invocation: Invocation
) -> None:
    shown = f"api {method} {path}"
    parts = path.strip("/").split("/")
    inside = parts[3:] if parts[0] == "repos" else parts
    first = inside[0] if inside else ""
    last = parts[-1]
    if parts[0] == "repos" and len(parts) == 3:
        context.add("forge.delete" if method == "DELETE" else "forge.administer", shown)
    elif last == "dispatches":
        from agentic.recognize.programs.github import add_workflow

        name = parts[-2] if "workflows" in parts else field(options, "event_type")
        inputs = [
            word._replace(text=word.text.partition("inputs[")[2].replace("]=", "=", 1) or word.text)
            for word in options.words(*_FIELDS)
        ]
        if options.has("--input"):
            inputs.append(Word("environment=of a file", literal=False))
        add_workflow(context, Word(name), inputs, shown)
    elif first == "contents":
        _commit(context, field(options, "branch"), shown)
        touch(context, "write", Word("/".join(inside[1:])))
    elif first == "git" and len(inside) > 1 and inside[1] in ("refs", "ref"):
        _reference(context, method, inside, options, shown)
    elif first == "deployments":
        name = field(options, "environment")
        environment, told_by = context.environment_of([("name", name, f"environment={name}")])
        context.add("forge.run-deployment", shown, environment, told_by)
    elif first == "pulls":
        _pull(context, inside, options, shown)
    elif first == "issues" and field(options, "state") == "closed":
        context.add("forge.close", shown)
    elif first == "issues" and (len(inside) < 3 or method != "DELETE"):
        context.add("forge.comment", shown)
    elif first == "actions" and method == "DELETE" and "runs" in inside:
        context.add("forge.cancel-run", shown)
    else:
        context.add(_endpoint_kind(method, path), shown)


def _endpoint_kind(method: str, path: str) -> str:
    """What a writing call to any other endpoint does."""
    for part, kind in _ENDPOINTS:
        if path.endswith(part) or part.rstrip("/") + "/" in path:
            return "forge.delete" if kind == "forge.release" and method == "DELETE" else kind
    return "forge.delete" if method == "DELETE" else "forge.api-write"


def _commit(context: Context, branch: str, shown: str) -> None:
    """A commit made on the forge: on the default branch unless another one is named."""
    own = branch and not is_protected(context, branch)
    context.add("git.push" if own else "git.push-protected", shown)


def _reference(
    context: Context, method: str, inside: Sequence[str], options: Options, shown: str
) -> None:
    """A branch or tag made, moved or deleted through the API."""
    name = "/".join(inside[2:]).removeprefix("heads/") or field(options, "ref").removeprefix(
        "refs/heads/"
    )
    protected = is_protected(context, name) or not name
    if method == "DELETE":
        context.add(
            "git.delete-remote-protected" if protected else "git.delete-remote-branch", shown
        )
    elif name.startswith(("tags/", "refs/tags/")):
        context.add("git.push-tag", shown)
    elif field(options, "force") == "true":
        context.add("git.force-push-protected" if protected else "git.force-push", shown)
    else:
        context.add("git.push-protected" if protected else "git.push", shown)


def _pull(context: Context, inside: Sequence[str], options: Options, shown: str) -> None:
    """A pull request through the API: merged, reviewed, commented, closed or edited."""
    last = inside[-1]
    if last == "merge":
        context.add("forge.merge", shown)
    elif last in ("reviews", "events"):
        comments = field(options, "event").upper() in ("COMMENT", "REQUEST_CHANGES")
        context.add("forge.comment" if comments else "forge.review", shown)
    elif last in ("comments", "replies", "requested_reviewers", "dismissals"):
        context.add("forge.comment", shown)
    elif field(options, "state") == "closed":
        context.add("forge.close", shown)
    elif last == "update-branch":
        context.add("git.push", shown)
    else:
        context.add("forge.open-pull-request", shown)


def _graphql(context: Context, options: Options, invocation: Invocation) -> None:
    """A GraphQL call: a query reads, a mutation is told by its name."""
    texts: list[str] = []
    computed = False
    for word in options.words(*_FIELDS):
        key, _, value = word.text.partition("=")
        if key != "query":
            continue
        if value[:1] == "@":
            read = (
                invocation.stdin.text
                if value == "@-"
                else read_text(context, context.path(value[1:]))
            )
            computed = computed or not read
            texts.append(read or "")
        else:
            texts.append(value)
            computed = computed or not word.literal
    body = options.word("--input")
    if body is not None:
        read = (
            invocation.stdin.text
            if body.text == "-"
            else read_text(context, context.path(body.text))
        )
        computed = computed or not read
        texts.append(read or "")
    text = "".join(texts).lower()
    if "mutation" in text:
        found = [kind for name, kind in _MUTATIONS if name in text]
        for kind in found or ["forge.api-write"]:
            context.add(kind, "api graphql")
    elif computed and not text.lstrip().startswith(("query", "{")):
        context.unknown(
            "the GraphQL text cannot be read, it may be a mutation", target="api graphql"
        )
    else:
        context.add("forge.read", "api graphql")


def field(options: Options, name: str) -> str:
    """The value of a `name=value` field, else empty."""
    for word in options.words(*_FIELDS):
        key, equals, value = word.text.partition("=")
        if key == name and equals:
            return value
    return ""
