"""How cloud commands of the form `group … verb operand` are judged: exact entries, then the verb.

An exact entry names the words from the start (`secrets versions access`), the longest one counts.
Otherwise the first word after the group that is a verb decides; a command without one is unknown.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.placement import Call, not_in_tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_READS = frozenset(
    (
        "describe list get get-value show ls cat du stat hash search query read tail lint "
        "validate diff "
        "explain wait poll info exists lookup find browse version help preview what-if recommend "
        "evaluate test-iam-permissions summarize troubleshoot list-all download-logs view "
        "instances-list"
    ).split()
)
_READ_STARTS = (
    "describe-",
    "list-",
    "get-",
    "show-",
    "check-",
    "search-",
    "query-",
    "validate-",
    "lookup-",
)
_DELETES = frozenset("delete remove destroy purge rm rb del clear abandon empty unlink".split())
_DELETE_STARTS = ("delete-", "remove-", "destroy-", "purge-", "batch-delete")
_WRITES = frozenset(
    (
        "create update deploy set add resize start stop restart reset patch apply replace import "
        "export "
        "enable disable submit run execute promote cancel resume suspend pause attach detach move "
        "mv cp "
        "rsync sync upload restore undelete recover clone migrate upgrade scale rollback activate "
        "deactivate assign unassign invoke publish promote-replica failover lock unlock copy "
        "rename "
        "mb compose rewrite setmeta link unset register unregister refresh renew regenerate "
        "deallocate "
        "approve reject connect swap up push simulate-failure power-on power-off reboot tag untag "
        "provision deprovision generate switch rotate write ingest call convert begin commit "
        "abort seed "
        "perform-maintenance simulate-maintenance-event snapshot save open close redeploy reimage "
        "trigger"
    ).split()
)
_WRITE_STARTS = (
    "create-", "update-", "set-", "add-", "enable-", "disable-", "start-", "stop-", "restart-", "rolling-",
    "attach-", "detach-", "move-", "reset-", "resize-", "promote-", "assign-", "import-", "export-",
    "deploy-", "undeploy-", "recreate-", "suspend-", "resume-", "bulk-", "copy-", "upgrade-", "apply-",
)  # fmt: skip
_CREDENTIALS = (
    "secret",
    "credential",
    "password",
    "token",
    "sas",
    "connection-string",
    "key-value",
)


class Verbs(NamedTuple):
    """The peculiarities of one cloud's command.

    exact          words from the start -> kind
    tracks         release tracks in front (`beta`)
    access_groups  groups in which every change is a change of access
    secret_groups  groups in which every change is a change of a secret
    cost_groups    groups about money
    """

    exact: Mapping[str, str]
    tracks: tuple[str, ...] = ()
    access_groups: tuple[str, ...] = ()
    secret_groups: tuple[str, ...] = ()
    cost_groups: tuple[str, ...] = ()


def command_words(call: Call, verbs: Verbs) -> list[str]:
    """The words of a call without release tracks."""
    words = [call.parsed.subcommand, *call.words] if call.parsed.subcommand else []
    return [word for position, word in enumerate(words) if position > 0 or word not in verbs.tracks]


def exact_entry(words: list[str], exact: Mapping[str, str]) -> str:
    """The longest exact entry that begins a command, else empty."""
    for length in range(min(5, len(words)), 0, -1):
        text = " ".join(words[:length])
        if text in exact:
            return text
    return ""


def verb_class(word: str) -> str:
    """`read`, `delete`, `write`, or empty for a word that is no verb."""
    if word in _READS or word.startswith(_READ_STARTS):
        return "read"
    if word in _DELETES or word.startswith(_DELETE_STARTS):
        return "delete"
    if word in _WRITES or word.startswith(_WRITE_STARTS):
        return "write"
    return ""


def kind_of_words(call: Call, words: list[str], verbs: Verbs) -> str:
    """The kind that group and verb tell; empty when the call was answered as unknown."""
    for position, word in enumerate(words[1:], 1):
        form = verb_class(word)
        if not form and "iam-policy" not in word:
            continue
        if doubtful_before(call, word):
            call.unknown("an option that is not known stands before the verb")
        return _kind_of_verb(words[:position], word, form, verbs)
    not_in_tables(call._replace(parsed=call.parsed._replace(subcommand=" ".join(words[:4]))))
    return ""


def doubtful_before(call: Call, verb: str) -> bool:
    """Whether an unlisted option before the verb may have taken a word of the command as its value."""
    known = (call.spec.values + " " + call.spec.switches + " " + call.spec.harmless).split()
    for word in call.invocation.args:
        if word.text == verb:
            return False
        if word.text.startswith("-") and "=" not in word.text and word.text not in known:
            return True
    return False


def _kind_of_verb(group: list[str], verb: str, form: str, verbs: Verbs) -> str:
    if "iam-policy" in verb:
        return "cloud.read" if verb.startswith(("get-", "list-")) else "cloud.access"
    first = group[0] if group else ""
    if first in verbs.cost_groups:
        return "cloud.cost" if form == "read" else "cost.apply"
    if form == "read":
        told = verb.startswith(("get-", "list-", "show-"))
        return (
            "cloud.read-secret" if told and any(p in verb for p in _CREDENTIALS) else "cloud.read"
        )
    if first in verbs.secret_groups or any(part in verb for part in _CREDENTIALS):
        return "cloud.write-secret"
    if first in verbs.access_groups:
        return "cloud.access"
    return "cloud.delete" if form == "delete" else "cloud.write"
