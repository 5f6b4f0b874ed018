"""Forges from the command line: gh, glab and hub.

A call is `GROUP ACTION …`; a table gives its kind, and the few whose options decide (merge, review,
run, close, token) have a function. `gh api` is in `forge_api`. A workflow is told by its file: the
environments of its jobs, else by its name and inputs.
Source: https://cli.github.com/manual/ and https://docs.gitlab.com/cli/ (checked 2026-11-21)
"""

from __future__ import annotations

from agentic.core.paths import base_name, joined
from agentic.recognize.interface import Word
from agentic.recognize.options import Options, read_options
from agentic.recognize.project import found_upwards, read_text, shaped_by, task_kind, touch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation

    Refinement = Callable[[Context, Options, str], None]

#: kind -> `group action` pairs of gh, several actions of one group joined by `|`.
_GH: dict[str, str] = {
    "forge.read": (
        "pr list|ls|status|view|diff|checks, issue list|ls|status|view, repo view|list|ls, "
        "release list|ls|view|verify|verify-asset, run list|ls|view|watch, workflow list|ls|view, "
        "secret list|ls, variable list|ls|get, auth status, ssh-key list|ls, gpg-key list|ls, "
        "gist list|ls|view, codespace list|ls|view|logs|ports, extension list|ls|search|browse, "
        "alias list|ls, config get|list|ls, label list|ls, ruleset list|ls|view|check, cache list|ls, "
        "project list|ls|view|field-list|item-list, "
        "org list|ls, agent-task list|view, "
        "repo deploy-key-list|gitignore|license|autolink-list|autolink-view, models list|view, "
        "search code|commits|issues|prs|repos, preview prompter"
    ),
    "forge.open-pull-request": "pr create|new|edit|ready|revert",
    "forge.comment": (
        "pr comment|lock|unlock, issue create|new|edit|comment|lock|unlock|pin|unpin|develop, "
        "label create|edit|clone|delete, project item-add|item-create|item-edit|item-archive"
    ),
    "forge.review": "pr review",
    "forge.merge": "pr merge",
    "forge.close": "pr close|reopen, issue close|reopen, project close",
    "forge.run-workflow": "workflow run, run rerun",
    "forge.cancel-run": "run cancel|delete, cache delete",
    "forge.disable-checks": "workflow disable",
    "forge.release": "release create|new|edit|upload",
    "forge.delete": (
        "repo delete, release delete|delete-asset, issue delete|transfer, gist delete, "
        "codespace delete, project delete|field-delete|item-delete"
    ),
    "forge.administer": (
        "repo create|new|edit|archive|unarchive|rename|deploy-key|autolink, ssh-key add|delete, "
        "gpg-key add|delete, workflow enable"
    ),
    "forge.write-secret": "secret set|delete|remove, variable set|delete|remove",
    "forge.api-write": (
        "repo fork, project create|copy|edit|field-create|link|unlink|mark-template, "
        "codespace create|edit|start|stop|rebuild"
    ),
    "git.clone": "repo clone, gist clone",
    "git.configure": "repo set-default",
    "git.configure-execution": "auth setup-git, alias set|import|delete",
    "git.push": "pr update-branch",
    "git.branch": "pr checkout|co",
    "network.download": "release download, run download",
    "network.upload": "gist create|new|edit|rename",
    "network.remote-shell": "codespace ssh|code|jupyter",
    "network.copy": "codespace cp",
    "image.verify": "attestation verify|download|trusted-root",
    "secret.read": "auth token",
    "cloud.configure": "auth login|logout|refresh|switch",
    "package.install-untrusted-source": "extension install|upgrade",
    "package.remove": "extension remove",
    "agent.start-other": "agent-task create, copilot suggest|explain, models run|eval|generate",
    "file.write": "extension create",
    "file.write-outside": "config clear-cache",
}
_GH_ALONE = {
    "status": "forge.read",
    "browse": "forge.read",
    "search": "forge.read",
    "help": "forge.read",
    "version": "forge.read",
    "completion": "forge.read",
    "licenses": "forge.read",
    "copilot": "agent.start-other",
}
_GROUP_ALIASES = {
    "cs": "codespace",
    "ext": "extension",
    "extensions": "extension",
    "rs": "ruleset",
    "at": "attestation",
    "co": "pr checkout",
    "agent-tasks": "agent-task",
    "agent": "agent-task",
}

_GLAB: dict[str, str] = {
    "forge.read": (
        "mr list|ls|view|show|diff|issues|approvers, issue list|ls|view|show, repo view|list|search|"
        "contributors, release list|ls|view, ci list|ls|view|status|trace|lint|get|config, "
        "pipeline list|view|status, variable list|ls|get|export, auth status, ssh-key list|get, "
        "snippet list|view, label list|ls, schedule list, user events, incident list|view, "
        "milestone list|get, job list, config get, alias list, iteration list, cluster list, "
        "changelog generate"
    ),
    "forge.open-pull-request": "mr create|new|update|for|rebase",
    "forge.comment": (
        "mr note|comment|todo|subscribe|unsubscribe|revoke, issue create|new|update|note|comment|"
        "subscribe|unsubscribe, label create|edit|delete, incident note|subscribe, milestone create|edit"
    ),
    "forge.review": "mr approve",
    "forge.merge": "mr merge|accept",
    "forge.close": "mr close|reopen, issue close|reopen",
    "incident.close": "incident close",
    "incident.open": "incident reopen",
    "forge.run-workflow": "ci run|retry|trigger|run-trig, pipeline run|retry, schedule run",
    "forge.cancel-run": "ci cancel|delete, pipeline cancel|delete",
    "forge.release": "release create|upload",
    "forge.delete": "repo delete, release delete, issue delete, mr delete, milestone delete",
    "forge.administer": (
        "repo create|fork|archive|transfer|mirror|members|update, ssh-key add|delete, schedule create|"
        "update|delete, deploy-key add|delete, token create|revoke|rotate, runner delete"
    ),
    "forge.write-secret": "variable set|delete|update, securefile create|remove",
    "git.clone": "repo clone",
    "git.branch": "mr checkout",
    "network.upload": "snippet create",
    "network.download": "release download, ci artifact, job artifact, securefile download",
    "cloud.configure": "auth login|logout",
    "git.configure-execution": "alias set|delete, auth setup-git",
    "file.write-outside": "config set|edit",
    "agent.start-other": "duo ask",
}
_GLAB_ALONE = {"version": "forge.read", "help": "forge.read", "completion": "forge.read"}

_TEXT = "-R --repo -b --body -F --body-file -t --title -c --comment "


def gh(invocation: Invocation, context: Context) -> None:
    """Recognise one call of gh."""
    _forge(invocation, context, _GH, _GH_ALONE)


def glab(invocation: Invocation, context: Context) -> None:
    """Recognise one call of glab."""
    _forge(invocation, context, _GLAB, _GLAB_ALONE)


def hub(invocation: Invocation, context: Context) -> None:
    """Hub is git with more subcommands.

    Source: https://hub.github.com/hub.1.html (checked 2026-11-21)
    """
    texts = invocation.texts
    action = texts[0] if texts else "help"
    if action == "api":
        _api(invocation.args[1:], invocation, context)
        return
    writes = {
        "pull-request": "forge.open-pull-request",
        "merge": "git.merge",
        "gist": "network.upload",
    }
    writes.update(
        {"create": "forge.administer", "delete": "forge.delete", "fork": "forge.api-write"}
    )
    writes.update({"sync": "git.fetch", "browse": "forge.read", "compare": "forge.read"})
    kind = writes.get(action, "")
    second = texts[1] if len(texts) > 1 else ""
    if action in ("pr", "issue", "release", "ci-status"):
        kind = "forge.read"
        if second in ("create", "update", "edit"):
            kind = "forge.release" if action == "release" else "forge.comment"
        elif second in ("delete", "merge"):
            kind = "forge.delete" if second == "delete" else "forge.merge"
    if kind:
        context.add(kind, " ".join(texts[:3]))
        return
    from agentic.recognize.programs.git import git

    git(invocation, context)


def _forge(
    invocation: Invocation, context: Context, kinds: dict[str, str], alone: dict[str, str]
) -> None:
    words, rest, computed = _command_words(invocation.args)
    if computed:
        context.unknown("the subcommand is computed at run time", target=" ".join(words))
        return
    group = _GROUP_ALIASES.get(words[0], words[0]) if words else "help"
    action = words[1] if len(words) > 1 else ""
    if " " in group:
        group, _, first = group.partition(" ")
        rest = [Word(action), *rest] if action else rest
        action = first
    texts = [word.text for word in rest]
    shown = " ".join((group, action, *texts)).strip()[:300]
    if group == "api":
        _api([Word(action), *rest] if action else rest, invocation, context)
        return
    if "--help" in texts or "-h" in texts[-1:] or action in ("--help", "-h", "help", "--version"):
        context.add("forge.read", shown)
        return
    kind = alone.get(group, "") if (not action or group in ("search", "browse", "help")) else ""
    kind = kind or _kind_of(kinds, group, action)
    if group == "copilot":
        kind = "agent.start-other"
    if (
        not kind
        and not action
        and any(_kind_of(kinds, group, name) for name in ("list", "create", "view"))
    ):
        kind = "forge.read"
    refine, valued = _REFINED.get(f"{group} {action}", (None, ""))
    if refine is not None:
        refine(context, read_options(rest, valued), shown)
    elif kind:
        context.add(kind, shown)
        for word in rest if kind == "network.upload" else ():
            touch(context, "read", word)
    else:
        why = (
            f"`{invocation.name} {group} {action}`".replace(" `", "`")
            + " is not in agentic's tables"
        )
        context.unknown(why, "unknown.subcommand", f"{invocation.name} {shown}")


def _command_words(args: Sequence[Word]) -> tuple[list[str], list[Word], bool]:
    """The group and the action, the words after them, and whether one of the two is computed."""
    words: list[str] = []
    index = 0
    before: list[Word] = []
    while index < len(args) and len(words) < 2:
        word = args[index]
        index += 1
        if word.text[:1] == "-" and not (words and words[0] == "api"):
            before.append(word)
            if word.text in ("-R", "--repo", "--hostname") and index < len(args):
                before.append(args[index])
                index += 1
        else:
            if not word.literal and (not words or words[0] not in ("api", "browse", "search")):
                return [*words, word.text], list(args[index:]), True
            if words and words[0] == "api":
                return words, [*before, *args[index - 1 :]], False
            words.append(word.text)
    return words, [*before, *args[index:]], False


def _kind_of(kinds: dict[str, str], group: str, action: str) -> str:
    """The kind that a table gives to `group action`, else empty."""
    for kind, entries in kinds.items():
        for entry in entries.split(", "):
            name, _, actions = entry.partition(" ")
            if name == group and action in actions.split("|"):
                return kind
    return ""


def _api(args: Sequence[Word], invocation: Invocation, context: Context) -> None:
    from agentic.recognize.programs.forge_api import api

    api(args, invocation, context)


def _merge(context: Context, options: Options, shown: str) -> None:
    """Merging a pull request; `--admin` goes past the required checks."""
    if options.has("--disable-auto"):
        context.add("forge.comment", shown)
        return
    context.add("forge.merge-admin" if options.has("--admin") else "forge.merge", shown)


def _review(context: Context, options: Options, shown: str) -> None:
    """A review approves, unless it only comments or asks for changes."""
    names = [name for name, _ in options.given]
    approves = (
        "--approve" in names
        or "-a" in names
        or not any(name in ("-c", "--comment", "-r", "--request-changes") for name in names)
    )
    context.add("forge.review" if approves else "forge.comment", shown)


def _pull_request(context: Context, options: Options, shown: str) -> None:
    """Opening or editing a pull request; a body file may be a secret."""
    context.add("forge.read" if options.has("--dry-run") else "forge.open-pull-request", shown)
    for word in options.words("-F", "--body-file"):
        touch(context, "read", word)


def _issue(context: Context, options: Options, shown: str) -> None:
    """Opening or labelling an issue; with an incident label it opens an incident."""
    labels = options.words("-l", "--label", "--add-label")
    opens = any("incident" in word.text.lower() for word in labels)
    context.add("incident.open" if opens else "forge.comment", shown)
    for word in options.words("-F", "--body-file"):
        touch(context, "read", word)


def _close(context: Context, options: Options, shown: str) -> None:
    """Closing; an issue that its own comment calls an incident is closed as one."""
    about = " ".join(word.text for word in options.words("-c", "--comment", "--reason"))
    context.add("incident.close" if "incident" in about.lower() else "forge.close", shown)
    if shown.startswith("pr ") and options.has("-d", "--delete-branch"):
        context.add("git.delete-remote-branch", shown)


def _comment(context: Context, options: Options, shown: str) -> None:
    """A comment; its file may be a secret."""
    context.add("forge.comment", shown)
    for word in options.words("-F", "--body-file"):
        touch(context, "read", word)


def _status(context: Context, options: Options, shown: str) -> None:
    """Who is logged in; `--show-token` prints the credential."""
    shows = options.has("--show-token", "-t")
    context.add("secret.read" if shows else "forge.read", shown)


def _sync(context: Context, options: Options, shown: str) -> None:
    """Bringing a fork or this clone up to date; `--force` resets the branch."""
    if options.has("--force"):
        context.add("git.force-push-protected" if options.operands else "git.discard", shown)
    else:
        context.add("git.push-protected" if options.operands else "git.fetch", shown)


def _settings(context: Context, options: Options, shown: str) -> None:
    """The user's gh settings; editor, pager and browser are programs that gh starts."""
    key = options.operands[0].text if options.operands else ""
    runs = key in ("editor", "pager", "browser", "git_protocol", "http_unix_socket")
    context.add("git.configure-execution" if runs else "file.write-outside", shown)


def _deploy_key(context: Context, options: Options, shown: str) -> None:
    """Keys and links of a repository: listed, or changed."""
    action = options.operands[0].text if options.operands else ""
    context.add("forge.read" if action in ("list", "ls", "view") else "forge.administer", shown)


def _run_workflow(context: Context, options: Options, shown: str) -> None:
    """Starting a workflow: what its file, its name and its inputs say that it does."""
    name = options.operands[0] if options.operands else Word("")
    inputs = options.words("-f", "-F", "--field", "--raw-field")
    if options.has("--json"):
        inputs = (*inputs, Word("environment=of standard input", literal=False))
    add_workflow(context, name, inputs, shown)


def add_workflow(context: Context, name: Word, inputs: Sequence[Word], shown: str) -> None:
    """Add the start of a CI workflow by its name (file, display name) and `key=value` inputs."""
    path, text = _workflow_file(context, name.text)

    def judge() -> None:
        _add_workflow(context, name, inputs, shown, text)

    if text:
        shaped_by(context, path, text, judge)
    else:
        judge()


def _add_workflow(
    context: Context, name: Word, inputs: Sequence[Word], shown: str, text: str
) -> None:
    kind = task_kind(name.text.removesuffix(".yml").removesuffix(".yaml"))
    places = job_environments(text)
    candidates = [("name", name.text, name.text)]
    computed = not name.literal
    for word in inputs:
        key, _, value = word.text.partition("=")
        if key.lower() in (
            "environment",
            "env",
            "stage",
            "target",
            "cluster",
            "namespace",
            "region",
        ):
            candidates.append(("name", value, word.text))
            computed = computed or not word.literal
    candidates.extend(
        ("name", place, f"environment: {place}") for place in places if "${{" not in place
    )
    if not (kind or places):
        context.add("forge.run-workflow", shown)
        if not name.literal:
            context.unknown("which workflow is started is computed at run time", target=shown)
        return
    environment, told_by = ("", "") if computed else context.environment_of(candidates)
    if kind in ("deploy.rollback", "model.retrain"):
        context.add(kind, shown, environment, told_by)
    elif kind == "package.publish" and not places:
        context.add("forge.release", shown)
    else:
        context.add("forge.run-deployment", shown, environment, told_by)


def _workflow_file(context: Context, name: str) -> tuple[str, str]:
    """The path and text of a workflow that is named by its file or by its display name."""
    folder = found_upwards(context, (".github/workflows",))
    if not folder or not name:
        return "", ""
    if name.endswith((".yml", ".yaml")):
        path = joined(folder, base_name(name))
        return path, read_text(context, path) or ""
    for entry in context.workspace.list(folder)[:40]:
        text = read_text(context, joined(folder, entry)) or ""
        for line in text.split("\n")[:5]:
            if line.startswith("name:") and line[5:].strip().strip("'\"") == name:
                return joined(folder, entry), text
    return "", ""


def job_environments(text: str) -> list[str]:
    """The environments that the jobs of a workflow file deploy to, as written.

    An input called `environment` also has such a key, but holds a description or a type, not a name.
    """
    found: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        stripped = line.strip()
        if not stripped.startswith("environment:"):
            continue
        value = stripped[12:].partition(" #")[0].strip().strip("'\"")
        if not value:
            for following in lines[number + 1 : number + 4]:
                if following.strip().startswith("name:"):
                    value = following.strip()[5:].strip().strip("'\"")
        if value:
            found.append(value)
    return found


#: `group action` -> its function, and its options that take a value.
_REFINED: dict[str, tuple[Refinement, str]] = {
    **dict.fromkeys(
        ("pr merge", "mr merge", "mr accept"),
        (
            _merge,
            "-R --repo -t --subject -b --body -F --body-file -A --author-email --match-head-commit",
        ),
    ),
    "pr review": (_review, "-R --repo -b --body -F --body-file"),
    **dict.fromkeys(
        ("pr create", "pr new", "pr edit"),
        (
            _pull_request,
            _TEXT
            + "-a --assignee -B --base -H --head -l --label -m --milestone -p --project -r --reviewer "
            "-T --template --recover --add-assignee --add-label --add-project --add-reviewer "
            "--remove-assignee --remove-label --remove-project --remove-reviewer",
        ),
    ),
    **dict.fromkeys(("pr comment", "issue comment"), (_comment, _TEXT)),
    **dict.fromkeys(
        ("issue create", "issue new", "issue edit"),
        (
            _issue,
            _TEXT + "-a --assignee -l --label -m --milestone -p --project -T --template --recover "
            "--add-assignee --add-label --add-project --remove-assignee --remove-label --remove-project",
        ),
    ),
    "issue close": (_close, "-R --repo -c --comment -r --reason --duplicate-of"),
    "pr close": (_close, "-R --repo -c --comment"),
    "auth status": (_status, "--hostname --json -q --jq --template"),
    "repo sync": (_sync, "-R --repo -b --branch -s --source"),
    "config set": (_settings, "-h --host"),
    "repo deploy-key": (_deploy_key, "-R --repo -t --title"),
    "repo autolink": (_deploy_key, "-R --repo"),
    "workflow run": (_run_workflow, "-R --repo -f --raw-field -F --field -r --ref"),
}

PROGRAMS: dict[str, Callable[[Invocation, Context], None]] = {"gh": gh, "glab": glab, "hub": hub}
