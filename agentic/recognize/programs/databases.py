"""Clients of data stores: psql, mysql, sqlite3, mongosh, redis-cli and their dump and admin programs.

What is sent is judged (`sql` reads it; files and standard input too, as far as they can be seen); where
it goes tells the environment: host, URL and database name, in that order of trust. A client that has
nothing to send on its command line gets its statements from standard input.

Sources (checked 2026-11-21): https://www.postgresql.org/docs/current/app-psql.html,
https://dev.mysql.com/doc/refman/8.4/en/mysql-command-options.html, https://www.sqlite.org/cli.html,
https://www.mongodb.com/docs/mongodb-shell, https://redis.io/docs/latest/develop/tools/cli,
https://clickhouse.com/docs/interfaces/cli, https://duckdb.org/docs/stable/clients/cli/arguments.
"""

from __future__ import annotations

from agentic.core.record_type import NamedTuple
from agentic.recognize.arguments import by_name, judge_path, read_arguments
from agentic.recognize.interface import Stdin, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentic.recognize.arguments import Arguments
    from agentic.recognize.context import Context
    from agentic.recognize.interface import Invocation


class Session(NamedTuple):
    """One client's connection: where it goes and what it reads."""

    invocation: Invocation
    context: Context
    place: tuple[str, str]


class Client(NamedTuple):
    """The command line of a client that takes SQL.

    values     options that take a value; `attached` those whose value must be attached
    texts      options whose value is SQL
    files      options whose value is a file with SQL
    outputs    options whose value is a file that is written
    hosts      options that name the machine
    databases  options that name the database
    variables  environment variables that name the machine or database, when no option does
    operands   what operands are: `database`, `host`, `text` (SQL), `file-then-text`
    """

    values: str
    attached: str = ""
    texts: str = ""
    files: str = ""
    outputs: str = ""
    hosts: str = ""
    databases: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    operands: str = "database"
    single_dash: bool = False


_MYSQL = Client(
    values="-e --execute -h --host -P --port -u --user -D --database -S --socket --protocol --init-command "
    "--delimiter --default-character-set --ssl-mode --tee --pager --login-path --plugin-dir --defaults-file "
    "--defaults-extra-file --prompt -r --result-format",
    attached="-p --password",
    texts="-e --execute --init-command",
    outputs="--tee",
    hosts="-h --host",
    databases="-D --database --login-path",
    variables=(("MYSQL_HOST", "host"),),
)

CLIENTS: dict[str, Client] = {
    "psql": Client(
        values="-c --command -d --dbname -f --file -F --field-separator -h --host -L --log-file -o --output "
        "-p --port -P --pset -R --record-separator -T --table-attr -U --username -v --set --variable",
        texts="-c --command",
        files="-f --file",
        outputs="-o --output -L --log-file",
        hosts="-h --host",
        databases="-d --dbname",
        variables=(
            ("PGHOST", "host"),
            ("PGSERVICE", "name"),
            ("PGDATABASE", "name"),
            ("DATABASE_URL", "host"),
        ),
    ),
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "mycli": _MYSQL,
    "pgcli": Client(
        values="-h --host -p --port -U --username -d --dbname -D --dsn", hosts="-h --host"
    ),
    "clickhouse-client": Client(
        values="-q --query -h --host --port -u --user --password -d --database --queries-file -f --format "
        "--config-file -C --connection",
        texts="-q --query",
        files="--queries-file",
        hosts="-h --host",
        databases="-d --database --connection",
        operands="text",
    ),
    "snowsql": Client(
        values="-a --accountname -u --username -d --dbname -s --schemaname -r --rolename -w --warehouse -h "
        "--host -p --port -q --query -f --filename -o --options -c --connection --config -D --variable",
        texts="-q --query",
        files="-f --filename",
        hosts="-a --accountname -h --host",
        databases="-d --dbname -c --connection -w --warehouse",
    ),
    "sqlcmd": Client(
        values="-S -d -U -P -Q -q -i -o -l -t -v -H -E",
        texts="-Q -q",
        files="-i",
        outputs="-o",
        hosts="-S",
        databases="-d",
    ),
    "cqlsh": Client(
        values="-e --execute -f --file -u --username -p --password -k --keyspace --request-timeout "
        "--connect-timeout --cqlversion",
        texts="-e --execute",
        files="-f --file",
        databases="-k --keyspace",
        operands="host",
    ),
    "trino": Client(
        values="--server --catalog --schema --user --execute -f --file --output-format --session",
        texts="--execute",
        files="-f --file",
        hosts="--server",
        databases="--catalog --schema",
    ),
    "beeline": Client(
        values="-u -n -p -d -e -f -i --hiveconf --hivevar --outputformat",
        texts="-e",
        files="-f -i",
        hosts="-u",
    ),
    "sqlite3": Client(
        values="-cmd -init -separator -nullvalue -newline -maxsize -mmap -vfs -lookaside -pagecache -heap",
        texts="-cmd",
        files="-init",
        operands="file-then-text",
        single_dash=True,
    ),
    "duckdb": Client(
        values="-c -cmd -init -s -f -separator -nullvalue -newline -storage-version",
        texts="-c -cmd -s",
        files="-init -f",
        operands="file-then-text",
        single_dash=True,
    ),
}


def client(invocation: Invocation, context: Context) -> None:
    """Recognise an SQL client of the `CLIENTS` table."""
    spec = CLIENTS[invocation.name]
    arguments = read_arguments(
        invocation.args, spec.values, spec.attached, single_dash=spec.single_dash
    )
    if arguments.has("--help --version -V -? -help -version") or (
        invocation.name == "psql" and arguments.has("-l --list")
    ):
        context.add("shell.inert", invocation.name)
        return
    place = _place(spec, arguments, invocation, context)
    session = Session(invocation, context, place)
    texts = arguments.values(spec.texts)
    operands = list(arguments.operands)
    if spec.operands == "text":
        texts += operands
    elif spec.operands == "file-then-text":
        texts += operands[1:]
    files = arguments.values(spec.files)
    for word in arguments.values(spec.outputs):
        judge_path(context, "write", word)
    kinds: list[str] = []
    for word in texts:
        kinds.extend(_kinds_of_word(word, session))
    for word in files:
        kinds.extend(_kinds_of_file(word, session))
    if not texts and not [word for word in files if word.text != "-"]:
        kinds.extend(_kinds_of_stdin(session))
    target = " ".join(hidden_password(word.text) for word in (*operands[:1], *texts))[:300]
    if spec.operands == "file-then-text" and operands:
        _judge_database_file(
            operands[0], kinds, context, readonly=arguments.has("-readonly --readonly")
        )
    for kind in dict.fromkeys(kinds):
        context.add(kind, target, *place)


def _place(
    spec: Client, arguments: Arguments, invocation: Invocation, context: Context
) -> tuple[str, str]:
    """The environment that host, URL, database and variables tell; a local socket is local."""
    candidates = [("host", word.text, f"host {word.text}") for word in arguments.values(spec.hosts)]
    named = [*arguments.values(spec.databases)]
    if spec.operands == "database":
        named += arguments.operands[:2]
    elif spec.operands == "host":
        candidates += [("host", word.text, word.text) for word in arguments.operands[:1]]
    for word in named:
        for part in word.text.split():
            if "://" in part or part.startswith("host="):
                address = part.partition("=")[2] if part.startswith("host=") else part
                candidates.append(("host", address, hidden_password(part)))
                name = address.rpartition("/")[2].partition("?")[0] if "://" in part else ""
            else:
                name = part.removeprefix("dbname=")
            candidates.append(("name", name, f"database {name}"))
    if spec.operands == "file-then-text":
        candidates += [("path", word.text, word.text) for word in arguments.operands[:1]]
        candidates.append(("host", "localhost", "a local file"))
    computed = any(not word.literal for word in (*arguments.values(spec.hosts), *named))
    if not any(source == "host" for source, _, _ in candidates) and not computed:
        for variable, source in spec.variables:
            value = context.variable(invocation, variable)
            if value:
                candidates.append((source, value, variable))
        stays = spec.hosts and "--accountname" not in spec.hosts
        if stays and not any(source == "host" for source, _, _ in candidates):
            candidates.append(("host", "localhost", "the local server"))
    if computed:
        return "unknown", ""
    return context.environment_of(candidates)


def hidden_password(url: str) -> str:
    """A database URL fit to be shown: without its password."""
    scheme, separator, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    if not (separator and at):
        return url
    return f"{scheme}://{user.partition(':')[0]}@{host}"


def _kinds_of_word(word: Word, session: Session) -> list[str]:
    if not word.literal:
        session.context.unknown("the statement is computed at run time", target=word.text)
        if word.text[:1] in {"$", "`", "*"}:
            return ["data.write"]
    return _kinds_of_text(word.text, session)


def _kinds_of_file(word: Word, session: Session) -> list[str]:
    """The kinds of a file with statements; what cannot be read is a write of unknown content."""
    if word.text == "-":
        return _kinds_of_stdin(session)
    context = session.context
    judge_path(context, "read", word)
    data = None
    if word.literal and not context.remote:
        data = context.workspace.read(context.path(word.text), 262144)
    if data is None or len(data) >= 262144:
        context.unknown("the file with the statements cannot be read", target=word.text)
        return ["data.write"]
    return _kinds_of_text(data.decode("utf-8", "replace"), session)


def _kinds_of_stdin(session: Session) -> list[str]:
    stdin = session.invocation.stdin
    if stdin.known:
        return _kinds_of_text(stdin.text, session)
    if stdin.path:
        return _kinds_of_file(Word(stdin.path), session)
    if stdin.origin in {"inherit", "closed"}:
        return ["data.query"]
    why = "the statements on standard input cannot be seen"
    session.context.unknown(why, target=session.invocation.name)
    return ["data.write"]


def _kinds_of_text(text: str, session: Session) -> list[str]:
    """The kinds of SQL text, after the client's own commands in it have been judged."""
    from agentic.recognize.sql import kinds_of

    lines: list[str] = []
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped[:1] in {"\\", "."} or stripped.lower().startswith(
            ("system ", "source ", "tee ")
        ):
            _client_command(stripped, session)
        else:
            cut = line.find("\\!")
            if cut >= 0:
                _client_command(line[cut:], session)
                line = line[:cut]
            lines.append(line.replace("\\gx", ";").replace("\\G", ";").replace("\\g", ";"))
    whole = "\n".join(lines)
    _judge_files(whole, session)
    kinds = kinds_of(whole) or ["data.query"]
    lower = whole.lower()
    if "execute" in lower and any(word in lower for word in ("drop ", "truncate ")):
        kinds = [*kinds, "data.drop"]  # a block builds its statement from text
    return kinds


#: What a statement says before the name of a file -> what it does with it.
_FILE_WORDS = (
    ("readfile(", "read"),
    ("load_file(", "read"),
    ("pg_read_file(", "read"),
    ("pg_read_binary_file(", "read"),
    ("writefile(", "write"),
    ("vacuum into ", "write"),
    ("into outfile ", "write"),
    ("into dumpfile ", "write"),
)


def _judge_files(text: str, session: Session) -> None:
    """Judge the files that statements name in quotes; on another machine they are its own."""
    lower = text.lower()
    for words, action in _FILE_WORDS:
        at = lower.find(words)
        if at >= 0:
            name = text[at + len(words) :].lstrip()
            if name[:1] in {"'", '"'}:
                judge_path(session.context, action, Word(name[1:].partition(name[0])[0]))
    at = lower.find("copy ")
    if at >= 0 and session.place[0] in {"", "local"}:
        rest = lower[at:]
        cut = rest.find(" to '")
        if cut >= 0:
            start = at + cut + 5
            judge_path(session.context, "write", Word(text[start:].partition("'")[0]))


#: Commands of the clients themselves that read a file, write one, or run a command.
_RUNS = ("\\!", ".shell", ".system", "system", "\\e", ".edit", "\\edit")
_READS = (
    "\\i",
    "\\ir",
    "\\include",
    "\\include_relative",
    ".read",
    "source",
    "\\.",
    ".import",
    ".load",
)
_WRITES = (
    "\\o",
    "\\out",
    "\\w",
    "\\write",
    ".output",
    ".once",
    ".backup",
    ".save",
    ".log",
    "tee",
    "\\T",
)


def _client_command(line: str, session: Session) -> None:
    r"""Add what one command of the client does: `\! rm x`, `.read a.sql`, `\copy t from program 'x'`."""
    context = session.context
    name, _, rest = line.partition(" ")
    if name.startswith("\\!") and len(name) > 2:
        name, rest = "\\!", line[2:]
    rest = rest.strip().rstrip(";")
    lower = line.lower()
    if name in _RUNS:
        context.run_script(rest, Stdin())
    elif name == ".load" or "load_extension" in lower:
        context.unknown("the client loads a library", target=line[:120])
    elif name == ".import" and rest[:1] == "|":
        context.run_script(rest[1:], Stdin())
    elif name in _READS:
        for kind in _kinds_of_file(Word(rest.split(" ")[0].strip("'\"")), session):
            context.add(kind, rest[:120], *session.place)
    elif name in _WRITES and rest[:1] == "|":
        context.run_script(rest[1:], Stdin())
    elif name in _WRITES and rest and rest != "off":
        judge_path(context, "write", Word(rest.split(" ")[-1].strip("'\"")))
    elif name == "\\copy":
        _copy_command(rest, session)
    elif name in {".restore", ".archive", ".recover", ".drop", "\\gexec"}:
        context.unknown("the client runs what cannot be seen here", target=line[:120])


def _copy_command(rest: str, session: Session) -> None:
    r"""psql's `\copy TABLE from|to FILE|program 'COMMAND'`."""
    context = session.context
    words = rest.split()
    lower = [word.lower() for word in words]
    direction = next((word for word in lower if word in {"from", "to"}), "to")
    after = words[lower.index(direction) + 1 :] if direction in lower else []
    if after and after[0].lower() == "program":
        context.run_script(" ".join(after[1:]).partition("'")[2].partition("'")[0], Stdin())
    elif after and after[0].lower() not in {"stdin", "stdout", "pstdin", "pstdout"}:
        judge_path(context, "read" if direction == "from" else "write", Word(after[0].strip("'")))
    kind = "data.write" if direction == "from" else "data.query"
    context.add(kind, rest[:120], *session.place)


def _judge_database_file(
    word: Word, kinds: Sequence[str], context: Context, *, readonly: bool
) -> None:
    """Add what using a database file means beyond its data: where it lies counts."""
    if word.text in {":memory:", ""}:
        return
    writes = not readonly and any(kind != "data.query" for kind in kinds)
    before = len(context.operations)
    judge_path(context, "write" if writes else "read", word)
    # the data operation says what happens to an ordinary file
    context.operations[before:] = [
        operation
        for operation in context.operations[before:]
        if operation.kind not in {"file.read", "file.write", "file.write-temporary"}
    ]


def redis(invocation: Invocation, context: Context) -> None:
    """`redis-cli [OPTIONS] COMMAND …`."""
    arguments = read_arguments(
        invocation.args,
        "-h -p -s -a -u -r -i -n -t -d -D --user --pass --eval --rdb --cluster "
        "--pattern --tls --sni --cacert --cert --key --functions-rdb",
        switches="--scan --bigkeys --hotkeys --memkeys --stat --latency --pipe --raw --csv --no-auth-warning",
        stops=True,
    )
    hosts = [*arguments.values("-h"), *arguments.values("-u"), *arguments.values("-s")]
    shown = [("host", word.text, f"host {hidden_password(word.text)}") for word in hosts]
    place = context.environment_of(shown or [("host", "localhost", "the local server")])
    words = [word.text.upper() for word in arguments.operands]
    for word in arguments.values("--rdb --functions-rdb"):
        judge_path(context, "write", word)
    target = " ".join(word.text for word in arguments.operands)[:160]
    if arguments.operands and not arguments.operands[0].literal:
        context.unknown("the command is computed at run time", target=target)
    if arguments.has("--eval --pipe -x -X --cluster"):
        context.add("data.write", target or "redis-cli", *place)
    elif words:
        context.add(redis_kind(words), target, *place)
        if words[0] in {"EVAL", "FCALL"} and any("FLUSH" in word for word in words):
            context.add("data.drop", target, *place)
    elif invocation.stdin.origin in {"inherit", "closed"}:
        context.add("data.query", "redis-cli", *place)
    elif invocation.stdin.known:
        for line in invocation.stdin.text.split("\n"):
            if line.strip():
                context.add(redis_kind(line.upper().split()), line[:160], *place)
    else:
        context.unknown("the commands on standard input cannot be seen", target="redis-cli")
        context.add("data.write", "redis-cli", *place)


_REDIS_READS = frozenset(
    """GET MGET KEYS SCAN TTL PTTL TYPE EXISTS INFO PING ECHO TIME DBSIZE STRLEN GETRANGE LRANGE LLEN LINDEX
    HGET HGETALL HKEYS HVALS HLEN HMGET HEXISTS HSCAN SMEMBERS SISMEMBER SCARD SSCAN SRANDMEMBER ZRANGE
    ZRANGEBYSCORE ZSCORE ZCARD ZCOUNT ZRANK ZSCAN XRANGE XLEN XINFO XREAD OBJECT MEMORY SLOWLOG CLIENT
    COMMAND LATENCY RANDOMKEY BITCOUNT GETBIT PFCOUNT GEOSEARCH HELP LASTSAVE ROLE DUMP JSON.GET FT.SEARCH
    FT.INFO MONITOR SUBSCRIBE PSUBSCRIBE TS.RANGE TS.GET""".split()
)
_REDIS_ADMIN = frozenset(
    "CONFIG ACL DEBUG MODULE SLAVEOF REPLICAOF SHUTDOWN FAILOVER MIGRATE SCRIPT CLUSTER".split()
)


def redis_kind(words: Sequence[str]) -> str:
    """The kind of one Redis command, given in upper case."""
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first in {"FLUSHALL", "FLUSHDB", "SWAPDB"} or second == "FLUSH":
        return "data.drop"
    if first in _REDIS_ADMIN and second not in {"GET", "WHOAMI", "LIST", "INFO", "NODES", "USERS"}:
        return "data.access"
    if first == "CLIENT" and second == "KILL":
        return "data.write"
    return "data.query" if first in _REDIS_READS or first in _REDIS_ADMIN else "data.write"


# MongoDB's shell takes JavaScript

#: part of a call -> kind, strictest first.
_MONGO: tuple[tuple[str, str], ...] = (
    (".dropdatabase(", "data.drop"),
    (".drop(", "data.drop"),
    (".dropcollection(", "data.drop"),
    (".deletemany({})", "data.drop"),
    (".remove({})", "data.drop"),
    (".createuser(", "data.access"),
    (".dropuser(", "data.access"),
    (".updateuser(", "data.access"),
    (".grantroles", "data.access"),
    (".revokeroles", "data.access"),
    (".createrole(", "data.access"),
    (".shutdownserver(", "data.access"),
    (".delete", "data.write"),
    (".remove(", "data.write"),
    (".insert", "data.write"),
    (".update", "data.write"),
    (".replace", "data.write"),
    (".bulkwrite(", "data.write"),
    (".findandmodify(", "data.write"),
    (".findoneand", "data.write"),
    (".create", "data.write"),
    (".dropindex", "data.write"),
    (".rename", "data.write"),
    ("$out", "data.write"),
    ("$merge", "data.write"),
    (".admincommand(", "data.write"),
    (".runcommand(", "data.write"),
)
_MONGO_READS: tuple[str, ...] = (
    ".find",
    ".count",
    ".aggregate(",
    ".distinct(",
    ".stats(",
    ".getcollection",
    "show ",
)
_MONGO_READS += (
    ".explain(",
    ".getindexes(",
    ".status(",
    ".hello(",
    ".version(",
    ".getname(",
    ".ping",
)


def mongo_kind(script: str) -> str:
    """The kind of JavaScript for MongoDB's shell; empty when nothing in it is known."""
    text = "".join(script.lower().split())
    for part, kind in _MONGO:
        if part in text:
            return kind
    reads = any(part.strip() in script.lower() for part in _MONGO_READS)
    return "data.query" if reads else ""


def mongo(invocation: Invocation, context: Context) -> None:
    """`mongosh [URL] [--eval JS] [FILE.js…]`."""
    arguments = read_arguments(
        invocation.args,
        "--eval -f --file --host --port -u --username -p --password --authenticationDatabase "
        "--authenticationMechanism --tlsCAFile --tlsCertificateKeyFile --apiVersion --awsAccessKeyId",
    )
    operands = list(arguments.operands)
    scripts = [word for word in operands if word.text.endswith((".js", ".mjs", ".mongodb"))]
    named = [word for word in operands if word not in scripts]
    candidates = [
        ("host", word.text, hidden_password(word.text)) for word in arguments.values("--host")
    ]
    for word in named:
        if "://" in word.text or "." in word.text or ":" in word.text:
            candidates.append(("host", word.text, hidden_password(word.text)))
        name = word.text.rpartition("/")[2].partition("?")[0]
        candidates.append(("name", name, f"database {name}"))
    if not any(source == "host" for source, _, _ in candidates):
        candidates.append(("host", "localhost", "the local server"))
    place = context.environment_of(candidates)
    texts = [(word.text, word.literal) for word in arguments.values("--eval")]
    for word in (*arguments.values("-f --file"), *scripts):
        judge_path(context, "read", word)
        data = context.workspace.read(context.path(word.text)) if word.literal else None
        texts.append((data.decode("utf-8", "replace"), True) if data else ("", False))
    if not texts and invocation.stdin.origin not in {"inherit", "closed"}:
        texts.append((invocation.stdin.text, invocation.stdin.known))
    if not texts:
        context.add("data.query", "mongosh", *place)
    for text, is_known in texts:
        kind = mongo_kind(text)
        if not is_known or not kind:
            context.unknown("the script's effect on the data cannot be told", target=text[:120])
        context.add(kind or "data.write", text[:160] or "mongosh", *place)


PROGRAMS = by_name(
    (
        (client, " ".join(CLIENTS)),
        (redis, "redis-cli valkey-cli"),
        (mongo, "mongosh mongo"),
    )
)
