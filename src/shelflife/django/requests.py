"""What Django's requests are, for `shelflife.cache.calm`: from `request_started` to its end.

Rules:
1. Outside of a request, in commands and tasks, there is none.
2. Under WSGI a request is the context in which it started. One that was never closed ends when the
   next one starts there.
3. Under ASGI parts of a request run in tasks and threads whose contexts are copies, and what is
   set in one is not seen in the other. What all of them see is the `ThreadSensitiveContext` that
   Django's handler makes for each request.
4. A request in which an exception was raised stores nothing any more: nobody waits till it is sent.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any, Optional
from weakref import WeakKeyDictionary

from asgiref.sync import SyncToAsync
from django.core.signals import got_request_exception, request_finished, request_started

from shelflife.cache.claims import Request

_under_wsgi: ContextVar[Optional[Request]] = ContextVar("request", default=None)
_under_asgi: WeakKeyDictionary[Any, Request] = WeakKeyDictionary()
_PAGE = re.compile(
    r"(.*views\.decorators\.cache\.cache_)page(\..*)\.[A-Z]+(\.[0-9a-f]{32})\.[0-9a-f]{32}(.*)",
    re.DOTALL,
)


def current_request() -> Optional[Request]:
    """Give what this request computes and waits for; None outside of any."""
    within = SyncToAsync.thread_sensitive_context.get(None)
    request = None if within is None else _under_asgi.get(within)
    return _under_wsgi.get() if request is None else request


def announced_by(key: str) -> Optional[str]:
    """Give the key of the list of headers that a page of `cache_page` depends on."""
    page = _PAGE.fullmatch(key)
    return None if page is None else f"{page[1]}header{page[2]}{page[3]}{page[4]}"


def _begin(environ: Any = None, **_: Any) -> None:
    _end()
    within = SyncToAsync.thread_sensitive_context.get(None)
    if within is not None:
        _under_asgi[within] = Request()
    elif environ is not None:
        _under_wsgi.set(Request())


def _end(**_: Any) -> None:
    request = current_request()
    if request is not None:
        request.end()
        _under_wsgi.set(None)


def _fail(**_: Any) -> None:
    request = current_request()
    if request is not None:
        request.let_go()


request_started.connect(_begin, dispatch_uid="shelflife")
request_finished.connect(_end, dispatch_uid="shelflife")
got_request_exception.connect(_fail, dispatch_uid="shelflife")
