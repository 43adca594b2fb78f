"""The public API on a current Python and Flask, with its one line on shelflife.

Usage: python3 app.py PORT CACHE_PORT
"""

from __future__ import annotations

import csv
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.serving import WSGIRequestHandler, make_server

from shelflife.cachelib import RedisCache

ARTICLES = Path(__file__).resolve().parent.parent / "articles.csv"

app = Flask(__name__)
cache = RedisCache(host="127.0.0.1", port=int(sys.argv[2]), key_prefix="api:", default_timeout=600)


def rows() -> Iterator[dict[str, Any]]:
    """Read the articles."""
    with ARTICLES.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield {
                "number": int(row["number"]),
                "section": row["section"],
                "author": row["author"],
                "title": row["title"],
                "tags": row["tags"].split("|"),
                "body": row["body"],
                "published": datetime.fromisoformat(row["published"]),
            }


def as_json(value: Any, found: str) -> Response:
    """Answer with a value, and say whether it came from the cache."""
    body = json.dumps(value, default=datetime.isoformat, sort_keys=True)
    return Response(body, mimetype="application/json", headers={"X-Cache": found})


def cached(key: str, compute: Callable[[], Any]) -> Response:
    """Answer with what is cached, else compute and cache it."""
    value = cache.get(key)
    if value is not None:
        return as_json(value, "hit")
    value = compute()
    if value is None:
        abort(404)
    cache.set(key, value)
    return as_json(value, "miss")


@app.route("/health")
def health() -> str:
    """Say that requests may come."""
    return "ok"


@app.route("/articles/<int:number>")
def show_article(number: int) -> Response:
    """Give one article."""

    def load() -> Any:
        return next((row for row in rows() if row["number"] == number), None)

    return cached(f"article:{number}", load)


@app.route("/articles/<int:number>/views")
def count_views(number: int) -> Response:
    """Count a view of an article."""
    return as_json({"views": cache.inc(f"views:{number}")}, "count")


@app.route("/sections/<section>/authors")
def list_authors(section: str) -> Response:
    """Give the names of those who write for a section."""

    def load() -> Any:
        return sorted({row["author"] for row in rows() if row["section"] == section}) or None

    return cached(f"authors:{section}", load)


@app.route("/search")
def search() -> Response:
    """Find articles by a piece of their text."""
    words = request.args.get("q", "")

    def load() -> Any:
        found = [row for row in rows() if words in row["title"] or words in row["body"]]
        return {"q": words, "found": [(row["number"], row["title"]) for row in found]}

    return cached(f"search:{words}", load)


@app.route("/articles/<int:number>/comments", methods=["POST"])
def add_comment(number: int) -> Response:  # noqa: ARG001 - the route names it
    """Take a comment; nobody keeps it here."""
    return Response(status=202)


@app.errorhandler(404)
def not_found(error: Exception) -> Response:  # noqa: ARG001 - Flask gives it
    """Answer in JSON, as everywhere: Flask's own page is another one in each of its releases."""
    return Response('{"error": "not found"}', status=404, mimetype="application/json")


class QuietHandler(WSGIRequestHandler):
    """Standard error is for tracebacks."""

    def log(self, *_: Any) -> None:
        """Say nothing."""


def end_with_the_parent() -> None:
    """Leave nothing behind when whoever started this has gone."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_the_parent, daemon=True).start()
    make_server("127.0.0.1", int(sys.argv[1]), app, request_handler=QuietHandler).serve_forever()
