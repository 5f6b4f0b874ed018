"""Experiments, models, data versions: MLflow, DVC, Hugging Face, feature stores, local serving, training.

Sources: https://mlflow.org/docs/latest/cli.html, https://dvc.org/doc/command-reference,
https://huggingface.co/docs/huggingface_hub/guides/cli, https://docs.feast.dev/reference/feast-cli-commands
.
"""

from __future__ import annotations

from agentic.core.paths import folder_of
from agentic.recognize.environment import host_of, is_loopback
from agentic.recognize.grammar import Spec
from agentic.recognize.manifests import is_address
from agentic.recognize.placement import Call, not_in_tables, placed
from agentic.recognize.surroundings import file_text, folder_candidates, ini_section

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation

MLFLOW = Spec(
    kinds={
        "experiment.read": (
            "experiments search, experiments list, experiments csv, experiments get, runs list, "
            "runs describe, artifacts list, traces search, traces get, deployments list, "
            "deployments get, deployments help, deployments get-endpoint, "
            "deployments list-endpoints, "
            "scorers list, datasets list, recipes inspect, recipes get-artifact"
        ),
        "experiment.log": (
            "experiments create, experiments rename, experiments restore, runs restore, "
            "runs create, "
            "runs link-traces, artifacts log-artifact, artifacts log-artifacts, traces set-tag, "
            "traces log-feedback, traces log-expectation, scorers register-llm-judge, recipes clean"
        ),
        "experiment.delete": (
            "experiments delete, runs delete, gc, traces delete, traces delete-tag"
        ),
        "data.pull": "artifacts download",
        "data.write": "db upgrade",
        "model.serve-local": "models serve, sagemaker run-local, deployments run-local",
        "model.evaluate": (
            "models predict, deployments predict, deployments explain, traces evaluate"
        ),
        "container.build": "models build-docker, models generate-dockerfile, models prepare-env",
        "file.write": "models update-pip-requirements",
        "code.open-server": "server, ui, gateway start",
        "deploy.run": (
            "deployments create, deployments update, deployments create-endpoint, "
            "deployments update-endpoint, sagemaker deploy, sagemaker deploy-transform-job, "
            "sagemaker push-model"
        ),
        "cloud.delete": (
            "deployments delete, deployments delete-endpoint, sagemaker delete, "
            "sagemaker terminate-transform-job"
        ),
        "container.push": "sagemaker build-and-push-container",
        "code.run": "run, recipes run",
        "model.register": "models register",
        "shell.read-system": "doctor, help, version, ",
    },
    values=(
        "--env-file -m --model-uri -h --host -p --port -w --workers --gunicorn-opts "
        "--waitress-opts "
        "--backend-store-uri --registry-store-uri --default-artifact-root --artifacts-destination "
        "-x --experiment-id -n --experiment-name --name --run-id -r --artifact-path -a -d "
        "--dst-path "
        "--local-file --local-dir --artifact-uri --run-ids --experiment-ids --older-than -t "
        "--target "
        "-P --param-list --parameter --flavor -f -e --entry-point -v --version -b --backend -c "
        "--backend-config --storage-dir --run-name -A --docker-args --env-manager -i --input-path "
        "-o "
        "--output-path --content-type -j --config -C --view --endpoint --trace-ids --max-traces "
        "--expose-prometheus --app-name --tracking-uri --allowed-hosts --cors-allowed-origins"
    ),
    variables={},
    harmless="--help --version",
)


def mlflow_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The tracking server, else the file store of this folder."""
    candidates: list[Candidate] = []
    for option in ("--backend-store-uri", "--tracking-uri"):
        candidates.extend(store_candidates(parsed.value(option), option))
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        candidates.extend(store_candidates(context.variable(invocation, name), name))
    env_files = parsed.all_values("--env-file")
    candidates.extend(("operand", name, f"--env-file {name}") for name in env_files)
    endpoint = parsed.value("--endpoint") or parsed.value("-t", "--target")
    if endpoint:
        candidates.extend(store_candidates(endpoint, "--target"))
    elif not candidates:
        candidates.append(("host", "localhost", "no tracking server, so ./mlruns"))
    candidates.extend(("operand", value, value) for value in parsed.all_values("--name", "-n"))
    return candidates


def store_candidates(address: str, shown: str) -> list[Candidate]:
    """A tracking or feature store's address: a file is local, a host tells."""
    if not address:
        return []
    if "://" not in address or address.startswith(("file:", "sqlite:")):
        is_name = address.startswith(("databricks", "sagemaker", "azureml")) and "/" not in address
        return [
            (
                "name" if is_name else "host",
                address if is_name else "localhost",
                f"{shown}={address}",
            )
        ]
    if is_loopback(address):
        return [("host", "localhost", f"{shown}={address}")]
    return [
        ("host", host_of(address), f"{shown}={address}"),
        ("operand", address, f"{shown}={address}"),
    ]


def refine_mlflow(call: Call, kind: str) -> str:
    """Servers on all interfaces, projects from elsewhere or on another backend."""
    if not kind:
        not_in_tables(call)
        return ""
    parsed = call.parsed
    if kind in ("code.open-server", "model.serve-local"):
        add_exposed(call, parsed.value("-h", "--host"))
        return kind
    if parsed.subcommand == "run" and call.words:
        if is_address(call.words[0]) or call.words[0].startswith("git@"):
            call.context.add("code.execute-remote", call.words[0])
        if parsed.value("-b", "--backend") not in ("", "local"):
            return "pipeline.run"
    if kind == "data.pull" and parsed.value("-d", "--dst-path"):
        for name, word in parsed.options:
            if name in ("-d", "--dst-path") and word is not None:
                call.context.write_path(word)
    return kind


def add_exposed(call: Call, host: str) -> None:
    """A server on other addresses than loopback is open to other machines."""
    if (host and not is_loopback(host)) or host in ("0.0.0.0", "::", "[::]", "*"):  # noqa: S104 - compared
        call.context.add("code.expose-server", f"{call.invocation.name} on {host}")


DVC = Spec(
    kinds={
        "data.profile": "",
        "shell.inert": "version, root, completion, help, doctor, check-ignore",
        "experiment.read": (
            "status, diff, dag, list, ls, ls-url, list-url, metrics, metrics show, metrics diff, "
            "params, "
            "params diff, plots, plots show, plots diff, plots templates, data status, ds, "
            "exp show, "
            "exp list, exp ls, exp diff, experiments show, experiments list, experiments diff, "
            "remote list, stage list, queue status, queue logs, artifacts list"
        ),
        "data.version": (
            "add, commit, move, mv, rename, freeze, unfreeze, init, import, import-url, "
            "import-db, update, "
            "stage add, unprotect, checkout, remove, exp apply, exp branch, exp save, "
            "exp rename, exp init, "
            "experiments apply, experiments save, machine, cache dir, cache migrate"
        ),
        "data.pull": "pull, fetch, get, get-url, exp pull, experiments pull, artifacts get",
        "data.push": "push, exp push, experiments push",
        "data.collect-garbage": "gc, exp gc, exp clean, destroy",
        "experiment.delete": "exp remove, exp rm, experiments remove, queue remove, queue kill",
        "model.train": "repro, exp run, experiments run, queue start, run",
        "file.write": (
            "config, remote add, remote modify, remote remove, remote default, remote rename, "
            "queue stop"
        ),
        "git.configure-execution": "install",
        "cloud.configure": "studio login, studio logout, studio token",
    },
    values=(
        "-r --remote -j --jobs --rev --to --cd -o --out -n --name -d --deps -p --params -m "
        "--metrics "
        "-O --outs-no-cache --file -S --set-param --targets --type --desc --label --num "
        "--queue-name --copy-paths -N --show-only --sort-by --drop"
    ),
    switches="-q --quiet -v --verbose",
    environment={"-r": "name", "--remote": "name", "--cd": "path"},
)


def dvc_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The remote named, else the repository's default one, and where that lies."""
    if parsed.subcommand not in ("push", "gc", "exp push", "experiments push"):
        return [("host", "localhost", "this work tree")]
    if parsed.subcommand == "gc" and not parsed.has("-c", "--cloud", "-r", "--remote"):
        return [("host", "localhost", "the local cache")]
    text = dvc_settings(context)
    chosen = parsed.value("-r", "--remote") or ini_section(text, "core").get("remote", "")
    section = ini_section(text, f"'remote \"{chosen}\"'") or ini_section(text, f'remote "{chosen}"')
    address = section.get("url", "")
    candidates: list[Candidate] = [("name", chosen, f"remote {chosen}")]
    if address and "://" not in address:
        candidates.append(("host", "localhost", f"remote {chosen} ({address})"))
    elif address:
        candidates.append(("bucket", address, f"remote {chosen} ({address})"))
    return candidates


def dvc_settings(context: Context) -> str:
    """The text of the nearest `.dvc/config` of the workspace."""
    folder = context.cwd
    for _ in range(8):
        text = file_text(context, folder + "/.dvc/config")
        if text or folder in context.workspace.roots or folder == "/":
            return text
        folder = folder_of(folder)
    return ""


def refine_dvc(call: Call, kind: str) -> str:
    """Credentials in a remote's settings; a forced checkout throws work away."""
    parsed = call.parsed
    if not kind:
        not_in_tables(call)
        return ""
    if call.surely_on("--dry", "--dry-run"):
        return "experiment.read"
    if parsed.subcommand == "remote modify":
        secrets = ("password", "secret", "key", "token", "credential", "connection_string", "sas")
        if any(part in word.lower() for word in call.words[1:2] for part in secrets):
            return "file.write-secret"
    if parsed.subcommand == "checkout" and call.on("-f", "--force"):
        call.context.add("git.discard", "dvc checkout --force")
    if parsed.subcommand == "config" and len(call.words) < 2:
        return "experiment.read"
    if parsed.subcommand in ("import-url", "get-url") and call.words[:1] and "://" in call.words[0]:
        call.context.add("network.download", call.words[0])
    return kind


TRACKING = Spec(
    kinds={
        "experiment.read": (
            "status, verify, projects, artifact ls, beta leet, describe, history, show-log"
        ),
        "experiment.log": (
            "sync, init, online, offline, enabled, disabled, on, off, docker, beta sync"
        ),
        "data.pull": "pull, artifact get, restore, get, search",
        "data.push": "artifact put, upload, publish, add, close, sync-data, create",
        "model.train": "agent, sweep",
        "pipeline.run": "launch, launch-sweep, launch-agent, job create, scheduler",
        "cloud.configure": "login, logout, configure",
        "experiment.delete": "delete",
        "file.clean-build": "artifact cache",
        "code.open-server": "server start, server stop, local, controller",
        "shell.inert": "version, help, ",
    },
    values="-e --entity -p --project --id -n --name -t --type -d --description -q --queue --host -m",
    variables={"WANDB_BASE_URL": "host", "WANDB_PROJECT": "name"},
    environment={"-p": "name", "--project": "name"},
)

HUB = Spec(
    kinds={
        "network.read": (
            "whoami, auth whoami, auth list, repo list, models, models ls, models info, datasets, "
            "datasets ls, datasets info, spaces, spaces ls, spaces info, papers, jobs ps, "
            "jobs logs, "
            "jobs inspect, jobs stats, jobs hardware, endpoints ls, endpoints describe, "
            "endpoints catalog, "
            "tag list, repo tag list, collections ls, collections info, buckets ls"
        ),
        "network.download": "download, buckets cp",
        "package.publish": (
            "upload, upload-large-folder, repo create, tag create, tag, repo tag create, "
            "repo branch create, "
            "repo move, repo settings, repo duplicate, collections create, lfs-enable-largefiles, "
            "lfs-multipart-upload, buckets create, buckets sync, discussions create"
        ),
        "package.unpublish": (
            "repo delete, repo-files delete, repo-files, tag delete, repo tag delete, "
            "repo branch delete, "
            "delete_repo, collections delete, buckets delete, buckets rm"
        ),
        "secret.read": "auth token",
        "cloud.configure": "login, logout, auth login, auth logout, auth switch",
        "pipeline.run": (
            "jobs run, jobs uv run, jobs scheduled run, jobs scheduled uv run, jobs cancel"
        ),
        "deploy.run": (
            "endpoints deploy, endpoints update, endpoints resume, endpoints pause, "
            "endpoints scale-to-zero, spaces restart, spaces dev-mode"
        ),
        "cloud.delete": "endpoints delete",
        "file.clean-build": "scan-cache, delete-cache, cache, cache ls, cache rm, cache prune, cache scan, "
        "cache delete, cache verify, cache list",
        "shell.inert": "env, version, help, skills, ",
        "package.install-untrusted-source": "extensions install",
    },
    values=(
        "--repo-type --revision --include --exclude --cache-dir --local-dir --token "
        "--commit-message "
        "--commit-description --name --type --limit --format --hardware --namespace --flavor "
        "--timeout -e "
        "--env -s --secrets --max-workers"
    ),
)


def refine_hub(call: Call, kind: str) -> str:
    """A token on the command line is a secret that is stored; downloads write where they are told."""
    if not kind:
        not_in_tables(call)
        return ""
    if kind == "network.download":
        for name, word in call.parsed.options:
            if name == "--local-dir" and word is not None:
                call.context.write_path(word)
    return kind


FEAST = Spec(
    kinds={
        "data.query": (
            "plan, version, configuration, feature-views list, feature-views describe, "
            "entities list, "
            "entities describe, feature-services list, feature-services describe, "
            "data-sources list, "
            "data-sources describe, registry-dump, on-demand-feature-views list, projects list, "
            "projects describe, permissions list, permissions check, get-historical-features, "
            "get-online-features, validate, saved-datasets list, features list"
        ),
        "data.write": "apply, materialize, materialize-incremental",
        "data.drop": "teardown, delete",
        "data.access": "permissions",
        "code.open-server": (
            "serve, ui, serve_transformations, serve_offline, serve_registry, listen"
        ),
        "service.scaffold": "init",
        "shell.inert": "help, ",
    },
    values="-c --chdir -f --feature-store-yaml -h --host -p --port -v --views --log-level -t --template",
    environment={"-c": "path", "--chdir": "path", "-f": "path", "--feature-store-yaml": "path"},
    variables={"FEAST_ENVIRONMENT": "name"},
    harmless="--help",
)


def feast_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The folder of the feature repository; a local provider without any address stays here."""
    folder = context.path(parsed.value("-c", "--chdir") or ".")
    text = file_text(context, folder + "/feature_store.yaml")
    is_local = "provider: local" in text and "://" not in text
    here: list[Candidate] = [("host", "localhost", "provider local")] if is_local else []
    return [*here, *folder_candidates(context)]


BENTO = Spec(
    kinds={
        "container.read": (
            "list, get, models list, models get, deployment list, deployment get, env"
        ),
        "code.build": "build, export, import, tag",
        "model.serve-local": "serve, serve-http, serve-grpc, start, run-local",
        "container.build": "containerize",
        "package.publish": "push, models push",
        "network.download": "pull, models pull, models import",
        "deploy.run": (
            "deploy, deployment create, deployment update, deployment apply, deployment start, "
            "develop, code"
        ),
        "cloud.delete": "deployment delete, deployment terminate, secret delete",
        "container.remove": "delete, models delete",
        "cloud.write-secret": "secret create, secret apply",
        "cloud.read": "secret list, deployment list-instance-types, cloud current-context",
        "cloud.configure": "cloud login, cloud update-current-context",
        "shell.inert": "version, help, ",
    },
    values="-h --host -p --port -f --config-file -n --name --cluster --scaling-min --scaling-max --env -t -o",
    environment={"--cluster": "cluster", "-n": "name", "--name": "name", "-f": "path"},
    harmless="--help -v --version",
)


def refine_serving(call: Call, kind: str) -> str:
    """Servers on all interfaces are open to others."""
    if not kind:
        not_in_tables(call)
        return ""
    if kind in ("model.serve-local", "code.open-server"):
        hosts = call.parsed.all_values("-h", "--host", "--bind", "--address", "--server.address")
        add_exposed(call, hosts[-1] if hosts else "")
        if call.on("--bind_all", "--share"):
            call.context.add("code.expose-server", f"{call.invocation.name} on all interfaces")
    return kind


LOCAL_MODELS = Spec(
    kinds={
        "container.read": "list, ls, show, ps, bench, collect-env",
        "model.serve-local": "serve, start, chat, complete",
        "model.evaluate": "run, run-batch",
        "network.download": "pull",
        "package.publish": "push",
        "container.remove": "rm",
        "container.run": "stop",
        "code.build": "create, cp",
        "cloud.configure": "signin, signout",
        "shell.inert": "help, ",
    },
    values="--host --port --model --api-key -f --file --tensor-parallel-size --dtype --max-model-len",
    flags={"--trust-remote-code": "code.load-untrusted-model"},
    harmless="--help -h -v --version",
)

TRAIN = Spec(kinds={"model.train": ""}, no_subcommand=True, values="--master_port --nproc_per_node")
ACCELERATE = Spec(
    kinds={
        "model.train": "launch, test, tpu-config",
        "shell.read-system": "env, estimate-memory, help, ",
        "file.write": "config, config default, config update, merge-weights, to-fsdp2",
    },
    values="--config_file --num_processes --num_machines --machine_rank --main_process_ip --mixed_precision",
    harmless="--help",
)

SELDON = Spec(
    kinds={
        "observe.read": (
            "model list, model status, model metadata, pipeline list, pipeline status, server list, "
            "server status, experiment list, experiment status, config list, pipeline inspect"
        ),
        "deploy.run": "model load, pipeline load",
        "deploy.traffic-weight": "experiment start, experiment stop",
        "cloud.delete": "model unload, pipeline unload",
        "network.write": "model infer, pipeline infer",
        "cloud.configure": "config activate, config deactivate, config add, config remove",
        "shell.inert": "help, completion, ",
    },
    values="-f --file-path --scheduler-host --inference-host -o -i --iterations --inference-mode",
    environment={
        "--scheduler-host": "host",
        "--inference-host": "host",
        "-f": "path",
        "--file-path": "path",
    },
)

CHECKS = Spec(
    kinds={
        "data.profile": (
            "checkpoint run, suite, suite list, suite new, suite edit, checkpoint list, docs, "
            "init, "
            "datasource list, validate, docs build, docs list, checkpoint new, "
            "project check-config, report"
        ),
        "file.clean-build": "docs clean",
        "code.open-server": "ui, start",
        "experiment.log": "create-study, study set-user-attr, tell, ask, study optimize",
        "experiment.read": "studies, trials, best-trial, best-trials, study-names, trials-list",
        "experiment.delete": "delete-study, checkpoint delete, suite delete, datasource delete",
        "data.write": "storage upgrade",
        "shell.inert": "version, help, ",
    },
    values="--storage --study-name --name -c --config --workspace --port --host --direction --data -d -v",
    environment={"--storage": "host"},
)

TENSORBOARD = Spec(
    kinds={"code.open-server": ""},
    no_subcommand=True,
    values="--logdir --port --host --samples_per_plugin",
)

_tracking = placed(TRACKING)
_train = placed(TRAIN)
_checks = placed(CHECKS)
_hub = placed(HUB, None, refine_hub)
_local = placed(LOCAL_MODELS, None, refine_serving)

PROGRAMS = {
    "mlflow": placed(MLFLOW, mlflow_place, refine_mlflow),
    "dvc": placed(DVC, dvc_place, refine_dvc),
    "wandb": _tracking,
    "clearml-data": _tracking,
    "huggingface-cli": _hub,
    "hf": _hub,
    "feast": placed(FEAST, feast_place, refine_serving),
    "bentoml": placed(BENTO, None, refine_serving),
    "seldon": placed(SELDON),
    "ollama": _local,
    "vllm": _local,
    "torchrun": _train,
    "deepspeed": _train,
    "horovodrun": _train,
    "accelerate": placed(ACCELERATE),
    "great_expectations": _checks,
    "evidently": _checks,
    "optuna": _checks,
    "tensorboard": placed(TENSORBOARD, None, refine_serving),
}
