"""Moving in from Django's own backend and from django-redis, and out again: neither sees a break.

Both real libraries write and read on the same server, with the same settings.
"""

from __future__ import annotations

import copyreg
import datetime as dt
import io
import pickle
from decimal import Decimal
from typing import Any

import pytest
import redis

pytest.importorskip("django", reason="Django is not installed")
pytest.importorskip("django_redis", reason="django-redis is not installed")

from django.core.cache.backends.redis import RedisCache as DjangoCore
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from shelflife import NotPortable
from shelflife.envelope import CODECS, seal
from shelflife.pickles import AllowList

VALUES = {
    "text": "é",
    "bytes": b"\xff",
    "number": 7,
    "large": 2**70,
    "float": 0.5,
    "nothing": None,
    "true": True,
    "tuple": (1, [2], {3}),
    "dict": {"a": {"b": dt.date(2026, 11, 28)}, 1: Decimal("1.10")},
}
ORIGINALS = [
    ("django", "django.core.cache.backends.redis.RedisCache", {}),
    ("django-redis", "django_redis.cache.RedisCache", {}),
    (
        "django-redis:pickle+zlib",
        "django_redis.cache.RedisCache",
        {"COMPRESSOR": "django_redis.compressors.zlib.ZlibCompressor"},
    ),
]


def original(path: str, url: str, options: dict[str, Any]) -> Any:
    """A backend of the real library."""
    return import_string(path)(url, {"KEY_PREFIX": "site", "OPTIONS": options})


@pytest.mark.parametrize(("name", "path", "options"), ORIGINALS, ids=lambda given: str(given)[:30])
def test_what_the_original_wrote_is_read(
    configure: Any, redis_url: str, name: str, path: str, options: dict[str, Any]
) -> None:
    """Under the same keys, value for value, and as a number that can be counted."""
    cache = configure(KEY_PREFIX="site", OPTIONS={"reads": name})
    theirs = original(path, redis_url, options)
    theirs.set_many(VALUES)

    assert cache.get_many(VALUES) == VALUES
    assert cache.get("nothing", "default") is None
    assert cache.incr("number") == 8
    theirs.close()


@pytest.mark.parametrize(("name", "path", "options"), ORIGINALS, ids=lambda given: str(given)[:30])
def test_what_is_written_at_a_floor_the_original_reads(
    configure: Any, redis_url: str, name: str, path: str, options: dict[str, Any]
) -> None:
    """So that the release before, which has it, can come back; or be there at the same time."""
    cache = configure(KEY_PREFIX="site", OPTIONS={"reads": name, "writes": name, "floor": "3.9"})
    assert cache.set_many(VALUES) == []
    theirs = original(path, redis_url, options)

    assert theirs.get_many(VALUES) == VALUES
    assert theirs.incr("number") == 8
    assert cache.get("number") == 8
    theirs.delete("text")
    assert cache.get_or_set("text", "again") == theirs.get("text") == "again"
    theirs.close()


def test_with_the_original_it_would_have_raised(configure: Any, redis_url: str) -> None:
    """An entry of a newer Python: an exception of theirs, a miss of ours."""
    cache = configure(OPTIONS={"reads": "django"})
    theirs = DjangoCore(redis_url, {})
    theirs._cache.get_client().set(theirs.make_key("k"), b"\x80\x63K\x01.")

    with pytest.raises(ValueError, match="unsupported pickle protocol"):
        theirs.get("k")
    assert cache.lookup("k").reason == "protocol"
    theirs._cache.get_client().close()


def test_a_page_that_another_django_pickled_is_a_miss(configure: Any, redis_url: str) -> None:
    """Though its class may be loaded: it lacks what this one looks for, and would answer 500."""
    cache = configure(OPTIONS={"reads": "django"})
    theirs = DjangoCore(redis_url, {})
    response = HttpResponse("a page")
    theirs.set("this", response)
    vars(response)["_headers"] = vars(response).pop("headers")  # as until Django 3.1
    theirs.set("that", response)

    assert cache.get("this").content == b"a page"
    assert cache.lookup("that").reason == "schema"
    theirs._cache.get_client().close()


SPOILED: list[tuple[str, Any]] = [
    ("headers", {}),
    ("cookies", dict.fromkeys("a", "no morsel")),
    ("_container", ["text"]),
    ("_resource_closers", [1]),
    ("_charset", 7),
    ("_is_rendered", False),  # would be rendered when it is sent, from a template that it names
]


@pytest.mark.parametrize(("attribute", "value"), SPOILED)
def test_a_pickled_response_that_could_not_be_sent_is_a_miss(
    configure: Any, redis_url: str, attribute: str, value: Any
) -> None:
    """Whatever of it is spoiled."""
    cache = configure(OPTIONS={"reads": "django"})
    theirs = DjangoCore(redis_url, {})
    response = pickle.loads(pickle.dumps(rendered()))
    theirs.set("this", response)
    vars(response)[attribute] = value
    theirs._cache.get_client().set(theirs.make_key("that"), bare(response))

    assert cache.get("this").content == b"a page"
    assert cache.lookup("that").reason == "schema"
    theirs._cache.get_client().close()


class _Bare(pickle.Pickler):
    """Pickles responses without asking them."""

    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, HttpResponse):
            return copyreg.__newobj__, (type(thing),), vars(thing)  # type: ignore[attr-defined]
        return NotImplemented


def bare(response: HttpResponse) -> bytes:
    """Give the pickle of a response that would refuse it."""
    entry = io.BytesIO()
    _Bare(entry).dump(response)
    return entry.getvalue()


def rendered() -> TemplateResponse:
    """A page of a template."""
    page = engines["django"].from_string("a page")
    return TemplateResponse(HttpRequest(), page).render()


class OwnResponse(HttpResponse):  # type: ignore[misc]  # Django has no types
    """A class of a site, which nobody allowed."""


def test_a_response_of_a_class_of_the_site_is_written_as_what_is_sent(
    configure: Any, redis_url: str
) -> None:
    """Under `cache_page` an exception would be a 500 for a page that is fine."""
    cache = configure(OPTIONS={"reads": "django", "writes": "django", "floor": "3.9"})
    theirs = DjangoCore(redis_url, {})
    response = OwnResponse("a page", headers={"X-Own": "é"}, status=203)
    response.set_cookie("seen", "yes", max_age=0)
    cache.set("own", response)
    found = theirs.get("own")

    assert type(found) is HttpResponse
    assert (found.content, found.status_code) == (b"a page", 203)
    assert found.serialize_headers() == response.serialize_headers()
    assert str(found.cookies) == str(response.cookies)
    assert cache.get("own").content == b"a page"
    theirs._cache.get_client().close()


def test_what_is_not_rendered_is_still_an_error(configure: Any) -> None:
    """It has nothing yet that a client could be sent."""
    cache = configure(OPTIONS={"reads": "django", "writes": "django", "floor": "3.9"})
    page = TemplateResponse(HttpRequest(), engines["django"].from_string("a page"))

    with pytest.raises(NotPortable, match="NotRendered"):
        cache.set("page", page)


@pytest.mark.parametrize("allow", [[], AllowList.default()], ids=["names", "a list"])
def test_at_a_floor_pages_and_fragments_are_written_without_further_options(
    configure: Any, redis_url: str, allow: Any
) -> None:
    """As Django itself puts them into the cache; the original reads them, and we what it wrote."""
    options = {"reads": "django-redis", "writes": "django-redis", "floor": "3.9", "allow": allow}
    cache = configure(KEY_PREFIX="site", OPTIONS=options)
    theirs = original(ORIGINALS[1][1], redis_url, {})
    values = {"page": rendered(), "text": SafeString("<b>é</b>"), "json": JsonResponse({"a": "é"})}
    values["page"].set_cookie("seen", "yes")
    cache.set_many(values)
    theirs.set_many(values, version=2)

    for found in (theirs.get_many(values), cache.get_many(values, version=2)):
        assert list(map(type, found.values())) == list(map(type, values.values()))
        assert found["page"].content == b"a page"
        assert str(found["page"].cookies) == str(values["page"].cookies)
        assert found["text"] == values["text"]
    theirs.close()


class Returned(dict):  # type: ignore[type-arg]  # as `data` of serializers of REST framework
    """A dict that knows what made it, and forgets that when it is pickled."""

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


class ReturnedRows(list):  # type: ignore[type-arg]
    """The same for many."""

    def __reduce__(self) -> Any:
        return list, (list(self),)


@pytest.mark.parametrize(
    "value", [Returned(a=1), ReturnedRows([Returned(a=1)]), {"r": [Returned()]}]
)
@pytest.mark.parametrize("writes", ["django", "django-redis:json", None])
def test_what_is_pickled_as_plain_data_is_written_so_at_each_deploy(
    configure: Any, value: Any, writes: Any
) -> None:
    """Else the second deploy would raise for what the first has stored."""
    floor = {"writes": writes, "floor": "3.9"} if writes else {}
    cache = configure(OPTIONS={"reads": writes or "django", **floor})
    cache.set("data", value)
    found = cache.get("data")

    assert found == value
    assert kinds(found) <= {dict, list, str, int}


def kinds(value: Any) -> set[type]:
    """Give the types of a value and of all that is in it."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {type(value)}.union(*map(kinds, parts))


def test_what_holds_itself_is_not_portable(configure: Any) -> None:
    """And no error of another kind."""
    cache = configure(OPTIONS={"reads": "django"})
    knot: list[Any] = []
    knot.append(knot)

    with pytest.raises(NotPortable):
        cache.set("knot", knot)


@pytest.mark.parametrize("sealed", [True, False])
def test_a_pickled_response_that_is_not_whole_is_a_miss(
    configure: Any, redis_url: str, sealed: bool
) -> None:
    """In an envelope, as with `codec="pickle"`, and in an entry of Django's own."""
    cache = configure(OPTIONS={"codec": "pickle", "reads": "django"})
    response = HttpResponse("half")
    del response.headers
    pickled = pickle.dumps(response, 4)
    with redis.Redis.from_url(redis_url) as raw:
        raw.set(":1:k", seal(CODECS["pickle"], pickled, guard=False) if sealed else pickled)

    assert cache.get("k") is None
    assert cache.counters().misses == {"schema": 1}
