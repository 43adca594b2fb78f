"""Serves one port: `python -m rehearse.ports.service broken.renamed_class HTTP_PORT CACHE_URL`.

A port is a module with `answer(cache, article)`. The environment's RELEASE says which release of it
this is. Ends on SIGTERM, and when its standard input is closed.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import unquote

import redis

from rehearse.ports.articles import article


class Answer(NamedTuple):
    """What a port answers."""

    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    chunked: bool = False


def as_json(value: Any, *headers: tuple[str, str]) -> Answer:
    """Answer with a value in JSON."""
    return Answer(json.dumps(value).encode(), headers=headers)


def main() -> None:
    """Serve until nobody needs it any more."""
    port_name, http_port, cache_url = sys.argv[1:4]
    port = importlib.import_module(f"rehearse.ports.{port_name}")
    cache = redis.Redis.from_url(cache_url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.send(self.find())

        def find(self) -> Answer:
            folder, _, slug = unquote(self.path.lstrip("/")).partition("/")
            if folder == "health":
                return Answer(b"ok", "text/plain")
            try:
                return port.answer(cache, article(slug))  # type: ignore[no-any-return]
            except Exception:
                traceback.print_exc()  # what a service under gunicorn would log
                return Answer(b"Internal Server Error", "text/plain", status=500)

        def send(self, answer: Answer) -> None:
            head = [("Content-Type", answer.content_type), *answer.headers]
            parts = [answer.body]
            if answer.chunked:
                half = len(answer.body) // 2
                chunks = (answer.body[:half], answer.body[half:], b"")
                parts = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks]
                head.append(("Transfer-Encoding", "chunked"))
            else:
                head.append(("Content-Length", str(len(answer.body))))
            self.send_response(answer.status)
            for name, value in head:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"".join(parts))

        def log_message(self, *_: Any) -> None:
            """Standard error is for tracebacks."""

    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", int(http_port)), Handler).serve_forever()


def _end_with_the_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
