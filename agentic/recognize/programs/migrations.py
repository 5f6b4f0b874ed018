"""Programs around data stores: migrations, transformations, dumps, restores, administration.

Migrating writes; going back loses what the step had added, and cleaning loses everything. A dump reads
the store and writes a file.

Sources (checked 2026-11-21): https://alembic.sqlalchemy.org/en/latest/api/commands.html,
https://docs.getdbt.com/reference/dbt-commands, https://documentation.red-gate.com/flyway,
https://docs.liquibase.com/commands/home.html, https://www.postgresql.org/docs/current/reference-client.html,
https://cloud.google.com/bigquery/docs/reference/bq-cli-reference.
"""

from __future__ import annotations

from agentic.recognize.arguments import by_name, judge_path, read_arguments
from agentic.recognize.interface import Word
from agentic.recognize.programs.databases import hidden_password

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.arguments import Arguments
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation


def _shown(invocation: Invocation) -> str:
    return " ".join((invocation.name, *(hidden_password(text) for text in invocation.texts)))[:200]


def _place(
    arguments: Arguments, invocation: Invocation, context: Context, hosts: str, names: str
) -> tuple[str, str]:
    """The environment that options tell, else the usual variables."""
    candidates = [
        ("host", word.text, hidden_password(word.text)) for word in arguments.values(hosts)
    ]
    candidates += [("name", word.text, word.text) for word in arguments.values(names)]
    if not candidates:
        for variable in (
            "DATABASE_URL",
            "PGHOST",
            "FLYWAY_URL",
            "DBT_TARGET",
            "SQLALCHEMY_DATABASE_URI",
        ):
            value = context.variable(invocation, variable)
            if value:
                candidates.append(("host" if "://" in value else "name", value, variable))
    return context.environment_of(candidates)


# Migrations


def alembic(invocation: Invocation, context: Context) -> None:
    """`alembic`: upgrade writes, downgrade drops, --sql only prints, revision writes a file."""
    arguments = read_arguments(
        invocation.args,
        "-c --config -n --name -x -m --message --rev-id --head --branch-label --version-path "
        "--depends-on --tag --rev-range --template",
    )
    command = arguments.operands[0].text if arguments.operands else ""
    place = _place(arguments, invocation, context, "", "-n --name -x -c --config")
    if command in {"revision", "merge", "init", "edit"}:
        context.add("file.write", _shown(invocation))
        if not arguments.has("--autogenerate"):
            return
        context.add("data.query", _shown(invocation), *place)
    elif command in {"upgrade", "stamp", "ensure_version"} and not arguments.has("--sql"):
        context.add("data.write", _shown(invocation), *place)
    elif command == "downgrade" and not arguments.has("--sql"):
        context.add("data.drop", _shown(invocation), *place)
    elif command in {
        "current",
        "history",
        "heads",
        "show",
        "check",
        "branches",
        "list_templates",
        "",
    }:
        context.add("data.query", _shown(invocation), *place)
    elif command in {"upgrade", "downgrade", "stamp"}:
        context.add("shell.inert", _shown(invocation))
    else:
        context.unknown(
            "this subcommand is not in agentic's tables", "unknown.subcommand", _shown(invocation)
        )


#: command word -> kind, for migrators whose first operand is the command.
_MIGRATORS: dict[str, dict[str, str]] = {
    "flyway": {
        "data.query": "info validate check version help snapshot diff model list-engines",
        "data.write": "migrate repair baseline prepare deploy",
        "data.drop": "clean undo",
    },
    "liquibase": {
        "data.query": """status validate history diff snapshot updatesql update-sql rollback-sql dbdoc
            generate-changelog list-locks checks diff-changelog update-testing-rollback-sql""",
        "data.write": """update update-count update-to-tag changelog-sync tag release-locks clear-checksums
            mark-next-changeset-ran execute-sql""",
        "data.drop": "drop-all dropall rollback rollback-count rollback-to-date rollback-one-changeset",
    },
    "migrate": {
        "data.query": "version help",
        "data.write": "up goto force",
        "data.drop": "down drop",
        "file.write": "create",
    },
    "dbmate": {
        "data.query": "status wait dump",
        "data.write": "up migrate create load",
        "data.drop": "drop down rollback",
        "file.write": "new",
    },
    "atlas": {
        "data.query": "schema-inspect schema-diff migrate-status migrate-lint migrate-validate version",
        "data.write": "schema-apply migrate-apply migrate-set",
        "data.drop": "schema-clean migrate-down",
        "file.write": "migrate-diff migrate-new migrate-hash schema-fmt",
    },
    "sqlx": {
        "data.query": "migrate-info prepare",
        "data.write": "migrate-run database-create database-setup",
        "data.drop": "migrate-revert database-drop database-reset",
        "file.write": "migrate-add",
    },
}


def migrator(invocation: Invocation, context: Context) -> None:
    """A migrator of the `_MIGRATORS` table."""
    arguments = read_arguments(
        invocation.args,
        "-u --url -d --dir -database -path -source --env -e --environment --changelog-file --config --to "
        "--migrations-dir -c --tx-mode --username --password --database-url --target",
        single_dash=invocation.name in {"flyway", "migrate"},
    )
    place = _place(
        arguments,
        invocation,
        context,
        "-u --url -url -database --database-url -d",
        "--env -e --environment -environment --config -configFiles --target",
    )
    words = [word.text for word in arguments.operands]
    pairs = {f"{words[at]}-{words[at + 1]}" for at in range(len(words) - 1)}
    found = False
    for kind, commands in _MIGRATORS[invocation.name].items():
        known = set(commands.split())
        if known & (set(words) | pairs):
            context.add(kind, _shown(invocation), *(place if kind[:4] == "data" else ("", "")))
            found = True
    if not found:
        why = "this subcommand is not in agentic's tables"
        context.unknown(why, "unknown.subcommand", _shown(invocation))


def dbt(invocation: Invocation, context: Context) -> None:
    """`dbt`: run, build, seed and snapshot write to the target; --full-refresh builds anew."""
    arguments = read_arguments(
        invocation.args,
        "-t --target --profile --profiles-dir --project-dir -s --select -m --models --exclude --selector "
        "--vars --threads --args --state --target-path --log-level --log-format --output --resource-type",
    )
    words = [word.text for word in arguments.operands]
    command = words[0] if words else ""
    place = _place(arguments, invocation, context, "", "-t --target")
    if command in {"run", "build", "seed", "snapshot", "run-operation", "retry", "clone"}:
        context.add("data.write", _shown(invocation), *place)
        if arguments.has("-f --full-refresh"):
            context.add("data.drop", _shown(invocation), *place)
    elif command in {"test", "show", "source", "debug", "freshness"}:
        context.add("data.query", _shown(invocation), *place)
    elif command in {
        "deps",
        "clean",
        "init",
        "compile",
        "parse",
        "ls",
        "list",
        "docs",
        "",
        "--version",
    }:
        context.add("code.build", _shown(invocation))
    else:
        why = "this subcommand is not in agentic's tables"
        context.unknown(why, "unknown.subcommand", _shown(invocation))


# Dumps, restores, administration

_PG_VALUES = (
    "-d --dbname -h --host -p --port -U --username -f --file -F --format -j --jobs -n --schema -N -t --table "
    "-T -Z --compress -E -S --role -L --use-list -I -P -O --owner -D --tablespace --template -l --locale "
    "-u --user -P --port -r --result-file --uri -o --out --db -c --collection "
    "-q --query --nsInclude --nsExclude --type -i"
)


def dump(invocation: Invocation, context: Context) -> None:
    """`pg_dump`, `mysqldump`, `mongodump`…: the store is read, a file is written."""
    arguments = read_arguments(invocation.args, _PG_VALUES, "-p --password --archive")
    place = _store_place(arguments, invocation, context)
    for word in arguments.values("-f --file -r --result-file -o --out --archive"):
        judge_path(context, "write", word)
    if invocation.name == "mongodump" and not arguments.has("-o --out --archive"):
        judge_path(context, "write", Word("dump"))
    context.add("data.query", _shown(invocation), *place)


def restore(invocation: Invocation, context: Context) -> None:
    """`pg_restore`, `mongorestore`, `mongoimport`, `mysqlimport`: a file goes into the store."""
    arguments = read_arguments(invocation.args, _PG_VALUES, "-p --password --archive")
    if invocation.name == "pg_restore" and arguments.has("-l --list"):
        context.add("file.read", _shown(invocation))
        return
    is_clean = arguments.has("--clean --drop --delete --replace") or (
        invocation.name == "pg_restore" and arguments.has("-c")
    )
    place = _store_place(arguments, invocation, context)
    context.add("data.drop" if is_clean else "data.write", _shown(invocation), *place)


_ADMIN = {
    "dropdb": "data.drop",
    "createdb": "data.write",
    "createuser": "data.access",
    "dropuser": "data.access",
    "vacuumdb": "data.write",
    "reindexdb": "data.write",
    "clusterdb": "data.write",
    "pgbench": "observe.load-test",
    "redis-benchmark": "observe.load-test",
    "mysqlslap": "observe.load-test",
    "pg_isready": "data.query",
    "pg_amcheck": "data.query",
}


def administer(invocation: Invocation, context: Context) -> None:
    """PostgreSQL's small programs and benchmarks: each does one thing."""
    arguments = read_arguments(invocation.args, _PG_VALUES)
    place = _store_place(arguments, invocation, context)
    names = [("name", word.text, word.text) for word in arguments.operands]
    if names and place[0] in {"unknown", "local"}:
        named = context.environment_of(names)
        place = named if named[1] else place
    context.add(_ADMIN[invocation.name], _shown(invocation), *place)


def mysqladmin(invocation: Invocation, context: Context) -> None:
    """`mysqladmin COMMAND`."""
    arguments = read_arguments(
        invocation.args, "-h --host -P --port -u --user -S --socket", "-p --password"
    )
    place = _store_place(arguments, invocation, context)
    words = {word.text for word in arguments.operands}
    if words & {"drop", "shutdown"}:
        kind = "data.drop"
    elif words & {"password", "flush-privileges", "reload", "old-password"}:
        kind = "data.access"
    elif words & {
        "create",
        "kill",
        "refresh",
        "flush-logs",
        "start-slave",
        "stop-slave",
        "flush-hosts",
    }:
        kind = "data.write"
    else:
        kind = "data.query"
    context.add(kind, _shown(invocation), *place)


def _store_place(arguments: Arguments, invocation: Invocation, context: Context) -> tuple[str, str]:
    """The environment of a store: its host or URL, its database's name, else this machine."""
    candidates = [
        ("host", word.text, hidden_password(word.text))
        for word in arguments.values("-h --host --uri")
    ]
    for word in (*arguments.values("-d --dbname --db"), *arguments.operands[:1]):
        is_url = "://" in word.text
        candidates.append(("host" if is_url else "name", word.text, hidden_password(word.text)))
    host = context.variable(invocation, "PGHOST")
    if host:
        candidates.append(("host", host, "PGHOST"))
    if not any(source == "host" for source, _, _ in candidates):
        candidates.append(("host", "localhost", "the local server"))
    return context.environment_of(candidates)


def server_control(invocation: Invocation, context: Context) -> None:
    """`pg_ctl`, `initdb`, `postgres`, `mysqld`, `redis-server`: a data store's own process."""
    words = {word.text for word in read_arguments(invocation.args, "-D -l -o -w -t -m -p").operands}
    if invocation.name == "pg_ctl" and "status" in words:
        context.add("shell.read-system", _shown(invocation))
    elif invocation.name == "initdb":
        for word in read_arguments(invocation.args, "-D --pgdata -U -A -E").values("-D --pgdata"):
            judge_path(context, "write-tree", word)
        context.add("code.run", _shown(invocation))
    else:
        context.add("code.open-server", _shown(invocation))


# BigQuery


def bq(invocation: Invocation, context: Context) -> None:
    """`bq COMMAND`: queries are read as SQL, rm drops, mk and load write."""
    arguments = read_arguments(
        invocation.args,
        "--project_id --dataset_id --location --format --job_id --api --destination_table --max_rows -n "
        "--source_format --schema --time_partitioning_field --label --description --expiration --view "
        "--billing_project --credential_file --destination_format --field_delimiter --parameter",
        "--use_legacy_sql --nouse_legacy_sql",
    )
    words = list(arguments.operands)
    command = words[0].text if words else ""
    candidates = [
        ("project", word.text, f"project {word.text}")
        for word in arguments.values("--project_id --billing_project")
    ]
    candidates += [("operand", word.text, word.text) for word in words[1:] if " " not in word.text]
    place = context.environment_of(candidates)
    if command == "query":
        _bq_query(words[1:], arguments, invocation, context, place)
    elif command in {"ls", "show", "head", "info", "wait", "version", "help", "get-iam-policy", ""}:
        context.add("data.query", _shown(invocation), *place)
    elif command == "rm":
        context.add("data.drop", _shown(invocation), *place)
    elif command in {"mk", "load", "cp", "insert", "update", "undelete", "partition", "truncate"}:
        is_loss = command == "truncate" or arguments.has("--replace -f --force")
        context.add("data.drop" if is_loss else "data.write", _shown(invocation), *place)
    elif command == "extract":
        context.add("data.query", _shown(invocation), *place)
        context.add("cloud.upload", _shown(invocation), *place)
    elif command in {"add-iam-policy-binding", "remove-iam-policy-binding", "set-iam-policy"}:
        context.add("data.access", _shown(invocation), *place)
    elif command in {"cancel", "init"}:
        context.add("data.write", _shown(invocation), *place)
    else:
        why = "this subcommand is not in agentic's tables"
        context.unknown(why, "unknown.subcommand", _shown(invocation))


def _bq_query(
    words: list[Word],
    arguments: Arguments,
    invocation: Invocation,
    context: Context,
    place: tuple[str, str],
) -> None:
    from agentic.recognize.sql import kinds_of

    text = " ".join(word.text for word in words)
    is_known = bool(words) and all(word.literal for word in words)
    if not words and invocation.stdin.known:
        text, is_known = invocation.stdin.text, True
    if arguments.has("--dry_run"):
        context.add("data.query", text[:200], *place)
        return
    if not is_known:
        context.unknown("the statement is computed at run time", target=text[:120])
    kinds = kinds_of(text) or ["data.query" if is_known else "data.write"]
    if arguments.has("--destination_table") and "data.write" not in kinds:
        kinds.append("data.write")
    for kind in kinds:
        context.add(kind, text[:200], *place)


PROGRAMS = by_name(
    (
        (alembic, "alembic"),
        (migrator, " ".join(_MIGRATORS)),
        (dbt, "dbt"),
        (dump, "pg_dump pg_dumpall mysqldump mariadb-dump mongodump mongoexport"),
        (restore, "pg_restore mongorestore mongoimport mysqlimport"),
        (administer, " ".join(_ADMIN)),
        (mysqladmin, "mysqladmin mariadb-admin"),
        (
            server_control,
            "pg_ctl initdb postgres mysqld mariadbd mongod redis-server clickhouse-server",
        ),
        (bq, "bq"),
    )
)
