"""django-redis: a serializer within a compressor, and plain integers.

Rules of the reader: what `int()` takes is an integer; else it is unpacked, if it was packed, and
given to the one serializer that is set: pickle, JSON or MessagePack.
"""

from __future__ import annotations

from shelflife.dialects.contents import look
from shelflife.dialects.django_core import reads_as_int
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs
from shelflife.lookup import Reason

_SERIALIZERS = ("pickle", "json", "msgpack", "int", "?")


def read(stored: Stored) -> Recognised:
    """Judge by the rules of the reader, above."""
    if reads_as_int(stored.raw):
        return Recognised("django-redis", codec="int")
    found = look(stored.raw)._replace(dialect="django-redis")
    if found.reason or found.codec.endswith(_SERIALIZERS):
        return found
    detail = "neither a pickle nor JSON nor MessagePack"
    return found._replace(reason=Reason.FOREIGN, detail=detail)


SIGNS = Signs(
    "django-redis",
    Recognised("django-redis", writes="default"),
    pickled=(("django_redis.client.herd", "Marker"),),
    read=read,
)
