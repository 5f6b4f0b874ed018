"""Azure (az) and DigitalOcean (doctl).

Sources: https://learn.microsoft.com/cli/azure/reference-index,
https://docs.digitalocean.com/reference/doctl/reference/.
"""

from __future__ import annotations

from agentic.recognize.grammar import Spec
from agentic.recognize.placement import Call, placed
from agentic.recognize.programs.cloud_verbs import (
    Verbs,
    command_words,
    exact_entry,
    kind_of_words,
)
from agentic.recognize.surroundings import AZURE_SUBSCRIPTION, KUBE_CONTEXT, azure_candidates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation

AZ = Spec(
    kinds={"cloud.write": "*"},
    values=(
        "--subscription -g --resource-group -n --name -o --output --query -l --location -w "
        "--workspace-name --vault-name --ids --file -f --set --traffic --image -r --registry "
        "--account-name --container-name -c --source --destination --command --scripts "
        "--command-id "
        "--method -m --uri -u --url --body -b --headers --scope --role --assignee --slot "
        "--target-slot "
        "--template-file --template-uri --parameters -p --cluster-name --secret-name --server "
        "--user "
        "--resource --endpoint-name -e --deployment-name -d --app --environment --tag -t --src "
        "--type "
        "--username --password --tenant -s --sku --kind --value"
    ),
    switches="--debug --verbose --only-show-errors --yes -y --no-wait",
    environment={
        "--subscription": "account",
        "-g": "project",
        "--resource-group": "project",
        "--vault-name": "bucket",
        "--account-name": "bucket",
        "-w": "bucket",
        "--workspace-name": "bucket",
        "--cluster-name": "cluster",
        "-n": "operand",
        "--name": "operand",
        "--slot": "operand",
        "--target-slot": "operand",
    },
    harmless="--help -h --version",
)

VERBS = Verbs(
    exact={
        "login": "cloud.configure",
        "logout": "cloud.configure",
        "configure": "cloud.configure",
        "config": "cloud.configure",
        "init": "cloud.configure",
        "account set": "cloud.configure",
        "account clear": "cloud.configure",
        "cloud set": "cloud.configure",
        "account get-access-token": "cloud.read-secret",
        "account show": "cloud.read",
        "account list": "cloud.read",
        "aks get-credentials": "kubernetes.configure",
        "aks command invoke": "kubernetes.exec",
        "aks install-cli": "package.install-global",
        "acr login": "container.login",
        "acr build": "container.push",
        "acr import": "container.push",
        "acr repository delete": "image.delete",
        "acr repository untag": "image.delete",
        "acr manifest delete": "image.delete",
        "acr credential show": "cloud.read-secret",
        "acr credential renew": "cloud.write-secret",
        "acr run": "pipeline.run",
        "acr task run": "pipeline.run",
        "keyvault secret show": "cloud.read-secret",
        "keyvault secret download": "cloud.read-secret",
        "keyvault secret backup": "cloud.read-secret",
        "keyvault key download": "cloud.read-secret",
        "keyvault key decrypt": "cloud.read-secret",
        "keyvault certificate download": "cloud.read-secret",
        "keyvault list": "cloud.read",
        "keyvault show": "cloud.read",
        "keyvault delete": "cloud.delete",
        "keyvault purge": "cloud.delete",
        "keyvault create": "cloud.write",
        "keyvault set-policy": "cloud.access",
        "keyvault delete-policy": "cloud.access",
        "keyvault network-rule": "cloud.access",
        "ad sp create-for-rbac": "cloud.write-secret",
        "ad sp credential": "cloud.write-secret",
        "ad app credential": "cloud.write-secret",
        "storage account keys list": "cloud.read-secret",
        "storage account keys renew": "cloud.write-secret",
        "storage account show-connection-string": "cloud.read-secret",
        "storage account generate-sas": "cloud.read-secret",
        "storage container generate-sas": "cloud.read-secret",
        "storage blob generate-sas": "cloud.read-secret",
        "storage container set-permission": "cloud.access",
        "storage blob upload": "cloud.upload",
        "storage blob upload-batch": "cloud.upload",
        "storage blob sync": "cloud.upload",
        "storage blob download": "cloud.download",
        "storage blob download-batch": "cloud.download",
        "storage file upload": "cloud.upload",
        "storage file download": "cloud.download",
        "storage copy": "cloud.upload",
        "cosmosdb keys list": "cloud.read-secret",
        "cosmosdb keys regenerate": "cloud.write-secret",
        "redis list-keys": "cloud.read-secret",
        "cognitiveservices account keys list": "cloud.read-secret",
        "cognitiveservices account keys regenerate": "cloud.write-secret",
        "servicebus namespace authorization-rule keys": "cloud.read-secret",
        "eventhubs namespace authorization-rule keys": "cloud.read-secret",
        "webapp deployment list-publishing-credentials": "cloud.read-secret",
        "webapp deployment list-publishing-profiles": "cloud.read-secret",
        "functionapp keys list": "cloud.read-secret",
        "webapp deploy": "deploy.run",
        "webapp up": "deploy.run",
        "webapp deployment slot swap": "deploy.traffic-weight",
        "webapp traffic-routing": "deploy.traffic-weight",
        "webapp ssh": "network.remote-shell",
        "webapp config appsettings set": "cloud.write",
        "functionapp deployment source": "deploy.run",
        "functionapp deploy": "deploy.run",
        "containerapp up": "deploy.run",
        "containerapp create": "deploy.run",
        "containerapp update": "deploy.run",
        "containerapp ingress traffic set": "deploy.traffic-weight",
        "containerapp revision set-mode": "deploy.traffic-weight",
        "containerapp revision activate": "deploy.traffic-weight",
        "containerapp revision deactivate": "deploy.traffic-weight",
        "containerapp exec": "network.remote-shell",
        "containerapp job start": "pipeline.run",
        "container exec": "network.remote-shell",
        "ssh": "network.remote-shell",
        "network bastion ssh": "network.remote-shell",
        "vm run-command invoke": "network.remote-shell",
        "vm run-command create": "network.remote-shell",
        "ml online-deployment create": "deploy.run",
        "ml online-deployment update": "deploy.run",
        "ml online-deployment delete": "cloud.delete",
        "ml online-endpoint create": "deploy.run",
        "ml online-endpoint update": "deploy.traffic-weight",
        "ml online-endpoint invoke": "network.write",
        "ml online-endpoint get-credentials": "cloud.read-secret",
        "ml online-endpoint regenerate-keys": "cloud.write-secret",
        "ml batch-deployment create": "batch.deploy",
        "ml batch-endpoint invoke": "pipeline.run",
        "ml model create": "model.register",
        "ml model archive": "model.archive",
        "ml model restore": "model.archive",
        "ml job create": "model.retrain",
        "ml compute create": "workspace.provision",
        "ml workspace create": "workspace.provision",
        "ml data create": "data.publish",
        "ml schedule create": "batch.deploy",
        "pipelines run": "pipeline.run",
        "monitor metrics list": "observe.read",
        "monitor log-analytics query": "observe.read",
        "monitor activity-log list": "observe.read",
        "monitor app-insights query": "observe.read",
        "monitor alert-processing-rule create": "alert.silence",
        "monitor metrics alert delete": "alert.silence",
        "monitor metrics alert update": "alert.silence",
        "monitor metrics alert create": "alert.change",
        "monitor diagnostic-settings delete": "alert.silence",
        "deployment group what-if": "terraform.plan",
        "deployment sub what-if": "terraform.plan",
        "deployment group validate": "cloud.read",
        "bicep build": "code.build",
        "bicep lint": "code.test",
        "bicep": "shell.inert",
        "extension add": "package.install-global",
        "extension update": "package.install-global",
        "extension list": "shell.inert",
        "extension remove": "package.remove",
        "upgrade": "package.install-global",
        "version": "shell.inert",
        "find": "shell.inert",
        "feedback": "shell.inert",
        "interactive": "unknown.subcommand",
        "webapp log tail": "observe.read",
        "containerapp logs show": "observe.read",
    },
    access_groups=("role", "ad", "policy", "identity", "lock", "managedapp", "managedservices"),
    secret_groups=("keyvault",),
    cost_groups=("consumption", "costmanagement", "billing", "reservations"),
)


def az_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The default subscription when none is given, and the names of what is acted on."""
    candidates = [] if parsed.has("--subscription") else azure_candidates(context, invocation)
    candidates.extend(("operand", word.text, word.text) for word in parsed.operands)
    for name in parsed.all_values("--ids", "--scope"):
        candidates.append(("bucket", name, name))
    return candidates


def refine_az(call: Call, kind: str) -> str:
    """Raw requests by their method; switches hold; remote commands are judged as remote."""
    parsed, context = call.parsed, call.context
    words = command_words(call, VERBS)
    if not words:
        context.add("shell.inert")
        return ""
    if words[0] == "rest":
        return _rest_kind(call)
    entry = exact_entry(words, VERBS.exact)
    if not entry:
        return kind_of_words(call, words, VERBS)
    found = VERBS.exact[entry]
    if found == "unknown.subcommand":
        call.unknown(f"`az {entry}` takes its commands from a prompt")
        return ""
    if found in ("cloud.configure", "kubernetes.configure"):
        if entry == "account set":
            context.notes[AZURE_SUBSCRIPTION] = parsed.value("-s", "--subscription", "-n", "--name")
        if found == "kubernetes.configure":
            context.notes[KUBE_CONTEXT] = parsed.value("-n", "--name")
            context.add("cloud.configure", entry)
        context.add(found, entry)
        return ""
    if found in ("network.remote-shell", "kubernetes.exec"):
        call.add(found)
        _run_remotely(call)
        return ""
    return found


def _run_remotely(call: Call) -> None:
    outer, call.context.remote = call.context.remote, call.parsed.value("-n", "--name") or "remote"
    try:
        for text in call.parsed.all_values("--command", "-c", "--scripts"):
            call.context.run_script(text, call.invocation.stdin)
    finally:
        call.context.remote = outer


def _rest_kind(call: Call) -> str:
    """`az rest`: the method decides; reads of keys and secrets are POSTs there."""
    method = (call.parsed.value("--method", "-m") or "get").lower()
    address = call.parsed.value("--uri", "-u", "--url").lower()
    if "listkeys" in address or "/secrets/" in address or "listsecrets" in address:
        return "cloud.read-secret"
    if method in ("get", "head", "options"):
        return "cloud.read"
    if "roleassignments" in address or "graph.microsoft.com" in address:
        return "cloud.access"
    return "cloud.delete" if method == "delete" else "cloud.write"


DOCTL = Spec(
    kinds={"cloud.write": "*"},
    values=(
        "--context -t --access-token -o --output -c --config -u --api-url --region --size --image "
        "--format --tag-name --count --spec"
    ),
    switches="-v --verbose --trace --interactive --no-header",
    environment={"--context": "context"},
)
DOCTL_VERBS = Verbs(
    exact={
        "auth": "cloud.configure",
        "kubernetes cluster kubeconfig save": "kubernetes.configure",
        "kubernetes cluster kubeconfig show": "cloud.read-secret",
        "databases connection": "cloud.read-secret",
        "databases user reset": "cloud.write-secret",
        "registry login": "container.login",
        "registry garbage-collection start": "image.delete",
        "registry repository delete-tag": "image.delete",
        "registry repository delete-manifest": "image.delete",
        "compute ssh": "network.remote-shell",
        "apps console": "network.remote-shell",
        "apps logs": "observe.read",
        "apps create": "deploy.run",
        "apps update": "deploy.run",
        "apps create-deployment": "deploy.run",
        "balance get": "cloud.cost",
        "serverless deploy": "deploy.run",
        "version": "shell.inert",
        "completion": "shell.inert",
        "help": "shell.inert",
    },
    cost_groups=("balance", "billing-history", "invoice"),
    access_groups=("projects",),
)


def doctl_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The names of what is acted on."""
    return [("operand", word.text, word.text) for word in parsed.operands]


def refine_doctl(call: Call, kind: str) -> str:
    """Groups and a trailing verb."""
    words = command_words(call, DOCTL_VERBS)
    if not words:
        call.context.add("shell.inert")
        return ""
    entry = exact_entry(words, DOCTL_VERBS.exact)
    return DOCTL_VERBS.exact[entry] if entry else kind_of_words(call, words, DOCTL_VERBS)


PROGRAMS = {
    "az": placed(AZ, az_place, refine_az),
    "doctl": placed(DOCTL, doctl_place, refine_doctl),
}
