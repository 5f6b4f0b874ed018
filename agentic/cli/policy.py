"""`agentic policy`: is it valid, what holds here and why, compile it, trust a layer, run its cases."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from marshal import loads
from typing import Annotated

import typer

from agentic import exit_codes
from agentic.authoring.cases import Answer, Case, read_cases, run_cases
from agentic.authoring.effective import compile_now
from agentic.authoring.review import (
    check_files,
    check_policies,
    distrust_here,
    shown_rules,
    trust_here,
)
from agentic.authoring.sources import ORGANISATION, WORKSPACE
from agentic.cli.audit import here
from agentic.cli.output import choice, complain, reported, say, say_json, table, unix_time, usage
from agentic.core.policy import Policy
from agentic.core.values import ENVIRONMENTS, PURPOSE_ASK, Operation, Reading, ToolCall
from agentic.govern import Ports, govern, govern_operations
from agentic.places import private_folder
from agentic.ports import CliPorts
from agentic.shipped import POLICIES, shipped_folder
from agentic.signals.interface import World, read_signals
from agentic.workspace import BareView

policy_app = typer.Typer(
    help="Check, show, compile, test and trust the policies in force here.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON Lines.")]
LayerOption = Annotated[
    str, typer.Option("--layer", help="Only this layer: organisation or workspace.")
]


def _ports() -> CliPorts:
    return CliPorts(os.environ, int(time.time()))


def _place(ports: CliPorts) -> tuple[str, str, str]:
    """(workspace root, state folder, configuration folder) for the current folder."""
    return ports.root(here()), ports.places.state, ports.places.config


@policy_app.command()
def check(
    files: Annotated[
        list[str] | None, typer.Argument(help="Files of a layer; none: all in force here.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Say every problem of the policies at once, with file, line and column; exit 3 when there is one."""
    with reported():
        problems = check_files(files) if files else check_policies(*_place(_ports()))
        for problem in problems:
            say_json(problem._asdict()) if json else complain(str(problem))
        if problems:
            raise typer.Exit(exit_codes.INVALID_DOCUMENT)
        if not json:
            say("the policies are valid")


@policy_app.command()
def show(
    kinds: Annotated[
        str, typer.Argument(help="An operation kind, or a pattern like kubernetes.*")
    ] = "*",
    env: Annotated[str, typer.Option("--env", help="Only this environment.")] = "",
    json: JsonOption = False,
) -> None:
    """List the rules in force: for each kind and environment which mode, from where, and why."""
    if env:
        choice(env, ENVIRONMENTS, "environment")
    with reported():
        ports = _ports()
        rows = shown_rules(*_place(ports), kinds=kinds, environment=env)
        policy = ports.policy(here())
        if json:
            for row in rows:
                say_json(row._asdict())
            return
        for notice in policy.notices:
            complain(f"note: {notice}")
        say(
            table(
                ("operation", "environment", "mode", "layer", "because"),
                ((r.kind, r.environment, r.mode, r.layer, r.because) for r in rows if r.decides),
            )
        )
        for name, path, digest, standing in policy.layers:
            say(f"layer {name}: {standing}, {digest[:16] or 'empty'}, {path}")
        say(f"policy {policy.digest}")


@policy_app.command("compile")
def compile_policy() -> None:
    """Compile the policy in force here and print where it is kept."""
    with reported():
        ports = _ports()
        private_folder(ports.places.state)
        policy, path = compile_now(*_place(ports))
        for notice in policy.notices:
            complain(f"note: {notice}")
        say(f"compiled {policy.digest[:16]}: {len(policy.kinds)} operation kinds, {path}")


@policy_app.command()
def trust(
    layer: LayerOption = "",
    remove: Annotated[bool, typer.Option("--remove", help="Forget the trust instead.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; for scripts of a person.")
    ] = False,
) -> None:
    """Let the layers here relax what they may relax, as they are now. For a person, not for an agent."""
    if layer:
        choice(layer, (ORGANISATION, WORKSPACE), "layer")
    with reported():
        ports = _ports()
        place = _place(ports)
        chosen = (layer,) if layer else ()
        private_folder(ports.places.state)
        if remove:
            names = distrust_here(*place, layers=chosen)
            say(f"no longer trusted: {', '.join(names)}" if names else "nothing here was trusted")
            return
        problems = check_policies(*place)
        if problems:
            for problem in problems:
                complain(str(problem))
            raise typer.Exit(exit_codes.INVALID_DOCUMENT)
        if not yes:
            if not sys.stdin.isatty():
                usage(
                    "trusting a layer is for a person at a terminal",
                    "add `--yes` in a script of yours",
                )
            typer.confirm(
                f"trust the policy files below {place[0] or here()} as they are now?", abort=True
            )
        for result in trust_here(*place, now=ports.now, layers=chosen):
            held = ", ".join(result.sections) or "nothing that needs trust"
            say(
                f"trusted {result.layer} {result.trusted.sha256[:16]} ({held}): {result.trusted.path}"
            )


@policy_app.command("test")
def run_policy_cases(
    folder: Annotated[str, typer.Argument(help="Folder of case files; none: those shipped.")] = "",
    json: JsonOption = False,
) -> None:
    """Run policy cases against the policy in force here; exit 4 when one is not as expected."""
    with reported():
        ports = _ports()
        policy = ports.policy(here())
        cases = read_cases(folder or f"{shipped_folder(POLICIES)}/cases", policy.kinds)
        world = ports.for_call(ToolCall("other", {}, here()))
        results = run_cases(cases, lambda case: answered(case, world))
        bad = [result for result in results if result.problems]
        for result in bad:
            if json:
                say_json(result._asdict())
            else:
                complain(
                    f"{result.where}: case {result.id}: {'; '.join(result.problems)} [case.failed]"
                )
        if bad:
            raise typer.Exit(exit_codes.CHECK_FAILED)
        say_json({"passed": len(results)}) if json else say(f"{len(results)} cases are as expected")


#: Where cases are answered: a workspace with nothing in it, in the home of nobody in particular.
CASE_HOME = "/home/case"
CASE_ROOT = CASE_HOME + "/project"


class _CaseReadings:
    """A case's own readings; what it does not name is clear, but for the clock, which reads its time."""

    def __init__(self, given: tuple[Reading, ...], configured: dict[str, bytes]) -> None:
        self._given = given
        told = {reading.signal for reading in given}
        self._clocks = {
            name
            for name, settings in configured.items()
            if name not in told
            and all(read["kind"] == "clock" for read in loads(settings)["reads"])
        }

    def __call__(
        self, policy: Policy, names: Iterable[str], call: ToolCall, now: int
    ) -> tuple[Reading, ...]:
        wanted = list(names)
        clocks = [name for name in wanted if name in self._clocks]
        return (
            *(reading for reading in self._given if reading.signal in wanted),
            *read_signals(
                World("", lambda _start, _now, _words: ((), "")), policy, clocks, call, now
            ),
        )


def answered(case: Case, ports: Ports) -> Answer:
    """The answer to one case: its call recognised, or its operations and readings taken as found."""
    call = ToolCall(
        "mcp" if case.mcp else "shell",
        case.mcp.model_dump() if case.mcp else {"command": case.command or ""},
        case.cwd or CASE_ROOT,
        can_ask=True,
        declared_environment=case.environment,
        role=case.role,
    )
    world = ports._replace(now=unix_time(case.at), workspace=BareView(CASE_ROOT, CASE_HOME))
    given = tuple(Reading(r.signal, r.state, "given by the case") for r in case.readings)
    names = dict(world.policy.signals.items())
    names.update({reading.signal: b"" for reading in given})
    world = world._replace(
        readings=_CaseReadings(given, names), policy=world.policy._replace(signals=names)
    )
    if case.command is not None or case.mcp is not None:
        decision = govern(call, world, PURPOSE_ASK)
    else:
        found = [Operation(o.kind, environment=o.environment) for o in case.operations]
        decision = govern_operations(found, call, world, PURPOSE_ASK)
    kinds = tuple(dict.fromkeys(operation.kind for operation in decision.operations))
    return Answer(decision.mode, kinds, decision.rules)
