"""Alerts, metrics, logs, paging and load tests.

Sources: https://github.com/prometheus/alertmanager#amtool,
https://prometheus.io/docs/prometheus/latest/command-line/promtool/,
https://grafana.com/docs/loki/latest/query/logcli/, https://docs.locust.io/en/stable/configuration.html,
https://grafana.com/docs/k6/latest/using-k6/k6-options/reference/.
"""

from __future__ import annotations

from agentic.recognize.environment import is_loopback
from agentic.recognize.grammar import Spec
from agentic.recognize.manifests import is_address
from agentic.recognize.placement import Call, not_in_tables, placed
from agentic.recognize.programs.kubernetes import cluster
from agentic.recognize.surroundings import file_text, folder_candidates, plain_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation

AMTOOL = Spec(
    kinds={
        "observe.read": (
            "alert, alert query, silence, silence query, config show, config, config routes, "
            "config routes show, config routes test, cluster, cluster show, template render"
        ),
        "code.test": "check-config",
        "alert.silence": "silence add, silence expire, silence import, silence update",
        "observe.push-metrics": "alert add",
        "shell.inert": "help, version, ",
    },
    values=(
        "--alertmanager.url --config.file -o --output -a --author -c --comment -d --duration "
        "--start --end "
        "--timeout --http.config.file --id --within --matchers --annotation --generator-url "
        "--receiver --tls.config.file"
    ),
    environment={"--alertmanager.url": "host"},
    positional={"silence add": "operand"},
    flags={"--tls.insecure.skip.verify": "network.insecure"},
    harmless="--help -h --help-long --version",
)


def amtool_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The server that amtool's own settings name when no option does."""
    if parsed.has("--alertmanager.url"):
        return []
    for path in ("~/.config/amtool/config.yml", "/etc/amtool/config.yml"):
        for line in file_text(context, context.path(path)).splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "alertmanager.url":
                return [("host", plain_value(value), f"amtool config {plain_value(value)}")]
    return []


PROMTOOL = Spec(
    kinds={
        "code.test": (
            "check, check config, check rules, check web-config, check metrics, "
            "check service-discovery, "
            "test, test rules, tsdb bench, promql format"
        ),
        "observe.read": (
            "query, query instant, query range, query series, query labels, query analyze, "
            "check healthy, "
            "check ready, tsdb list, tsdb analyze, tsdb dump, tsdb dump-openmetrics, debug, "
            "debug pprof, "
            "debug metrics, debug all"
        ),
        "observe.push-metrics": "push, push metrics",
        "data.write": "tsdb create-blocks-from",
        "file.write": "promql label-matchers",
        "shell.inert": "help, version, ",
    },
    values="-o --start --end --step --http.config.file --time --header --label --timeout --match --url",
    environment={"--url": "host"},
    positional={"push metrics": "host", "push": "host"},
    harmless="--help -h --help-long --version",
)

LOGCLI = Spec(
    kinds={
        "observe.read": (
            "query, instant-query, labels, series, stats, volume, volume_range, fmt, "
            "analyze-labels, "
            "detected-fields, index-stats"
        ),
        "data.drop": "delete, delete create, delete cancel",
        "shell.inert": "help, version, ",
    },
    values=(
        "--addr --org-id --username --password --bearer-token --from --to --since --limit -o "
        "--output --tz "
        "--ca-cert --cert --key --timezone --step --batch --parallel-duration"
    ),
    environment={"--addr": "host"},
    variables={"LOKI_ADDR": "host"},
    flags={"--tls-skip-verify": "network.insecure"},
    harmless="--help -h --version",
)

GRAFANA = Spec(
    kinds={
        "package.install-untrusted-source": (
            "plugins install, plugins update, plugins update-all, cli plugins"
        ),
        "package.remove": "plugins uninstall, plugins remove",
        "observe.read": (
            "plugins ls, plugins list-remote, plugins list-versions, resources list, "
            "resources get, "
            "resources diff, show, get, list, diff, export, config view, config list-contexts, "
            "config current-context"
        ),
        "secret.rotate": (
            "admin reset-admin-password, admin secrets-migration, admin data-migration, "
            "admin secrets-consolidation"
        ),
        "access.change": "admin user-manager, admin flush-rbac-seed-assignment",
        "alert.change": "apply, push, resources push, resources edit, watch, import",
        "alert.silence": "resources delete, delete",
        "kubernetes.configure": "config use-context, config set, config unset",
        "code.open-server": "server, resources serve, serve",
        "code.test": "resources validate, lint, fmt, eval, env",
        "shell.inert": "help, version, ",
    },
    values="--homepath --config --pluginsDir --repo --pluginUrl -t --target -J --jpath -p --path --context",
    environment={"--context": "context", "-p": "path", "--path": "path"},
)

PAGING = Spec(
    kinds={
        "observe.read": (
            "incident list, incident get, incident log, incident notes, incident analytics, "
            "alert list, "
            "alert get, alert count, schedule list, schedule oncall, schedule show, service list, "
            "user list, team list, event list, escalation-policy list, ep list, analytics, log, "
            "abilities list, tag list, user oncall, incident responder, "
            "getAlert, listAlerts, countAlerts, listSchedules, exportUsers, getSchedule"
        ),
        "incident.open": (
            "incident create, incident ack, incident assign, incident priority, "
            "incident rename, incident subscriber, incident merge, event alert, event change, "
            "alert create, alert acknowledge, alert add-note, createAlert, acknowledge, addNote, "
            "assign"
        ),
        "incident.close": (
            "incident resolve, alert close, closeAlert, event resolve, event acknowledge"
        ),
        "alert.silence": (
            "alert snooze, alert delete, snooze, service disable, service enable, service set, "
            "service delete, maintenance create, maintenance add, incident snooze, "
            "schedule override, schedule override add, escalation-policy update, "
            "escalation-policy delete, "
            "ep update, ep delete, deleteAlert, snoozeAlert, disable, integration disable, "
            "policy disable"
        ),
        "access.change": "user create, user delete, user set, team create, team delete, team user",
        "cloud.configure": "auth, auth set, auth add, auth web, auth login, config, login",
        "secret.read": "auth list, rest get",
        "shell.inert": "version, help, autocomplete, ",
    },
    values="-n --names -i --ids -s --status --service -t --title -d --details -F --from -k --key -u",
    positional={"*": "operand"},
    environment={"--service": "operand"},
)

EVENTS = Spec(
    kinds={
        "observe.read": (
            "organizations list, projects list, issues list, info, releases list, releases info, "
            "repos list, "
            "events list, synthetics list, gate evaluate, monitors list, send-metric"
        ),
        "observe.push-metrics": (
            "junit upload, sarif upload, sbom upload, coverage upload, metric, measure, tag, "
            "trace, trace span, "
            "dora deployment, dora service, deployment mark, git-metadata upload, dsyms upload, "
            "sourcemaps upload, react-native upload, flutter-symbols upload, elf-symbols upload, "
            "send-event, send-envelope, send_event, releases new, releases set-commits, "
            "releases finalize, releases deploys, deploys new, upload-dif, upload-proguard, "
            "debug-files upload, "
            "upload-dsym, monitors run, sourcemaps inject, deployment correlate, deployment gate"
        ),
        "cloud.write": (
            "lambda instrument, lambda uninstrument, cloud-run instrument, cloud-run uninstrument, "
            "stepfunctions instrument, stepfunctions uninstrument, synthetics upload-application"
        ),
        "observe.load-test": "synthetics run-tests, synthetics build-and-test",
        "alert.silence": (
            "issues mute, issues resolve, issues unresolve, releases delete, releases archive"
        ),
        "cloud.configure": "login",
        "code.test": "debug-files check, debug-files find, difutil",
        "shell.inert": "version, help, completions, ",
        "package.install-global": "update, uninstall",
    },
    values="--env --service -o --org -p --project --url --auth-token --release -e --config -c --tags --dist",
    environment={"--env": "name", "-e": "name", "--url": "host"},
    variables={"DD_ENV": "name", "SENTRY_ENVIRONMENT": "name"},
)

#: Load generators: the options that name their target, and those that take a value.
LOAD = Spec(
    kinds={"observe.load-test": ""},
    values=(
        "-H --host -u --users -r --spawn-rate -t --run-time -f --locustfile --csv --html "
        "--web-host "
        "-P --web-port --master-host --tags --logfile -L --loglevel --config --processes "
        "-n -c -q -z -m -d -D -T -a -h -o -cpus -host -duration -s -e --env --vus --duration "
        "--iterations "
        "--stage --out --summary-export --rps --tag --address --threads --connections --timeout "
        "-rate -targets -body -header -workers -connections -output -format -name -max-workers "
        "--script "
        "-l --rate -i --input -p -C -A -x -X -w -k --header --method --body --requests "
        "--concurrency"
    ),
    environment={"-H": "host", "--host": "host", "--target": "host", "-host": "operand"},
    no_subcommand=True,
    harmless="--help --version -V -help",
)

_NOT_A_TEST = {
    "inspect": "code.test",
    "version": "shell.inert",
    "help": "shell.inert",
    "archive": "code.build",
    "new": "service.scaffold",
    "report": "observe.read",
    "plot": "observe.read",
    "encode": "observe.read",
    "convert": "code.build",
    "login": "cloud.configure",
    "stats": "observe.read",
    "status": "observe.read",
    "completion": "shell.inert",
    "x": "code.test",
}


def load_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """Addresses on the command line, in `-e KEY=URL`, in vegeta's input, in the script's own settings."""
    candidates: list[Candidate] = []
    for word in parsed.operands:
        if "://" in word.text:
            candidates.append(("host" if word.literal else "computed", word.text, word.text))
        elif invocation.name in _TAKES_ADDRESS and "." in word.text and "/" in word.text:
            candidates.append(("host", word.text, word.text))
    for name, value in parsed.options:
        text = "" if value is None else value.text.partition("=")[2] or value.text
        if "://" in text:
            candidates.append(("host", text, f"{name} {text}"))
    if invocation.stdin.known and "://" in invocation.stdin.text:
        words = invocation.stdin.text.split()
        candidates.extend(("host", part, part) for part in words if "://" in part)
    if not candidates and not parsed.has("-H", "--host"):
        candidates.extend(script_addresses(parsed, invocation, context))
    return candidates


_TAKES_ADDRESS = ("hey", "ab", "wrk", "wrk2", "bombardier", "oha", "siege", "autocannon")


def script_addresses(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """Every address in the test script or the tool's settings file."""
    names = list(parsed.all_values("-f", "--locustfile", "--config", "-targets"))
    names.extend(
        word.text
        for word in parsed.operands
        if word.text.endswith((".js", ".ts", ".py", ".yml", ".yaml"))
    )
    if invocation.name == "locust" and not names:
        names = ["locustfile.py", "locust.conf"]
    found: list[Candidate] = []
    for name in names[:6]:
        text = file_text(context, context.path(name))
        at = text.find("://")
        while at >= 0:
            start = at
            while start > 0 and text[start - 1].isalnum():
                start -= 1
            address = text[start : at + 200].split("\n", 1)[0]
            for stop in "\"'` )>,;":
                address = address.partition(stop)[0]
            if text[start:at].lower() in ("http", "https", "ws", "wss", "grpc"):
                found.append(("host", address, f"{address} in {name}"))
            at = text.find("://", at + 3)
    return found


def refine_load(call: Call, kind: str) -> str:
    """Loopback flows; a script from elsewhere is code; some subcommands test nothing."""
    words = call.words
    if call.invocation.name == "schemathesis" and words and words[0] not in _SCHEMATHESIS_RUNS:
        not_in_tables(call)
        return ""
    with_subcommands = ("k6", "vegeta", "artillery")
    if call.invocation.name in with_subcommands and words and words[0] in _NOT_A_TEST:
        return _NOT_A_TEST[words[0]]
    if call.invocation.name == "k6" and len(words) > 1 and is_address(words[1]):
        call.context.add("code.execute-remote", words[1])
    if call.invocation.name == "locust":
        web_host = call.parsed.value("--web-host")
        if web_host and (web_host in ("0.0.0.0", "*") or not is_loopback(web_host)):  # noqa: S104 - compared
            call.context.add("code.expose-server", f"locust on {web_host}")
    return kind


OTEL = Spec(
    kinds={"observe.push-metrics": "traces, metrics, logs", "shell.inert": "version, help, "},
    values="--otlp-endpoint --service --duration --rate",
    environment={"--otlp-endpoint": "host"},
)


def grafana_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """The folder that holds the resources."""
    return folder_candidates(context)


def refine_known(call: Call, kind: str) -> str:
    """Only what no table knows is said."""
    if not kind:
        not_in_tables(call)
    return kind


_SCHEMATHESIS_RUNS = ("run", "fuzz", "replay")
#: What a generator of requests for an API is pointed at; many of them write.
SCHEMATHESIS = LOAD._replace(
    values=(
        "-u --url -b --base-url -H --header -a --auth -w --workers -c --checks -m --mode -n --max-examples "
        "--phases --report --report-dir --report-junit-path --report-vcr-path --report-har-path --seed "
        "--config-file --rate-limit --max-failures --request-timeout --proxy --request-cert --include-path "
        "--exclude-path --include-tag --exclude-tag --include-method --exclude-method --include-operation-id "
        "--exclude-operation-id --tls-verify --wait-for-schema --generation-database --suppress-health-check"
    ),
    environment={"-u": "host", "--url": "host", "-b": "host", "--base-url": "host"},
)

_load = placed(LOAD, load_place, refine_load)
_grafana = placed(GRAFANA, grafana_place, refine_known)
_paging = placed(PAGING, None, refine_known)
_events = placed(EVENTS, None, refine_known)

PROGRAMS = {
    "amtool": placed(AMTOOL, amtool_place, refine_known),
    "promtool": placed(PROMTOOL, None, refine_known),
    "logcli": placed(LOGCLI, None, refine_known),
    "grafana-cli": _grafana,
    "grafana": _grafana,
    "grafanactl": _grafana,
    "grr": _grafana,
    "pd": _paging,
    "opsgenie": _paging,
    "datadog-ci": _events,
    "sentry-cli": _events,
    "telemetrygen": placed(OTEL, None, refine_known),
    "kubetail": placed(Spec(kinds={"observe.read": ""}, no_subcommand=True), cluster),
    "locust": _load,
    "schemathesis": placed(SCHEMATHESIS, load_place, refine_load),
    "k6": _load,
    "vegeta": _load,
    "artillery": _load,
    "hey": _load,
    "ab": _load,
    "wrk": _load,
    "wrk2": _load,
    "bombardier": _load,
    "oha": _load,
    "siege": _load,
    "autocannon": _load,
}
