"""What clients of data stores do in Python code: SQL through any driver, Redis, MongoDB, data frames.

The statement is read by `sql`; where it goes is told by the call that made the connection.

Sources (checked 2026-11-21): https://peps.python.org/pep-0249,
https://docs.sqlalchemy.org/en/20/core/engines.html, https://redis.readthedocs.io/en/stable/commands.html,
https://pymongo.readthedocs.io/en/stable/api/pymongo/collection.html,
https://pandas.pydata.org/docs/reference/io.html.
"""

from __future__ import annotations

from agentic.recognize.interface import Stdin, Word
from agentic.recognize.python.values import UNKNOWN, Value, is_text, known_text, word_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.python.call import Call, Handler

_LOCAL_STORES = ("sqlite3", "aiosqlite", "duckdb", "apsw")
_STORES = frozenset(
    (
        *_LOCAL_STORES,
        *"psycopg2 psycopg asyncpg pymysql MySQLdb mysql sqlalchemy pyodbc snowflake clickhouse_connect"
        " clickhouse_driver oracledb cx_Oracle databases trino pyhive cassandra redshift_connector".split(),
    )
)
#: How a statement begins where nothing else says that a text is one.
_BEGINNINGS = (
    "select ", "insert ", "update ", "delete ", "drop ", "create ", "alter ", "truncate ", "grant ",
    "revoke ", "merge ", "replace into", "copy ", "with ", "vacuum", "pragma ", "call ", "show ",
)  # fmt: skip
_HOSTS = frozenset(
    "host hostname server dsn url uri database_uri account name_or_url conninfo".split()
)
_NAMES = frozenset("database dbname db schema profile service".split())
#: Methods of key-value stores and document stores -> kind.
_ACTIONS = {
    **dict.fromkeys(
        "flushall flushdb drop drop_database drop_collection drop_index".split(), "data.drop"
    ),
    **dict.fromkeys(
        "set setex mset hset hmset lpush rpush sadd zadd delete unlink expire rename incr decr"
        " insert_one insert_many update_one update_many replace_one delete_one delete_many"
        " find_one_and_update find_one_and_delete bulk_write create_index create_collection".split(),
        "data.write",
    ),
    **dict.fromkeys(
        "get mget hget hgetall keys scan scan_iter exists ttl lrange smembers find find_one aggregate"
        " count_documents distinct list_database_names list_collection_names estimated_document_count"
        " ping".split(),
        "data.query",
    ),
    **dict.fromkeys("config_set shutdown slaveof acl_setuser".split(), "data.access"),
    **dict.fromkeys("eval script_load".split(), "data.write"),
}


def statement(call: Call) -> Value | None:
    """`cursor.execute(SQL)` and every other method that takes a statement."""
    from agentic.recognize.sql import kinds_of

    given = call.arg(0, "sql", "statement", "query", "operation")
    is_store = any(
        each.sort == "name" and each.data.split(".")[0] in _STORES for each in call.chain()
    )
    if given is None or not is_text(given):
        if is_store and given is not None:
            call.walk.unknown("the statement is computed at run time", call.name)
        return None
    word = word_of(given)
    text = word.text
    if not is_store and not text.lstrip().lower().startswith(_BEGINNINGS):
        return None
    if not word.literal:
        call.walk.unknown("the statement is computed at run time", text[:120])
    place = store_place(call)
    kinds = kinds_of(text.replace("${value}", "value"))
    for kind in kinds:
        call.context.add(kind, text[:300], *place)
    path = _database_file(call)
    if path is not None and any(kind != "data.query" for kind in kinds):
        call.context.write_path(word_of(path))
    return None


def store_place(call: Call) -> tuple[str, str]:
    """The environment that the connection's own arguments tell."""
    from agentic.recognize.programs.databases import hidden_password

    candidates: list[tuple[str, str, str]] = []
    connections = [each for each in call.chain() if each.sort == "name"]
    connection = call.arg(-1, "con", "connection")
    if connection is None and call.method in {
        "to_sql",
        "read_sql",
        "read_sql_query",
        "read_sql_table",
    }:
        connection = call.arg(1)
    if connection is not None:
        connections.append(connection)
    for each in connections:
        if each.sort == "name" and each.data.split(".")[0] in _LOCAL_STORES:
            candidates.append(("host", "localhost", "a local file"))
        given = (
            [("host", value) for value in each.items] if each.sort == "name" else [("host", each)]
        )
        given += [("host" if name in _HOSTS else "name", value) for name, value in each.named
                  if name in _HOSTS or name in _NAMES]  # fmt: skip
        for source, value in given:
            if not is_text(value):
                continue
            text = word_of(value).text
            if text.startswith(("sqlite:", "duckdb:")):
                candidates.append(("host", "localhost", "a local file"))
            elif source == "name":
                candidates.append(("name", text, f"database {text}"))
            else:
                _add_address(candidates, text, hidden_password(text))
    return call.context.environment_of(candidates)


def _add_address(candidates: list[tuple[str, str, str]], text: str, shown: str) -> None:
    """What an address or a `host=… dbname=…` text tells."""
    if "://" in text:
        candidates.append(("host", text, shown))
        name = text.rpartition("/")[2].partition("?")[0]
        candidates.append(("name", name, f"database {name}"))
        return
    for part in text.split():
        key, equals, value = part.partition("=")
        if equals and key in _HOSTS | _NAMES:
            candidates.append(("host" if key in _HOSTS else "name", value, part))
    if "=" not in text and "." in text and " " not in text:
        candidates.append(("host", text, text))


def _database_file(call: Call) -> Value | None:
    """The file behind a local store, else None."""
    for each in call.chain():
        if each.sort == "name" and each.data.split(".")[0] in _LOCAL_STORES and each.items:
            text = known_text(each.items[0])
            return (
                None
                if text is not None and (text == ":memory:" or "mode=ro" in text)
                else each.items[0]
            )
    return None


def store_action(call: Call) -> Value | None:
    """A method of a Redis or MongoDB client."""
    if "()" not in call.name:
        return None
    kind = _ACTIONS.get(call.method)
    if kind is None:
        return None
    if call.method == "delete_many" and call.args and call.args[0] == Value("mapping"):
        kind = "data.drop"
    if kind != "data.query" or not call.walk.is_kept:
        call.context.add(kind, call.shown(), *_service_place(call))
    return UNKNOWN


def _service_place(call: Call) -> tuple[str, str]:
    """Where a Redis or MongoDB client goes; by their own default to this machine."""
    chain = [each for each in call.chain() if each.sort == "name" and each.data.endswith("()")]
    start = chain[-1] if chain else None
    if start is not None and not start.items and not start.named:
        return call.context.environment_of([("host", "localhost", "the local server")])
    candidates: list[tuple[str, str, str]] = []
    for value in (*start.items, *[value for _, value in start.named]) if start is not None else ():
        if is_text(value):
            text = word_of(value).text
            candidates.append(("host", text, text))
    return call.context.environment_of(candidates)


# Data frames


def _frame_read(call: Call) -> Value | None:
    """`pd.read_csv(source)`: a file or an address."""
    source = call.arg(0, "filepath_or_buffer", "path_or_buf", "path", "io", "source")
    if source is None or not is_text(source):
        return None
    word = word_of(source)
    if "://" not in word.text:
        call.context.read_path(word)
        return None
    if word.text.startswith(("http://", "https://")):
        from agentic.recognize.web import judge_request

        judge_request(call.context, "GET", word)
    else:
        bucket = word.text.partition("://")[2].partition("/")[0]
        place = call.context.environment_of([("bucket", bucket, word.text)])
        call.context.add("cloud.download", word.text, *place)
    return None


def _frame_write(call: Call) -> Value | None:
    """`frame.to_csv(target)`."""
    target = call.arg(0, "path_or_buf", "path", "excel_writer", "fname", "file")
    if target is None or not is_text(target):
        return None
    word = word_of(target)
    if "://" in word.text:
        bucket = word.text.partition("://")[2].partition("/")[0]
        place = call.context.environment_of([("bucket", bucket, word.text)])
        call.context.add("cloud.upload", word.text, *place)
    elif not (call.walk.is_kept and not word.literal):
        call.context.write_path(word)
    return None


def _to_sql(call: Call) -> Value | None:
    """`frame.to_sql(table, connection)`; replacing a table drops it."""
    replaces = call.text(-1, "if_exists") == "replace"
    place = store_place(call)
    call.context.add("data.drop" if replaces else "data.write", call.shown(), *place)
    return None


def _shell_sql(call: Call) -> Value | None:
    """`duckdb.sql(TEXT)` without a connection of its own."""
    given = call.arg(0, "query")
    if given is not None and is_text(given):
        call.context.run_words([Word("duckdb"), Word("-c"), word_of(given)], Stdin())
    return None


STORE_CALLS: dict[str, Handler] = {
    **dict.fromkeys(("duckdb.sql", "duckdb.query", "duckdb.execute"), _shell_sql)
}
STORE_FAMILIES: dict[str, Handler] = dict.fromkeys(
    "redis valkey pymongo motor".split(), store_action
)
STORE_METHODS: dict[str, Handler] = {
    **dict.fromkeys(
        "execute executemany executescript exec_driver_sql read_sql read_sql_query fetch fetchrow fetchval"
        " fetch_all fetch_one scalar scalars exec query sql".split(),
        statement,
    ),
    **dict.fromkeys(
        "read_csv read_parquet read_json read_excel read_feather read_table read_fwf read_orc read_hdf"
        " scan_csv scan_parquet loadtxt genfromtxt".split(),
        _frame_read,
    ),
    **dict.fromkeys(
        "to_csv to_parquet to_json to_excel to_pickle to_feather to_hdf to_markdown to_html savefig"
        " write_csv write_parquet save_pretrained save_model".split(),
        _frame_write,
    ),
    "to_sql": _to_sql,
}
