"""SQL text to what it does: query, write, drop, change access, run a command on the server.

A small tokenizer of our own: comments, strings, quoted names and dollar quotes are told apart, so that
`select 'drop table x'` is a query and `se/**/lect 1; drop table x` is not. MySQL's `/*! … */` is code.
Several statements all count. What begins with no known word is unknown.

Sources (checked 2026-11-21): https://www.postgresql.org/docs/current/sql-syntax-lexical.html,
https://dev.mysql.com/doc/refman/8.4/en/comments.html, https://www.sqlite.org/lang.html.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

QUERY = "data.query"
WRITE = "data.write"
DROP = "data.drop"
ACCESS = "data.access"
SHELL = "network.remote-shell"
UNKNOWN = "unknown.subcommand"

#: first word of a statement -> kind; what depends on more has a rule in `_kinds_of`.
_FIRST: dict[str, str] = {
    **dict.fromkeys(
        """SELECT TABLE VALUES SHOW DESCRIBE DESC USE SET BEGIN START COMMIT ROLLBACK END ABORT SAVEPOINT
        RELEASE HELP FETCH DECLARE CLOSE PREPARE DEALLOCATE DISCARD RESET LISTEN UNLISTEN FROM SUMMARIZE
        CHECKPOINT PIVOT EXISTS LIST CHECK CHECKSUM GO PRINT UNSET LS""".split(),
        QUERY,
    ),
    **dict.fromkeys(
        """INSERT REPLACE MERGE UPSERT LOAD IMPORT CREATE ALTER COMMENT RENAME REINDEX VACUUM OPTIMIZE
        REFRESH CALL EXEC EXECUTE DO LOCK NOTIFY ATTACH DETACH ANALYZE CLUSTER INSTALL KILL FLUSH PUT
        SYSTEM UNDROP RESTORE BACKUP REPAIR CACHE MSCK EXCHANGE HANDLER""".split(),
        WRITE,
    ),
    **dict.fromkeys("DROP TRUNCATE PURGE SHUTDOWN".split(), DROP),
    **dict.fromkeys("GRANT REVOKE DENY REASSIGN SECURITY".split(), ACCESS),
}

#: Functions and words that reach out of the database, and what they do.
_REACHING: dict[str, str] = {
    "XP_CMDSHELL": SHELL,
    "SP_OACREATE": SHELL,
    "SYS_EXEC": SHELL,
    "SYS_EVAL": SHELL,
    "LOAD_EXTENSION": SHELL,
    "PG_READ_FILE": ACCESS,
    "PG_READ_BINARY_FILE": ACCESS,
    "PG_LS_DIR": ACCESS,
    "PG_AUTHID": ACCESS,
    "PG_SHADOW": ACCESS,
    "LOAD_FILE": ACCESS,
    "LO_IMPORT": WRITE,
    "LO_EXPORT": WRITE,
    "OUTFILE": WRITE,
    "DUMPFILE": WRITE,
    "WRITEFILE": WRITE,
    "DBLINK_EXEC": WRITE,
    "PG_TERMINATE_BACKEND": WRITE,
    "PG_RELOAD_CONF": ACCESS,
    "SETVAL": WRITE,
    "SET_CONFIG": WRITE,
}

_PRINCIPALS = frozenset("USER ROLE LOGIN GROUP POLICY CREDENTIAL SYSTEM SERVER".split())
#: What DROP removes without losing data.
_REBUILT = frozenset("INDEX VIEW TRIGGER FUNCTION PROCEDURE SYNONYM COMMENT STATISTICS".split())
_CHANGING = ("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "DROP", "TRUNCATE")


def kinds_of(text: str) -> list[str]:
    """The operation kinds of an SQL text, each once, in order; empty for an empty text."""
    readings = [statements(text)]
    # Dialects differ: where the text makes a difference, every reading counts
    if "\\" in text:
        readings.append(statements(text, escapes=False))
    if text.count("/*") > 1:
        readings.append(statements(text, nests=False))
    found: list[str] = []
    for reading in readings:
        for statement in reading:
            for kind in _kinds_of(statement):
                if kind not in found:
                    found.append(kind)
    return found


def _kinds_of(words: list[str]) -> Iterable[str]:
    """The kinds of one statement, given as its tokens."""
    yield _main_kind(words)
    for word in words:
        if word in _REACHING:
            yield _REACHING[word]
    if words[0] == "COPY" and "PROGRAM" in words:
        yield SHELL


def _main_kind(words: list[str]) -> str:
    first = words[0]
    if first in {"EXPLAIN", "PROFILE"}:
        is_run = "ANALYZE" in words[1:5] or "ANALYSE" in words[1:5]
        changes = [at for at, word in enumerate(words) if word in _CHANGING] if is_run else []
        return _main_kind(words[changes[0] :]) if changes else QUERY
    if first == "WITH":
        parts = [_to_close(words, at) for at, word in enumerate(words) if word in _CHANGING]
        return _strictest(_main_kind(part) for part in parts) if parts else QUERY
    if first in {"UPDATE", "DELETE"}:
        return WRITE if _is_bounded(words) else DROP
    if first == "SELECT":
        return WRITE if "INTO" in words else QUERY
    if first == "COPY":
        return WRITE if "FROM" in words and words[1:2] != ["("] else QUERY
    if first == "PRAGMA":
        return WRITE if "=" in words else QUERY
    if first == "DROP":
        subject = next(
            (word for word in words[1:] if word not in {"IF", "EXISTS", "TEMPORARY"}), ""
        )
        if subject in _PRINCIPALS:
            return ACCESS
        return WRITE if subject in _REBUILT else DROP
    if first in {"CREATE", "ALTER"}:
        return _definition_kind(words)
    if first == "INSERT" and words[1:2] == ["OVERWRITE"]:
        return DROP
    if first == "SET" and words[1:2] in (["PASSWORD"], ["ROLE"], ["SESSION"], ["GLOBAL"]):
        return ACCESS if words[1] in {"PASSWORD", "ROLE"} or "AUTHORIZATION" in words else WRITE
    return _FIRST.get(first, UNKNOWN)


def _to_close(words: list[str], start: int) -> list[str]:
    """The words from a position to the bracket that closes around it."""
    depth = 0
    for at in range(start, len(words)):
        depth += (words[at] == "(") - (words[at] == ")")
        if depth < 0:
            return words[start:at]
    return words[start:]


def _outer_condition(words: list[str]) -> list[str]:
    """The words after a WHERE that stands outside all brackets, brackets left out."""
    depth = 0
    for at, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        if word == "WHERE" and depth == 0:
            return [each for each in words[at + 1 :] if each not in {"(", ")"}]
    return []


def _definition_kind(words: list[str]) -> str:
    """CREATE and ALTER: of users and roles access, with a drop or a replaced table a drop."""
    subject = next((w for w in words[1:] if w not in {"OR", "REPLACE", "TEMP", "TEMPORARY"}), "")
    if subject in _PRINCIPALS:
        return ACCESS
    if "OWNER" in words and words[0] == "ALTER":
        return ACCESS
    if words[0] == "ALTER" and "DELETE" in words:  # ClickHouse deletes rows this way
        return WRITE if _is_bounded(words) else DROP
    if words[0] == "CREATE":
        return DROP if words[1:3] == ["OR", "REPLACE"] and subject == "TABLE" else WRITE
    drops = [words[at + 1 : at + 2] for at, word in enumerate(words) if word == "DROP"]
    kept = (["CONSTRAINT"], ["DEFAULT"], ["NOT"], ["INDEX"], ["IDENTITY"], ["EXPRESSION"])
    return DROP if any(after not in kept for after in drops) or "TRUNCATE" in words else WRITE


def _is_bounded(words: list[str]) -> bool:
    """Whether an UPDATE or DELETE has a WHERE that is not true for every row."""
    condition = _outer_condition(words)
    if not condition or condition == ["NOT", "FALSE"] or _is_always_true(condition):
        return False
    return not ("OR" in condition and _is_always_true(condition[condition.index("OR") + 1 :]))


def _is_always_true(words: list[str]) -> bool:
    return words in (["TRUE"], ["1"]) or (
        len(words) == 3 and words[1] == "=" and words[0] == words[2]
    )


def _strictest(kinds: Iterable[str]) -> str:
    order = (QUERY, WRITE, ACCESS, DROP)
    return max(kinds, key=lambda kind: order.index(kind) if kind in order else len(order))


# Tokens


def statements(text: str, *, escapes: bool = True, nests: bool = True) -> list[list[str]]:
    """The statements of an SQL text as upper-case words; a string is its own text in quotes.

    `escapes`: a backslash escapes in strings (MySQL); `nests`: comments nest (PostgreSQL).
    """
    found: list[list[str]] = []
    words: list[str] = []
    at, size = 0, len(text)
    while at < size:
        letter = text[at]
        if letter in " \t\r\n\f\v":
            at += 1
        elif letter == ";":
            if words:
                found.append(words)
            words = []
            at += 1
        elif text.startswith("--", at) or (letter == "#" and not words):
            at = _line_end(text, at)
        elif text.startswith("/*", at):
            at = _after_comment(text, at, words, nests=nests)
        elif letter in "'\"`" or (letter == "[" and words and words[-1] in _NAMES_FOLLOW):
            at = _after_quoted(text, at, words, escapes=escapes)
        elif letter == "$" and _dollar_tag(text, at):
            tag = _dollar_tag(text, at)
            end = text.find(tag, at + len(tag))
            end = size if end < 0 else end
            if words[:1] == ["DO"]:
                found.extend(_block(text[at + len(tag) : end]))
            words.append("'")
            at = end + len(tag)
        elif letter.isalnum() or letter == "_":
            end = at
            while end < size and (text[end].isalnum() or text[end] in "_$"):
                end += 1
            words.append(text[at:end].upper())
            at = end
        else:
            words.append(letter)
            at += 1
    if words:
        found.append(words)
    return found


#: After these a `[` opens a quoted name rather than an index.
_NAMES_FOLLOW = frozenset("FROM TABLE INTO UPDATE JOIN DATABASE SCHEMA .".split())


def _block(text: str) -> list[list[str]]:
    """The statements inside a procedural block, without the words that steer it."""
    found: list[list[str]] = []
    for words in statements(text):
        start = 0
        for at, word in enumerate(words):
            if word in {"BEGIN", "THEN", "ELSE", "LOOP", "PERFORM"}:
                start = at + 1
        rest = words[start:]
        if rest and rest[0] not in {"END", "IF"}:
            found.append(rest if rest[0] in _FIRST or rest[0] in _CHANGING else ["CALL"])
    return found


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _after_comment(text: str, at: int, words: list[str], *, nests: bool) -> int:
    """The position after a comment; MySQL's `/*!50000 … */` is code and is read as such."""
    if text.startswith("/*!", at) or text.startswith("/*+", at):
        end = text.find("*/", at)
        end = len(text) if end < 0 else end
        if text[at + 2] == "!":
            for inner in statements(text[at + 3 : end].lstrip("0123456789")):
                words.extend(inner)
        return end + 2
    depth, at = 1, at + 2
    while at < len(text) and depth:
        if text.startswith("*/", at):
            depth -= 1
            at += 2
        elif nests and text.startswith("/*", at):
            depth += 1
            at += 2
        else:
            at += 1
    return at


def _after_quoted(text: str, at: int, words: list[str], *, escapes: bool) -> int:
    """The position after a quoted text, which is added as one word."""
    quote = "]" if text[at] == "[" else text[at]
    end = at + 1
    while end < len(text):
        if escapes and text[end] == "\\" and quote == "'":
            end += 2
            continue
        if text[end] == quote:
            if text[end + 1 : end + 2] != quote or quote == "]":
                break
            end += 1
        end += 1
    inner = text[at + 1 : end]
    words.append("'" + inner if quote == "'" else '"' + inner)
    return end + 1


def _dollar_tag(text: str, at: int) -> str:
    """`$$` or `$name$` where a dollar quote begins, else empty."""
    end = text.find("$", at + 1)
    if end < 0 or not all(letter.isalnum() or letter == "_" for letter in text[at + 1 : end]):
        return ""
    return text[at : end + 1]
