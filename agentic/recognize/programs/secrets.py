"""Secret stores and key chains: Vault, SOPS, sealed secrets, password managers.

Sources: https://developer.hashicorp.com/vault/docs/commands, https://getsops.io/docs/,
https://developer.1password.com/docs/cli/reference/.
"""

from __future__ import annotations

from agentic.recognize.environment import is_loopback
from agentic.recognize.grammar import Spec
from agentic.recognize.placement import Call, not_in_tables, placed
from agentic.recognize.surroundings import kube_candidates, path_candidate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation

VAULT = Spec(
    kinds={
        "secret.read": (
            "read, kv get, kv export, unwrap, token create, token lookup, print token, "
            "pki issue, ssh, agent, proxy, login, transit"
        ),
        "shell.read-system": (
            "status, version, kv list, list, kv metadata get, kv metadata, secrets list, "
            "auth list, "
            "policy list, policy read, policy fmt, audit list, operator members, operator usage, "
            "token capabilities, path-help, plugin list, plugin info, namespace list, "
            "lease lookup, "
            "print, operator raft list-peers, operator diagnose, auth help, "
            "namespace lookup, pki health-check, version-history"
        ),
        "secret.rotate": (
            "write, kv put, kv patch, kv delete, kv destroy, kv undelete, kv rollback, "
            "kv metadata put, kv metadata delete, kv metadata patch, delete, patch, lease revoke, "
            "token revoke, lease renew, token renew, operator rotate, operator rekey, "
            "kv enable-versioning, transform, operator generate-root"
        ),
        "cloud.access": (
            "policy write, policy delete, auth enable, auth disable, auth tune, auth move, "
            "secrets enable, secrets disable, secrets tune, secrets move, audit enable, "
            "audit disable, "
            "namespace create, namespace delete, namespace patch, namespace lock, "
            "namespace unlock, "
            "operator init, operator seal, operator unseal, operator step-down, operator raft, "
            "operator migrate, operator key-status, plugin register, plugin deregister, "
            "plugin reload"
        ),
        "code.open-server": "server",
        "shell.inert": "help, debug, monitor, ",
    },
    values=(
        "-address -agent-address -ca-cert -ca-path -client-cert -client-key -namespace -ns -header "
        "-tls-server-name -wrap-ttl -mount -field -format -method -path -policy -ttl -version "
        "-versions -cas -role -type -unlock-key -mfa"
    ),
    environment={"-address": "host", "-namespace": "name", "-ns": "name", "-mount": "name"},
    variables={"VAULT_ADDR": "host", "VAULT_NAMESPACE": "name"},
    positional={"*": "name"},
    flags={"-tls-skip-verify": "network.insecure", "server -dev": "shell.inert"},
    harmless="-help -h --help -version",
)


def vault_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """A server on loopback is a developer's own only when nothing says otherwise."""
    address = parsed.value("-address") or context.variable(invocation, "VAULT_ADDR")
    return [("host", "localhost", f"address {address}")] if address and is_loopback(address) else []


SOPS_VALUES = (
    "--config --input-type --output-type --output --extract --set --key -k --kms --pgp -p --age -a "
    "--gcp-kms --azure-kv --hc-vault-transit --encrypted-regex --keyservice "
    "--shamir-secret-sharing-threshold"
)
SOPS = Spec(
    kinds={
        "secret.read": "decrypt, exec-env, exec-file, edit",
        "file.write": "encrypt, set, unset, updatekeys, groups, publish",
        "secret.rotate": "rotate",
        "code.open-server": "keyservice",
        "shell.read-system": "filestatus, completion, help",
    },
    values=SOPS_VALUES,
    switches="-d --decrypt -e --encrypt -r --rotate -i --in-place --verbose --show-master-keys",
)


def sops_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The file names tell."""
    words = [parsed.subcommand, *(word.text for word in parsed.operands)]
    return [path_candidate(context, word, word) for word in words if "." in word or "/" in word]


def refine_sops(call: Call, kind: str) -> str:
    """Old-style options name the act; a bare file opens it decrypted in an editor."""
    if call.on("-d", "--decrypt"):
        return "secret.read"
    if call.on("-r", "--rotate"):
        return "secret.rotate"
    if call.on("-e", "--encrypt", "--set"):
        return "file.write"
    if call.parsed.subcommand in ("exec-env", "exec-file"):
        call.add(kind)
        for word in call.parsed.operands[1:2]:
            call.context.run_script(word.text, call.invocation.stdin)
        return ""
    return kind or ("secret.read" if call.parsed.subcommand else "shell.inert")


def kubeseal_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The cluster whose certificate encrypts."""
    chosen = next((w for n, w in parsed.options if n == "--context" and w is not None), None)
    return kube_candidates(context, invocation, chosen, parsed.value("--kubeconfig"))


KUBESEAL = Spec(
    kinds={"kubernetes.read": ""},
    values=(
        "--cert --context --controller-name --controller-namespace -f --secret-file --format -o "
        "-w --sealed-secret-file --kubeconfig -n --namespace --name --scope --from-file "
        "--merge-into"
    ),
    environment={"-n": "namespace", "--namespace": "namespace"},
    no_subcommand=True,
)


def refine_kubeseal(call: Call, kind: str) -> str:
    """Sealing only encrypts; `--recovery-unseal` decrypts."""
    return "secret.read" if call.on("--recovery-unseal") else kind


KEEPERS = Spec(
    kinds={
        "secret.read": (
            "read, item get, inject, run, document get, get, get item, get password, get username, "
            "get totp, get notes, export, show, ls --password, find-generic-password, "
            "find-internet-password, dump-keychain, find-certificate, find-identity, export-key, "
            "lookup, "
            "search, unlock, signin, connect token create, service-account create, otp, git, "
            "find-key, unlock-keychain, secrets download, secrets get, secrets, printenv, "
            "environments"
        ),
        "shell.read-system": (
            "item list, vault list, vault get, account list, account get, whoami, user list, "
            "user get, "
            "group list, document list, list, ls, status, find, list-keychains, default-keychain, "
            "show-keychain-info, events-api, projects, configs, configure"
        ),
        "secret.rotate": (
            "item create, item edit, item delete, item share, item move, document create, "
            "document edit, "
            "document delete, create, edit, delete, restore, move, generate, insert, rm, remove, "
            "mv, cp, "
            "init, add-generic-password, add-internet-password, delete-generic-password, "
            "delete-internet-password, set-generic-password-partition-list, set, del, store, "
            "clear, "
            "import, lock-keychain, create-keychain, delete-keychain, add-trusted-cert, "
            "set-keychain-settings, secrets set, secrets delete, secrets upload"
        ),
        "access.change": (
            "vault create, vault edit, vault delete, vault user, vault group, user provision, "
            "user delete, user suspend, user edit, group user, confirm, authorizationdb"
        ),
        "cloud.configure": (
            "login, logout, lock, signout, account add, account forget, sync, config, setup"
        ),
        "shell.inert": "help, version, update, completion, --generate",
    },
    values=(
        "--vault --account --config --session --format --fields --category --title -s -a -l "
        "--organizationid --folderid --search --env-file -i --in-file -o --out-file -p --project "
        "-c "
        "--length"
    ),
    environment={"--vault": "name", "--env-file": "path", "-p": "project", "--project": "project"},
)


def refine_keeper(call: Call, kind: str) -> str:
    """Password managers: what is not known may show a secret; `run -- CMD` also starts a program."""
    parsed = call.parsed
    if call.invocation.name == "pass" and not kind:
        kind = "secret.read" if parsed.subcommand else "shell.read-system"
    if not kind:
        not_in_tables(call)
        return ""
    if parsed.subcommand == "run":
        call.add(kind)
        call.context.run_words(parsed.rest or parsed.operands, call.invocation.stdin)
        return ""
    return kind


_keeper = placed(KEEPERS, None, refine_keeper)

PROGRAMS = {
    "vault": placed(VAULT, vault_place),
    "bao": placed(VAULT, vault_place),
    "sops": placed(SOPS, sops_place, refine_sops),
    "kubeseal": placed(KUBESEAL, kubeseal_place, refine_kubeseal),
    "op": _keeper,
    "bw": _keeper,
    "pass": _keeper,
    "gopass": _keeper,
    "security": _keeper,
    "secret-tool": _keeper,
    "keyring": _keeper,
    "doppler": _keeper,
}
