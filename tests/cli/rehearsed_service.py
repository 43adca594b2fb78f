"""A small service to rehearse: `rehearsed_service.py FORMAT PORT CACHE_URL`.

It caches articles as JSON; in the format `tagged` it puts a tag before it, and fails on whatever
has none.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import redis

TAG = b"v2:"


def dump(form: str, value: Any) -> bytes:
    """Give the entry of a value."""
    text = json.dumps(value, ensure_ascii=False).encode()
    return TAG + text if form == "tagged" else text


def load(form: str, entry: bytes) -> Any:
    """Give the value of an entry."""
    if form != "tagged":
        return json.loads(entry)
    if not entry.startswith(TAG):
        raise ValueError("this entry has no tag")
    return json.loads(entry[len(TAG) :])


def main() -> None:
    """Serve until it is ended."""
    form, port, url = sys.argv[1:4]
    cache = redis.Redis.from_url(url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are sent apart

        def do_GET(self) -> None:
            try:
                status, value = self.find(unquote(self.path))
            except ValueError as error:
                sys.stderr.write(f"Traceback (most recent call last):\nValueError: {error}\n")
                status, value = 500, {"error": "oops"}
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def find(self, path: str) -> tuple[int, Any]:
            if path == "/health":
                return 200, {}
            key = f"api:article:{path.rpartition('/')[2]}"
            entry = cache.get(key)
            if isinstance(entry, bytes):
                return 200, load(form, entry)
            value = {"title": path.rpartition("/")[2], "words": [1, 2, 3]}
            cache.set(key, dump(form, value), ex=300)
            return 200, value

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main()
