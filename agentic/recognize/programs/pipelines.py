"""What runs pipelines and jobs: Airflow, Argo Workflows, Kubeflow, Prefect, Ray, Spark, Databricks...

Sources: https://airflow.apache.org/docs/apache-airflow/stable/cli-and-env-variables-ref.html,
https://argo-workflows.readthedocs.io/en/latest/cli/argo/, https://docs.databricks.com/dev-tools/cli/,
https://docs.lakefs.io/reference/cli.html.
"""

from __future__ import annotations

from agentic.recognize.grammar import Spec
from agentic.recognize.placement import Call, not_in_tables, placed
from agentic.recognize.programs.cloud_verbs import Verbs, command_words, exact_entry, kind_of_words
from agentic.recognize.programs.clouds import statement_kind
from agentic.recognize.programs.kubernetes import cluster
from agentic.recognize.surroundings import folder_candidates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation

AIRFLOW = Spec(
    kinds={
        "observe.read": (
            "dags list, dags show, dags state, dags next-execution, dags list-runs, "
            "dags list-jobs, "
            "dags list-import-errors, dags report, dags details, dags show-dependencies, "
            "tasks list, "
            "tasks state, tasks render, tasks failed-deps, tasks states-for-dag-run, pools list, "
            "pools get, variables list, users list, roles list, providers, plugins, info, "
            "version, jobs check, "
            "db check, db check-migrations, cheat-sheet, config list, config get-value, "
            "config lint, "
            "assets list, assets details, datasets list, backfill list"
        ),
        "pipeline.run": (
            "dags trigger, dags backfill, dags pause, dags unpause, dags reserialize, tasks run, "
            "tasks clear, "
            "backfill create, backfill pause, backfill unpause, backfill cancel, assets materialize"
        ),
        "code.run": "dags test, tasks test, kerberos",
        "data.drop": "dags delete, db reset, db clean, db drop-archived, db downgrade",
        "data.write": (
            "db migrate, db upgrade, db init, db export-archived, variables set, variables import, "
            "variables delete, pools set, pools delete, pools import, "
            "connections create-default-connections"
        ),
        "secret.read": (
            "connections get, connections list, connections export, connections test, "
            "variables get, "
            "variables export, db shell"
        ),
        "secret.rotate": (
            "connections add, connections delete, connections import, rotate-fernet-key"
        ),
        "access.change": (
            "users create, users delete, users add-role, users remove-role, users import, "
            "users export, "
            "users reset-password, roles create, roles delete, roles add-perms, roles del-perms, "
            "roles import, sync-perm, teams create, teams delete"
        ),
        "code.open-server": (
            "webserver, api-server, scheduler, standalone, triggerer, dag-processor, "
            "celery worker, "
            "celery flower, internal-api"
        ),
        "shell.inert": "help, ",
    },
    values=(
        "-S --subdir -r --run-id -e --exec-date --logical-date -c --conf -s --start-date "
        "--end-date -d "
        "-t --task-regex -o --output -n --conn-id --conn-uri --conn-json --conn-type --username "
        "--role --email --password -p --port -H --hostname --pool -l --dag-id --from-date --to-date"
    ),
    variables={"AIRFLOW_ENV": "name", "AIRFLOW_HOME": "operand"},
    harmless="--help -h",
)


def operand_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The names of what is acted on, and the folder (both may only raise)."""
    candidates: list[Candidate] = [("operand", word.text, word.text) for word in parsed.operands]
    candidates.extend(("operand", name, shown) for _, name, shown in folder_candidates(context))
    return candidates


ARGO = Spec(
    kinds={
        "observe.read": (
            "list, get, logs, watch, lint, wait, node get, template list, template get, "
            "template lint, "
            "cluster-template list, cluster-template get, cluster-template lint, cron list, "
            "cron get, "
            "cron lint, archive list, archive get, archive list-label-keys, version, convert"
        ),
        "pipeline.run": (
            "submit, resubmit, retry, resume, suspend, stop, terminate, cp, node set, node, "
            "archive resubmit, archive retry, cron suspend, cron resume"
        ),
        "batch.deploy": "cron create, cron update, cron backfill",
        "kubernetes.apply": (
            "template create, template update, cluster-template create, cluster-template update"
        ),
        "kubernetes.delete": (
            "delete, template delete, cluster-template delete, cron delete, archive delete"
        ),
        "kubernetes.read-secret": "auth token",
        "code.open-server": "server",
        "shell.inert": "completion, help, auth, ",
    },
    values=(
        "-n --namespace --context --kubeconfig -s --argo-server --argo-base-href --as --as-group "
        "--cluster "
        "--server --token --user -p --parameter -f --parameter-file --from --entrypoint --name "
        "--generate-name -l --labels --selector --serviceaccount -o --output --priority "
        "--instanceid -i --request-timeout --loglevel --node-field-selector --older --prefix "
        "--since"
    ),
    environment={
        "-n": "namespace",
        "--namespace": "namespace",
        "-s": "host",
        "--argo-server": "host",
    },
    flags={"--insecure-skip-verify": "network.insecure", "-k": "network.insecure"},
)

KFP = Spec(
    kinds={
        "observe.read": (
            "run list, run get, pipeline list, pipeline get, pipeline list-versions, "
            "pipeline get-version, "
            "experiment list, experiment get, recurring-run list, recurring-run get, diagnose-me"
        ),
        "pipeline.run": "run create, run submit, run archive, run unarchive, run terminate",
        "batch.deploy": "recurring-run create, recurring-run enable, recurring-run disable",
        "template.publish": (
            "pipeline create, pipeline create-version, pipeline upload, component build"
        ),
        "experiment.log": "experiment create, experiment unarchive",
        "experiment.delete": (
            "experiment delete, experiment archive, run delete, pipeline delete, "
            "pipeline delete-version, "
            "recurring-run delete"
        ),
        "code.build": "dsl compile",
        "shell.inert": "version, help, ",
    },
    values="--endpoint --iap-client-id -n --namespace -e --experiment-name -f --package-file -p -o --output",
    environment={"--endpoint": "host", "-n": "namespace", "--namespace": "namespace"},
)

FLOWS = Spec(
    kinds={
        "observe.read": (
            "flow ls, flow-run ls, flow-run inspect, flow-run logs, deployment ls, "
            "deployment inspect, "
            "deployment schedule ls, work-pool ls, work-pool inspect, work-queue ls, profile ls, "
            "profile inspect, profile current, cloud workspace ls, block ls, block inspect, "
            "block type ls, "
            "task-run ls, status, version, artifact ls, artifact inspect, variable ls, "
            "concurrency-limit ls, "
            "stack list, stack describe, stack get, pipeline list, pipeline runs list, model list, "
            "model describe, artifact list, catalog list, registry list, info, run list, "
            "asset list, job list, "
            "schedule list, instance config, debug, registry describe, pipeline describe, "
            "server status, ls"
        ),
        "pipeline.run": (
            "deployment run, flow-run cancel, flow-run resume, work-pool pause, work-pool resume, "
            "deployment pause, deployment resume, job launch, job execute, asset materialize, "
            "schedule start, schedule stop, job backfill, pipeline run, flow-run retry"
        ),
        "deploy.run": (
            "deploy, deployment apply, deployment build, deployment create, "
            "deployment schedule create, "
            "deployment set-schedule, pipeline deploy, model deploy, stack up, stack deploy, "
            "deployment provision"
        ),
        "experiment.delete": (
            "flow-run delete, deployment delete, work-pool delete, flow delete, artifact delete, "
            "pipeline runs delete, pipeline delete, model delete, model version delete, "
            "artifact prune, clean, "
            "run delete, run wipe, asset wipe, block delete, work-queue delete, project delete"
        ),
        "cloud.write": (
            "work-pool create, work-pool update, work-queue create, concurrency-limit create, "
            "variable set, "
            "automation create, stack register, stack update, artifact-store register, stack copy, "
            "orchestrator register, model-registry register, deployer register, "
            "experiment-tracker register, model version update, variable unset"
        ),
        "cloud.delete": (
            "stack delete, stack down, stack destroy, automation delete, server database reset"
        ),
        "cloud.write-secret": (
            "block register, block create, secret create, secret update, secret delete"
        ),
        "secret.read": "secret get, secret export",
        "cloud.configure": (
            "cloud login, cloud logout, cloud workspace set, config set, config unset, "
            "profile use, "
            "profile create, profile delete, login, logout, connect, disconnect, stack set, "
            "project set"
        ),
        "code.run": (
            "run, flow serve, worker start, agent start, up, dev, shell execute, runpipeline, "
            "code-server start, execute"
        ),
        "code.open-server": "server start, webserver, viz, viz run, dashboard, daemon run",
        "code.test": "test, lint, validate, definitions validate",
        "service.scaffold": "init, new, project scaffold, pipeline create, starter list, scaffold",
        "shell.read-system": (
            "config view, catalog resolve, micropkg, package, integration list, registry"
        ),
        "package.install-new": "integration install",
        "shell.inert": "help, completion, ",
    },
    values=(
        "-n --name -p --pool --profile -e --env -t --tag --params --param --config -c --cv "
        "--job-variable "
        "--stack -s --port --host -m --module-name -f --python-file -j --job -w --workspace -d -r "
        "--runner "
        "--pipeline --from-nodes --to-nodes --node --conf-source"
    ),
    environment={
        "-e": "name",
        "--env": "name",
        "--profile": "profile",
        "--stack": "name",
        "-p": "name",
    },
    variables={"PREFECT_API_URL": "host", "PREFECT_PROFILE": "profile", "ZENML_STORE_URL": "host"},
)

RAY = Spec(
    kinds={
        "observe.read": (
            "status, list, summary, memory, timeline, logs, get, job list, job status, job logs, "
            "stat, "
            "serve status, serve config, queue, check, show-gpus, cost-report, jobs queue, "
            "jobs logs, "
            "version, jobs dashboard, api info, storage ls, microbenchmark, healthcheck, stack, "
            "disable-usage-stats"
        ),
        "pipeline.run": (
            "job submit, submit, job stop, exec, jobs launch, jobs cancel, cancel, job delete"
        ),
        "deploy.run": "serve deploy, serve run, serve up, serve update, serve start, deploy, run",
        "cloud.write": "up, launch, autostop, monitor, rsync-up, rsync_up, attach",
        "cloud.delete": "down, serve down, serve shutdown, storage delete, shutdown, teardown",
        "code.build": "serve build, build",
        "code.open-server": "start, dashboard, api start, metrics launch-prometheus",
        "process.signal": "stop, api stop, kill-random-node",
        "cloud.download": "rsync-down, rsync_down",
        "cloud.configure": "api login, api logout",
        "shell.inert": "help, ",
    },
    values=(
        "--address -c --cluster -n --name --cluster-name --working-dir --runtime-env "
        "--runtime-env-json "
        "--submission-id --num-cpus --num-gpus --port --dashboard-host --dashboard-port -w --env "
        "--cloud "
        "--gpus --region --zone --cpus --memory --workdir -i --idle-minutes-to-autostop "
        "--log-style "
        "--head-node-not --temp-dir --resources -e --secret"
    ),
    environment={"--address": "host", "-c": "name", "--cluster": "name", "--cluster-name": "name"},
    variables={"RAY_ADDRESS": "host", "RAY_API_SERVER_ADDRESS": "host"},
)


def refine_simple(call: Call, kind: str) -> str:
    """Only what no table knows is said."""
    if not kind:
        not_in_tables(call)
    return kind


SPARK = Spec(
    kinds={"pipeline.run": ""},
    values=(
        "--master --deploy-mode --class --name --jars --packages --exclude-packages --repositories "
        "--py-files --files --conf -c --properties-file --driver-memory --driver-java-options "
        "--driver-library-path --driver-class-path --executor-memory --proxy-user --driver-cores "
        "--total-executor-cores --executor-cores --queue --num-executors --archives --principal "
        "--keytab "
        "-e -f --kill --status --database"
    ),
    environment={
        "--master": "host",
        "--queue": "name",
        "--properties-file": "path",
        "--name": "operand",
    },
    no_subcommand=True,
)


def refine_spark(call: Call, kind: str) -> str:
    """`local[*]` runs here; code from elsewhere is fetched and run."""
    parsed = call.parsed
    for word in parsed.operands[:1]:
        if word.text.startswith(("http://", "https://", "ftp://")):
            call.context.add("code.execute-remote", word.text)
    if parsed.has("--status"):
        return "observe.read"
    master = parsed.value("--master")
    if call.invocation.name == "spark-sql" and parsed.value("-e"):
        return statement_kind(parsed.value("-e"), "data.write")
    return "code.run" if master.startswith("local") or not master else kind


DATABRICKS = Spec(
    kinds={"cloud.write": "*"},
    values=(
        "-p --profile -t --target -o --output --log-level --log-file --json --progress-format "
        "--var "
        "--cluster-id --job-id --key --host -e --environment -c --connection --role --warehouse "
        "--database --schema --account --user -q --query -f --filename --scope"
    ),
    environment={
        "-p": "profile",
        "--profile": "profile",
        "-t": "name",
        "--target": "name",
        "-e": "name",
        "--environment": "name",
        "-c": "profile",
        "--connection": "profile",
        "--database": "name",
        "--host": "host",
    },
    variables={"DATABRICKS_CONFIG_PROFILE": "profile", "DATABRICKS_HOST": "host"},
)
DATABRICKS_VERBS = Verbs(
    exact={
        "bundle deploy": "deploy.run",
        "bundle destroy": "cloud.delete",
        "bundle run": "pipeline.run",
        "bundle validate": "code.test",
        "bundle summary": "cloud.read",
        "bundle init": "service.scaffold",
        "bundle generate": "file.write",
        "bundle schema": "shell.inert",
        "jobs run-now": "pipeline.run",
        "jobs submit": "pipeline.run",
        "jobs cancel-run": "pipeline.run",
        "jobs cancel-all-runs": "pipeline.run",
        "jobs create": "batch.deploy",
        "pipelines start-update": "pipeline.run",
        "serving-endpoints create": "deploy.run",
        "serving-endpoints update-config": "deploy.traffic-weight",
        "serving-endpoints query": "network.write",
        "model-registry transition-stage": "model.transition-production",
        "registered-models set-alias": "model.alias",
        "registered-models delete": "model.delete",
        "model-versions delete": "model.delete",
        "secrets get-secret": "cloud.read-secret",
        "secrets put-secret": "cloud.write-secret",
        "secrets delete-secret": "cloud.write-secret",
        "secrets create-scope": "cloud.write-secret",
        "auth token": "cloud.read-secret",
        "auth": "cloud.configure",
        "configure": "cloud.configure",
        "fs cp": "cloud.upload",
        "fs ls": "cloud.read",
        "fs cat": "cloud.download",
        "fs rm": "cloud.delete",
        "fs mkdir": "cloud.write",
        "workspace import": "cloud.upload",
        "workspace import-dir": "cloud.upload",
        "workspace export": "cloud.download",
        "workspace export-dir": "cloud.download",
        "sync": "cloud.upload",
        "tokens create": "cloud.write-secret",
        "token-management": "cloud.write-secret",
        "grants": "data.access",
        "snowpark deploy": "deploy.run",
        "streamlit deploy": "deploy.run",
        "app run": "deploy.run",
        "app deploy": "deploy.run",
        "app teardown": "cloud.delete",
        "stage copy": "cloud.upload",
        "git fetch": "cloud.write",
        "object drop": "data.drop",
        "connection test": "cloud.read",
        "connection": "cloud.configure",
        "connection list": "cloud.read",
        "connection generate-jwt": "cloud.read-secret",
        "version": "shell.inert",
        "help": "shell.inert",
        "completion": "shell.inert",
    },
    access_groups=(
        "permissions",
        "groups",
        "users",
        "service-principals",
        "account",
        "ip-access-lists",
    ),
    secret_groups=("secrets",),
    cost_groups=("budgets", "billable-usage"),
)


def databricks_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The names of what is acted on."""
    return [("operand", word.text, word.text) for word in parsed.operands]


def refine_databricks(call: Call, kind: str) -> str:
    """Groups and verbs; raw requests by method; SQL by its statement."""
    words = command_words(call, DATABRICKS_VERBS)
    if not words:
        call.context.add("shell.inert")
        return ""
    if words[0] == "api" and len(words) > 1:
        if words[1] in ("get", "head"):
            return "cloud.read-secret" if "secret" in " ".join(words) else "cloud.read"
        return "cloud.delete" if words[1] == "delete" else "cloud.write"
    if words[0] == "sql":
        return statement_kind(call.parsed.value("-q", "--query"), "data.write")
    entry = exact_entry(words, DATABRICKS_VERBS.exact)
    if entry:
        return DATABRICKS_VERBS.exact[entry]
    return kind_of_words(call, words, DATABRICKS_VERBS)


LAKECTL = Spec(
    kinds={
        "data.query": (
            "log, diff, show, branch list, branch show, repo list, tag list, tag show, fs ls, "
            "fs stat, "
            "doctor, annotate, repo show, local list, local status, actions runs list, "
            "actions validate, "
            "metastore, refs-dump, identity, find-merge-base, usage"
        ),
        "data.pull": "fs cat, fs download, local clone, local pull, local checkout",
        "data.push": "fs upload, fs stage, local commit, import, ingest, fs update-metadata",
        "data.write": "branch create, commit, tag create, cherry-pick, repo create, repo create-bare, "
        "branch protect add, local init, refs-restore",
        "data.publish": "merge",
        "data.drop": (
            "branch delete, branch revert, branch reset, repo delete, tag delete, fs rm, gc, "
            "branch-protect delete, abuse"
        ),
        "data.access": "auth, branch-protect add, superuser, setup",
        "cloud.configure": "config, login",
        "shell.inert": "completion, help, ",
    },
    values="-c --config -m --message --meta -s --source -p --prefix --log-level -r --from --to --amount",
    environment={"-c": "path", "--config": "path"},
    positional={"*": "operand"},
)

JOBS = Spec(
    kinds={"pipeline.run": ""},
    no_subcommand=True,
    values="--project --name --queue --repo --branch --script --docker --task-type",
    environment={"--queue": "name", "--project": "operand"},
)

_flows = placed(FLOWS, operand_place, refine_simple)
_rays = placed(RAY, operand_place, refine_simple)
_spark = placed(SPARK, operand_place, refine_spark)
_databricks = placed(DATABRICKS, databricks_place, refine_databricks)

PROGRAMS = {
    "airflow": placed(AIRFLOW, operand_place, refine_simple),
    "argo": placed(ARGO, cluster, refine_simple),
    "kfp": placed(KFP, operand_place, refine_simple),
    "prefect": _flows,
    "zenml": _flows,
    "dagster": _flows,
    "kedro": _flows,
    "ray": _rays,
    "serve": _rays,
    "sky": _rays,
    "spark-submit": _spark,
    "pyspark": _spark,
    "spark-sql": _spark,
    "spark-shell": _spark,
    "databricks": _databricks,
    "snow": _databricks,
    "lakectl": placed(LAKECTL, operand_place, refine_simple),
    "clearml-task": placed(JOBS),
    "clearml-agent": placed(JOBS),
}
