# -*- coding: utf-8 -*-
"""The API of the demo: articles from a database, cached in Redis.

One file, as it was in production: it runs unchanged on Python 2.7 and on Python 3.
Arguments: the port of Redis, and the database. Ends when its standard input is closed.
"""
# mypy: ignore-errors

from __future__ import print_function

import json
import os
import sqlite3
import sys
import threading
from datetime import datetime

from flask import Flask, Response
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.contrib.cache import RedisCache

REDIS_PORT, DATABASE = int(sys.argv[1]), sys.argv[2]

app = Flask(__name__)
cache = RedisCache(host="127.0.0.1", port=REDIS_PORT, key_prefix="api:")


def load_article(number):
    connection = sqlite3.connect(DATABASE)
    connection.text_factory = str  # the native string of either Python
    row = connection.execute(
        "SELECT number, title, body, tags, published FROM article WHERE number = ?", (number,)
    ).fetchone()
    connection.close()
    return {
        "number": row[0],
        "title": row[1],
        "body": row[2],
        "tags": row[3].split(","),
        "published": datetime.strptime(row[4], "%Y-%m-%dT%H:%M:%S"),
    }


def as_json(article, found):
    shown = dict(article, published=article["published"].isoformat())
    return Response(json.dumps(shown), mimetype="application/json", headers={"X-Cache": found})


@app.route("/articles/<int:number>")
def show_article(number):
    key = "article:%d" % number
    article = cache.get(key)
    if article is not None:
        return as_json(article, "hit")
    article = load_article(number)
    cache.set(key, article, timeout=600)
    return as_json(article, "miss")


@app.route("/internal/misses")
def show_misses():
    misses = cache.counters().misses if hasattr(cache, "counters") else {}
    counted = dict((str(reason), count) for reason, count in misses.items())
    return Response(json.dumps(counted), mimetype="application/json")


class QuietHandler(WSGIRequestHandler):
    def log(self, type, message, *args):
        pass  # standard error is for tracebacks


def end_with_the_parent():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, request_handler=QuietHandler)
    waiting = threading.Thread(target=end_with_the_parent)
    waiting.daemon = True
    waiting.start()
    print(server.server_address[1])
    sys.stdout.flush()
    server.serve_forever()
