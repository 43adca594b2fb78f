"""Django's own values as its backends pickle them: which names they refer to, and which are whole.

Rules:
1. What Django itself puts into a cache, by `cache_page`, its middlewares and `{% cache %}`, is
   read and written without being asked for: exact names, of classes that do nothing when they are
   made. Models and whatever else a site pickles are the site's to allow.
2. A pickle says nothing of its own health: a response is looked at before it is taken for whole,
   as nothing else would notice before it is sent.
3. A response that refers to anything else is written as what a client is sent: a page is no
   mistake of the program, and must not become a 500 because it is cached. Of other values, what
   says of itself that it is pickled as a plain dict or list is written as one, whatever the form
   of entries: what the first deploy of a move stores, the second must store as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from http.cookies import Morsel, SimpleCookie
from operator import is_not
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase, ResponseHeaders
from django.template.response import SimpleTemplateResponse

from shelflife.django.portable import RESPONSES, as_sent
from shelflife.errors import NotPortable, Unreadable
from shelflife.lookup import Reason
from shelflife.operations import EntryWriter, PickleCheckingReader
from shelflife.pickles import AllowList

PICKLED_NAMES = (
    *(f"{response.__module__}.{response.__qualname__}" for response in RESPONSES),
    "django.http.response.ResponseHeaders",
    "django.utils.safestring.SafeString",
    "http.cookies.Morsel",
    "http.cookies.SimpleCookie",
    "rest_framework.response.Response",  # as Django's own, where Django REST framework is
)
"""What pickles of responses and template fragments refer to."""


def allowed(given: Any) -> Any:
    """Put Django's own names beside those that a user allows."""
    if isinstance(given, AllowList):
        return given.extended(PICKLED_NAMES)
    if isinstance(given, str) or not isinstance(given, Iterable):
        return given  # a mistake, which the cache tells of
    return [*PICKLED_NAMES, *given]


class WholeResponses(PickleCheckingReader):
    """Takes a response for a miss that could not be sent, such as another Django's pickle."""

    def _checked(self, value: Any) -> Any:
        if isinstance(value, HttpResponseBase) and not is_whole(value):
            detail = "a response as another release of Django keeps it"
            raise Unreadable(Reason.SCHEMA, detail)
        return value


class SimplerValues(EntryWriter):
    """Writes what no codec carries in a simpler form, if it has one."""

    def write(self, value: Any) -> bytes:
        """Give the entry for a value; see `EntryWriter.write`."""
        try:
            return super().write(value)
        except NotPortable:
            simpler = _simpler(value)
            if simpler is value:
                raise
            return super().write(simpler)


def _simpler(value: Any) -> Any:
    if isinstance(value, HttpResponse):
        return as_sent(value) if getattr(value, "is_rendered", True) else value
    try:
        return as_plain(value)
    except RecursionError:  # it holds itself
        return value


def as_plain(value: Any) -> Any:
    """Give a value in which whatever is pickled as a plain dict or list is one.

    Such as the `data` of a serializer of Django REST framework. Gives the value itself if there is
    nothing of that kind in it.
    """
    if type(value) is dict:
        plain: Any = {key: as_plain(part) for key, part in value.items()}
        return plain if any(plain[key] is not part for key, part in value.items()) else value
    if type(value) in (list, tuple):
        parts = list(map(as_plain, value))
        return type(value)(parts) if any(map(is_not, parts, value)) else value
    if isinstance(value, (dict, list)):
        reduced = value.__reduce_ex__(2)
        if type(reduced) is tuple and len(reduced) == 2 and reduced[0] in (dict, list):
            return as_plain(reduced[0](*reduced[1]))
    return value


def is_whole(response: HttpResponseBase) -> bool:
    """Whether a response has all that this release of Django gives to one, and can be sent."""
    state = vars(response)
    headers, body = state.get("headers"), state.get("_container")
    return (
        _attributes() <= state.keys()
        and type(headers) is ResponseHeaders
        and _are_headers(vars(headers).get("_store"))
        and type(body) is list
        and all(type(piece) is bytes for piece in body)
        and _are_cookies(state["cookies"])
        and _are_words(state["_charset"], state["_reason_phrase"])
        and type(state.get("status_code", 200)) is int
        and state["_resource_closers"] == []
        and (not isinstance(response, SimpleTemplateResponse) or state.get("_is_rendered") is True)
    )


@lru_cache(maxsize=1)
def _attributes() -> frozenset[str]:
    return frozenset(vars(HttpResponse()))


def _are_headers(store: Any) -> bool:
    return type(store) is dict and all(
        type(name) is str and type(pair) is tuple and len(pair) == 2 and _are_words(*pair)
        for name, pair in store.items()
    )


def _are_cookies(cookies: Any) -> bool:
    return type(cookies) is SimpleCookie and all(type(one) is Morsel for one in cookies.values())


def _are_words(*texts: Any) -> bool:
    return all(isinstance(text, (str, type(None))) for text in texts)
