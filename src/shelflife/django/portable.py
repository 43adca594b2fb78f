"""Django's own values that are cached, as portable data: responses, marked text, cookies.

Rules:
1. Of a response is kept what a client is sent, and plain attributes, by which middleware tells
   itself what to do. Never how it was made: template, context, request, callbacks.
2. A response of a class that is not registered is kept as the nearest registered one above it.
3. The names are written into entries: they stay, whatever Django calls its classes.
"""

from __future__ import annotations

from functools import partial
from http.cookies import Morsel, SimpleCookie
from typing import Any, Optional

from django import http
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.utils.safestring import SafeString

from shelflife.codecs import Types
from shelflife.codecs.blame import Culprit

RESPONSES: tuple[type, ...] = (
    http.HttpResponse,
    http.JsonResponse,
    http.HttpResponseBadRequest,
    http.HttpResponseForbidden,
    http.HttpResponseGone,
    http.HttpResponseNotAllowed,
    http.HttpResponseNotFound,
    http.HttpResponseNotModified,
    http.HttpResponsePermanentRedirect,
    http.HttpResponseRedirect,
    http.HttpResponseServerError,
    SimpleTemplateResponse,
    TemplateResponse,
)
_PLAIN = frozenset([bool, int, float, str, bytes, type(None)])
_KEPT_OTHERWISE = frozenset({"status_code", "_charset", "_reason_phrase", "closed"})
_HOW_IT_WAS_MADE = frozenset(
    {"template_name", "context_data", "text", "_handler_class", "_is_rendered", "_request"}
)


def register(types: Optional[Types]) -> Types:
    """Make Django's values portable, but for those that the user has registered himself."""
    types = Types() if types is None else types
    for cls in RESPONSES:
        _add(types, cls, _encode_response, partial(_decode_response, cls))
    _add(types, SafeString, str.__str__, SafeString)
    _add(types, SimpleCookie, _encode_cookies, _decode_cookies)
    return types


def make_portable(types: Types, response: HttpResponseBase) -> None:
    """See that a response is portable, whatever its class is."""
    if type(response) in types.encoders or response.streaming:
        return
    for cls in type(response).__mro__:
        if types.has(cls):
            types.write_as(cls, type(response))
            return


def as_sent(response: Any) -> Any:
    """Give what a client is sent of a rendered response, as the nearest of Django's own classes."""
    nearest = next(cls for cls in type(response).__mro__ if cls in RESPONSES)
    return _decode_response(nearest, _encode_response(response))


def _add(types: Types, cls: type, encode: Any, decode: Any) -> None:
    name = f"django.{cls.__name__}"
    if not types.has(cls) and name not in types.names:
        types.register(name, cls, encode=encode, decode=decode)


def _encode_response(response: Any) -> dict[str, Any]:
    if not getattr(response, "is_rendered", True):
        raise Culprit(response, "it is not rendered; cache it after response.render()")
    attributes = {
        name: value
        for name, value in vars(response).items()
        if type(value) in _PLAIN and name not in _KEPT_OTHERWISE | _HOW_IT_WAS_MADE
    }
    return {
        "status": int(response.status_code),
        "reason": response._reason_phrase,  # noqa: SLF001 - the property makes one up
        "charset": response._charset,  # noqa: SLF001 - as above
        "headers": [[str(name), str(value)] for name, value in response.items()],
        "cookies": _encode_cookies(response.cookies),
        "body": response.content,
        "attributes": attributes,
    }


def _decode_response(cls: Any, content: dict[str, Any]) -> Any:
    response = cls.__new__(cls)
    HttpResponseBase.__init__(
        response,
        status=content["status"],
        reason=content["reason"],
        charset=content["charset"],
        headers=dict(content["headers"]),
    )
    if not any(name.lower() == "content-type" for name, _ in content["headers"]):
        del response["Content-Type"]
    response.cookies = _decode_cookies(content["cookies"])
    vars(response).update(content["attributes"])
    response.content = content["body"]
    return response


def _encode_cookies(cookies: SimpleCookie) -> list[list[Any]]:
    return [
        [
            name,
            morsel.value,
            morsel.coded_value,
            {word: said for word, said in morsel.items() if said != ""},  # Max-Age may be 0
        ]
        for name, morsel in cookies.items()
    ]


def _decode_cookies(content: list[list[Any]]) -> SimpleCookie:
    cookies: SimpleCookie = SimpleCookie()
    for name, value, coded, words in content:
        morsel: Morsel[Any] = Morsel()
        morsel.set(name, value, coded)
        morsel.update(words)
        dict.__setitem__(cookies, name, morsel)
    return cookies
