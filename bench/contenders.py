"""The caches that are compared: each as its own documentation sets it up, on one server.

A contender gives three functions of a key (or keys): get, set and get_many.
"""

from __future__ import annotations

import asyncio
import pickle
from typing import Any, Callable, NamedTuple
from urllib.parse import urlsplit

import redis

from shelflife import AsyncCache, Cache

Maker = Callable[[str], "Contender"]


class Contender(NamedTuple):
    """Its three functions; async ones come with the loop they run in."""

    get: Callable[[str], Any]
    set: Callable[[str, Any], Any]
    get_many: Callable[[list[str]], Any]
    loop: Any = None


class Packed:
    """The bytes of a value, made once: what redis-py alone is measured with."""

    def __init__(self) -> None:
        self._made: dict[int, bytes] = {}

    def of(self, value: Any) -> bytes:
        """Give them."""
        if id(value) not in self._made:
            is_text = isinstance(value, str)
            self._made[id(value)] = value.encode() if is_text else pickle.dumps(value, 5)
        return self._made[id(value)]


def redis_py(url: str) -> Contender:
    """Raw bytes: what the network and the driver alone cost."""
    client, packed = redis.Redis.from_url(url), Packed()
    return Contender(
        lambda key: client.get("raw:" + key),
        lambda key, value: client.set("raw:" + key, packed.of(value), ex=300),
        lambda keys: client.mget(["raw:" + key for key in keys]),
    )


def hand_written(url: str) -> Contender:
    """What people write themselves: redis-py and pickle, no checksum."""
    client = redis.Redis.from_url(url)
    return Contender(
        lambda key: pickle.loads(client.get("hand:" + key)),
        lambda key, value: client.set("hand:" + key, pickle.dumps(value, 5), ex=300),
        lambda keys: [pickle.loads(data) for data in client.mget(["hand:" + k for k in keys])],
    )


def shelflife(url: str) -> Contender:
    """This library, with its defaults."""
    cache = Cache(url, prefix="shelflife:")
    return Contender(cache.get, cache.set, cache.get_many)


def cachelib(url: str) -> Contender:
    """cachelib.RedisCache."""
    from cachelib import RedisCache

    cache = RedisCache(port=urlsplit(url).port, host="127.0.0.1", key_prefix="cachelib:")
    return Contender(cache.get, cache.set, lambda keys: cache.get_many(*keys))


def flask_caching(url: str) -> Contender:
    """Flask-Caching with its RedisCache."""
    return _flask_caching("RedisCache", "flask_cache_", url)


def flask_caching_on_shelflife(url: str) -> Contender:
    """Flask-Caching with our backend, once no old reader is left."""
    options = {"reads": None, "writes": "shelflife"}
    return _flask_caching("shelflife.flask_caching.ShelflifeCache", "fcs:", url, options)


def flask_caching_at_the_floor(url: str) -> Contender:
    """Flask-Caching with our backend as it begins: it reads and writes what the original does."""
    return _flask_caching("shelflife.flask_caching.ShelflifeCache", "fcf:", url)


def _flask_caching(kind: str, prefix: str, url: str, options: Any = None) -> Contender:
    from flask import Flask
    from flask_caching import Cache as FlaskCache

    app = Flask("bench")
    config = {"CACHE_TYPE": kind, "CACHE_REDIS_URL": url, "CACHE_KEY_PREFIX": prefix}
    cache = FlaskCache(app, config={**config, "CACHE_OPTIONS": options or {}})
    with app.app_context():
        backend = cache.cache  # what the extension's own methods hand over to
    return Contender(backend.get, backend.set, lambda keys: backend.get_many(*keys))


def _django(alias: str, backend: str, url: str, options: Any = None) -> Contender:
    import django
    from django.conf import settings
    from django.core.cache import caches

    if not settings.configured:
        dummy = "django.core.cache.backends.dummy.DummyCache"
        settings.configure(CACHES={"default": {"BACKEND": dummy}})
        django.setup()
    place = {"BACKEND": backend, "LOCATION": url, "KEY_PREFIX": alias}
    caches.settings[alias] = {**place, "OPTIONS": options} if options else place
    cache = caches.create_connection(alias)
    return Contender(cache.get, cache.set, cache.get_many)


def django_core(url: str) -> Contender:
    """Django's own redis backend."""
    return _django("core", "django.core.cache.backends.redis.RedisCache", url)


def django_redis(url: str) -> Contender:
    """django-redis."""
    return _django("djredis", "django_redis.cache.RedisCache", url)


def django_on_shelflife(url: str) -> Contender:
    """Django with our backend."""
    return _django("shelflife", "shelflife.django.ShelflifeCache", url)


def django_at_the_floor(url: str) -> Contender:
    """Django with our backend while old readers are left: Django's own entries."""
    return _django("djfloor", "shelflife.django.ShelflifeCache", url, _floor("django"))


def django_redis_at_the_floor(url: str) -> Contender:
    """The same with django-redis' entries."""
    return _django("djrfloor", "shelflife.django.ShelflifeCache", url, _floor("django-redis"))


def _floor(dialect: str) -> dict[str, str]:
    return {"reads": dialect, "writes": dialect, "floor": "3.9"}


def dogpile(url: str) -> Contender:
    """dogpile.cache with its redis backend."""
    return _dogpile("dogpile.cache.redis", "dogpile:", url)


def dogpile_on_shelflife(url: str) -> Contender:
    """dogpile.cache with our backend."""
    import shelflife.dogpile  # noqa: F401 - registers it

    return _dogpile("shelflife", "dogshelf:", url)


def dogpile_at_the_floor(url: str) -> Contender:
    """dogpile.cache with our backend while old readers are left: dogpile's own entries."""
    import shelflife.dogpile  # noqa: F401 - registers it

    return _dogpile("shelflife", "dogfloor:", url, _floor("dogpile"))


def _dogpile(backend: str, prefix: str, url: str, options: Any = None) -> Contender:
    from dogpile.cache import make_region

    arguments = {"url": url, "redis_expiration_time": 300, **(options or {})}
    region = make_region(key_mangler=lambda key: prefix + key).configure(
        backend, arguments=arguments
    )
    return Contender(region.get, region.set, region.get_multi)


def redis_asyncio(url: str) -> Contender:
    """Raw bytes through redis-py's asyncio client."""
    client, packed = redis.asyncio.Redis.from_url(url), Packed()
    return Contender(
        lambda key: client.get("araw:" + key),
        lambda key, value: client.set("araw:" + key, packed.of(value), ex=300),
        lambda keys: client.mget(["araw:" + key for key in keys]),
        asyncio.new_event_loop(),
    )


def shelflife_async(url: str) -> Contender:
    """This library's AsyncCache."""
    cache = AsyncCache(url, prefix="ashelf:")
    return Contender(cache.get, cache.set, cache.get_many, asyncio.new_event_loop())


def aiocache(url: str) -> Contender:
    """aiocache with its pickle serializer (its default JSON does not carry every value)."""
    from aiocache import RedisCache
    from aiocache.serializers import PickleSerializer

    port = urlsplit(url).port
    cache = RedisCache(
        endpoint="127.0.0.1", port=port, namespace="aio", serializer=PickleSerializer()
    )
    return Contender(
        cache.get,
        lambda key, value: cache.set(key, value, ttl=300),
        cache.multi_get,
        asyncio.new_event_loop(),
    )


def cashews(url: str) -> Contender:
    """cashews."""
    from cashews import Cache as Cashews

    cache = Cashews()
    cache.setup(url, client_side=False)
    return Contender(
        lambda key: cache.get("cashews:" + key),
        lambda key, value: cache.set("cashews:" + key, value, expire=300),
        lambda keys: cache.get_many(*["cashews:" + key for key in keys]),
        asyncio.new_event_loop(),
    )


def shelflife_reading_werkzeug(url: str) -> Contender:
    """The drop-in, which reads and writes werkzeug's pickles at the floor of Python 2.7."""
    from shelflife.cachelib import RedisCache

    cache = RedisCache("127.0.0.1", urlsplit(url).port, key_prefix="drop-in:")
    return Contender(cache.get, cache.set, lambda keys: cache.get_many(*keys))


SYNC: dict[str, Maker] = {
    "redis-py, raw bytes": redis_py,
    "redis-py and pickle": hand_written,
    "shelflife": shelflife,
    "cachelib": cachelib,
    "Flask-Caching": flask_caching,
    "Django": django_core,
    "django-redis": django_redis,
    "dogpile.cache": dogpile,
}
FRAMEWORKS: dict[str, Maker] = {
    "redis-py, raw bytes": redis_py,
    "Flask-Caching": flask_caching,
    "Flask-Caching on shelflife": flask_caching_on_shelflife,
    "Django": django_core,
    "django-redis": django_redis,
    "Django on shelflife": django_on_shelflife,
    "dogpile.cache": dogpile,
    "dogpile.cache on shelflife": dogpile_on_shelflife,
}
FLOORS: dict[str, Maker] = {
    "redis-py, raw bytes": redis_py,
    "Flask-Caching": flask_caching,
    "Flask-Caching on shelflife": flask_caching_at_the_floor,
    "Django": django_core,
    "Django on shelflife": django_at_the_floor,
    "django-redis": django_redis,
    "django-redis' on shelflife": django_redis_at_the_floor,
    "dogpile.cache": dogpile,
    "dogpile.cache on shelflife": dogpile_at_the_floor,
}
ASYNC: dict[str, Maker] = {
    "redis.asyncio, raw bytes": redis_asyncio,
    "shelflife": shelflife_async,
    "aiocache": aiocache,
    "cashews": cashews,
}
WERKZEUG: dict[str, Maker] = {
    "redis-py, raw bytes": redis_py,
    "cachelib": cachelib,
    "shelflife.cachelib": shelflife_reading_werkzeug,
}
