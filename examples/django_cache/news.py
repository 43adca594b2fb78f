"""A site in one file, whose pages, fragments and sessions are in Redis by way of shelflife.

    python news.py runserver            the site, at http://127.0.0.1:8000/articles/1/
    python news.py spoil                puts what another release could have left in their place
    python news.py tour                 both, without a browser: asks, spoils, asks again, says why

The cache is where CACHE_URL says, redis://127.0.0.1:6379/0 by default. CACHE_BACKEND puts another
backend in place of ours, to compare.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import Counter

from django.conf import settings
from django.core.management import execute_from_command_line

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1", "testserver"],
    CACHES={
        "default": {
            "BACKEND": os.environ.get("CACHE_BACKEND", "shelflife.django.ShelflifeCache"),
            "LOCATION": os.environ.get("CACHE_URL", "redis://127.0.0.1:6379/0"),
            "KEY_PREFIX": "news",
            "TIMEOUT": 60,
        }
    },
    DEBUG=True,
    INSTALLED_APPS=["django.contrib.sessions", "shelflife.django"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="no secret: this is an example",  # noqa: S106 - and says so
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)

import django  # noqa: E402 - after its settings

django.setup()

from django.core.cache import cache  # noqa: E402 - as above
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.cache import cache_page  # noqa: E402

ARTICLE = engines["django"].from_string(
    "{% load cache %}<h1>{{ title }}</h1>{% cache 60 side %}<aside>{{ news }}</aside>{% endcache %}"
)
LEFT_BEHIND = {
    "of a newer Python": b"\x80\x63K\x01.",
    "of Python 2": b"S'caf\\xe9'\np0\n.",
    "of a class that has moved": b"capp.models\nArticle\n.",
    "cut off": b"\xc1SL\x01",
}
made: Counter[str] = Counter()


def article(request: HttpRequest, number: int) -> HttpResponse:
    """A page, kept whole by `cache_page`."""
    del request
    made["article"] += 1
    title = cache.get_or_set(f"title:{number}", f"Article {number}")
    return HttpResponse(ARTICLE.render({"title": title, "news": "Cobalt is up"}))


def visits(request: HttpRequest) -> HttpResponse:
    """A page of a session."""
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(f"visit {request.session['visits']}")


async def weather(request: HttpRequest) -> JsonResponse:
    """An async view: the cache is asked in the loop."""
    del request
    return JsonResponse(await cache.aget_or_set("weather", lambda: {"degrees": 11}))


urlpatterns = [
    path("articles/<int:number>/", cache_page(60)(article)),
    path("visits/", visits),
    path("weather/", weather),
]
PATHS = ("/articles/1/", "/articles/2/", "/visits/", "/weather/")


def spoil() -> int:
    """Put something unreadable in place of every entry; give how many there were."""
    import redis  # noqa: PLC0415 - only somebody else writes past the cache

    with redis.Redis.from_url(settings.CACHES["default"]["LOCATION"]) as client:
        names = list(client.scan_iter("news:*"))
        for turn, name in enumerate(names):
            client.set(name, list(LEFT_BEHIND.values())[turn % len(LEFT_BEHIND)], keepttl=True)
    return len(names)


def tour() -> None:
    """Ask for each page, spoil what was kept of it, and ask again."""
    cache.clear()
    logging.getLogger("django.request").setLevel(logging.CRITICAL)  # the tour tells of errors
    for when in ("first", "spoiled", "healed"):
        browser = Client(raise_request_exception=False)
        if when == "spoiled":
            print(f"  ... {spoil()} entries are not readable any more")
        print(f"{when:8}", *(browser.get(path).status_code for path in PATHS))
    print("articles made:", made["article"])
    if hasattr(cache, "counters"):
        print("reads that met one:", sum(cache.counters().unreadable.values()))


if __name__ == "__main__":
    if sys.argv[1:] == ["spoil"]:
        print(f"{spoil()} entries")
    elif sys.argv[1:] == ["tour"]:
        tour()
    else:
        execute_from_command_line(sys.argv)
