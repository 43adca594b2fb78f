"""Pages of a small site, each counting how often it is made."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.http import HttpResponse, JsonResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.cache import cache_page
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.vary import vary_on_headers

MADE: Counter[str] = Counter()
GREETING = engines["django"].from_string("<p>{{ name }}</p>")


class OwnResponse(HttpResponse):  # type: ignore[misc]  # Django has no types
    """A class of the site's own, with more on it than is sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.maker = object()


def plain(request: Any) -> HttpResponse:
    MADE["plain"] += 1
    response = OwnResponse("plain", headers={"X-Made": str(MADE["plain"])})
    response.set_cookie("seen", "once more", max_age=60, httponly=True)
    return response


def data(request: Any) -> HttpResponse:
    MADE["data"] += 1
    return JsonResponse({"made": MADE["data"]})


def rendered(request: Any) -> HttpResponse:
    MADE["rendered"] += 1
    return TemplateResponse(request, GREETING, {"name": "<&>"})


@xframe_options_exempt  # type: ignore[untyped-decorator]
def framed(request: Any) -> HttpResponse:
    MADE["framed"] += 1
    return HttpResponse("framed")


def visits(request: Any) -> HttpResponse:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(str(request.session["visits"]))


async def awaited(request: Any) -> HttpResponse:
    return HttpResponse(await caches["default"].aget_or_set("awaited", lambda: "async"))


def computed(request: Any) -> HttpResponse:
    return HttpResponse(caches["default"].get_or_set("computed", _compute))


MAKERS: dict[str, Callable[[Any], Any]] = {}
"""What makes the pages of a test; its functions may be coroutines below /amade/."""


def made(request: Any, what: str) -> HttpResponse:
    MADE[what] += 1
    return HttpResponse(MAKERS[what](request))


async def amade(request: Any, what: str) -> HttpResponse:
    return HttpResponse(await MAKERS[what](request))


def _compute() -> str:
    MADE["computed"] += 1
    time.sleep(0.05)
    return "computed"


urlpatterns = [
    path("computed/", computed),
    path("async/", awaited),
    path("plain/", cache_page(60)(plain)),
    path("data/", cache_page(60)(data)),
    path("rendered/", cache_page(60)(rendered)),
    path("framed/", cache_page(60)(framed)),
    path("visits/", visits),
    path("made/<str:what>/", cache_page(60)(made)),
    path("varied/<str:what>/", cache_page(60)(vary_on_headers("X-Who")(made))),
    path("bare/<str:what>/", made),
    path("amade/<str:what>/", amade),
]
