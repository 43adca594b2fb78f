"""Unreadable entries under Flask-Caching: never a 500, counted with their reason, healed."""

from __future__ import annotations

import pickle
import uuid
import zlib
from typing import Any, Callable

import pytest
import redis

from flask_caching_backend.conftest import MakeCache
from shelflife import Cache
from shelflife.envelope import CODECS, seal
from shelflife.testing import PrivateServer

flask = pytest.importorskip("flask", reason="Flask is not installed")
flask_caching = pytest.importorskip("flask_caching", reason="Flask-Caching is not installed")

KEY = "flask_cache_view//page"
GOOD = pickle.dumps({"rows": list(range(50))}, 4)
ENVELOPE_OF_OURS = "written by shelflife"


def python_2_text() -> bytes:
    """Python 2's pickle of an 8-bit string, in a name's place: only Python 2 can tell the name."""
    return b"!" + b"c__builtin__\nunichr\n(I128512\ntR."


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "python 2's own names": (python_2_text(), "rejected-name"),
    "protocol too new": (b"!\x80\x09K\x01.", "protocol"),
    "missing name": (b"!cflask.wrappers\nRequestThatIsGone\n.", "rejected-name"),
    "rejected name": (b"!cos\nsystem\n(S'true'\ntR.", "rejected-name"),
    "truncated": (b"!" + GOOD[:-9], "corrupt"),
    "a bare mark": (b"!", "corrupt"),
    "empty": (b"", "corrupt"),
    "foreign": (b"<p>written by neither</p>", "foreign"),
    "a bare pickle": (GOOD, "foreign"),
    "hostile": (b"!N" + b"r\xff\xff\xff\x0f.", "over-budget"),
}


def serving(make: MakeCache, compute: Callable[[], Any], **settings: Any) -> Any:
    """A cache whose application has one cached view, /page."""
    cache = make(**settings)

    def page() -> Any:
        return compute()

    cache.app.add_url_rule("/page", view_func=cache.cached()(page))

    return cache


def noted(computed: list[int]) -> bool:
    """Note a computation; False, for what comes after an `or`."""
    computed.append(1)
    return False


def backend(cache: Any) -> Any:
    return cache.app.extensions["cache"][cache]


@pytest.mark.parametrize(("entry", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_is_a_miss_counted_and_healed(
    make: MakeCache, server: PrivateServer, entry: bytes, reason: str
) -> None:
    """Under a cached view, which the next request is served from the cache."""
    computed: list[int] = []
    cache = serving(make, lambda: noted(computed) or "page")
    with redis.Redis(port=server.port) as raw:
        raw.set(KEY, entry)
    client = cache.app.test_client()

    for _ in range(2):
        response = client.get("/page")
        assert (response.status_code, response.data) == (200, b"page")
    assert computed == [1]
    assert dict(backend(cache).counters().misses) == {reason: 1}


@pytest.mark.parametrize("writes", ["flask-caching", "shelflife"])
@pytest.mark.parametrize("damage", ["flipped bit", "truncated", "wrong type", "too large"])
def test_damage_is_a_miss_counted_and_healed(
    make: MakeCache, server: PrivateServer, writes: str, damage: str
) -> None:
    """To entries that were fine, in both forms."""
    computed: list[int] = []
    settings = {"CACHE_SHELFLIFE_WRITES": "shelflife"} if writes == "shelflife" else {}
    cache = serving(make, lambda: noted(computed) or ("page", {"X": "1"}), **settings)
    client = cache.app.test_client()
    client.get("/page")
    with redis.Redis(port=server.port) as raw:
        entry = bytearray(raw.get(KEY) or b"")
        if damage == "flipped bit":
            entry[-3 if writes == "shelflife" else 2] ^= 0x40
            raw.set(KEY, bytes(entry))
        elif damage == "truncated":
            raw.set(KEY, bytes(entry[:-4]))
        elif damage == "wrong type":
            raw.delete(KEY)
            raw.rpush(KEY, b"x")
        else:
            raw.set(KEY, b"!" + b"x" * (17 * 1024 * 1024))

    for _ in range(3):
        response = client.get("/page")
        assert (response.status_code, response.data) == (200, b"page")
    assert computed == [1, 1]
    reasons = backend(cache).counters().misses
    assert sum(reasons.values()) == 2
    assert set(reasons) - {"absent"}


def test_memoized_functions_heal_and_their_versions_too(
    make: MakeCache, server: PrivateServer
) -> None:
    """Every entry of theirs is replaced by garbage."""
    cache = make()
    computed: list[int] = []

    def compute(number: int) -> int:
        computed.append(number)
        return number * 2

    double = cache.memoize()(compute)

    with cache.app.app_context():
        assert [double(2), double(2)] == [4, 4]
        with redis.Redis(port=server.port) as raw:
            for name in raw.keys("*"):
                raw.set(name, b"!garbage")
        assert [double(2), double(2)] == [4, 4]
        assert computed == [2, 2]
        cache.delete_memoized(double)
        assert double(2) == 4
        cache.delete_memoized_verhash(double)
        assert double(2) == 4
    assert computed == [2, 2, 2, 2]


def test_none_is_a_value_and_a_truncated_entry_is_not(
    make: MakeCache, server: PrivateServer
) -> None:
    """With `cache_none`."""
    cache = make()
    computed: list[int] = []

    def compute() -> None:
        computed.append(1)

    nothing = cache.memoize(cache_none=True)(compute)

    with cache.app.app_context():
        assert [nothing(), nothing()] == [None, None]
        assert computed == [1]
        with redis.Redis(port=server.port) as raw:
            (name,) = (name for name in raw.keys("*") if not name.endswith(b"_memver"))
            raw.set(name, (raw.get(name) or b"")[:-1])
        assert [nothing(), nothing()] == [None, None]

    assert computed == [1, 1]


def test_a_server_that_is_gone_is_no_500(make: MakeCache) -> None:
    """Each request computes."""
    cache = make(CACHE_REDIS_PORT=1)
    dead = serving(make, lambda: "page", CACHE_SHELFLIFE_CONNECT_TIMEOUT=0.2)
    del cache
    dead.app.extensions["cache"][dead].close()
    dead.app.extensions["cache"][dead] = dead_backend()

    response = dead.app.test_client().get("/page")
    assert (response.status_code, response.data) == (200, b"page")


def dead_backend() -> Any:
    from shelflife.flask_caching import ShelflifeCache  # noqa: PLC0415 - after importorskip

    return ShelflifeCache("127.0.0.1", 1)


def test_values_that_cannot_be_stored_are_returned_and_not_kept(make: MakeCache) -> None:
    """As a view's value that refers to a class nobody allowed."""

    class Page(str):
        __slots__ = ()

    computed: list[int] = []
    cache = serving(make, lambda: noted(computed) or Page("page"))
    client = cache.app.test_client()

    assert [client.get("/page").data for _ in range(2)] == [b"page", b"page"]
    assert computed == [1, 1]
    assert dict(backend(cache).counters().not_stored) == {"not-portable": 2}


def test_foreign_bytes_after_the_move_are_a_miss(make: MakeCache, server: PrivateServer) -> None:
    """With `reads=None`, nothing but our own entries is read."""
    cache = serving(
        make, lambda: "page", CACHE_SHELFLIFE_READS=None, CACHE_SHELFLIFE_WRITES="shelflife"
    )
    with redis.Redis(port=server.port) as raw:
        raw.set(KEY, zlib.compress(uuid.uuid4().bytes))

    assert cache.app.test_client().get("/page").data == b"page"
    assert dict(backend(cache).counters().misses) == {"foreign": 1}
    with Cache(server.url, prefix="flask_cache_") as moved:
        assert moved.get("view//page") == "page"


def test_a_damaged_pickle_of_a_response_is_never_a_500(
    make: MakeCache, server: PrivateServer
) -> None:
    """Whichever byte is wrong: pickles have no checksum, and one of them names the headers."""
    cache = serving(make, lambda: flask.Response("page", 200, {"X-A": "1"}))
    cache.app.testing = False
    client = cache.app.test_client()
    client.get("/page")
    with redis.Redis(port=server.port) as raw:
        entry = raw.get(KEY) or b""
        statuses = set()
        for position in range(1, len(entry)):
            for flip in (0x01, 0x20):
                damaged = bytearray(entry)
                damaged[position] ^= flip
                raw.set(KEY, bytes(damaged))
                statuses.add(client.get("/page").status_code)

    assert len(entry) > 200
    assert not [status for status in statuses if status >= 500], statuses


@pytest.mark.parametrize("sealed", [True, False])
def test_a_pickled_response_that_is_not_whole_is_a_miss(
    make: MakeCache, server: PrivateServer, sealed: bool
) -> None:
    """In an envelope, as with `codec="pickle"`, and in an entry of Flask-Caching's own."""
    cache = serving(make, lambda: "page", CACHE_SHELFLIFE_CODEC="pickle")
    response = flask.Response("half")
    del response.headers
    pickled = pickle.dumps(response, 4)
    entry = seal(CODECS["pickle"], pickled, guard=True) if sealed else b"!" + pickled
    with redis.Redis(port=server.port) as raw:
        raw.set(KEY, entry)

    found = cache.app.test_client().get("/page")
    assert (found.status_code, found.data) == (200, b"page")
    assert backend(cache).counters().misses == {"schema": 1}
