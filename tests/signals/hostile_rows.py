"""What a hostile Prometheus does, and the sentence that is told of it after its name, or its pattern."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from tests.signals.hostile import (
    Behaviour,
    Flood,
    answer,
    answer_json,
    bomb,
    drip,
    gibberish,
    half,
    half_chunks,
    hang_up,
    head,
    redirect,
    sample,
    silent,
    vector,
)

CUT_OFF = "closed the connection before its whole answer had come"
LATE = "gave no whole answer within 1 s"
NOT_PROMETHEUS = "answers JSON that is not Prometheus's: is its URL right"
MISSHAPEN = "answers with values in a shape that is not Prometheus's"
JSON_HEAD = head(Content_Type="application/json")
PAGE = b"<!doctype html><title>Please log in</title>"


def healthy() -> dict[str, Any]:
    """What a well server answers at this moment."""
    return vector(sample("1"))


def with_result(result: Any, kind: str = "vector") -> Behaviour:
    return answer_json({"status": "success", "data": {"resultType": kind, "result": result}})


def dated(seconds_from_now: float) -> Behaviour:
    return answer_json(vector(), Date=formatdate(time.time() + seconds_from_now, usegmt=True))


#: What the server does, and what is said of it after its name.
HOSTILE: dict[str, tuple[Callable[[], Behaviour], str]] = {
    # time
    "slow": (lambda: silent, LATE),
    "headers byte by byte": (lambda: drip(b"HTTP/1.1 200 OK\r\nX-Slow:"), LATE),
    "body byte by byte": (lambda: drip(JSON_HEAD), LATE),
    # cut off
    "closed at once": (lambda: hang_up, CUT_OFF),
    "half an answer": (lambda: half(b'{"status": "success"}' * 9), CUT_OFF),
    "half of its chunks": (lambda: half_chunks(b'{"status": '), CUT_OFF),
    "half of the compression": (
        lambda: answer(gzip.compress(b'{"status": "success"}')[:-9], Content_Encoding="gzip"),
        CUT_OFF,
    ),
    "no length and half a document": (
        lambda: lambda connection, _: connection.sendall(JSON_HEAD + b'{"status": "succ'),
        'answers what is not JSON: `{"status": "succ`',
    ),
    # another protocol, another kind of answer
    "not HTTP": (lambda: gibberish, "does not speak HTTP"),
    "damaged compression": (
        lambda: answer(b"not gzip at all", Content_Encoding="gzip"),
        "answers with damaged compression",
    ),
    "another compression": (
        lambda: answer(b"...", Content_Encoding="br"),
        "answers in the encoding `br`, which was not asked for",
    ),
    "a web page": (
        lambda: answer(PAGE, Content_Type="text/html; charset=utf-8"),
        "answers with a web page, not JSON: is its URL right, or a login missing",
    ),
    "a web page that says it is JSON": (
        lambda: answer(PAGE),
        "answers with a web page, not JSON: is its URL right, or a login missing",
    ),
    "nothing": (lambda: answer(b""), "answers with nothing"),
    "not text": (lambda: answer(b"\xff\xfe{}"), "answers what is not JSON: `��{}`"),
    # statuses
    "500": (
        lambda: answer_json({"status": "error", "error": "out of disk"}, "500 Oops"),
        "answers with status 500: `out of disk`",
    ),
    "500 as a page": (
        lambda: answer(PAGE, "500 Oops", Content_Type="text/html"),
        "answers with status 500",
    ),
    "503 of a proxy": (
        lambda: answer(b"no healthy upstream\x1b[2J", "503 Unavailable", Content_Type="text/plain"),
        "answers with status 503: `no healthy upstream\\x1b[2J`",
    ),
    "401": (
        lambda: answer(b"", "401 Unauthorized"),
        "does not accept our token or password (401)",
    ),
    "403": (
        lambda: answer_json({"message": "tenant 7 is not yours"}, "403 Forbidden"),
        "forbids the question (403): `tenant 7 is not yours`",
    ),
    "429": (
        lambda: answer_json("slow down", "429 Too Many"),
        "says that it is asked too often (429): `slow down`",
    ),
    "204": (lambda: answer(b"", "204 No Content"), "answers with nothing"),
    # size
    "100 MB, told": (
        lambda: Flood(is_told=True),
        "answers more than 4,194,304 bytes (`max_bytes`)",
    ),
    "100 MB, untold": (
        lambda: Flood(is_told=False),
        "answers more than 4,194,304 bytes (`max_bytes`)",
    ),
    "a bomb": (lambda: bomb(104_857_600), "answers more than 4,194,304 bytes (`max_bytes`)"),
    # elsewhere
    "redirect to another host": (
        lambda: redirect("http://evil.example/api/v1/query"),
        "redirects to `http://evil.example:80`, and only its own address is asked",
    ),
    "redirect to another port": (
        lambda: redirect("//127.0.0.1:1/api/v1/query"),
        "redirects to `http://127.0.0.1:1`, and only its own address is asked",
    ),
    "redirect to nowhere": (
        lambda: redirect("ftp://[broken"),
        "redirects to what is no address, and only its own address is asked",
    ),
    "redirect in a circle": (lambda: redirect("/api/v1/query"), "redirects more than 3 times"),
    # JSON that is not what it should be
    "deep nesting": (
        lambda: answer(b"[" * 200_000 + b"]" * 200_000),
        "answers JSON that is nested too deeply",
    ),
    "a key twice": (
        lambda: answer(b'{"status": "error", "status": "success"}'),
        "answers JSON with the same key twice in one object",
    ),
    "a number that is none": (
        lambda: answer(b'{"status": NaN}'),
        "answers JSON with the number `NaN`",
    ),
    "a number beyond all": (
        lambda: answer(b'{"status": 1e999}'),
        "answers JSON with the number `1e999`",
    ),
    "another API": (lambda: answer_json([]), NOT_PROMETHEUS),
    "another API, an object": (lambda: answer_json({"status": "ok"}), NOT_PROMETHEUS),
    "an error with status 200": (
        lambda: answer_json({"status": "error", "error": "no"}),
        NOT_PROMETHEUS,
    ),
    "no data": (lambda: answer_json({"status": "success"}), NOT_PROMETHEUS),
    "data that is null": (lambda: answer_json({"status": "success", "data": None}), NOT_PROMETHEUS),
    # values that are not what they should be
    "a result that is no list": (lambda: with_result({}), MISSHAPEN),
    "series that are none": (lambda: with_result(["1"]), MISSHAPEN),
    "a value that is a number": (
        lambda: with_result([{"metric": {}, "value": [time.time(), 1]}]),
        MISSHAPEN,
    ),
    "a value that Python alone reads": (lambda: with_result([sample("1_0")]), MISSHAPEN),
    "a value without its moment": (
        lambda: with_result([{"metric": {}, "value": ["1"]}]),
        MISSHAPEN,
    ),
    "labels that are no text": (
        lambda: with_result([{"metric": {"service": 5}, "value": [time.time(), "1"]}]),
        MISSHAPEN,
    ),
    "a histogram": (
        lambda: with_result([{"metric": {}, "histogram": [time.time(), {"count": "1"}]}]),
        "answers with a histogram, which is no number: ask for a quantile of it",
    ),
    "a matrix": (
        lambda: with_result([], "matrix"),
        "answers `latency` with a `matrix`: only numbers can be compared",
    ),
    "the same series twice": (
        lambda: with_result([sample("1", service="shop"), sample("2", service="shop")]),
        "answers with the same series twice",
    ),
    # a part, or another time
    "a warning": (
        lambda: answer_json({**healthy(), "warnings": ["store 2 of 3 did not answer"]}),
        "warns about its own answer: `store 2 of 3 did not answer`",
    ),
    "a warning beside an info": (
        lambda: answer_json({**healthy(), "warnings": ["PromQL info: a name", "remote read: 500"]}),
        "warns about its own answer: `remote read: 500`",
    ),
    "warnings that are no list": (
        lambda: answer_json({**healthy(), "warnings": "some"}),
        "warns about its own answer: `a part of the data is missing`",
    ),
    "a partial answer": (
        lambda: answer_json({**healthy(), "isPartial": True}),
        "warns about its own answer: `a part of the data is missing`",
    ),
    "evaluated long ago": (
        lambda: answer_json(vector(sample("1", time.time() - 300.5))),
        r"answers from a clock 30[0-9] s behind ours",
    ),
    "evaluated in the future": (
        lambda: answer_json(vector(sample("1", time.time() + 300.5))),
        r"answers from a clock (29|30)[0-9] s ahead of ours",
    ),
    "an empty answer of a clock behind": (
        lambda: dated(-3600.5),
        r"answers from a clock 36[0-9]{2} s behind ours",
    ),
    "an empty answer of a clock ahead": (
        lambda: dated(3600.5),
        r"answers from a clock (359|360)[0-9] s ahead of ours",
    ),
}
