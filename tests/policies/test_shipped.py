"""What must hold of the shipped policy as a whole."""

from __future__ import annotations

import re
from marshal import loads
from pathlib import Path

import pytest
import yaml

from agentic.authoring.review import check_files
from agentic.authoring.validate import ParsedFile
from agentic.authoring.vocabulary import JUDGED
from agentic.core.decide import judge, wanted_signals
from agentic.core.policy import Policy
from agentic.core.values import EFFECTS, ENVIRONMENTS, RANK, Operation, ToolCall
from agentic.recognize.interface import Facts
from agentic.signals.interface import World, read_signals
from agentic.signals.registry import HOT

CHANGING = {"write-shared", "destroy-shared"}
#: Shared effects that stay AUTO in production: they run nowhere until somebody deploys or merges them.
NOT_A_CHANGE_TO_PRODUCTION = {"container.push", "image.sign", "git.push", "forge.open-pull-request"}


def strictest(policy: Policy, kind: str, environment: str) -> str:
    return max((rule[1] for rule in policy.rules_of(kind)[4][environment]), key=RANK.__getitem__)


def test_every_kind_has_a_mode_in_every_environment(policy: Policy) -> None:
    for kind in policy.kinds:
        assert set(policy.rules_of(kind)[4]) == set(ENVIRONMENTS)
        assert all(policy.rules_of(kind)[4].values())


def test_a_stricter_environment_never_has_a_looser_mode(policy: Policy) -> None:
    for kind in policy.kinds:
        ranks = [RANK[strictest(policy, kind, e)] for e in (*JUDGED, "unknown")]
        assert ranks == sorted(ranks), kind


def test_changes_to_an_environment_of_production_stop(policy: Policy) -> None:
    for kind in policy.kinds:
        effects, _, _, is_bound, _, _ = policy.rules_of(kind)
        if is_bound and CHANGING.intersection(effects):
            assert strictest(policy, kind, "production") == "STOP", kind


def test_secrets_governance_and_rollback_stop_everywhere(policy: Policy) -> None:
    kinds = [k for k in policy.kinds if "read-secret" in policy.rules_of(k)[0]]
    kinds = [k for k in kinds if k != "container.login"]  # it stores one that a person typed
    kinds += ["governance.change", "governance.disable", "governance.approve", "deploy.rollback"]
    for kind in kinds:
        assert {strictest(policy, kind, e) for e in ENVIRONMENTS} == {"STOP"}, kind


def test_what_is_auto_in_production_changes_nothing_there(policy: Policy) -> None:
    for kind in policy.kinds:
        if (
            strictest(policy, kind, "production") == "AUTO"
            and kind not in NOT_A_CHANGE_TO_PRODUCTION
        ):
            assert not CHANGING.intersection(policy.rules_of(kind)[0]), kind


def test_what_is_unknown_is_asked_about_everywhere(policy: Policy) -> None:
    for kind in policy.kinds:
        if kind.startswith("unknown.") and kind != "unknown.fault":
            assert {strictest(policy, kind, e) for e in ENVIRONMENTS} == {"CONSULT"}
    assert {strictest(policy, "unknown.fault", e) for e in ENVIRONMENTS} == {"STOP"}


def test_every_consult_and_stop_says_what_to_do_instead(documents: list[ParsedFile]) -> None:
    for file in documents:
        for entry in file.document.modes:
            assert entry.mode == "AUTO" or entry.way, entry


def test_ways_name_workflows_that_exist(documents: list[ParsedFile], folder: str) -> None:
    index = yaml.safe_load((Path(folder).parent / "workflows/index.yaml").read_text())
    known = {workflow["name"] for workflow in index["workflows"]}
    ways = [entry.way for file in documents for entry in file.document.modes]
    named = {name for way in ways for name in re.findall(r"governed `([a-z-]+)` workflow", way)}
    assert named
    assert named <= known


def test_every_effect_is_used(documents: list[ParsedFile]) -> None:
    used = {e for f in documents for o in f.document.operations for e in o.effects}
    assert used == set(EFFECTS)


#: What a hook can tell without anybody's address: the clock, the journal, the call itself.
CONFIGURED = {
    "agent.runaway",
    "change.conflicting",
    "clock.off-hours",
    "credential.detected",
    "rollback.recent",
}


def test_only_what_needs_no_address_is_configured(policy: Policy) -> None:
    assert set(policy.signals) == CONFIGURED
    kinds = {read["kind"] for name in CONFIGURED for read in policy.signal_settings(name)["reads"]}
    assert kinds <= set(HOT)
    call, world = ToolCall("shell", {"command": "true"}, "/"), World("", lambda *_: ((), ""))
    calm = read_signals(world, policy, CONFIGURED, call, 1_763_467_200)
    assert {reading.state for reading in calm} == {"CLEAR"}


def test_the_clock_is_configured(policy: Policy) -> None:
    call, world = ToolCall("shell", {"command": "true"}, "/"), World("", lambda *_: ((), ""))
    night = read_signals(
        world, policy, ["clock.off-hours"], call, 1_763_503_200
    )  # Tuesday 22:00 UTC
    noon = read_signals(
        world, policy, ["clock.off-hours"], call, 1_763_467_200
    )  # Tuesday 12:00 UTC
    assert (night[0].state, noon[0].state) == ("RAISED", "CLEAR")


#: Plain work of an agent: none of it waits for the journal or is searched for credentials.
PLAIN = (
    "file.read file.write file.delete code.test code.build code.run shell.inert git.read git.fetch "
    "git.branch git.merge package.install-declared network.read network.read-local network.download "
    "forge.read kubernetes.read terraform.plan cloud.read container.build container.run mcp.read "
    "model.train data.profile data.query"
).split()


@pytest.mark.parametrize("environment", ["local", "dev", "staging", "production"])
def test_plain_work_asks_no_signal(policy: Policy, environment: str) -> None:
    asked = {
        kind: wanted
        for kind in PLAIN
        if (
            wanted := wanted_signals(
                judge(policy, [Operation(kind, "", environment)]), policy.signals
            )
        )
    }
    assert asked == {}


def test_a_commit_is_searched_and_a_push_asks_for_circles_too(policy: Policy) -> None:
    def wanted(kind: str) -> tuple[str, ...]:
        return wanted_signals(judge(policy, [Operation(kind)]), policy.signals)

    assert wanted("git.commit") == ("credential.detected",)
    assert wanted("git.push") == ("agent.runaway", "credential.detected")
    assert wanted("git.push-protected") == ("agent.runaway", "credential.detected")


def test_the_clock_leaves_git_forge_files_and_the_unknown_alone(policy: Policy) -> None:
    for kind in policy.kinds:
        clocked = {
            environment
            for environment, rows in policy.rules_of(kind)[5].items()
            if any(row[1] == "clock.off-hours" for row in rows)
        }
        assert clocked in (set(), {"staging", "production", "unknown"}), kind
        if kind.partition(".")[0] in ("git", "forge", "file", "unknown", "code", "shell"):
            assert not clocked, kind
        if clocked:
            assert CHANGING.intersection(policy.rules_of(kind)[0]) or kind == "prompt.change", kind


def test_every_bound_change_feels_the_clock_on_staging(policy: Policy) -> None:
    """A new kind that deploys must be put into the clock's scope, or named here with the reason."""
    exempt = {
        "forge.run-deployment",  # the pipeline that it starts asks the clock itself
        "helm.publish",
        "kubernetes.configure",
    }
    for kind in policy.kinds:
        effects, _, _, is_bound, modes, escalators = policy.rules_of(kind)
        if not is_bound or not CHANGING.intersection(effects) or kind in exempt:
            continue
        stops_anyway = any(rule[1] == "STOP" for rule in modes["staging"])
        clocked = any(row[1] == "clock.off-hours" for row in escalators.get("staging", ()))
        assert stops_anyway or clocked, kind


def test_facts_are_what_recognition_expects(policy: Policy) -> None:
    facts = Facts._make(loads(policy.facts))
    assert facts.environment_words["prod"] == "production"
    assert facts.environment_words["non-prod"] == "staging"
    assert "main" in facts.protected_branches
    assert "KUBECONFIG" in facts.variables
    assert set(facts.environment_words.values()) == set(JUDGED)


def test_longer_name_patterns_come_first(policy: Policy) -> None:
    names = Facts._make(loads(policy.facts)).environment_names["context"]
    patterns = [pattern for pattern, _ in names]
    assert patterns.index("*nonprod*") < patterns.index("*prod")


def test_role_cells_only_name_known_rules(policy: Policy) -> None:
    for role in policy.roles:
        for kind, by_environment in policy.role_rules(role).items():
            assert kind in policy.kinds
            for rule_id, mode, because in by_environment.values():
                assert rule_id.startswith("permissions.")
                assert mode in RANK
                assert because


def test_settings_leave_the_hosts_questions_in_place(policy: Policy) -> None:
    assert policy.settings["auto_reply"] == "none"
    assert policy.settings["assurance"]["production"] == "remote"


def test_the_example_of_the_readme_is_valid(folder: str, tmp_path: Path) -> None:
    text = (Path(folder) / "README.md").read_text()
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    file = tmp_path / "policy.yaml"
    file.write_text(example)
    assert check_files([str(file)]) == ()
    files = {path.name for path in Path(folder).glob("*.yaml")}
    assert files == set(re.findall(r"`([a-z]+\.yaml)`", text))
