"""Whatever a service answers, a comparison ends, and soon."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearse.answered import JSON, Bench, answered, asked
from shelflife.rehearse.answers import Answer, Comparison
from shelflife.rehearse.requests import Request


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.comparer.close()


ODD = {
    "deep JSON": b"[" * 400 + b"]" * 400,
    "very deep JSON": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 300 + b"1" + b"}" * 300,
    "a huge number": b'{"n": ' + b"9" * 4000 + b"}",
    "a number beyond all floats": b'{"n": 1e999, "m": -1e999}',
    "half of a surrogate": b'{"t": "\\ud800"}',
    "deep HTML": b"<html>" + b"<div>" * 5_000,
    "an unknown declaration": b"<html><![foo [ bar ]]><p>a",
    "comments without end": b"<html>" + b"<!-- " * 2_000,
    "comments before all": b"<!---->" * 2_000 + b"x",
    "no UTF-8": b"<html>\xff\xfe\xe9",
    "an odd charset": b"abc",
    "brackets": b"<" * 20_000,
    "many lines": b"a\n" * 50_000,
    "one long line": b"word " * 20_000,
    "a long list": b"[" + b"1," * 50_000 + b"1]",
    "zeros": b"\0" * 100_000,
}
KINDS = (JSON, "text/plain; charset=no-such", "")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("which", ODD)
def test_odd_bodies_are_compared(bench: Bench, which: str, kind: str) -> None:
    """With themselves, and with others."""
    one = answered(ODD[which], ("Content-Type", kind))
    other = answered(ODD[which][:-1] + b"z", ("Content-Type", kind))
    began = time.perf_counter()
    bench.teach([one, one])
    bench.teach([one, other], request=asked(2))

    assert bench.own(one) == []
    assert bench.own(other)
    bench.own(answered({"a": 1}), request=asked(2))
    bench.own(answered("<p>x</p>"), request=asked(2))
    assert time.perf_counter() - began < 5


def test_mangled_answers_never_raise(bench: Bench) -> None:
    """Nor do they go unnoticed: 300 of each, each with a few bytes changed."""
    chance = random.Random(7)
    bodies = [
        answered({"id": 7, "items": [{"t": "Café", "n": 1.5, "at": "2019-03-01 10:00:00"}] * 5}),
        answered("<html><body class=a><ul><li>one</li><li>two</li></ul><p>José</body></html>"),
        answered("line one\nline two: 17\n\nline four é\n"),
    ]
    for number, body in enumerate(bodies):
        bench.teach([body, body], request=asked(number))
    unnoticed = 0
    for number, body in enumerate(bodies * 300):
        mangled = bytearray(body.body)
        for _ in range(chance.randint(1, 6)):
            mangled[chance.randrange(len(mangled))] = chance.randrange(256)
        found = bench.own(body._replace(body=bytes(mangled)), request=asked(number % 3))
        unnoticed += not found

    assert unnoticed < 45  # whitespace, and the inside of tags that end themselves


def test_several_threads_compare_at_once(bench: Bench) -> None:
    """Each gets what one alone would get."""
    for number in range(20):
        bench.teach([{"n": number, "at": n} for n in range(4)], request=asked(number))
    bench.comparer.settle()
    wrong: list[Comparison] = []

    def work(offset: int) -> None:
        for number in range(200):
            which = (number + offset) % 20
            good = bench.compare({"n": which, "at": 99}, request=asked(which))
            bad = bench.compare({"n": which + 1, "at": 99}, request=asked(which))
            if good.own or [each.path for each in bad.own] != ["body $.n"]:
                wrong.append(bad)

    threads = [threading.Thread(target=work, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_an_unknown_request_is_told_to_be_unknown(bench: Bench) -> None:
    """So is one that was never answered when it was learned."""
    bench.teach([{"a": 1}])
    bench.teach([Answer(0, error="refused")] * 2, request=asked(2))

    assert bench.compare({"a": 1}, request=asked(1)) == ((), (), False)
    assert bench.compare({"a": 1}, request=asked(2)) == ((), (), False)
    assert bench.compare({"a": 1}) == ((), (), True)


def test_the_reference_is_the_first_answer(bench: Bench) -> None:
    """The first that there was."""
    bench.teach([Answer(0, error="timeout"), answered({"a": 1}), answered({"a": 2})])

    reference = bench.comparer.reference(asked(0), "old")
    assert reference is not None
    assert reference.body == b'{"a": 1}'
    assert bench.comparer.reference(asked(1), "old") is None


def test_noise_is_told_with_its_reason(bench: Bench) -> None:
    """Per endpoint and place; what was seen on one request of several is not."""
    for number in range(3):
        bench.teach(
            [
                answered({"id": n, "t": number}, ("X-Cache", "hit" if n > 1 else "miss"))
                for n in range(4)
            ],
            [{"id": 1, "t": number}] * 4,
            request=asked(number),
        )
    bench.teach([{"t": 1}, {"t": 2}], request=asked(3))
    bench.comparer.settle()

    assert [(each.path, each.why) for each in bench.comparer.noise] == [
        ("body $.id", "differs between two runs of old"),
        ("header x-cache", "differs between a cold and a warm answer of old"),
    ]


def test_nothing_stays_behind(tmp_path: Path) -> None:
    """What was kept is removed, and cannot be asked any more."""
    bench = Bench(tmp_path)
    bench.teach([{"a": 1}])
    bench.comparer.close()

    assert list(tmp_path.iterdir()) == []
    with pytest.raises(sqlite3.ProgrammingError):
        bench.comparer.reference(asked(0), "old")


def test_an_own_host_before_a_location_is_no_difference(tmp_path: Path) -> None:
    """Whether the plan or the log tells the host; another host is one."""
    from shelflife.rehearse.answers import Comparer  # noqa: PLC0415
    from shelflife.rehearse.plan import ComparePlan  # noqa: PLC0415

    comparer = Comparer(ComparePlan(), tmp_path, host="api.example.com:8080")
    request = Request(0, "GET", "/a", (("Host", "www.example.com"),))
    for run in (0, 1):
        comparer.learn(request, "new", run, answered({}, ("Location", "/b?c=1"), status=301))
    comparer.settle()

    found = []
    for host in ("api.example.com", "www.example.com", "other.example.com"):
        moved = answered({}, ("Location", f"http://{host}/b?c=1"), status=301)
        found.append([each.path for each in comparer.compare(request, "new", moved).own])
    comparer.close()
    assert found == [[], [], ["header location"]]


@pytest.mark.parametrize("piece", ["<", "<a ", "<a b='", '<a b="', "<!--", "x<", "</a "])
def test_tags_that_do_not_end_take_no_time(bench: Bench, piece: str) -> None:
    """The parser would look for their end from each of them on."""
    page = "<html>" + piece * 60_000
    began = time.monotonic()
    bench.teach([page, page])

    assert bench.own(page + "y")
    assert time.monotonic() - began < 10
