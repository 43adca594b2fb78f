"""One process of one release, asked over HTTP as any client would."""

from __future__ import annotations

import http.client
import json
import selectors
import subprocess
from pathlib import Path
from typing import Any, Optional

from shelflife.cli.demo.environments import environment
from shelflife.cli.demo.interpreters import CannotRun
from shelflife.cli.demo.releases import Release

_START_SECONDS = 30.0
_STOP_SECONDS = 5.0
_ANSWER_SECONDS = 10.0


class Service:
    """A context manager: one running process, ended by its id.

    Args:
        release: What runs.
        redis_port: Where its cache is.
        database: The articles.
        folder: Where its program and its log are put.
    """

    def __init__(self, release: Release, redis_port: int, database: Path, folder: Path) -> None:
        self.release = release
        self.port = 0
        self._words = [str(redis_port), str(database)]
        # In a folder of its own: Python imports from a program's folder first.
        self._program = folder / f"{release.name}-release" / "article_service.py"
        self._log = folder / f"{release.name}.log"
        self._told = 0
        self._process: Optional[subprocess.Popen[bytes]] = None

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None, "the service is not running"
        return self._process.pid

    def __enter__(self) -> Service:
        self._program.parent.mkdir(exist_ok=True)
        self._program.write_text(self.release.source, encoding="utf-8")
        words = [str(self.release.interpreter.path), "-s", "-u", "-W", "ignore"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*words, str(self._program), *self._words],
                cwd=self._program.parent,
                env=environment(self.release.path),
                stdin=subprocess.PIPE,  # its end tells the service that nobody needs it any more
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        try:
            self.port = self._wait_for_port()
        except BaseException:  # a Ctrl-C must not leave a process behind
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def ask(self, path: str) -> tuple[int, Optional[str], Any]:
        """Give status, whether it was a "hit" or a "miss", and the decoded body if it is JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        is_json = answer.headers.get_content_type() == "application/json"
        return answer.status, answer.headers["X-Cache"], json.loads(body) if is_json else None

    def new_exceptions(self) -> list[str]:
        """Give the last lines of the tracebacks that it wrote since it was asked last."""
        text = self._log.read_bytes()
        fresh, self._told = text[self._told :], len(text)
        return exceptions_in(fresh.decode("utf-8", "replace"))

    def _wait_for_port(self) -> int:
        assert self._process is not None, "called when it has been started"
        assert self._process.stdout is not None, "it is a pipe"
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            line = self._process.stdout.readline() if selector.select(_START_SECONDS) else b""
        if not line.strip().isdigit():
            tail = self._log.read_text(errors="replace").strip().splitlines()[-1:]
            raise CannotRun(
                f"the service did not start on Python {self.release.interpreter.version}: "
                f"{tail[0] if tail else 'it said nothing'}"
            )
        return int(line)

    def _end(self) -> None:
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def exceptions_in(log: str) -> list[str]:
    """Give the last line of every traceback in a log, such as `ValueError: ...`."""
    found, inside = [], False
    for line in log.splitlines():
        if line.startswith("Traceback (most recent call last)"):
            inside = True
        elif inside and line.strip() and not line.startswith(" "):
            found.append(line.strip())
            inside = False
    return found
