"""What a project's own script is for, told by its name and arguments: train, deploy, promote, roll back.

Running a script of the workspace is `code.run`; a well-known entry point says more. Names are read by
words (`train_report.py` reports, it does not train), and an option that skips a gate counts whatever
the script is called.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.context import Context
    from agentic.recognize.interface import Word

#: A script's stem -> its kind, where the whole stem says it.
_STEMS = {
    "train": "model.train",
    "training": "model.train",
    "run_training": "model.train",
    "train_model": "model.train",
    "train_models": "model.train",
    "finetune": "model.train",
    "fine_tune": "model.train",
    "retrain": "model.retrain",
    "retrain_service": "model.retrain",
    "champion_challenger": "model.evaluate",
    "evaluate": "model.evaluate",
    "evaluate_model": "model.evaluate",
    "evaluation": "model.evaluate",
    "update_baseline": "baseline.update",
    "refresh_baseline": "baseline.update",
    "new_service": "service.scaffold",
    "scaffold": "service.scaffold",
    "swap_index": "index.swap",
    "register_model": "model.register",
    "build_features": "data.profile",
    "propose_features": "data.profile",
}
#: A word of a script's stem -> its kind, where the word does not stand behind one that only looks.
_WORDS = {
    "rollback": "deploy.rollback",
    "deploy": "deploy.run",
    "redeploy": "deploy.run",
    "promote": "promote",
    "promotion": "promote",
}
#: A stem that begins so looks at something or is a test of it.
_LOOKING = frozenset(
    "test tests check verify validate lint show list plan preview dry report status describe render"
    " build docs doc simulate".split()
)
_GATE_WORDS = ("skip", "no-", "bypass", "ignore", "override", "disable", "force")
_GATE_OPTIONS = ("--force-promote", "--force-promotion", "--skip-evidence", "--skip-champion")
_SEPARATORS = str.maketrans(dict.fromkeys("-. ", "_"))
#: Kinds that act on one environment, which the arguments may tell.
_BOUND = frozenset(
    ("deploy.run", "deploy.rollback", "baseline.update", "index.swap", "model.retrain")
)


def add_entry_point(
    context: Context,
    name: str,
    args: Sequence[Word],
    target: str,
    inputs: tuple[tuple[str, str], ...] = (),
) -> None:
    """Add what running the script `name` (a path or a dotted module) with these arguments is."""
    kind = entry_point_kind(name)
    texts = [word.text for word in args]
    if kind == "promote":
        kind = _promotion_kind(texts)
    if kind == "service.scaffold" and "--force" in texts:
        kind = "service.scaffold-collision"
    place, told_by = "", ""
    if kind in _BOUND or kind.startswith("model.transition"):
        candidates = [("name", text, text) for text in texts]
        candidates.append(("name", name, name))
        place, told_by = context.environment_of(candidates)
        if kind.startswith("model.transition"):
            place, told_by = (place, told_by) if told_by else ("", "")
    context.add(kind or "code.run", target, place, told_by, inputs=inputs)
    for text in texts:
        if skips_gate(text):
            context.add("gate.override", target, told_by=text)


def entry_point_kind(name: str) -> str:
    """The kind that a script's name tells, `promote` for a promotion, or empty."""
    base = name.rstrip("/").rpartition("/")[2]
    for ending in (".py", ".sh", ".bash", ".rb", ".js", ".ts", ".pl"):
        base = base.removesuffix(ending)
    stem = base.rpartition(".")[2].lower().translate(_SEPARATORS)
    if stem in _STEMS:
        return _STEMS[stem]
    if stem == "profile" and any(part in {"eda", "data"} for part in name.split("/")):
        return "data.profile"
    words = stem.split("_")
    if words[0] in _LOOKING or words[-1] in {"test", "tests", "check", "report", "status", "plan"}:
        return ""
    for word in ("rollback", "promote", "promotion", "deploy", "redeploy"):
        if word in words:
            return _WORDS[word]
    return ""


def skips_gate(option: str) -> bool:
    """Whether an option switches off a quality or evidence gate."""
    name = option.partition("=")[0].lower().replace("_", "-")
    if not name.startswith("--"):
        return False
    if name.startswith(_GATE_OPTIONS):
        return True
    return "gate" in name and any(word in name for word in _GATE_WORDS)


def _promotion_kind(texts: Sequence[str]) -> str:
    """Where a promotion goes: the stage among its arguments; without one, production."""
    lowered = [text.lower().rpartition("=")[2] for text in texts]
    names_staging = any(text in {"staging", "stage", "stg"} for text in lowered)
    names_production = any(text in {"production", "prod", "champion", "live"} for text in lowered)
    if names_staging and not names_production:
        return "model.transition-staging"
    return "model.transition-production"
