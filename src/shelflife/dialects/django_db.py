"""Django's database cache: base64 of a pickle, in a text column."""

from __future__ import annotations

from shelflife.dialects.contents import within
from shelflife.dialects.pickled import look_at_pickle
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs
from shelflife.dialects.wrappings import decode_base64
from shelflife.lookup import Reason

_FOUND = Recognised("django-db", writes="highest")


def read(stored: Stored) -> Recognised:
    """Judge by the rules of its reader: base64, then a pickle."""
    payload = decode_base64(stored.raw)
    if payload is not None:
        return within(_FOUND, "base64", look_at_pickle(payload))
    detail = "no base64 with a pickle in it"
    return Recognised("django-db", codec="base64+?", reason=Reason.CORRUPT, detail=detail)


SIGNS = Signs("django-db", _FOUND, read=read)
