"""What Flask's views return and raise, as portable types: responses, markup, HTTP errors.

Rules:
1. A response is its status, headers and body, with a format number in front; no name of a class
   of Flask or werkzeug is stored, so that they may move as they like.
2. A response that is streamed has no body yet, and is not portable.
3. An HTTP error is its attributes. Its class is the registered name.
4. A pickle says nothing of its own health: a response that comes of one is looked at before it is
   taken for whole, as nothing else would notice before it is sent.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import Any, Optional

import flask
from flask_caching import CachedResponse
from markupsafe import Markup
from werkzeug.datastructures import Headers, WWWAuthenticate
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.wrappers import Response as WerkzeugResponse

from shelflife.codecs import Types
from shelflife.codecs.blame import Culprit
from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.operations import PickleCheckingReader

FORMAT = 1
_STATUS = re.compile(r"[1-9][0-9]{2}(?: [ -~]*)?")
ERRORS: tuple[type[HTTPException], ...] = (
    HTTPException,
    *{error.__name__: error for error in default_exceptions.values()}.values(),
)
PICKLED_NAMES = (
    "flask.wrappers.Response",
    "flask_caching.CachedResponse",
    "markupsafe.Markup",
    "werkzeug.datastructures.Headers",  # before werkzeug 2.3
    "werkzeug.datastructures.headers.Headers",
    "werkzeug.wrappers.Response",  # before werkzeug 0.15
    "werkzeug.wrappers.response.Response",
    *(f"werkzeug.exceptions.{error.__name__}" for error in ERRORS),
)
"""What pickles of responses and HTTP errors refer to, as Flask-Caching itself stores them."""


def register_responses(types: Types, response_class: Optional[type] = None) -> Types:
    """Register what views return and raise; what is registered already stays as it is.

    Args:
        types: Where.
        response_class: The application's own class of responses, if it has one.
    """
    classes: dict[str, type] = {
        "flask.Response": flask.Response,
        "flask-caching.CachedResponse": CachedResponse,
        "werkzeug.Response": WerkzeugResponse,
    }
    if response_class is not None and response_class not in classes.values():
        classes["flask.response_class"] = response_class
    for name, cls in classes.items():
        _register(types, name, cls, take_response, partial(give_response, cls))
    for error in ERRORS:
        name = f"werkzeug.exceptions.{error.__name__}"
        _register(types, name, error, _take_error, partial(_give_error, error))
    _register(types, "markupsafe.Markup", Markup, str.__str__, Markup)  # fragments of templates
    if hasattr(WWWAuthenticate, "from_header"):  # werkzeug 2.3 and newer
        _register(types, "werkzeug.WWWAuthenticate", WWWAuthenticate, str, _give_challenge)
    return types


def _register(types: Types, name: str, cls: type, take: Any, give: Any) -> None:
    if name not in types.names:
        types.register(name, cls, encode=take, decode=give)


def take_response(response: Any) -> list[Any]:
    """Give a response as plain data."""
    if response.direct_passthrough or not response.is_sequence:
        raise Culprit(response, "it is streamed and has no body yet; cache what it is made of")
    return [
        FORMAT,
        response.status,
        [list(header) for header in response.headers.to_wsgi_list()],
        response.get_data(),
        getattr(response, "timeout", None),
    ]


def give_response(cls: type, content: Any) -> Any:
    """Make a response of what `take_response` gave."""
    _check_format(content, 5)
    _, status, headers, body, timeout = content
    response: Any = flask.Response(bytes(body), status=str(status))
    response.headers = Headers([(str(name), str(value)) for name, value in headers])
    if cls is not flask.Response:
        response.__class__ = cls
    if issubclass(cls, CachedResponse):
        response.timeout = timeout
    return response


class WholeResponses(PickleCheckingReader):
    """Takes for a miss what a pickle made of a response or an HTTP error, and could not be sent."""

    def _checked(self, value: Any) -> Any:
        first = value[0] if value.__class__ is tuple and value else value
        if isinstance(first, HTTPException):
            is_fine = isinstance(first.description, (str, type(None)))
            first = first.response
            if not is_fine:
                raise Unreadable(Reason.SCHEMA, "an HTTP error that lacks what it should have")
        if isinstance(first, WerkzeugResponse) and not _is_whole(first):
            raise Unreadable(Reason.SCHEMA, "a response that lacks what it should have")
        return value


def _is_whole(response: Any) -> bool:
    state = vars(response)
    headers, body = state.get("headers"), state.get("response")
    if type(headers) is not Headers or type(vars(headers).get("_list")) is not list:
        return False
    return (
        _attributes() <= state.keys()
        and _STATUS.fullmatch(str(state.get("_status"))) is not None
        and type(state.get("_status_code")) is int
        and type(body) in (list, tuple)
        and all(type(piece) in (bytes, str) for piece in body)
        and all(map(_is_header, vars(headers)["_list"]))
        and not state.get("direct_passthrough", True)
        and state.get("_on_close") == []
        and type(state.get("timeout")) in (int, type(None))
    )


@lru_cache(maxsize=1)
def _attributes() -> frozenset[str]:
    """What this release of werkzeug gives to a response, and looks for."""
    return frozenset(vars(WerkzeugResponse()))


def _is_header(pair: Any) -> bool:
    return (
        type(pair) is tuple
        and len(pair) == 2
        and all(type(text) is str and text.isprintable() for text in pair)
    )


def _take_error(error: Any) -> list[Any]:
    return [FORMAT, list(error.args), dict(vars(error))]


def _give_error(cls: type, content: Any) -> Any:
    _check_format(content, 3)
    error = cls.__new__(cls, *content[1])
    vars(error).update(content[2])
    return error


def _give_challenge(content: Any) -> Any:
    return WWWAuthenticate.from_header(content)


def _check_format(content: Any, length: int) -> None:
    if type(content) is not list or not content or type(content[0]) is not int:
        raise Unreadable(Reason.SCHEMA, "no response as it is stored")
    if content[0] > FORMAT:
        raise Unreadable(Reason.NEWER_FORMAT, f"a response in format {content[0]}")
    if len(content) != length:
        raise Unreadable(Reason.SCHEMA, "no response as it is stored")
