"""Responses found, kept, shared and forgotten, in a cache without a server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Optional, Union

import pytest

from shelflife import Cache
from shelflife.cache.driving import SyncDriver
from shelflife.http import (
    APART,
    Computation,
    Made,
    Policy,
    RequestFacts,
    ResponseFacts,
    StoredResponse,
    forget,
    keep,
    may_store,
    respond,
    to_portable,
    to_store,
)
from shelflife.stores import MemoryStore
from shelflife.stores.commands import Get, Set, Unlink

PLAIN = Policy()
NEW: Any = {"cache-control": "no-cache"}
KEY = "responses:GET http://h/"


class Site:
    """An application with one page, and a cache."""

    def __init__(self, view: Callable[[RequestFacts], ResponseFacts], pause: float = 0) -> None:
        self.cache = Cache("memory://", prefix="p:")
        self.computed: list[Optional[str]] = []
        self._view = view
        self._pause = pause

    def ask(
        self, method: str = "GET", policy: Policy = PLAIN, key: str = KEY, **headers: str
    ) -> Union[Made, StoredResponse]:
        request = RequestFacts(method, headers)

        def compute() -> Made:
            self.computed.append(headers.get("accept"))
            time.sleep(self._pause)
            facts = self._view(request)
            if may_store(request, facts, policy) is not None:
                return Made("native")
            body = headers.get("accept", "").encode()
            return Made("native", to_store(facts, body, policy, 60, time.time()))

        operation = respond(self.cache._context, key, request, policy, compute)
        found: Union[Made, StoredResponse] = self.cache._drive(operation)
        return found

    @property
    def misses(self) -> dict[str, int]:
        return dict(self.cache.counters().misses)


class NotingStore(MemoryStore):
    """Notes what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[Any] = []

    def run(self, command: Any) -> Any:
        self.commands.append(command)
        return super().run(command)


def plain(_: RequestFacts) -> ResponseFacts:
    return ResponseFacts(200, ())


def varied(_: RequestFacts) -> ResponseFacts:
    return ResponseFacts(200, (("vary", "Accept"),))


@pytest.fixture
def at_once() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(100) as pool:
        yield pool


def body(found: Union[Made, StoredResponse]) -> bytes:
    stored = found.response if isinstance(found, Made) else found
    assert stored is not None
    return stored.body


def test_the_second_request_gets_what_the_first_computed() -> None:
    """HEAD included, which computes for itself and keeps nothing if there is nothing."""
    site = Site(plain)

    assert isinstance(site.ask("HEAD", accept="h"), Made)
    first, second, head = site.ask(accept="a"), site.ask(accept="b"), site.ask("HEAD")
    assert isinstance(first, Made)
    assert isinstance(second, StoredResponse)
    assert body(second) == body(head) == b"a"
    assert site.computed == ["h", "a"]


def test_variants_are_kept_apart() -> None:
    """And found with two reads; a request without the header is a variant as well."""
    site = Site(varied)
    for _ in range(2):
        for accept in ("a", "b"):
            assert body(site.ask(accept=accept)) == accept.encode()
        assert body(site.ask()) == b""

    assert site.computed == ["a", "b", None]
    counters = site.cache.counters()
    assert (counters.hits, dict(counters.misses)) == (3, {"absent": 3})


def test_what_is_forgotten_is_forgotten_in_every_variant() -> None:
    """Though only one key is removed."""
    site = Site(varied)
    for accept in ("a", "b"):
        site.ask(accept=accept)

    assert site.cache._drive(forget(site.cache._context, KEY))
    for accept in ("a", "b"):
        assert isinstance(site.ask(accept=accept), Made)


def test_what_is_forgotten_while_a_variant_is_computed_stays_forgotten() -> None:
    """The variants of before are not brought back by the one that comes late."""

    def forgetting(request: RequestFacts) -> ResponseFacts:
        if request.headers["accept"] == "b":
            assert site.cache._drive(forget(site.cache._context, KEY))
        return varied(request)

    site = Site(forgetting)
    site.ask(accept="a")
    site.ask(accept="b")

    assert isinstance(site.ask(accept="a"), Made)


def test_what_is_forgotten_while_it_is_computed_is_neither_kept_nor_shared(
    at_once: ThreadPoolExecutor,
) -> None:
    """Who asked before gets it; who comes after waits for a newer one, which is kept."""
    began, may_end = threading.Event(), threading.Event()

    def view(_: RequestFacts) -> ResponseFacts:
        began.set()
        assert may_end.wait(30)
        return ResponseFacts(200, ())

    site = Site(view)
    before = at_once.submit(site.ask, accept="before")
    assert began.wait(30)
    site.cache._drive(forget(site.cache._context, KEY))
    after = at_once.submit(site.ask, accept="after")
    time.sleep(0.05)
    may_end.set()

    assert body(before.result(30)) == b"before"
    assert body(after.result(30)) == body(site.ask()) == b"after"
    assert site.computed == ["before", "after"]


def test_what_is_forgotten_while_it_is_stored_is_removed() -> None:
    """Whoever forgot it may have been at the server first."""
    context = Cache("memory://", prefix="p:")._context
    response = StoredResponse(200, (), b"", 0.0, 60)
    with Computation(b"p:" + KEY.encode()) as computation:
        storing = keep(context, KEY, {}, response, None, computation)
        assert isinstance(next(storing), Set)
        forgetting = forget(context, KEY)
        next(forgetting)

        assert storing.send(True) == Unlink((b"p:" + KEY.encode(),))


def test_what_is_forgotten_elsewhere_is_no_reason() -> None:
    """Nor what was forgotten before it began, or after it was stored."""
    site = Site(plain)

    def forget_(key: str) -> None:
        site.cache._drive(forget(site.cache._context, key))

    def view(_: RequestFacts) -> ResponseFacts:
        forget_(KEY + "other")
        return ResponseFacts(200, ())

    site._view = view
    forget_(KEY)
    site.ask()

    assert site.cache.has(KEY)


def test_a_miss_asks_the_server_twice() -> None:
    """Once to find and once to store, as long as nobody else has stored anything meanwhile."""
    cache, store = Cache("memory://"), NotingStore()

    def compute() -> Made:
        return Made("native", StoredResponse(200, (), b"", 0.0, 60))

    request = RequestFacts("GET", {})
    SyncDriver(store).drive(respond(cache._context, KEY, request, PLAIN, compute))

    assert [type(command) for command in store.commands] == [Get, Set]


@pytest.mark.parametrize("view", [plain, varied])
def test_at_once_each_variant_is_computed_once(
    at_once: ThreadPoolExecutor, view: Callable[[RequestFacts], ResponseFacts]
) -> None:
    """And nobody gets another's."""
    site = Site(view, pause=0.05)
    wanted = ["a", "b"] * 50

    found = list(at_once.map(lambda accept: body(site.ask(accept=accept)), wanted))
    if view is varied:
        assert found == [accept.encode() for accept in wanted]
        assert sorted(map(str, site.computed)) in (["a", "b"], ["a", "b", "b"], ["a", "a", "b"])
    else:
        assert len(set(found)) == len(site.computed) == 1


def test_what_may_not_be_stored_is_nobody_elses(at_once: ThreadPoolExecutor) -> None:
    """And those who waited for it compute at the same time, not in line."""
    site = Site(lambda _: ResponseFacts(403, ()), pause=0.1)
    began = time.monotonic()

    found = list(at_once.map(lambda _: site.ask(), range(50)))
    assert all(isinstance(one, Made) for one in found)
    assert len(site.computed) == 50
    assert time.monotonic() - began < 2


def test_an_error_is_its_requests_alone(at_once: ThreadPoolExecutor) -> None:
    """Those who waited compute for themselves."""
    failed = threading.Event()

    def view(_: RequestFacts) -> ResponseFacts:
        if not failed.is_set():
            failed.set()
            raise LookupError
        return ResponseFacts(200, ())

    site = Site(view, pause=0.05)
    futures = [at_once.submit(site.ask) for _ in range(20)]
    errors = [future.exception() for future in futures]
    assert [type(error) for error in errors if error] == [LookupError]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("an article", "schema"),
        (["response", 2, "?"], "newer-format"),
        (["response", 1, 200, [], "text", 1, None], "schema"),
        (["variants", 1, ["accept"], "ab"], None),
    ],
)
def test_what_is_no_response_is_a_miss_and_healed(value: Any, reason: Optional[str]) -> None:
    """Counted with its reason."""
    site = Site(plain)
    site.cache.set(KEY, value)

    assert isinstance(site.ask(accept="a"), Made)
    assert site.misses == {reason or "absent": 1}
    assert body(site.ask(accept="a")) == b"a"


def test_a_request_that_wants_it_new_gets_it_new() -> None:
    """Where requests are obeyed; and then it is kept for the others."""
    site, obeying = Site(plain), Policy(obey_requests=True)
    site.ask(accept="a")

    assert body(site.ask(policy=obeying, accept="b", **NEW)) == b"b"
    assert body(site.ask(accept="c")) == b"b"
    assert body(site.ask(**NEW)) == b"b"


def test_a_response_is_plain_data_in_the_cache() -> None:
    """Read with any cache."""
    site = Site(plain)
    found = site.ask(accept="a")

    assert isinstance(found, Made)
    assert found.response is not None
    assert site.cache.get(KEY) == to_portable(found.response)
    assert 59 < site.cache.ttl(KEY) <= 60


def test_who_is_told_apart_gets_only_what_is() -> None:
    """By more than headers: not what was kept for all, nor the other way round."""
    site = Site(plain)
    eve: Any = {APART: "eve"}
    bob: Any = {APART: "bob"}

    site.ask(accept="all")
    asked = [site.ask(accept=who[APART], **who) for who in (eve, bob, eve, bob)]
    assert [body(found) for found in asked] == [b"eve", b"bob"] * 2
    assert [isinstance(found, Made) for found in asked] == [True, True, False, False]
    assert body(site.ask(accept="all again")) == b"all again"
    assert body(site.ask(**eve)) == b"eve"
    assert site.misses == {"absent": 4}

    site.cache._drive(forget(site.cache._context, KEY))
    assert all(isinstance(site.ask(**who), Made) for who in (eve, bob))
