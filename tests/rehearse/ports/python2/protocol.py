# -*- coding: utf-8 -*-
# mypy: ignore-errors
"""The old release of `broken.protocol`, on Python 2.7: `protocol.py HTTP_PORT CACHE_URL`.

Its text is unicode, so only the protocol of pickles is in the way. Ends on SIGTERM, and when its
standard input is closed.
"""

from __future__ import print_function

import json
import os
import pickle
import sys
import threading
import traceback
from BaseHTTPServer import BaseHTTPRequestHandler, HTTPServer
from urllib import unquote

import redis

cache = redis.Redis.from_url(sys.argv[2])


def article(slug):
    number, _, title = slug.partition(u"-")
    key = "article:%s" % number
    found = cache.get(key)
    if found is not None:
        return pickle.loads(found)
    value = {u"number": int(number), u"title": title}
    cache.set(key, pickle.dumps(value, pickle.HIGHEST_PROTOCOL), ex=600)
    return value


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            slug = unquote(self.path).rpartition("/")[2].decode("utf-8")
            body = b"ok" if slug == "health" else json.dumps(article(slug))
            self.send_response(200)
        except Exception:
            traceback.print_exc()
            body = b"Internal Server Error"
            self.send_response(500)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass  # standard error is for tracebacks


def end_with_the_parent():
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    waiting = threading.Thread(target=end_with_the_parent)
    waiting.daemon = True
    waiting.start()
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
