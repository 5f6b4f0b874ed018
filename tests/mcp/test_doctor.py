"""What the doctor finds in configurations, both sides of every check, and never a secret's value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentic.mcp.doctor import is_foreign
from tests.mcp.doctor_scene import TOKEN, Machine

GOOD = {"command": "npx", "args": ["-y", "kubernetes-mcp-server@0.0.67", "--read-only"]}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_server_as_it_should_be_has_nothing_but_a_note(machine: Machine) -> None:
    machine.project({"kubernetes": GOOD})
    assert machine.codes() == []
    assert machine.codes(notes=True) == ["outside-gateway"]
    gateway = ["mcp", "gateway", "--name", "kubernetes", "--", GOOD["command"], *GOOD["args"]]
    machine.project({"kubernetes": {"command": "agentic", "args": gateway}})
    assert machine.codes(notes=True) == []


def test_no_configuration_has_no_finding(machine: Machine) -> None:
    assert machine.findings() == ()


def k8s(**changed: Any) -> dict[str, Any]:
    return {**GOOD, **changed}


KUBECTL = "mcp-server-kubernetes@4.1.7"


def with_args(*args: str) -> dict[str, Any]:
    return k8s(args=[*GOOD["args"], *args])


@pytest.mark.parametrize(
    ("server", "codes"),
    [
        # literal secrets, wherever they stand; references and placeholders are none
        (k8s(env={"TOKEN": TOKEN}), ["literal-secret"]),
        (k8s(env={"DB_PASSWORD": "hunter2xyz"}), ["literal-secret"]),
        (k8s(env={"URL": "postgres://app:hunter2xyz@db/app"}), ["literal-secret"]),
        (k8s(env={"TOKEN": "${TOKEN:-" + TOKEN + "}"}), ["literal-secret"]),
        (k8s(env={"TOKEN": "${TOKEN}", "MODE": "fast", "KEY": "<your key>"}), []),
        (k8s(env={"API_TOKEN": "YOUR_TOKEN_HERE"}), []),
        (with_args("--token", TOKEN), ["literal-secret"]),
        (with_args("--api-key=a1b2c3d4e5f6"), ["literal-secret"]),
        (with_args("--api-key", "a1b2c3d4e5f6"), ["literal-secret"]),
        (with_args("--api-key", "${KEY}"), []),
        # versions
        (k8s(args=["-y", "kubernetes-mcp-server", "--read-only"]), ["package-unpinned"]),
        (k8s(args=["-y", "kubernetes-mcp-server@latest", "--read-only"]), ["package-unpinned"]),
        (k8s(command="docker", args=["run", "kubernetes-mcp-server:latest", "--read-only"]),
         ["image-unpinned"]),
        (k8s(command="docker", args=["run", "kubernetes-mcp-server", "--read-only"]),
         ["image-unpinned"]),
        (k8s(command="docker", args=["run", "kubernetes-mcp-server:v0.0.67", "--read-only"]), []),
        # reading only
        (k8s(args=GOOD["args"][:2]), ["writes"]),
        # another server's switch is no switch, and neither is a value that the server does not know
        (k8s(args=GOOD["args"][:2], env={"ALLOW_ONLY_READONLY_TOOLS": "true"}), ["writes"]),
        (k8s(args=["-y", KUBECTL, "--read-only"]), ["writes"]),
        (k8s(args=["-y", KUBECTL], env={"ALLOW_ONLY_READONLY_TOOLS": "1"}), ["writes"]),
        (k8s(args=["-y", KUBECTL], env={"ALLOW_ONLY_READONLY_TOOLS": "true"}), []),
        # TLS
        (with_args("--insecure"), ["tls-off"]),
        (k8s(env={"NODE_TLS_REJECT_UNAUTHORIZED": "0"}), ["tls-off"]),
        (k8s(env={"NODE_TLS_REJECT_UNAUTHORIZED": "1"}), []),
        # plain HTTP
        (with_args("--url", "http://cluster.example.com"), ["plain-http"]),
        (with_args("--url", "http://localhost:8080"), []),
        # approvals
        (k8s(trust=True), ["approves-all"]),
        (k8s(autoApprove=["pods_delete"]), ["approves-against-policy"]),
        (k8s(autoApprove=["list_pods"]), []),
        (k8s(alwaysAllow=["mark"]), ["approves-against-policy", "tool-without-mode"]),
        # what a container gets
        (k8s(command="docker", args=["run", "-v", "/var/run/docker.sock:/s",
                                     "kubernetes-mcp-server:v1.2.3", "--read-only"]),
         ["socket-mounted"]),
        (k8s(command="docker", args=["run", "-v", "~:/home", "kubernetes-mcp-server:v1.2.3",
                                     "--read-only"]), ["home-mounted"]),
        (k8s(command="docker", args=["run", "-v", "~/one:/one", "kubernetes-mcp-server:v1.2.3",
                                     "--read-only"]), []),
        # a server that is off is looked at for secrets only
        ({"command": "npx", "args": ["x"], "disabled": True, "trust": True}, []),
        ({"command": "npx", "args": ["x"], "disabled": True, "env": {"T": TOKEN}},
         ["literal-secret"]),
    ],
)  # fmt: skip
def test_one_server(machine: Machine, server: dict[str, Any], codes: list[str]) -> None:
    machine.project({"kubernetes": server})
    assert machine.codes() == codes


@pytest.mark.parametrize(
    ("server", "codes"),
    [
        ({"type": "http", "url": "https://mcp.example.com/mcp"}, ["no-modes"]),
        ({"type": "http", "url": "http://mcp.example.com/mcp"}, ["plain-http", "no-modes"]),
        ({"type": "http", "url": "http://127.0.0.1:9000/mcp"}, ["no-modes"]),
        ({"url": "https://x.example.com", "headers": {"Authorization": "Bearer abc123"}},
         ["literal-secret", "no-modes"]),
        ({"url": "https://x.example.com", "headers": {"Authorization": "Bearer ${T}"}},
         ["no-modes"]),
        ({"url": "https://ada:hunter2xyz@x.example.com"}, ["literal-secret", "no-modes"]),
        # known by its address, though its name does not say what it is
        ({"url": "https://api.githubcopilot.com/mcp/"}, ["no-modes", "writes"]),
        ({"url": "https://api.githubcopilot.com/mcp/readonly"}, ["no-modes"]),
        ({"url": "https://api.githubcopilot.com/mcp", "headers": {"X-MCP-Readonly": "true"}},
         ["no-modes"]),
        ({"command": "uvx", "args": ["postgres-mcp==0.3.0", "--access-mode", "restricted"]},
         ["no-modes"]),
        ({"command": "uvx", "args": ["postgres-mcp==0.3.0", "--access-mode=unrestricted"]},
         ["no-modes", "unsafe-option", "writes"]),
        ({"command": "npx", "args": ["@modelcontextprotocol/server-filesystem@2026.8.31", "/"]},
         ["broad-root", "no-modes"]),
        ({"command": "npx", "args": ["@modelcontextprotocol/server-filesystem@2026.8.31", "src"]},
         ["no-modes"]),
    ],
)  # fmt: skip
def test_a_server_of_another_name(
    machine: Machine, server: dict[str, Any], codes: list[str]
) -> None:
    machine.project({"mine": server})
    assert sorted(machine.codes()) == sorted(codes)


def test_behind_the_gateway_the_gateways_name_counts(machine: Machine) -> None:
    for name, codes in (("pg", ["no-modes"]), ("postgres-app", [])):
        args = ["mcp", "gateway", "--name", name, "--", "uvx", "postgres-mcp==0.3.0"]
        server = {"command": "agentic", "args": [*args, "--access-mode=restricted"]}
        machine.project({"pg": server})
        assert machine.codes() == codes
    # A gateway with a file of its own servers, and agentic's own server, have nothing to name.
    machine.project({"x": {"command": "agentic", "args": ["mcp", "gateway", "--config", "g.yaml"]}})
    assert machine.codes() == []
    machine.project({"x": {"command": "agentic", "args": ["mcp", "serve"]}})
    assert machine.codes(notes=True) == []


def test_a_server_all_of_whose_tools_are_taught_has_modes(machine: Machine) -> None:
    machine.project({"taught": {"command": "/usr/bin/crm"}})
    assert machine.codes() == []


def test_a_program_in_the_workspace_is_told(machine: Machine) -> None:
    machine.file("work/tools/server.py", "print()")
    for command, args in (
        ("python", ["tools/server.py"]),
        ("./tools/server.py", []),
        (f"{machine.root}/tools/server.py", []),
    ):
        machine.project({"kubernetes": {"command": command, "args": args}})
        assert "program-in-workspace" in machine.codes()
    machine.project({"kubernetes": {"command": "python", "args": ["-m", "server"]}})
    assert "program-in-workspace" not in machine.codes()


def test_no_finding_shows_a_value(machine: Machine) -> None:
    secret = "hunter2xyz9"
    machine.project(
        {
            "a": {"command": "x", "env": {"PASSWORD": secret}, "args": ["--api-key", TOKEN]},
            "b": {"url": f"https://u:{secret}@x.example.com/", "headers": {"X-Token": TOKEN}},
        }
    )
    machine.file(".cursor/mcp.json", {"mcpServers": {"a": {"command": "y", "args": [TOKEN]}}})
    findings = machine.findings()
    assert sum(f.code == "mcp.literal-secret" for f in findings) == 5
    shown = repr([finding._replace(edits=()) for finding in findings])
    assert secret not in shown
    assert TOKEN not in shown


def test_a_hostile_name_cannot_move_the_cursor(machine: Machine) -> None:
    machine.project({"a\x1b[2J\nb": {"command": "x", "args": ["\x1b]0;t\x07"], "trust": True}})
    shown = "".join(finding.message + finding.help for finding in machine.findings())
    assert shown.isprintable()


def test_servers_that_differ_between_hosts(machine: Machine) -> None:
    machine.project({"kubernetes": GOOD})
    machine.file(".cursor/mcp.json", {"mcpServers": {"Kubernetes": GOOD}})
    assert machine.codes() == []
    for changed, told in (
        (k8s(args=["-y", "kubernetes-mcp-server@0.0.66", "--read-only"]), "version"),
        (with_args("--port", "1"), "other arguments"),
        (k8s(env={"KUBECONFIG": "${K}"}), "KUBECONFIG"),
        (k8s(command="kubernetes-mcp-server"), "kubernetes-mcp-server"),
        (
            {"command": "agentic", "args": ["mcp", "gateway", "--", "npx", *GOOD["args"]]},
            "gateway",
        ),
    ):
        machine.file(".cursor/mcp.json", {"mcpServers": {"Kubernetes": changed}})
        differing = [f for f in machine.findings() if f.code == "mcp.differs"]
        assert len(differing) == 1, changed
        assert told in differing[0].message


def test_of_one_host_the_hidden_one_is_told(machine: Machine) -> None:
    machine.project({"kubernetes": GOOD})
    machine.file(".claude.json", {"mcpServers": {"kubernetes": GOOD}})
    (shadowed,) = [f for f in machine.findings() if f.code == "mcp.shadowed"]
    assert (shadowed.level, "(user) is hidden" in shadowed.message) == ("note", True)
    assert ".mcp.json" in shadowed.message


def test_what_a_skill_needs_is_looked_for(machine: Machine) -> None:
    machine.required = {
        "drift-detection": ("prometheus", "kubernetes"),
        "incident": ("prometheus",),
    }
    machine.project({"k8s-dev": GOOD})
    (missing,) = [f for f in machine.findings() if f.code == "mcp.missing"]
    assert (missing.server, "`drift-detection`, `incident`" in missing.message) == (
        "prometheus",
        True,
    )
    machine.project(
        {
            "k8s-dev": GOOD,
            "metrics": {"command": "uvx", "args": ["prometheus-mcp-server==1.6.2"]},
        }
    )
    assert "missing" not in machine.codes()


def test_files_that_others_may_write(machine: Machine) -> None:
    path = machine.project({"kubernetes": GOOD})
    path.chmod(0o666)
    (finding,) = [f for f in machine.findings() if f.level == "fail"]
    assert (finding.code, finding.edits[0].action) == ("mcp.file-writable", "mode")
    path.chmod(0o644)
    path.parent.chmod(0o777)
    assert machine.codes() == ["folder-writable"]
    path.parent.chmod(0o1777)
    assert machine.codes() == []


def test_a_file_of_somebody_else_is_foreign() -> None:
    assert is_foreign(1001, 1000)
    assert not is_foreign(1000, 1000)
    assert not is_foreign(0, 1000)


def test_a_broken_file_is_a_finding_and_the_others_are_examined(machine: Machine) -> None:
    machine.project({"kubernetes": k8s(trust=True)})
    machine.file(".cursor/mcp.json", "{")
    assert sorted(machine.codes()) == ["approves-all", "unreadable"]


def test_the_worst_comes_first_then_the_line(machine: Machine) -> None:
    machine.project({f"kubernetes-{n}": k8s(args=["x"], env={"TOKEN": TOKEN}) for n in range(12)})
    findings = machine.findings()
    levels = [finding.level for finding in findings]
    assert levels == sorted(levels, key=("fail", "warn", "note").index)
    lines = [int(f.where.rpartition(":")[2]) for f in findings if f.level == "fail"]
    assert lines == sorted(lines)
    assert len(lines) == 12


_TEXTS = st.sampled_from(
    "npx uvx docker run -v -e --env A=b / ~ ${HOME} http://x https://[ :// --token ghp_x @ x@1 -- "
    "agentic mcp gateway kubernetes-mcp-server postgres-mcp --read-only * ./x".split()
) | st.text(max_size=5)
_VALUES = st.none() | st.booleans() | _TEXTS | st.lists(_TEXTS, max_size=5)
_ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "command": _VALUES,
        "args": _VALUES,
        "url": _VALUES,
        "trust": _VALUES,
        "autoApprove": _VALUES,
        "env": st.dictionaries(_TEXTS, _TEXTS, max_size=3),
        "headers": st.dictionaries(_TEXTS, _TEXTS, max_size=2),
        "tools": _VALUES,
    },
)


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(_TEXTS, _ENTRIES, max_size=4))
def test_no_entry_makes_the_doctor_fail(
    tmp_path_factory: pytest.TempPathFactory, servers: dict[str, Any]
) -> None:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    machine.project(servers)
    for finding in machine.findings():
        assert finding.message.isprintable()
