"""What clients of model registries and experiment stores do in Python code: MLflow and its neighbours.

The names of MLflow's registry methods are its own, so they count on any value; everything else only below
the library's name. Where it goes is told by the tracking address, else it is the local store.

Sources (checked 2026-11-21): https://mlflow.org/docs/latest/api_reference/python_api/mlflow.client.html,
https://huggingface.co/docs/huggingface_hub/package_reference/hf_api.
"""

from __future__ import annotations

from agentic.recognize.python.values import Value, is_text, known_text, word_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.environment import Candidate
    from agentic.recognize.python.call import Call, Handler

#: Aliases by which a version is served.
_SERVED = frozenset(("champion", "production", "prod", "live", "prd", "default"))
_LOGS = frozenset(
    "create_experiment set_experiment start_run end_run set_tag set_tags set_terminated update_run"
    " restore_run restore_experiment rename_experiment set_experiment_tag delete_tag autolog evaluate"
    " set_model_version_tag delete_model_version_tag set_registered_model_tag log_batch".split()
)
_REGISTERS = frozenset(
    "register_model create_registered_model create_model_version copy_model_version"
    " rename_registered_model update_registered_model update_model_version".split()
)
_DELETES = {
    "delete_registered_model": "model.delete",
    "delete_model_version": "model.delete",
    **dict.fromkeys(
        "delete_experiment delete_run delete_runs delete_traces delete_trace delete_logged_model".split(),
        "experiment.delete",
    ),
}


def model_place(call: Call) -> tuple[str, str]:
    """The environment of the tracking server, else of the store in this folder."""
    from agentic.recognize.programs.models import store_candidates

    candidates: list[Candidate] = []
    for each in call.chain():
        given = (*each.items[:1], *[v for name, v in each.named if name.endswith("_uri")])
        for value in given if each.sort == "name" and each.data.endswith("lient()") else ():
            if is_text(value):
                candidates.extend(store_candidates(word_of(value).text, "tracking_uri"))
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        candidates.extend(store_candidates(call.walk.variable(name), name))
    if not candidates:
        if call.walk.seen.get("tracking") == "computed" or not call.name.startswith("mlflow"):
            return "unknown", ""
        candidates.append(("host", "localhost", "no tracking server, so ./mlruns"))
    return call.context.environment_of(candidates)


def stage(call: Call) -> Value | None:
    """`transition_model_version_stage(name, version, stage)`."""
    from agentic.recognize.web import stage_kind

    call.add(stage_kind(f'"{call.text(2, "stage")}"'), _told(model_place(call)))
    return None


def alias(call: Call) -> Value | None:
    """`set_registered_model_alias(name, alias, version)`, and taking one away."""
    given = call.arg(1, "alias")
    text = known_text(given) if given is not None else None
    is_served = text is None or text.lower() in _SERVED
    call.add(
        "model.transition-production" if is_served else "model.alias", _told(model_place(call))
    )
    return None


def _told(place: tuple[str, str]) -> tuple[str, str]:
    """A place that is worth telling: the local store says nothing of what a registry serves."""
    return place if place[0] not in {"local", "unknown"} else ("", "")


def delete(call: Call) -> Value | None:
    """Deleting models, versions, experiments, runs."""
    call.add(_DELETES[call.method], model_place(call))
    return None


def register(call: Call) -> Value | None:
    """Registering a model or a version of one."""
    call.add("model.register", _told(model_place(call)))
    return None


def mlflow_call(call: Call) -> Value | None:
    """Another call below `mlflow`."""
    method = call.method
    if method in {"set_tracking_uri", "set_registry_uri"}:
        text = call.text(0, "uri")
        if text and "${" not in text:
            call.walk.seen["$MLFLOW_TRACKING_URI"] = text
        else:
            call.walk.seen["tracking"] = "computed"
        return None
    if call.name.startswith("mlflow.") and _is_own(call):
        if method.startswith("log_") or method in _LOGS or method == "save_model":
            call.add("experiment.log", _told(model_place(call)))
        if call.arg(-1, "registered_model_name") is not None:
            call.add("model.register", _told(model_place(call)))
        if method.startswith(("search_", "get_", "list_")) and not call.walk.is_kept:
            call.add("experiment.read", _told(model_place(call)))
        if method in {"load_model", "download_artifacts"} and not call.walk.is_kept:
            call.add("code.load-untrusted-model" if method == "load_model" else "data.pull")
        if call.name in {"mlflow.run", "mlflow.projects.run"}:
            call.add("code.run")
    return None


def _is_own(call: Call) -> bool:
    """Whether the method is the library's or a client's own, not that of something it gave."""
    before = call.name.rpartition(".")[0]
    return "()" not in before or before.endswith("lient()")


def hub_call(call: Call) -> Value | None:
    """A call below `huggingface_hub`, `transformers`, `datasets`."""
    method = call.method
    if method in {"hf_hub_download", "snapshot_download"}:
        call.context.add("network.download", call.shown())
    elif method.startswith(("upload_", "create_")) and "huggingface" in call.name:
        call.context.add("network.upload", call.shown())
    elif method.startswith("delete_"):
        call.context.add("model.delete", call.shown(), "unknown", "")
    return None


def push(call: Call) -> Value | None:
    """`model.push_to_hub(name)`."""
    call.context.add("network.upload", call.shown())
    return None


def hub_load(call: Call) -> Value | None:
    """`torch.hub.load(repository, …)` runs code of that repository."""
    if call.text(-1, "source") != "local":
        call.context.add("code.execute-remote", call.shown())
    return None


def _unsafe_keras(call: Call) -> Value | None:
    safe = call.arg(-1, "safe_mode")
    if safe is not None and safe.sort == "constant" and safe.data is False:
        call.context.add("code.load-untrusted-model", call.shown())
    return None


MODEL_CALLS: dict[str, Handler] = {"torch.hub.load": hub_load}
MODEL_FAMILIES: dict[str, Handler] = {
    "mlflow": mlflow_call,
    **dict.fromkeys("huggingface_hub transformers datasets".split(), hub_call),
    **dict.fromkeys("keras tensorflow".split(), _unsafe_keras),
}
MODEL_METHODS: dict[str, Handler] = {
    "transition_model_version_stage": stage,
    **dict.fromkeys(("set_registered_model_alias", "delete_registered_model_alias"), alias),
    **dict.fromkeys(_DELETES, delete),
    **dict.fromkeys(_REGISTERS, register),
    "push_to_hub": push,
}
