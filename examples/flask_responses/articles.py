"""A service in one file, whose responses are kept in Redis.

    flask --app articles run            the service, at http://127.0.0.1:5000/articles/1
    python articles.py tour             asks, spoils what was kept, asks again

The cache is where SHELFLIFE_URL says, redis://127.0.0.1:6379/0 by default. CACHED_BY says who keeps
responses: shelflife.flask (the default), or a CACHE_TYPE of Flask-Caching, to compare, such as
shelflife.flask_caching.ShelflifeCache, or its own RedisCache.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import Counter
from typing import Any, Callable

from flask import Flask, Response, jsonify, request

URL = os.environ.get("SHELFLIFE_URL", "redis://127.0.0.1:6379/0")
CACHED_BY = os.environ.get("CACHED_BY", "shelflife.flask")
PREFIX = "articles:"
PATHS = ("/articles/1", "/articles/2", "/about")
LEFT_BEHIND = {
    "of a newer Python": b"!\x80\x63K\x01.",
    "of a werkzeug where it has moved": b"!cwerkzeug.moved\nResponse\n.",
    "of a class that has changed": b"!\x80\x02cflask.wrappers\nResponse\n)\x81}b.",
}
computed: Counter[str] = Counter()


def keeping(app: Flask) -> Callable[[Any], Any]:
    """Give the decorator of views that keeps their responses."""
    if CACHED_BY == "shelflife.flask":
        from shelflife.flask import Shelflife  # noqa: PLC0415 - one of the two

        app.config.update(SHELFLIFE_URL=URL, SHELFLIFE_PREFIX=PREFIX, SHELFLIFE_TTL=60)
        return Shelflife(app).cached(vary=["Accept-Language"])
    from flask_caching import Cache  # noqa: PLC0415 - the other

    settings = {"CACHE_TYPE": CACHED_BY, "CACHE_REDIS_URL": URL, "CACHE_KEY_PREFIX": PREFIX}
    return Cache(app, config=settings).cached(60)


def create_app() -> Flask:
    """Make the service."""
    app = Flask("articles")
    kept = keeping(app)

    @app.get("/articles/<int:number>")
    @kept
    def article(number: int) -> Response:
        computed[request.path] += 1
        return jsonify(number=number, title=f"Article {number}")

    @app.get("/about")
    @kept
    def about() -> Response:
        computed[request.path] += 1
        return Response("about us", mimetype="text/plain")

    return app


def spoil() -> int:
    """Put something unreadable in place of every entry; give how many there were."""
    import redis  # noqa: PLC0415 - only somebody else writes past the cache

    with redis.Redis.from_url(URL) as client:
        names = sorted(client.scan_iter(f"{PREFIX}*"))
        for turn, name in enumerate(names):
            client.set(name, list(LEFT_BEHIND.values())[turn % len(LEFT_BEHIND)], keepttl=True)
    return len(names)


def forget() -> None:
    """Begin with nothing."""
    import redis  # noqa: PLC0415 - as above

    with redis.Redis.from_url(URL) as client:
        for name in client.scan_iter(f"{PREFIX}*"):
            client.unlink(name)


def ask(app: Flask, path: str) -> int:
    """Give the status of an answer, as a server in front of the service would give it."""
    try:
        return app.test_client().get(path).status_code
    except Exception:  # noqa: BLE001 - whatever it is, the one who asks gets this
        return 500


def tour() -> None:
    """Ask for each page, spoil what was kept of it, and ask again."""
    forget()
    app = create_app()
    app.logger.setLevel(logging.CRITICAL + 1)  # the tour tells of errors
    logging.getLogger("flask_caching").setLevel(logging.CRITICAL + 1)
    for when in ("first", "again", "spoiled", "after", "later"):
        computed.clear()
        if when == "spoiled":
            spoil()
            print("  ... no entry is readable any more")
        print(
            f"{when:8}", *(ask(app, path) for path in PATHS), f" computed {sum(computed.values())}"
        )


if __name__ == "__main__":
    if sys.argv[1:] != ["tour"]:
        sys.exit(__doc__)
    tour()
