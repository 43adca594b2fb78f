"""Recognition: from bytes under a key to who may have written them and what is in them.

Rules, in order:
1. Keys that are one library's own.
2. First bytes: `!`, the head of a pickle, C1, and the marks of others.
3. What is wrapped is unwrapped, and what comes out told by its format, by the names in a pickle,
   by the members of a map, by the form of signed text.
4. What nothing marks has its format's name, and all libraries that write just such bytes.
5. Locks and sessions are told last, by their keys, whatever library stored them.
"""

from __future__ import annotations

import re
from typing import Optional

from shelflife.dialects import (
    aiocache,
    apscheduler,
    beaker,
    cachecontrol,
    cacheops,
    cashews,
    celery,
    confluent,
    django_core,
    django_db,
    django_file,
    django_redis,
    django_sessions,
    dogpile,
    dramatiq,
    envelope,
    fastapi_cache,
    flask_caching,
    flask_session,
    gcache,
    hishel,
    huey,
    integer,
    joblib,
    json_text,
    kombu,
    messagepack,
    pickled,
    rails,
    raw_bytes,
    redis_lock,
    requests_cache,
    rq,
    starlette,
    text,
    werkzeug,
)
from shelflife.dialects.contents import look, within
from shelflife.dialects.owners import settle_owner
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Claim, Signs
from shelflife.errors import ConfigurationError
from shelflife.lookup import Reason

_MODULES = (
    aiocache, apscheduler, beaker, cachecontrol, cacheops, cashews, celery, confluent, django_core,
    django_db, django_file, django_redis, django_sessions, dogpile, dramatiq, envelope,
    fastapi_cache, flask_caching, flask_session, gcache, hishel, huey, integer, joblib, json_text,
    kombu, messagepack, pickled, rails, raw_bytes, redis_lock, requests_cache, rq, starlette, text,
    werkzeug,
)  # fmt: skip
FORMATS = frozenset({"pickle", "json", "msgpack", "int", "text", "bytes"})
SIGNS: dict[str, Signs] = {module.SIGNS.name: module.SIGNS for module in _MODULES}
KNOWN = tuple(sorted(SIGNS))

_BY_KEY: dict[bytes, list[tuple[bytes, Claim]]] = {}
_BY_HEAD: dict[bytes, list[Claim]] = {}
_BY_NAME: dict[tuple[str, str], Recognised] = {}
for _signs in SIGNS.values():
    if _signs.by_key is not None:
        for _key in _signs.keys:
            _BY_KEY.setdefault(_key[:3], []).append((_key, _signs.by_key))
    if _signs.by_head is not None:
        for _head in _signs.heads:
            _BY_HEAD.setdefault(_head, []).append(_signs.by_head)
    _BY_NAME.update(dict.fromkeys(_signs.pickled, _signs.found))
_NAMES = frozenset(_BY_NAME)
_HAS_MEMBERS = {"json": json_text.has_members, "msgpack": messagepack.has_members}
_BY_MEMBERS = [signs for signs in SIGNS.values() if signs.members]
_SESSION = re.compile(
    rb"(?:^|[:._\-])(?:sess|session|starsessions|aiohttp_session)[:._\-].", re.IGNORECASE
)
_PERMANENT = b"_permanent"  # how every session of Flask-Session begins


def recognise(stored: Stored, reads: Optional[str] = None) -> Recognised:
    """Say who may have written an entry and what is in it. Never raises for an entry's sake.

    Args:
        stored: The entry.
        reads: The dialect whose own reader reads these entries, if that is known. State remains
            what it is.

    Raises:
        ConfigurationError: If no dialect has that name.
    """
    if reads is not None:
        return _read(stored, reads)
    key, raw, redis_type, _ = stored
    found = _by_key(stored) if key[:3] in _BY_KEY else None
    if found is None:
        head = raw[:1]
        if head == b"!":
            found = werkzeug.by_head(stored)
        elif head == b"\x80":
            found = _pickle(stored)
        elif head == b"\xc1":
            found = envelope.by_head(stored)
        else:
            found = _general(stored)
    if (
        b"ess" in key
        or b"celery-task" in key
        or redis_type != "string"
        or (len(raw) <= redis_lock.SHORT and b"lock" in key.lower())
    ):
        return _told_by_key(stored, found)
    return found


def _by_key(stored: Stored) -> Optional[Recognised]:
    key = stored.key
    for start, claim in _BY_KEY[key[:3]]:
        if key.startswith(start):
            return claim(stored)
    return None


def _pickle(stored: Stored) -> Recognised:
    """Look at an entry that begins as a pickle."""
    _, raw, _, _ = stored
    if not pickled.begins_pickle(raw):
        return _general(stored)
    found = pickled.by_head(stored)
    facts = found.facts
    if facts is None:
        return found
    if facts.end != len(raw):
        after = _after_pickle(raw, facts.end)
        if after is not None:
            return after
    if not _NAMES.isdisjoint(facts.names):
        return _named(found)
    return _unnamed(stored, found)


def _unnamed(stored: Stored, found: Recognised) -> Recognised:
    """Tell a pickle without telling names by its key, or by what sessions begin with."""
    key, raw, _, _ = stored
    if key[-17:-16] == b":" and requests_cache.is_response_key(key):
        return requests_cache.in_pickle(found, stored) or found
    if len(key) == 34 and cacheops.is_entry_key(key):
        return cacheops.in_pickle(found)
    return within(flask_session.SIGNS.found, "", found) if _PERMANENT in raw[:96] else found


def _after_pickle(raw: bytes, end: int) -> Optional[Recognised]:
    if huey.has_signature(raw, end):
        return huey.signed(raw)
    return django_file.after_pickle(raw, end)


def _named(found: Recognised) -> Recognised:
    telling = _NAMES & found.facts.names if found.facts is not None else ()
    return within(_BY_NAME[min(telling)], "", found) if telling else found


def _general(stored: Stored) -> Recognised:
    raw = stored.raw
    for claim in _BY_HEAD.get(raw[:1], ()):
        found = claim(stored)
        if found is not None:
            return found
    found = look(raw)
    told = _told_by_content(stored, found)
    return settle_owner(found, stored) if told is None else told


def _told_by_content(stored: Stored, found: Recognised) -> Optional[Recognised]:
    """Tell what `look` found by what is in it; None if nothing marks it."""
    if found.facts is not None:
        return None if _NAMES.isdisjoint(found.facts.names) else _named(found)
    if found.codec in _HAS_MEMBERS:
        has = _HAS_MEMBERS[found.codec]
        for signs in _BY_MEMBERS:
            if has(stored.raw, signs.members):
                return within(signs.found, "", found)
    if found.codec != "text":
        return None
    signed = django_sessions.signed(stored.raw) or starlette.signed(stored.raw)
    if signed is not None:
        return signed
    held = redis_lock.lock(stored, found)
    return held if held.state else None


def _told_by_key(stored: Stored, found: Recognised) -> Recognised:
    """Tell state, and what lies in other types, by the key."""
    key = stored.key
    if found.state:
        return found
    if django_sessions.is_session_key(key):
        return django_sessions.in_cache(found)
    if _SESSION.search(key) is not None:
        return found._replace(state="session")
    if b"celery-task" in key:
        return celery.by_key(stored)
    if stored.redis_type != "string" and found.dialect in FORMATS:
        return requests_cache.redirect(stored) or dramatiq.in_list(stored, found) or found
    return redis_lock.lock(stored, found) if len(stored.raw) <= redis_lock.SHORT else found


def _read(stored: Stored, reads: str) -> Recognised:
    signs = SIGNS.get(reads)
    if signs is None:
        raise ConfigurationError(f"no dialect {reads!r}; those known are: {', '.join(KNOWN)}")
    found = recognise(stored)
    if found.state or (found.dialect == reads and signs.read is None and reads not in FORMATS):
        return found
    if reads in found.owners and found.codec in {"pickle", "int"} and not found.reason:
        return within(signs.found, "", found)
    if signs.read is not None:
        return signs.read(stored)
    if reads in found.owners or (found.dialect in FORMATS and reads not in FORMATS):
        return within(signs.found, "", found)
    if found.codec == reads:
        return found._replace(dialect=reads, owners=())
    detail = f"an entry of {found.dialect}, which the reader of {reads} does not read"
    return Recognised(reads, codec="?", reason=Reason.FOREIGN, detail=detail)
