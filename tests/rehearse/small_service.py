"""A service for the tests of the rehearsal: `python small_service.py HOW PORT CACHE_PORT`.

It caches what it says of a text as JSON, for 600 seconds. HOW is how it behaves:

- `well`: as it should;
- `keys`, `other_keys`: read one more key at each request; the second has other keys for the rest;
- `copes`: logs a ValueError on entries that the other release wrote, and does without;
- `discards`: removes entries that the other release wrote, and does without;
- `dies`: ends itself on entries that the other release wrote;
- `late`: as `copes`, but logs what it has to say when it is told to end;
- `logs`: logs a ValueError of another kind at /texts/odd;
- `raises`: fails on entries that the other release wrote;
- `scripts`: runs a script on a key of its own at each request, and plain commands on another;
- `scripted`: writes its entries with a script, and reads them with a plain command;
- `removes`: at a POST removes the entry, without a look at it;
- `updates`: at a POST reads the entry and writes it anew;
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
from typing import Any
from urllib.parse import unquote

import redis

HOW, PORT, CACHE_PORT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
RELEASE = os.environ.get("RELEASE", "")
URL = os.environ.get("CACHE_URL", f"redis://127.0.0.1:{CACHE_PORT}/0")
cache = redis.Redis.from_url(URL, protocol=2)  # which refuses a password where none is needed
late: list[str] = []


def entry_of(text: str, method: str) -> dict[str, str]:
    """Give what is said of a text, from the cache if it is there."""
    if HOW == "uncached" and not text.isdigit():
        return {"text": text, "by": RELEASE}
    misbehave(text)
    key = f"api:text:{text.encode().hex() if HOW == 'other_keys' else text}"
    if HOW == "removes" and method == "POST":
        cache.delete(key)
        return {"text": text, "by": RELEASE}
    found: Any = cache.get(key)
    if found is not None:
        return read(key, found, method)
    fresh = {"text": text, "by": RELEASE}
    entry = json.dumps(fresh, ensure_ascii=False)
    if HOW == "scripted":
        cache.eval("redis.call('SET', KEYS[1], ARGV[1], 'EX', 600)", 1, key, entry)
    else:
        cache.set(key, entry, ex=600)
    return fresh


def misbehave(text: str) -> None:
    """Do what is done at each request, whatever is in the cache."""
    if HOW == "scripts":
        cache.eval("return redis.call('INCR', KEYS[1])", 1, f"api:limit:{text}")
    if HOW.endswith("keys") and cache.get("settings") is None:
        cache.set("settings", json.dumps({"größe": 1}), ex=600)
    if HOW in {"logs", "copes"} and text == "odd":
        log_an_error("invalid page: -1")


def read(key: str, found: bytes, method: str) -> dict[str, str]:
    """Make something of an entry that is there."""
    kept = dict(json.loads(found))
    if HOW == "updates" and method == "POST":
        cache.set(key, found, ex=600)
    if kept["by"] != RELEASE:
        if HOW == "raises":
            raise LookupError(f"written by {kept['by']}")
        if HOW == "copes":
            log_an_error("unsupported pickle protocol: 5")
        if HOW == "discards":
            cache.delete(key)
        if HOW == "dies":
            os._exit(11)
        if HOW == "late":
            late.append("unsupported pickle protocol: 5")
    return kept


def end(*_: object) -> None:
    for message in late:
        log_an_error(message)
    os._exit(0)


def log_an_error(message: str) -> None:
    try:
        raise ValueError(message)
    except ValueError:
        traceback.print_exc()


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
            body = json.dumps(
                {"text": entry_of(text, self.command)["text"], "token": "s3cret-of-the-body"}
            )
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
if HOW == "late":
    signal.signal(signal.SIGTERM, end)
if HOW == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(f"child {child.pid} of {os.getpid()}", flush=True)
ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
