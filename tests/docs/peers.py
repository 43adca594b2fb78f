"""What each cache makes of entries that it did not write: `python peers.py URL` prints it as JSON.

A process of its own, as some of them can be set up only once. Each is set up as its own
documentation does it; a question is put to all of them in the same way.
"""

# ruff: noqa: PLC0415 - only the peer that is asked is imported
from __future__ import annotations

import json
import re
import sys
import threading
import time
from importlib.metadata import version
from typing import Any, Callable, NamedTuple, Optional
from urllib.parse import urlsplit

import redis

OLD_TEXT = b"(dp1\nS'title'\np2\nS'caf\\xc3\\xa9'\np3\ns."  # as Python 2.7 wrote it
CLASS_GONE = b"cmodule_of_the_old_release\nThing\n."
VALUE = {"title": "aaaa", "n": 5}
THREADS = 20
_ABSENT = object()


class Peer(NamedTuple):
    """A cache: its functions, and what it puts before its keys.

    Attributes:
        get: Of a key, with a default if it takes one.
        get_many: Of keys: a dict or a list.
        remember: The value of a key, computed if it is not there; None if it has no such function.
    """

    packages: str
    get: Callable[..., Any]
    set: Callable[[str, Any], Any]
    get_many: Callable[[list[str]], Any]
    remember: Optional[Callable[[str, Callable[[], Any]], Any]]


def shelflife(url: str) -> Peer:
    from shelflife import Cache

    cache = Cache(url, prefix="api:")
    return Peer("shelflife-cache", cache.get, cache.set, cache.get_many, cache.get_or_compute)


def cachelib(url: str) -> Peer:
    from cachelib import RedisCache

    cache = RedisCache(host="127.0.0.1", port=urlsplit(url).port or 0, key_prefix="api:")
    return Peer("cachelib", cache.get, cache.set, lambda keys: cache.get_many(*keys), None)


def flask_caching(url: str) -> Peer:
    from flask import Flask
    from flask_caching import Cache

    app = Flask("peers")
    config = {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": url}
    cache = Cache(app, config={**config, "CACHE_KEY_PREFIX": "api:"})

    def within(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*words: Any) -> Any:
            with app.app_context():
                return function(*words)

        return call

    def remember(key: str, compute: Callable[[], Any]) -> Any:
        # Its decorator takes a key for functions that are no views.
        with app.test_request_context("/"):
            return cache.cached(key_prefix=key)(compute)()

    many = within(lambda keys: cache.get_many(*keys))
    return Peer("Flask-Caching", within(cache.get), within(cache.set), many, remember)


def _django(backend: str, url: str, package: str) -> Peer:
    import django
    from django.conf import settings
    from django.core.cache import caches

    settings.configure(CACHES={"default": {"BACKEND": backend, "LOCATION": url}})
    django.setup()
    cache = caches["default"]
    return Peer(package, cache.get, cache.set, cache.get_many, cache.get_or_set)


def django_core(url: str) -> Peer:
    return _django("django.core.cache.backends.redis.RedisCache", url, "Django")


def django_redis(url: str) -> Peer:
    return _django("django_redis.cache.RedisCache", url, "django-redis")


def dogpile(url: str) -> Peer:
    from dogpile.cache import make_region

    region = make_region().configure("dogpile.cache.redis", arguments={"url": url})
    return Peer("dogpile.cache", region.get, region.set, region.get_multi, region.get_or_create)


PEERS: dict[str, Callable[[str], Peer]] = {
    "shelflife": shelflife,
    "cachelib": cachelib,
    "Flask-Caching": flask_caching,
    "Django": django_core,
    "django-redis": django_redis,
    "dogpile.cache": dogpile,
}


class Asked:
    """One peer, asked; the server is emptied before each question."""

    def __init__(self, peer: Peer, client: Any) -> None:
        self._peer = peer
        self._client = client

    def all(self) -> dict[str, str]:
        """Put all questions, by their names in the page."""
        return {
            "an entry of Python 2.7": self._read(lambda entry: self._marked(entry, OLD_TEXT)),
            "an entry of a class that is gone": self._read(
                lambda entry: self._marked(entry, CLASS_GONE)
            ),
            "an entry that is cut off": self._read(lambda entry: entry[:-3]),
            "an entry with a flipped bit": self._read(_flipped),
            "bytes of somebody else": self._read(lambda _: b"\x07\x08 not ours"),
            "one such entry among three": self._batch(),
            "its own get-or-compute on such an entry": self._remember(),
            "a cached None and no entry": self._none(),
            "20 callers of a key that is missing": self._storm(),
            "the pickle protocol of what it writes": self._protocol(),
        }

    def _break(self, key: str, change: Callable[[bytes], bytes]) -> None:
        self._peer.set(key, VALUE)
        [name] = [name for name in self._client.scan_iter() if name.endswith(key.encode())]
        entry = self._client.get(name)
        assert entry is not None, name
        self._client.set(name, change(entry))

    @staticmethod
    def _marked(entry: bytes, pickled: bytes) -> bytes:
        """Put a pickle where the peer keeps its own: behind its mark, if it has one."""
        mark = b"!" if entry[:1] in {b"!", b"\xc1"} else entry[: entry.find(b"|") + 1]
        return mark + pickled

    def _read(self, change: Callable[[bytes], bytes]) -> str:
        self._client.flushall()
        self._break("key", change)
        return self._outcome(lambda: self._peer.get("key"))

    def _outcome(self, call: Callable[[], Any]) -> str:
        try:
            value = call()
        except Exception as error:
            return f"raises {type(error).__name__}"
        if value is None or type(value).__name__ == "NoValue":
            return "a miss"
        return "the value" if value == VALUE else "another value"

    def _batch(self) -> str:
        self._client.flushall()
        self._peer.set("one", VALUE)
        self._peer.set("three", VALUE)
        self._break("two", lambda entry: self._marked(entry, CLASS_GONE))
        try:
            found = self._peer.get_many(["one", "two", "three"])
        except Exception as error:
            return f"raises {type(error).__name__}"
        values = list(found.values() if isinstance(found, dict) else found)
        return "the other two" if values.count(VALUE) == 2 else "something else"

    def _remember(self) -> str:
        if self._peer.remember is None:
            return "has none"
        self._client.flushall()
        self._peer.remember("key", lambda: VALUE)
        [name] = [name for name in self._client.scan_iter() if name.endswith(b"key")]
        entry = self._client.get(name)
        assert entry is not None, name
        self._client.set(name, self._marked(entry, CLASS_GONE))
        calls: list[int] = []

        def compute() -> Any:
            calls.append(1)
            return VALUE

        for _ in range(2):
            try:
                self._peer.remember("key", compute)
            except Exception as error:
                return f"raises {type(error).__name__}"
        return {1: "computes, and heals it", 2: "computes each time"}.get(
            len(calls), "another value"
        )

    def _none(self) -> str:
        self._client.flushall()
        self._peer.set("key", None)
        try:
            there, not_there = self._peer.get("key", _ABSENT), self._peer.get("other", _ABSENT)
        except TypeError:
            there, not_there = self._peer.get("key"), self._peer.get("other")
        return "told apart" if there is not not_there else "the same"

    def _storm(self) -> str:
        remember = self._peer.remember
        if remember is None:
            return "has none"
        self._client.flushall()
        calls: list[int] = []

        def compute() -> Any:
            calls.append(1)
            time.sleep(0.3)
            return VALUE

        threads = [threading.Thread(target=remember, args=("key", compute)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return "1 computes" if len(calls) == 1 else "most compute" if len(calls) > 10 else "some"

    def _protocol(self) -> str:
        self._client.flushall()
        self._peer.set("key", VALUE)
        entry = next(self._client.get(name) for name in self._client.scan_iter())
        assert entry is not None
        found = re.search(rb"\x80([\x02-\x05])\x95", entry[:64])
        return f"{found[1][0]}" if found else "no pickle"


def _flipped(entry: bytes) -> bytes:
    changed = bytearray(entry)
    changed[changed.index(b"aaaa")] ^= 2
    return bytes(changed)


def main(name: str, url: str) -> None:
    """Ask one peer, and print its answers."""
    peer = PEERS[name](url)
    with redis.Redis.from_url(url) as client:
        print(json.dumps({"version": version(peer.packages), **Asked(peer, client).all()}))


if __name__ == "__main__":
    main(*sys.argv[1:3])
