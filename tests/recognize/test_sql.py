"""SQL told by what it does, in more than one dialect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentic.recognize.sql import kinds_of, statements


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", []),
        (" ;; ", []),
        ("select 1", ["data.query"]),
        ("SeLeCt 1 ; ", ["data.query"]),
        ("table t", ["data.query"]),
        ("show tables", ["data.query"]),
        ("select * into u from t", ["data.write"]),
        ("select setval('s', 1)", ["data.query", "data.write"]),
        ("select pg_read_file('/etc/passwd')", ["data.query", "data.access"]),
        ("select xp_cmdshell('x')", ["data.query", "network.remote-shell"]),
        ("copy t from '/x'", ["data.write"]),
        ("copy t to '/x'", ["data.query"]),
        ("copy t from program 'x'", ["data.write", "network.remote-shell"]),
        ("merge into t using s on a=b when matched then delete", ["data.write"]),
        ("create table t (a int)", ["data.write"]),
        ("create or replace table t as select 1", ["data.drop"]),
        ("create or replace view v as select 1", ["data.write"]),
        ("create role r", ["data.access"]),
        ("alter table t rename to u", ["data.write"]),
        ("alter table t drop constraint c", ["data.write"]),
        ("alter table t drop column c", ["data.drop"]),
        ("alter table t owner to x", ["data.access"]),
        ("alter table t delete where 1=1", ["data.drop"]),
        ("alter system set x = 1", ["data.access"]),
        ("drop table if exists t", ["data.drop"]),
        ("drop view v", ["data.write"]),
        ("drop user u", ["data.access"]),
        ("insert overwrite table t select 1", ["data.drop"]),
        ("delete from t where a = 1", ["data.write"]),
        ("delete from t where true", ["data.drop"]),
        ("delete from t", ["data.drop"]),
        ("set password = 'x'", ["data.access"]),
        ("set search_path = x", ["data.query"]),
        ("pragma table_info(t)", ["data.query"]),
        ("pragma journal_mode = wal", ["data.write"]),
        ("revoke all on t from x", ["data.access"]),
        ("frobnicate", ["unknown.subcommand"]),
        ("with x as (select 1) insert into t select * from x", ["data.write"]),
        ("begin; delete from t where a=1; commit", ["data.query", "data.write"]),
    ],
)
def test_kinds(text: str, kinds: list[str]) -> None:
    assert kinds_of(text) == kinds


@pytest.mark.parametrize(
    "text",
    [
        "select 'it''s; drop table x'",
        'select "drop" from t',
        "select `drop` from t",
        "select 1 -- ; drop table x",
        "select 1 /* ; drop table x; */",
        "select $$; drop table x;$$",
        "select $a$ $$; drop table x; $a$",
        "select a[1], [drop] from [drop table]",
    ],
)
def test_what_is_quoted_or_said_in_passing_does_nothing(text: str) -> None:
    assert kinds_of(text) == ["data.query"]


@pytest.mark.parametrize(
    "text",
    [
        "select 1;drop table x",
        "select 1\n;\ndrop\ttable x",
        "drop/**/table x",
        "/* a */ drop table x",
        "-- a\ndrop table x",
        "/*!50000 drop table x */",
        "/* /* */ drop table x; -- */",
        "select '\\'; drop table x; --'",
        "do $x$ begin if a then drop table x; end if; end $x$",
    ],
)
def test_a_drop_is_found_however_it_is_hidden(text: str) -> None:
    assert "data.drop" in kinds_of(text)


@given(st.text(alphabet="abSELECT';\"`$-/*!#[]()= \n\\1", max_size=60))
def test_any_text_is_read_and_nothing_raises(text: str) -> None:
    kinds = kinds_of(text)
    assert len(kinds) == len(set(kinds))
    assert all(statement for statement in statements(text))


@given(st.text(alphabet="ab1 ,()=.", max_size=30))
def test_a_further_drop_is_never_hidden_by_what_stands_before(text: str) -> None:
    assert "data.drop" in kinds_of(f"select {text}; drop table x")
