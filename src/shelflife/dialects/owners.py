"""Which libraries write bytes that carry no mark, by their coding and by the key.

Rules:
1. A list names all libraries whose documented settings write just such bytes.
2. A key narrows it only where its form belongs to one library: `:1:name` is Django's. `a:1:name`
   may be anybody's.
3. Where one library is left, the dialect is that library's.
"""

from __future__ import annotations

from shelflife.dialects.recognition import Recognised, Stored

_OWNERS: dict[str, tuple[str, ...]] = {
    "pickle": ("aiocache", "cashews", "django", "django-redis", "fastapi-cache"),
    "int": (
        "aiocache", "cashews", "django", "django-redis", "fastapi-cache", "shelflife", "werkzeug",
    ),
    "json": ("aiocache", "cashews", "django-redis", "fastapi-cache", "werkzeug"),
    "msgpack": ("aiocache", "django-redis"),
    "text": ("aiocache",),
    "base64+pickle": ("django-db", "kombu", "rq"),
    "zlib+bytes": ("cashews",),
    "gzip+bytes": ("cashews",),
    "zlib+json": ("cashews", "django-redis"),
    "gzip+json": ("cashews", "django-redis"),
}  # fmt: skip
_PACKERS = {
    "zlib": ("cashews", "django-redis", "joblib"),
    "gzip": ("cashews", "django-redis", "joblib"),
    "bz2": ("joblib",),
    "lzma": ("joblib",),
    "xz": ("django-redis", "joblib"),
    "lz4": ("django-redis", "joblib"),
    "zstd": ("django-redis",),
}
_PICKLES_ONLY = frozenset({"joblib"})
_DJANGO = frozenset({"django", "django-redis"})
_LONGEST_VERSION = 6


def owners_of(stored: Stored, codec: str) -> tuple[str, ...]:
    """Give all libraries that may have written an entry with this coding under this key."""
    owners = _OWNERS.get(codec)
    if owners is None:
        owners = _packers(codec)
    if stored.key[:1] == b":" and is_django_key(stored.key):
        return tuple(owner for owner in owners if owner in _DJANGO) or owners
    return owners


def _packers(codec: str) -> tuple[str, ...]:
    """Give who compresses so, as far as what comes out is what they put in."""
    outer, _, inner = codec.partition("+")
    packers = _PACKERS.get(outer, ())
    if inner in {"pickle", "?"}:
        return packers
    return tuple(packer for packer in packers if inner and packer not in _PICKLES_ONLY)


def is_django_key(key: bytes) -> bool:
    """Whether a key is of Django's form with an empty prefix: a version between two colons."""
    if key[2:3] == b":":
        return key[1:2].isdigit()
    version, colon, _ = key[1 : _LONGEST_VERSION + 2].partition(b":")
    return bool(colon) and version.isdigit()


def settle_owner(found: Recognised, stored: Stored) -> Recognised:
    """Name the owners of an entry that nothing marks as one library's."""
    owners = owners_of(stored, found.codec)
    if len(owners) == 1 and found.codec != "text":
        return found._replace(dialect=owners[0])
    return found._replace(owners=owners)
