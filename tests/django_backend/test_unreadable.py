"""No entry of any kind becomes an exception: it is a miss, counted by its reason, and healed."""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("django", reason="Django is not installed")

import redis
from django.contrib.sessions.backends.cache import SessionStore
from django.contrib.sessions.backends.cached_db import SessionStore as CachedSessionStore
from django.core.management import call_command
from django.template import engines
from django.test import Client, override_settings

from django_backend import pages
from django_backend.conftest import PATIENT
from shelflife import Miss
from shelflife.testing import PrivateServer


def _flipped(good: bytes) -> bytes:
    return good[:-1] + bytes([good[-1] ^ 1])


POISONS: dict[str, Callable[[bytes], bytes]] = {
    "py2-bytes": lambda good: b"S'\\xff\\xfe'\np0\n.",
    "protocol": lambda good: b"\x80\x63K\x01.",
    "missing-name": lambda good: b"cnowhere.at_all\nThing\n.",
    "rejected-name": lambda good: b"cos\nsystem\n(S'true'\ntR.",
    "cut": lambda good: good[:-2],
    "flipped": _flipped,
    "cut pickle": lambda good: pickle.dumps(["a", 1, {}])[:-3],
    "foreign": lambda good: b"\x00\x01\xff garbage",
    "over-budget": lambda good: b"Nr\xff\xff\xff\x0f.",
    "too-large": lambda good: b"x" * 300_000,
    "newer-format": lambda good: good[:3] + b"\x7f" + good[4:],
    "empty": lambda good: b"",
    "wrong-type": lambda good: b"",
}
REASONS = dict.fromkeys(["cut", "flipped", "cut pickle", "empty", "foreign"], "corrupt")
OPTIONS = {
    "reads": "django",
    "allow": ["nowhere.at_all.*"],
    "max_bytes": 200_000,
    "py2_text": "strict",
}


class Poisoner:
    """Puts something unreadable in place of every entry that is there."""

    def __init__(self, server: PrivateServer) -> None:
        self._client: Any = redis.Redis.from_url(server.url)

    def poison(self, kind: str) -> int:
        names = self._client.keys()
        for name in names:
            if kind == "wrong-type":
                self._client.delete(name)
                self._client.rpush(name, "a list")
            else:
                self._client.set(name, POISONS[kind](self._client.get(name) or b""))
        return len(names)

    def close(self) -> None:
        self._client.close()


@pytest.fixture
def poisoner(server: PrivateServer) -> Any:
    made = Poisoner(server)
    yield made
    made.close()


@pytest.mark.parametrize("kind", POISONS)
def test_each_method_takes_it_for_a_miss(configure: Any, poisoner: Poisoner, kind: str) -> None:
    """Counts it by its reason; and the next write heals it."""
    cache = configure(OPTIONS=OPTIONS)
    cache.set_many({"k": {"a": 1}, "l": {"b": 2}})
    poisoner.poison(kind)

    found = cache.lookup("k")
    assert isinstance(found, Miss)
    assert found.reason == REASONS.get(kind, kind)
    assert cache.get("k", "default") == "default"
    assert cache.get_many(["k", "l"]) == {}
    assert cache.has_key("k") is False
    assert cache.add("k", 1) is False
    for refused in (cache.incr, cache.incr_version):
        with pytest.raises(ValueError, match="not found"):
            refused("k")
    assert cache.touch("k") is True
    assert cache.counters().misses[found.reason] >= 4
    assert cache.get_or_set("k", lambda: "healed") == "healed"
    assert cache.get("k") == "healed"


@pytest.mark.parametrize("kind", POISONS)
def test_each_async_method_takes_it_for_a_miss(
    configure: Any, poisoner: Poisoner, kind: str
) -> None:
    """As the blocking ones do."""
    cache = configure(OPTIONS=OPTIONS)

    async def use() -> None:
        await cache.aset_many({"k": {"a": 1}, "l": {"b": 2}})
        poisoner.poison(kind)
        assert await cache.aget("k", "default") == "default"
        assert await cache.aget_many(["k", "l"]) == {}
        assert await cache.ahas_key("k") is False
        with pytest.raises(ValueError, match="not found"):
            await cache.aincr("k")
        assert await cache.aget_or_set("k", lambda: "healed") == "healed"
        assert await cache.aget("k") == "healed"

    asyncio.run(use())


@pytest.mark.parametrize("kind", POISONS)
def test_pages_are_made_anew(configure: Any, poisoner: Poisoner, kind: str) -> None:
    """Whatever became of both entries that a page has: none answers 500, all are kept again."""
    cache = configure(OPTIONS=OPTIONS)
    client = Client(raise_request_exception=False)
    paths = ["/plain/", "/data/", "/rendered/", "/framed/"]
    for path in paths:
        client.get(path)
    assert poisoner.poison(kind) == 2 * len(paths)
    before = sum(pages.MADE.values())

    answers = [client.get(path) for path in paths for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 12
    assert sum(pages.MADE.values()) == before + len(paths)
    assert sum(cache.counters().misses.values()) > 0


@pytest.mark.parametrize("kind", POISONS)
def test_sessions_and_fragments_begin_anew(configure: Any, poisoner: Poisoner, kind: str) -> None:
    """A session in the cache alone is lost; one that is in the database as well is found there."""
    configure(OPTIONS=OPTIONS)
    call_command("migrate", verbosity=0)
    template = engines["django"].from_string(
        "{% load cache %}{% cache 60 side %}<b>{{ name }}</b>{% endcache %}"
    )
    assert template.render({"name": "a"}) == template.render({"name": "b"}) == "<b>a</b>"
    alone, beside = SessionStore(), CachedSessionStore()
    for store in (alone, beside):
        store["visits"] = 3
        store.save()
    poisoner.poison(kind)

    assert template.render({"name": "c"}) == template.render({"name": "d"}) == "<b>c</b>"
    assert SessionStore(alone.session_key).get("visits") is None
    again = CachedSessionStore(beside.session_key)
    assert again.get("visits") == 3
    with override_settings(SESSION_ENGINE="django.contrib.sessions.backends.cache"):
        client = Client(raise_request_exception=False)
        assert client.get("/visits/").content == b"1"
        poisoner.poison(kind)
        assert client.get("/visits/").status_code == 200


def test_200_at_once_compute_once(configure: Any, poisoner: Poisoner) -> None:
    """On a poisoned key, in one process: none fails."""
    cache = configure(OPTIONS=PATIENT)
    cache.set("k", "good")
    poisoner.poison("flipped")
    computed: list[int] = []
    found: list[Any] = []
    together = threading.Barrier(200)

    def compute() -> str:
        computed.append(1)
        return "computed"

    def ask() -> None:
        together.wait()
        found.append(cache.get_or_set("k", compute))

    threads = [threading.Thread(target=ask) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["computed"] * 200
    assert len(computed) == 1


def test_200_requests_at_once(configure: Any, poisoner: Poisoner) -> None:
    """On poisoned pages: none fails, and what `get_or_set` computes is computed once."""
    configure(OPTIONS=PATIENT)
    for path in ("/computed/", "/data/"):
        Client().get(path)
    poisoner.poison("flipped")
    before = pages.MADE["computed"]
    together = threading.Barrier(200)
    answers: list[int] = []

    def ask(path: str) -> None:
        client = Client(raise_request_exception=False)
        together.wait()
        answers.append(client.get(path).status_code)

    threads = [
        threading.Thread(target=ask, args=["/data/" if number % 4 == 0 else "/computed/"])
        for number in range(200)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200] * 200
    assert pages.MADE["computed"] == before + 1


def test_200_tasks_at_once_compute_once(configure: Any, poisoner: Poisoner) -> None:
    """The same in one loop."""
    cache = configure(OPTIONS=PATIENT)
    cache.set("k", "good")
    poisoner.poison("flipped")
    computed: list[int] = []

    async def compute() -> str:
        computed.append(1)
        await asyncio.sleep(0.01)
        return "computed"

    async def ask() -> list[Any]:
        return await asyncio.gather(*(cache.aget_or_set("k", compute) for _ in range(200)))

    assert asyncio.run(ask()) == ["computed"] * 200
    assert len(computed) == 1


def test_a_failing_server_is_a_miss(configure: Any) -> None:
    """And writes are dropped; unless it is to raise."""
    cache = configure(LOCATION="redis://127.0.0.1:1/0")

    assert cache.get("k", "default") == "default"
    assert cache.get_many(["k"]) == {}
    assert cache.set("k", 1) is cache.add("k", 1) is cache.touch("k") is False
    assert cache.set_many({"k": 1}) == ["k"]
    assert cache.delete("k") is cache.clear() is False
    assert cache.get_or_set("k", lambda: 5) == 5
    assert cache.keys("*") == list(cache.iter_keys("*")) == []
    assert cache.delete_pattern("*") is None
    assert cache.ttl("k") == 0
    with pytest.raises(ValueError, match="not found"):
        cache.incr("k")
    assert Client(raise_request_exception=False).get("/plain/").status_code == 200
