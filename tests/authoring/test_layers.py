"""Layers only tighten: what counts untrusted, what needs trust, and what happens when files change."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from marshal import loads
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentic.authoring.build import shipped_documents
from agentic.authoring.compile import compile_policy
from agentic.authoring.layers import layers_of
from agentic.authoring.review import distrust_here, shown_rules, trust_here
from agentic.authoring.sources import (
    MAX_FILE_BYTES,
    MAX_FILES,
    WORKSPACE,
    LayerFiles,
    files_digest,
)
from agentic.authoring.trust import trust_folder, trusted_layers, trusted_state
from agentic.core.policy import Policy
from agentic.core.values import RANK
from agentic.errors import CheckFailed, InvalidDocument
from agentic.recognize.interface import Facts
from agentic.shipped import POLICIES, shipped_folder
from tests.authoring.conftest import Place, modes_of

Modes = Callable[[Policy], dict[tuple[str, str], str]]

STRICTER = "modes:\n  - {kinds: [git.push], mode: CONSULT, because: we look at every push}\n"
LOOSER = "modes:\n  - {kinds: [git.push-protected], environments: [dev], mode: AUTO, because: we trust us}\n"
SANDBOX = (
    "environments:\n  - {name: dev, words: [acme-live], because: it is a sandbox by that name}\n"
)


def facts_of(policy: Policy) -> Facts:
    return Facts._make(loads(policy.facts))


def standing(policy: Policy) -> dict[str, str]:
    return {row[0]: row[3] for row in policy.layers}


def trust(place: Place, now: int = 1_763_000_000) -> None:
    trust_here(str(place.root), str(place.state), str(place.config), now)


# Without trust


def test_without_layers_the_shipped_policy_holds(
    place: Place, modes: Modes, shipped_modes: dict[tuple[str, str], str]
) -> None:
    policy = place.policy()
    assert modes(policy) == shipped_modes
    assert standing(policy) == {"shipped": "trusted"}


def test_a_stricter_rule_counts_at_once(place: Place, modes: Modes) -> None:
    place.write(STRICTER)
    policy = place.policy()
    assert modes(policy)["git.push", "local"] == "CONSULT"
    rules = policy.rules_of("git.push")[4]["local"]
    assert [rule[0] for rule in rules] == ["workspace.git-push"]
    assert standing(policy)[WORKSPACE] == "tightening"


def test_a_stricter_rule_of_the_organisation_counts_at_once(place: Place, modes: Modes) -> None:
    (place.config / "policy.yaml").write_text("version: 1\n" + STRICTER)
    policy = place.policy()
    assert modes(policy)["git.push", "local"] == "CONSULT"
    assert standing(policy) == {"shipped": "trusted", "organisation": "tightening"}


def test_added_branches_paths_and_escalators_count_at_once(place: Place) -> None:
    place.write(
        "protected_branches: [next]\n"
        "sensitive_paths:\n  - {pattern: vault/*, path_class: secret, because: it holds our keys}\n"
        "escalation:\n  - id: acme.push-at-night\n    signal: clock.off-hours\n    to: climb\n"
        "    kinds: [git.push]\n    because: nobody reviews at night\n"
    )
    policy = place.policy()
    facts = facts_of(policy)
    assert "next" in facts.protected_branches
    assert "main" in facts.protected_branches
    assert facts.paths == (("vault/*", "secret"),)
    escalators = [row[0] for row in policy.rules_of("git.push")[5]["local"]]
    assert "acme.push-at-night" in escalators
    assert "escalation.secret-found" in escalators


def test_what_could_relax_does_not_count_and_a_notice_says_so(place: Place) -> None:
    place.write(
        SANDBOX
        + "programs:\n  - {program: deployer, kind: shell.inert, because: it only prints}\n"
        + "mcp_tools:\n  - {tool: 'x/*', kind: mcp.read, because: it only reads things}\n"
        + "variables: [MY_TOKEN]\n"
        + "workspace: {also: [/etc]}\n"
        + "settings: {auto_reply: allow, grant_ttl_s: 86400, assurance: {production: local}}\n"
        + "roles:\n  - {role: Gardener, meaning: tends the garden, aliases: [gardener]}\n"
        + "signals:\n  - signal: clock.off-hours\n    meaning: never off at all\n    reads:\n"
        + '      - {kind: clock, zone: UTC, days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], start: "00:00", '
        + 'end: "24:00"}\n'
    )
    policy = place.policy()
    facts = facts_of(policy)
    assert "acme-live" not in facts.environment_words
    assert (facts.programs, facts.mcp_tools, facts.also_roots) == ({}, (), ())
    assert "MY_TOKEN" not in facts.variables
    assert "Gardener" not in policy.roles
    assert "gardener" not in policy.role_aliases
    assert policy.signal_settings("clock.off-hours")["reads"][0]["start"] == "08:00"
    assert policy.settings["auto_reply"] == "none"
    assert policy.settings["grant_ttl_s"] == 900
    assert policy.settings["assurance"]["production"] == "remote"
    (notice,) = [n for n in policy.notices if "not trusted" in n]
    for section in (
        "environments, mcp_tools, programs, roles, settings, signals, variables, workspace"
    ).split(", "):
        assert section in notice


def test_production_names_and_stricter_settings_count_at_once(place: Place) -> None:
    place.write(
        "environments:\n  - name: production\n    words: [blue]\n"
        "    names: {context: ['*dev-really-prod*']}\n"
        "    because: it serves users\n"
        "settings: {grant_ttl_s: 60, assurance: {staging: remote}}\n"
    )
    policy = place.policy()
    facts = facts_of(policy)
    assert facts.environment_words["blue"] == "production"
    assert facts.environment_names["context"][0] == ("*dev-really-prod*", "production")
    assert policy.settings["grant_ttl_s"] == 60
    assert policy.settings["assurance"]["staging"] == "remote"


def test_a_role_cell_of_a_layer_joins_the_shipped_one_and_the_stricter_holds(place: Place) -> None:
    place.write(
        "roles:\n  - role: K8sBuilder\n    meaning: builds for the cluster\n    cells:\n"
        "      - {kinds: [kubernetes.apply], mode: AUTO, because: it may do all}\n"
        "      - {kinds: [kubernetes.apply], environments: [dev], mode: STOP, because: dev is frozen}\n"
        "      - {kinds: [secret.rotate], mode: AUTO, because: it may rotate}\n"
    )
    cells = place.policy().role_rules("K8sBuilder")
    assert {e: cell[1] for e, cell in cells["kubernetes.apply"].items()} == {
        "local": "AUTO",
        "dev": "STOP",
        "staging": "CONSULT",
        "production": "STOP",
        "unknown": "STOP",
    }
    assert cells["secret.rotate"]["dev"][1] == "CONSULT"


# With trust


def test_a_trusted_layer_counts_wholly(place: Place) -> None:
    place.write(SANDBOX + "settings: {auto_reply: allow}\nworkspace: {also: [../shared]}\n")
    trust(place)
    policy = place.policy()
    assert facts_of(policy).environment_words["acme-live"] == "dev"
    assert facts_of(policy).also_roots == ("../shared",)
    assert policy.settings["auto_reply"] == "allow"
    assert standing(policy)[WORKSPACE] == "trusted"
    assert not [n for n in policy.notices if "workspace" in n]


def test_trust_is_bound_to_the_folder_and_told(place: Place, tmp_path: Path) -> None:
    place.write(SANDBOX)
    trust(place, now=1_763_000_123)
    (trusted,) = trusted_layers(str(place.state))
    assert (trusted.trusted_at, trusted.path) == (1_763_000_123, f"{place.root}/.agentic")
    other = Place(tmp_path / "clone", place.state, place.config)
    shutil.copytree(place.root, other.root)
    assert "acme-live" not in facts_of(other.policy()).environment_words


def test_distrust_takes_it_back(place: Place) -> None:
    place.write(SANDBOX)
    trust(place)
    assert distrust_here(str(place.root), str(place.state), str(place.config)) == (WORKSPACE,)
    assert "acme-live" not in facts_of(place.policy()).environment_words
    assert distrust_here(str(place.root), str(place.state), str(place.config)) == ()


def test_an_invalid_layer_cannot_be_trusted(place: Place) -> None:
    place.write(LOOSER)
    with pytest.raises(InvalidDocument):
        trust(place)
    assert trusted_layers(str(place.state)) == ()


def test_nothing_cannot_be_trusted(place: Place) -> None:
    with pytest.raises(CheckFailed):
        trust(place)


# After trust: what happens to the files never relaxes


def remove(place: Place) -> None:
    shutil.rmtree(place.root / ".agentic")


def empty(place: Place) -> None:
    remove(place)
    (place.root / ".agentic").mkdir()


def weaken(place: Place) -> None:
    place.write("")


def break_syntax(place: Place) -> None:
    place.write("modes: [\n")


def loosen(place: Place) -> None:
    place.write(LOOSER)


def link_away(place: Place) -> None:
    remove(place)
    (place.root.parent / "elsewhere").mkdir()
    (place.root / ".agentic").symlink_to(place.root.parent / "elsewhere")


def put_a_fifo(place: Place) -> None:
    (place.root / ".agentic/policy.yaml").unlink()
    os.mkfifo(place.root / ".agentic/policy.yaml")


def make_enormous(place: Place) -> None:
    with open(place.root / ".agentic/policy.yaml", "ab") as file:
        file.truncate(MAX_FILE_BYTES * 1000)


def put_a_file_in_its_place(place: Place) -> None:
    remove(place)
    (place.root / ".agentic").write_text("")


CHANGES = [
    remove,
    empty,
    weaken,
    break_syntax,
    loosen,
    link_away,
    put_a_fifo,
    make_enormous,
    put_a_file_in_its_place,
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_trusted_copy_stays_in_force(
    place: Place, modes: Modes, change: Callable[[Place], None]
) -> None:
    place.write(STRICTER + SANDBOX)
    trust(place)
    before = modes(place.policy())
    change(place)
    policy = place.policy()
    after = modes(policy)
    assert all(RANK[after[key]] >= RANK[before[key]] for key in before)  # type: ignore[index]
    assert after["git.push", "local"] == "CONSULT"
    assert facts_of(policy).environment_words["acme-live"] == "dev"
    assert [n for n in policy.notices if "the trusted copy stays in force" in n]
    assert "last-trusted" in [row[3] for row in policy.layers]


@pytest.mark.parametrize("change", CHANGES)
def test_without_a_trusted_copy_what_cannot_be_read_waits_for_a_person(
    place: Place, shipped_modes: dict[tuple[str, str], str], change: Callable[[Place], None]
) -> None:
    place.write(STRICTER)
    change(place)
    policy = place.policy()
    after = modes_of(policy)
    assert all(RANK[after[key]] >= RANK[shipped_modes[key]] for key in after)  # type: ignore[index]
    if change in (remove, empty, weaken):
        assert after == shipped_modes
        return
    assert after["file.write", "local"] == "CONSULT"
    assert after["git.push", "local"] == "CONSULT"
    assert after["file.read", "local"] == "AUTO"
    assert [n for n in policy.notices if "run `agentic policy check`" in n]


def test_a_change_may_add_to_what_was_trusted(place: Place, modes: Modes) -> None:
    place.write(STRICTER)
    trust(place)
    place.write("modes:\n  - {kinds: [git.fetch], mode: STOP, because: we are cut off}\n" + SANDBOX)
    policy = place.policy()
    assert modes(policy)["git.push", "local"] == "CONSULT"
    assert modes(policy)["git.fetch", "local"] == "STOP"
    assert "acme-live" not in facts_of(policy).environment_words


def test_trusting_the_change_replaces_the_copy(place: Place, modes: Modes) -> None:
    place.write(STRICTER)
    trust(place)
    place.write(SANDBOX)
    trust(place)
    policy = place.policy()
    assert modes(policy)["git.push", "local"] == "AUTO"
    assert facts_of(policy).environment_words["acme-live"] == "dev"
    assert not [n for n in policy.notices if "trusted copy" in n]


@pytest.mark.parametrize("damage", ["content", "gone", "more"])
def test_a_damaged_trusted_copy_waits_for_a_person(place: Place, damage: str) -> None:
    place.write(STRICTER)
    trust(place)
    state = trusted_state(str(place.state), WORKSPACE, f"{place.root}/.agentic")
    assert state is not None
    folder = Path(trust_folder(str(place.state), WORKSPACE, f"{place.root}/.agentic"))
    copy = folder / state.sha256 / "policy.yaml"
    if damage == "content":
        copy.write_text("version: 1\n" + SANDBOX)
    elif damage == "gone":
        copy.unlink()
    else:
        (copy.parent / "more.yaml").write_text("version: 1\n" + SANDBOX)
    remove(place)
    policy = place.policy()
    assert modes_of(policy)["file.write", "local"] == "CONSULT"
    assert "acme-live" not in facts_of(policy).environment_words
    assert [n for n in policy.notices if "its trusted copy is damaged" in n]


def test_a_sound_file_beside_a_broken_one_still_tightens(place: Place, modes: Modes) -> None:
    place.write("modes: [\n", "broken.yaml")
    place.write(
        "modes:\n  - {kinds: [git.fetch], mode: STOP, because: we are cut off}\n", "sound.yaml"
    )
    policy = place.policy()
    assert modes(policy)["git.fetch", "local"] == "STOP"
    assert modes(policy)["file.write", "local"] == "CONSULT"


def test_more_files_than_a_layer_may_have_cannot_be_read(place: Place, modes: Modes) -> None:
    for number in range(MAX_FILES + 1):
        place.write("", f"p{number}.yaml")
    assert modes(place.policy())["file.write", "local"] == "CONSULT"


def test_a_link_inside_the_folder_cannot_be_read(place: Place, modes: Modes) -> None:
    place.write(STRICTER)
    (place.root / ".agentic/loop.yaml").symlink_to("loop.yaml")
    assert modes(place.policy())["file.write", "local"] == "CONSULT"


def test_people_link_their_own_configuration(place: Place, modes: Modes, tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles"
    dotfiles.mkdir()
    (tmp_path / "real.yaml").write_text("version: 1\n" + STRICTER)
    (dotfiles / "policy.yaml").symlink_to(tmp_path / "real.yaml")
    place.config.rmdir()
    place.config.symlink_to(dotfiles)
    policy = place.policy()
    assert modes(policy)["git.push", "local"] == "CONSULT"
    assert standing(policy)["organisation"] == "tightening"


def test_a_fifo_in_the_configuration_neither_hangs_nor_relaxes(place: Place, modes: Modes) -> None:
    os.mkfifo(place.config / "policy.yaml")
    assert modes(place.policy())["file.write", "local"] == "CONSULT"


@pytest.mark.parametrize("line", ["", "x", "z" * 64 + " 1 /x", "a" * 64, "a" * 63 + "² 1 /x"])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_garbled_trust_file_waits_for_a_person(place: Place, line: str, is_there: bool) -> None:
    place.write(STRICTER + SANDBOX)
    trust(place)
    folder = Path(trust_folder(str(place.state), WORKSPACE, f"{place.root}/.agentic"))
    (folder / "trusted").write_text(line)
    if not is_there:
        remove(place)
    policy = place.policy()
    assert "acme-live" not in facts_of(policy).environment_words
    assert modes_of(policy)["file.write", "local"] == "CONSULT"
    assert [n for n in policy.notices if "its trusted copy is damaged" in n]
    if is_there:
        trust(place)
        assert facts_of(place.policy()).environment_words["acme-live"] == "dev"


def test_a_trust_time_that_is_no_number_is_left_out(place: Place) -> None:
    place.write(SANDBOX)
    trust(place)
    folder = Path(trust_folder(str(place.state), WORKSPACE, f"{place.root}/.agentic"))
    line = (folder / "trusted").read_text()
    (folder / "trusted").write_text(line.replace("1763000000", "²"))
    assert facts_of(place.policy()).environment_words["acme-live"] == "dev"
    assert trusted_layers(str(place.state))[0].trusted_at == 0


def test_the_order_of_entries_and_files_means_nothing(place: Place, modes: Modes) -> None:
    entries = [
        "  - {kinds: [git.push], mode: STOP, because: we are closed, id: acme.a}\n",
        "  - {kinds: ['git.*'], mode: CONSULT, because: we look at all, id: acme.b}\n",
        "  - {kinds: ['*'], environments: [dev], mode: CONSULT, because: dev rests, id: acme.c}\n",
    ]
    place.write("modes:\n" + "".join(entries))
    first = modes(place.policy())
    (place.root / ".agentic/policy.yaml").unlink()
    for number, entry in enumerate(reversed(entries)):
        place.write("modes:\n" + entry, f"{number}.yaml")
    assert modes(place.policy()) == first
    assert first["git.push", "local"] == "STOP"
    assert first["git.fetch", "local"] == "CONSULT"
    assert first["file.write", "dev"] == "CONSULT"


def test_other_files_and_folders_in_it_mean_nothing(place: Place) -> None:
    place.write("")
    digest = place.policy().digest
    (place.root / ".agentic/README.md").write_text("hello")
    (place.root / ".agentic/cases").mkdir()
    (place.root / ".agentic/cases/x.yaml").write_text("cases: []")
    (place.root / ".agentic/loop").symlink_to(".")
    assert place.policy().digest == digest


def test_the_organisations_signals_may_be_named_by_the_workspace(place: Place) -> None:
    (place.config / "signals.yaml").write_text(
        "version: 1\nsignals:\n  - {signal: acme.freeze, meaning: the release train is frozen}\n"
    )
    place.write(
        "escalation:\n  - {id: acme.freeze, signal: acme.freeze, to: STOP, kinds: [git.push], "
        "because: the train is frozen}\n"
    )
    policy = place.policy()
    assert not [n for n in policy.notices if "not valid" in n]
    assert "acme.freeze" in [row[0] for row in policy.rules_of("git.push")[5]["dev"]]


def test_what_holds_is_shown_with_its_layer(place: Place) -> None:
    place.write(STRICTER)
    rows = shown_rules(str(place.root), str(place.state), str(place.config), "git.push", "dev")
    assert [(r.rule, r.layer, r.mode, r.decides) for r in rows] == [
        ("workspace.git-push", "workspace", "CONSULT", True),
        ("modes.git-push", "shipped", "AUTO", False),
    ]
    place.write("modes: [\n")
    rows = shown_rules(str(place.root), str(place.state), str(place.config), "git.push", "dev")
    assert rows[0].rule == "layers.unreadable-policy"
    remove(place)
    rows = shown_rules(
        str(place.root), str(place.state), str(place.config), "helm.apply", "unknown"
    )
    assert [(r.rule, r.environment) for r in rows] == [("modes.helm-apply-production", "unknown")]
    with pytest.raises(CheckFailed):
        shown_rules(str(place.root), str(place.state), str(place.config), "git.psh")


# Whatever a layer holds, no mode is lower than shipped

SHIPPED = shipped_documents(shipped_folder(POLICIES))
_KINDS = st.sampled_from(
    ["git.push", "terraform.*", "*", "file.write", "data.drop", "zzz", "*.read"]
)
_ENTRY = st.fixed_dictionaries(
    {
        "kinds": st.lists(_KINDS, max_size=3),
        "mode": st.sampled_from(["AUTO", "CONSULT", "STOP", "stop", ""]),
        "because": st.sampled_from(["it is so", "", "because we say so"]),
    },
    optional={
        "environments": st.lists(
            st.sampled_from(["local", "dev", "staging", "production", "unknown", "moon"]),
            max_size=3,
        )
    },
)


@settings(max_examples=40)
@given(st.lists(_ENTRY, max_size=4), st.booleans(), st.binary(max_size=40))
def test_no_layer_lowers_a_mode(
    shipped_modes: dict[tuple[str, str], str],
    entries: list[dict[str, object]],
    is_garbled: bool,
    garbage: bytes,
) -> None:
    text = json.dumps({"version": 1, "modes": entries}).encode() + (garbage if is_garbled else b"")
    files = (("p.yaml", text),)
    layer = LayerFiles(WORKSPACE, "/nowhere", files, files_digest(files))
    policy = compile_policy(SHIPPED, layers_of(SHIPPED, [(layer, None)], "/nowhere"))
    after = modes_of(policy)
    assert all(RANK[after[key]] >= RANK[shipped_modes[key]] for key in shipped_modes)  # type: ignore[index]
