# -*- coding: utf-8 -*-
"""The public API as it was in 2019: Python 2.7, Flask 1.1, werkzeug's cache.

Usage: python2.7 app.py PORT CACHE_PORT
"""

from __future__ import print_function

import csv
import json
import os
import sys
import threading
from datetime import datetime

from flask import Flask, Response, abort, request
from werkzeug.contrib.cache import RedisCache
from werkzeug.serving import WSGIRequestHandler, make_server

ARTICLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "articles.csv")

app = Flask(__name__)
cache = RedisCache(host="127.0.0.1", port=int(sys.argv[2]), key_prefix="api:", default_timeout=600)


def rows():
    with open(ARTICLES, "rb") as lines:
        for row in csv.DictReader(lines):
            yield {
                "number": int(row["number"]),
                "section": row["section"],
                "author": row["author"],
                "title": row["title"],
                "tags": row["tags"].split("|"),
                "body": row["body"],
                "published": datetime.strptime(row["published"], "%Y-%m-%dT%H:%M:%S"),
            }


def as_json(value, found):
    def shown(it):
        return it.isoformat() if isinstance(it, datetime) else it

    body = json.dumps(value, default=shown, sort_keys=True)
    return Response(body, mimetype="application/json", headers={"X-Cache": found})


def cached(key, compute):
    value = cache.get(key)
    if value is not None:
        return as_json(value, "hit")
    value = compute()
    if value is None:
        abort(404)
    cache.set(key, value)
    return as_json(value, "miss")


@app.route("/health")
def health():
    return "ok"


@app.route("/articles/<int:number>")
def show_article(number):
    def load():
        return next((row for row in rows() if row["number"] == number), None)

    return cached("article:%d" % number, load)


@app.route("/articles/<int:number>/views")
def count_views(number):
    return as_json({"views": cache.inc("views:%d" % number)}, "count")


@app.route("/sections/<section>/authors")
def list_authors(section):
    section = section.encode("utf-8")

    def load():
        return sorted(set(row["author"] for row in rows() if row["section"] == section)) or None

    return cached("authors:" + section, load)


@app.route("/search")
def search():
    words = request.args.get("q", "").encode("utf-8")

    def load():
        found = [row for row in rows() if words in row["title"] or words in row["body"]]
        return {"q": words, "found": [(row["number"], row["title"]) for row in found]}

    return cached("search:" + words, load)


@app.route("/articles/<int:number>/comments", methods=["POST"])
def add_comment(number):
    return Response(status=202)


@app.errorhandler(404)
def not_found(error):
    return Response('{"error": "not found"}', status=404, mimetype="application/json")


class QuietHandler(WSGIRequestHandler):
    def log(self, type, message, *args):
        pass  # standard error is for tracebacks


def end_with_the_parent():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    waiting = threading.Thread(target=end_with_the_parent)
    waiting.daemon = True
    waiting.start()
    make_server("127.0.0.1", int(sys.argv[1]), app, request_handler=QuietHandler).serve_forever()
