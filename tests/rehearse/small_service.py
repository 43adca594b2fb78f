"""A service for the tests of the rehearsal: `python small_service.py HOW PORT CACHE_PORT`.

It caches what it says of a text as JSON, for 600 seconds. HOW is how it behaves:

- `well`: as it should;
- `raises`: fails on entries that the other release wrote;
- `scripts`: runs a script on a key of its own at each request, and plain commands on another;
- `scripted`: writes its entries with a script, and reads them with a plain command;
- `uncached`: looks at its cache for numbers only, so that text bypasses it;
- `errors`: answers 500 to everything but /health;
- `ends`: ends itself at the request for /ends;
- `deaf`: never listens;
- `gone`: ends at once, with an exit code and a last word;
- `stubborn`: takes no notice of SIGTERM, and has a child of its own, whose id is in the log.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import redis

HOW, PORT, CACHE_PORT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
RELEASE = os.environ.get("RELEASE", "")
cache = redis.Redis(port=CACHE_PORT)


def entry_of(text: str) -> dict[str, str]:
    """Give what is said of a text, from the cache if it is there."""
    if HOW == "uncached" and not text.isdigit():
        return {"text": text, "by": RELEASE}
    if HOW == "scripts":
        cache.eval("return redis.call('INCR', KEYS[1])", 1, f"api:limit:{text}")
    key = f"api:text:{text}"
    found = cache.get(key)
    if found is not None:
        kept = dict(json.loads(found))
        if HOW == "raises" and kept["by"] != RELEASE:
            raise LookupError(f"written by {kept['by']}")
        return kept
    fresh = {"text": text, "by": RELEASE}
    entry = json.dumps(fresh, ensure_ascii=False)
    if HOW == "scripted":
        cache.eval("redis.call('SET', KEYS[1], ARGV[1], 'EX', 600)", 1, key, entry)
    else:
        cache.set(key, entry, ex=600)
    return fresh


class Handler(BaseHTTPRequestHandler):
    """Answers `/texts/TEXT`."""

    def do_GET(self) -> None:
        if self.path == "/health":
            self.answer(200, b"ok")
        elif self.path == "/ends" and HOW == "ends":
            os._exit(7)
        elif HOW == "errors":
            self.answer(500, b"no")
        else:
            self.look(unquote(self.path.rpartition("/")[2]))

    do_POST = do_GET  # noqa: N815 - the name that the base class looks for

    def look(self, text: str) -> None:
        try:
            body = json.dumps({"text": entry_of(text)["text"], "token": "s3cret-of-the-body"})
        except LookupError:
            traceback.print_exc()
            self.answer(500, b"Internal Server Error")
        else:
            self.answer(200, body.encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Api-Key", "s3cret-of-a-header")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Standard error is for tracebacks."""


if HOW == "gone":
    sys.exit("the configuration is missing")
if HOW == "deaf":
    time.sleep(600)
if HOW == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(f"child {child.pid} of {os.getpid()}", flush=True)
ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
