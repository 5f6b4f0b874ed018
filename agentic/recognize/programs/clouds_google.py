"""Google Cloud: gcloud and gsutil.

Sources: https://cloud.google.com/sdk/gcloud/reference,
https://cloud.google.com/storage/docs/gsutil/commands/help.
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
from agentic.recognize.programs.clouds import copy_between
from agentic.recognize.surroundings import (
    GCLOUD_PROJECT,
    KUBE_CONTEXT,
    gcloud_candidates,
    path_candidate,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation

GCLOUD = Spec(
    kinds={"cloud.write": "*"},
    values=(
        "--project --account --configuration --region --zone --location --format --filter --limit "
        "--page-size --sort-by --flags-file --impersonate-service-account --verbosity "
        "--billing-project "
        "--access-token-file --trace-token --cluster --member --role --image --tag -t --source "
        "--config "
        "--command --service --platform --to-revisions --to-tags --update-traffic "
        "--service-account "
        "--machine-type --num-nodes --size --name --secret --version --data-file --data --key-file "
        "--iam-account --network --subnet --tags --labels --set-env-vars --update-env-vars "
        "--set-secrets "
        "--update-secrets --memory --cpu --min-instances --max-instances --concurrency --timeout "
        "--display-name --model --endpoint --traffic-split --instance --database "
        "--database-version "
        "--instances --bucket --dataset --output --plan --git-source-dir --substitutions "
        "--entry-point --runtime --trigger-topic --trigger-bucket --allow --rules --direction "
        "--priority "
        "--source-ranges --disk --boot-disk-size --keyring --key --location-id --plaintext-file "
        "--ciphertext-file --freshness --order --delivery-pipeline --release --to-target"
    ),
    switches="--quiet -q --log-http --no-user-output-enabled --user-output-enabled --async",
    environment={
        "--project": "project",
        "--account": "operand",
        "--billing-project": "operand",
        "--cluster": "cluster",
        "--bucket": "bucket",
        "--impersonate-service-account": "operand",
    },
    flags={
        "--impersonate-service-account": "privilege.escalate",
        "--flags-file": "unknown.subcommand",
    },
    harmless="--help -h --version help",
)

VERBS = Verbs(
    exact={
        "auth print-access-token": "cloud.read-secret",
        "auth print-identity-token": "cloud.read-secret",
        "auth application-default print-access-token": "cloud.read-secret",
        "auth list": "cloud.read",
        "auth describe": "cloud.read",
        "auth": "cloud.configure",
        "init": "cloud.configure",
        "config config-helper": "cloud.read-secret",
        "config list": "cloud.read",
        "config get": "cloud.read",
        "config get-value": "cloud.read",
        "config configurations list": "cloud.read",
        "config configurations describe": "cloud.read",
        "config": "cloud.configure",
        "container clusters get-credentials": "kubernetes.configure",
        "container fleet memberships get-credentials": "kubernetes.configure",
        "container hub memberships get-credentials": "kubernetes.configure",
        "container images delete": "image.delete",
        "container images add-tag": "container.push",
        "container images untag": "image.delete",
        "artifacts docker images delete": "image.delete",
        "artifacts docker tags delete": "image.delete",
        "artifacts docker tags add": "container.push",
        "artifacts print-settings": "cloud.read",
        "secrets versions access": "cloud.read-secret",
        "kms decrypt": "cloud.read-secret",
        "kms asymmetric-decrypt": "cloud.read-secret",
        "kms encrypt": "cloud.write",
        "iam service-accounts keys create": "cloud.write-secret",
        "iam service-accounts keys delete": "cloud.write-secret",
        "iam service-accounts keys disable": "cloud.write-secret",
        "iam service-accounts keys upload": "cloud.write-secret",
        "iam service-accounts sign-jwt": "cloud.read-secret",
        "iam service-accounts sign-blob": "cloud.read-secret",
        "sql users set-password": "cloud.write-secret",
        "sql users create": "cloud.write-secret",
        "sql generate-login-token": "cloud.read-secret",
        "sql connect": "data.write",
        "sql databases delete": "cloud.delete",
        "sql import": "data.write",
        "sql export": "cloud.upload",
        "spanner databases execute-sql": "data.write",
        "firestore import": "data.write",
        "compute ssh": "network.remote-shell",
        "compute scp": "network.copy",
        "compute start-iap-tunnel": "network.remote-shell",
        "compute connect-to-serial-port": "network.remote-shell",
        "compute reset-windows-password": "cloud.write-secret",
        "compute config-ssh": "cloud.configure",
        "compute firewall-rules create": "cloud.access",
        "compute firewall-rules update": "cloud.access",
        "compute tpus tpu-vm ssh": "network.remote-shell",
        "compute tpus tpu-vm scp": "network.copy",
        "cloud-shell ssh": "network.remote-shell",
        "cloud-shell scp": "network.copy",
        "run deploy": "deploy.run",
        "run services update-traffic": "deploy.traffic-weight",
        "run services update": "deploy.run",
        "run services replace": "deploy.run",
        "run jobs deploy": "batch.deploy",
        "run jobs create": "batch.deploy",
        "run jobs update": "batch.deploy",
        "run jobs execute": "pipeline.run",
        "run services proxy": "network.read",
        "functions deploy": "deploy.run",
        "functions call": "network.write",
        "app deploy": "deploy.run",
        "app browse": "cloud.read",
        "app services set-traffic": "deploy.traffic-weight",
        "app versions migrate": "deploy.traffic-weight",
        "app instances ssh": "network.remote-shell",
        "deploy releases create": "deploy.run",
        "deploy releases promote": "deploy.run",
        "deploy rollouts approve": "deploy.run",
        "deploy rollouts advance": "deploy.traffic-weight",
        "deploy rollouts retry-job": "deploy.run",
        "deploy targets rollback": "deploy.rollback",
        "ai endpoints deploy-model": "deploy.run",
        "ai endpoints undeploy-model": "deploy.traffic-weight",
        "ai endpoints update": "deploy.traffic-weight",
        "ai endpoints predict": "network.write",
        "ai endpoints raw-predict": "network.write",
        "ai models upload": "model.register",
        "ai models delete": "model.delete",
        "ai models delete-version": "model.delete",
        "ai custom-jobs create": "model.retrain",
        "ai custom-jobs local-run": "model.train",
        "ai hp-tuning-jobs create": "model.retrain",
        "ai-platform jobs submit training": "model.retrain",
        "ai-platform versions set-default": "deploy.traffic-weight",
        "workbench instances create": "workspace.provision",
        "notebooks instances create": "workspace.provision",
        "workstations create": "workspace.provision",
        "builds submit": "pipeline.run",
        "builds triggers run": "pipeline.run",
        "composer environments run": "pipeline.run",
        "workflows run": "pipeline.run",
        "workflows execute": "pipeline.run",
        "dataproc jobs submit": "pipeline.run",
        "dataproc batches submit": "pipeline.run",
        "dataflow jobs run": "pipeline.run",
        "dataflow flex-template run": "pipeline.run",
        "scheduler jobs run": "pipeline.run",
        "scheduler jobs create": "batch.deploy",
        "alpha monitoring policies delete": "alert.silence",
        "monitoring policies delete": "alert.silence",
        "monitoring policies update": "alert.silence",
        "monitoring policies create": "alert.change",
        "monitoring snoozes create": "alert.silence",
        "logging read": "observe.read",
        "logging tail": "observe.read",
        "logging write": "observe.push-metrics",
        "billing projects link": "cloud.access",
        "billing projects unlink": "cloud.access",
        "components list": "shell.inert",
        "components": "package.install-global",
        "source repos clone": "git.clone",
        "storage sign-url": "cloud.access",
        "storage hmac create": "cloud.write-secret",
        "storage hmac delete": "cloud.write-secret",
        "infra-manager previews create": "terraform.plan",
        "services api-keys create": "cloud.write-secret",
        "services api-keys get-key-string": "cloud.read-secret",
        "info": "shell.inert",
        "version": "shell.inert",
        "help": "shell.inert",
        "topic": "shell.inert",
        "cheat-sheet": "shell.inert",
        "feedback": "shell.inert",
    },
    tracks=("alpha", "beta", "preview"),
    access_groups=(
        "iam",
        "organizations",
        "access-context-manager",
        "resource-manager",
        "org-policies",
        "identity",
    ),
    secret_groups=("secrets", "kms"),
    cost_groups=("billing",),
)

_COPIES = ("cp", "mv", "rsync", "sync")


def gcloud_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The active project when none is given, buckets, and the names of what is acted on."""
    candidates: list[Candidate] = []
    if not parsed.has("--project"):
        candidates = gcloud_candidates(context, invocation, parsed.value("--configuration"))
    for word in parsed.operands:
        source = "bucket" if word.text.startswith("gs://") else "operand"
        if source == "bucket" and not word.literal:
            source = "computed"
        candidates.append((source, word.text, word.text))
    return candidates


def refine_gcloud(call: Call, kind: str) -> str:
    """Storage copies have a direction, switches hold, remote commands are judged as remote."""
    words = command_words(call, VERBS)
    if not words:
        call.context.add("shell.inert")
        return ""
    if words[0] == "storage" and len(words) > 1 and words[1] in (*_COPIES, "rm", "cat", "ls", "du"):
        return storage_kind(call, words[1], len(call.parsed.operands) - len(words) + 2)
    entry = exact_entry(words, VERBS.exact)
    if not entry:
        return kind_of_words(call, words, VERBS)
    found = VERBS.exact[entry]
    if found in ("cloud.configure", "kubernetes.configure"):
        return _configured(call, words, found)
    if found == "network.remote-shell":
        call.add(found)
        _run_remotely(call, words[-1])
        return ""
    if entry == "builds submit" and call.parsed.has("--tag", "-t"):
        return "container.push"
    return found


def _configured(call: Call, words: list[str], kind: str) -> str:
    """A switch of project or cluster holds for the rest of the call."""
    if words[:3] == ["config", "set", "project"] and len(words) > 3:
        call.context.notes[GCLOUD_PROJECT] = words[3]
    if words[:3] == ["config", "set", "core/project"] and len(words) > 3:
        call.context.notes[GCLOUD_PROJECT] = words[3]
    if kind == "kubernetes.configure":
        call.context.notes[KUBE_CONTEXT] = words[-1]
        call.context.add("cloud.configure", " ".join(words)[:200])
    call.context.add(kind, " ".join(words)[:200])
    return ""


def _run_remotely(call: Call, host: str) -> None:
    text = call.parsed.value("--command")
    if not text:
        return
    outer, call.context.remote = call.context.remote, host
    try:
        call.context.run_script(text, call.invocation.stdin)
    finally:
        call.context.remote = outer


def storage_kind(call: Call, verb: str, first: int) -> str:
    """`gcloud storage` and gsutil: reading, removing, and copies with their direction."""
    operands = call.parsed.operands[first:]
    if verb in ("ls", "du"):
        return "cloud.read"
    if verb == "cat":
        return "cloud.download"
    if verb in ("rm", "rb"):
        return "cloud.delete"
    if len(operands) < 2:
        return "cloud.write"
    target = operands[-1]
    for source in operands[:-1]:
        copy_between(call, source, target, "gs://", "s3://")
        if verb == "mv" and source.text.startswith(("gs://", "s3://")):
            call.add("cloud.delete", source.text)
        elif verb == "mv":
            call.context.delete_path(source, tree=call.on("-r", "--recursive"))
    deletes = call.on("--delete-unmatched-destination-objects", "-d")
    if verb in ("rsync", "sync") and deletes:
        if target.text.startswith(("gs://", "s3://")):
            call.add("cloud.delete", target.text)
        else:
            call.context.delete_path(target, tree=True)
    return ""


GSUTIL = Spec(
    kinds={
        "cloud.read": "ls, du, stat, hash, acl get, defacl get, iam get, cors get, lifecycle get, "
        "versioning get, label get, logging get, web get, requesterpays get, notification list, "
        "hmac list, "
        "hmac get, retention get, ubla get, bucketpolicyonly get, pap get, rpo get, kms encryption",
        "cloud.download": "cat",
        "cloud.write": "mb, compose, rewrite, setmeta, cors set, lifecycle set, versioning set, label ch, "
        "label set, logging set, web set, requesterpays set, notification create, "
        "notification delete, "
        "retention set, retention lock, retention event, retention temp, defstorageclass, "
        "rpo set, autoclass",
        "cloud.upload": "cp, mv, rsync",
        "cloud.delete": "rm, rb",
        "cloud.access": "acl set, acl ch, defacl set, defacl ch, iam set, iam ch, signurl, ubla set, "
        "bucketpolicyonly set, pap set, kms authorize",
        "cloud.write-secret": "hmac create, hmac delete, hmac update",
        "cloud.configure": "config",
        "observe.load-test": "perfdiag",
        "shell.inert": "version, help, test, ",
        "package.install-global": "update",
    },
    values="-h -o -p -l --location -b -u -i -x -y --projectid",
    switches="-m -q -D -DD -n",
    environment={"-p": "project", "-u": "project", "-i": "operand"},
    harmless="--help --version",
)


def gsutil_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """Buckets tell; else the active project."""
    candidates = gcloud_candidates(context, invocation)
    for word in parsed.operands:
        if word.text.startswith(("gs://", "s3://")):
            candidates.append(("bucket" if word.literal else "computed", word.text, word.text))
        else:
            candidates.append(("operand", path_candidate(context, word.text, "")[1], word.text))
    return candidates


def refine_gsutil(call: Call, kind: str) -> str:
    """Copies have a direction."""
    if call.parsed.subcommand in (*_COPIES, "rm", "rb", "cat"):
        if call.parsed.subcommand == "rsync" and call.surely_on("-n"):
            return "cloud.read"
        return storage_kind(call, call.parsed.subcommand, 0)
    if not kind:
        call.unknown(f"`gsutil {call.parsed.subcommand}` is not in agentic's tables")
    return kind


PROGRAMS = {
    "gcloud": placed(GCLOUD, gcloud_place, refine_gcloud),
    "gsutil": placed(GSUTIL, gsutil_place, refine_gsutil),
}
