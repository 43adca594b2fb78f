"""One run of a target's command: a program goes in, numbered answers come out.

Rules:
1. Only lines with this run's nonce count; whatever else the application prints is passed over.
2. Lines, the whole output, silence and the run as a whole are bounded.
3. The command gets a session of its own, all of which is ended with it.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import resources
from typing import Any, NamedTuple, Union

PARTS = ("start", "names", "limits", "trial", "canonical", "shapes", "main")
_FEED = 30_000
_READ = 1 << 18
_STDERR = 8_000
LONGEST_LINE = 48 << 20
MOST_OUTPUT = 1 << 30
_JUNK = 64 << 20


class Answer(NamedTuple):
    """One line of the program.

    Attributes:
        kind: One letter: Hello, Setup done, Protections, job Begun, Answer, End, eXception.
        number: Which name or job it is about.
        text: JSON, not looked into yet.
    """

    kind: str
    number: int
    text: str


class Ended(Exception):
    """The run came to an end without the program's own.

    Attributes:
        how: "command" (could not be started), "silent", "exit", "flood".
        status: The exit status, if there is one.
        last_line: The last line of standard error, printable.
    """

    def __init__(self, how: str, status: int = 0, last_line: str = "") -> None:
        super().__init__(how, status, last_line)
        self.how = how
        self.status = status
        self.last_line = last_line


def program(request: Mapping[str, Any]) -> bytes:
    """Give the program with what it is asked, as a Python reads it from standard input."""
    folder = resources.files("shelflife.runtimes") / "program"
    parts = [(folder / f"{part}.py.txt").read_bytes() for part in PARTS]
    asked = base64.b64encode(json.dumps(request).encode("ascii")).decode("ascii")
    # lines of moderate length: some Pythons take quadratic time for a very long one
    feeds = [f'feed("{asked[i : i + _FEED]}")\n' for i in range(0, len(asked), _FEED)]
    return b"\n\n".join(parts) + ("\n" + "".join(feeds) + "main()\n").encode("ascii")


class Run:
    """A command at work; a context manager that ends it."""

    def __init__(self, command: Sequence[str], request: Mapping[str, Any], silence: float) -> None:
        """Start a command.

        Args:
            command: The program and its arguments.
            request: What the program is asked, a nonce excepted.
            silence: After how many seconds without an answer it is given up.

        Raises:
            Ended: It cannot be started.
        """
        nonce = secrets.token_hex(16)
        self._mark = f"{nonce} ".encode("ascii")
        self._input = memoryview(program({**request, "nonce": nonce}))
        self._silence = silence
        self._errors = b""
        self._junk = 0
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                bufsize=0,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else ""
            raise Ended("command", last_line=reason or "it cannot be started") from error

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()

    def answers(self) -> Iterator[Answer]:
        """Give the answers as they come, up to the program's own end.

        Raises:
            Ended: There was no such end.
        """
        total = 0
        rest = bytearray()
        for chunk in self._chunks():
            total += len(chunk)
            start = max(len(rest) - 1, 0)
            rest += chunk
            if rest.find(b"\n", start) < 0:
                if len(rest) > LONGEST_LINE:
                    raise Ended("flood")
                continue
            *lines, last = rest.split(b"\n")
            rest = bytearray(last)
            for line in lines:
                answer = self._parse(line)
                if answer is None:
                    self._junk += len(line) + 1
                else:
                    self._heard = time.monotonic()
                    yield answer
                    if answer.kind == "E":
                        return
            if total > MOST_OUTPUT or self._junk > _JUNK:
                raise Ended("flood")
        raise Ended("exit", self._process.wait(), self.last_line)

    @property
    def last_line(self) -> str:
        """The last line of standard error that says something, made printable."""
        lines = [line.strip() for line in self._errors.decode("utf-8", "replace").splitlines()]
        last = next((line for line in reversed(lines) if line), "")
        return "".join(c if c.isprintable() else "?" for c in last)[:300]

    def _parse(self, line: Union[bytes, bytearray]) -> Union[Answer, None]:
        if not line.startswith(self._mark) or not line.isascii():
            return None
        parts = line[len(self._mark) :].decode("ascii").split(" ", 2)
        if len(parts) != 3 or len(parts[0]) != 1 or not parts[1].isdigit() or len(parts[1]) > 9:
            return None
        return Answer(parts[0], int(parts[1]), parts[2])

    def _chunks(self) -> Iterator[bytes]:
        """Feed the program, and give standard output as it comes, until it is closed."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._heard = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for pipe in (process.stdin, process.stdout, process.stderr):
                os.set_blocking(pipe.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
            selector.register(process.stdout, selectors.EVENT_READ)
            selector.register(process.stderr, selectors.EVENT_READ)
            while True:
                left = self._heard + self._silence - time.monotonic()
                if left <= 0:
                    raise Ended(
                        "flood" if self._junk > _READ else "silent", last_line=self.last_line
                    )
                for key, _ in selector.select(left):
                    if key.fileobj is process.stdin:
                        self._write(selector)
                        continue
                    chunk = os.read(key.fd, _READ)
                    if key.fileobj is process.stderr:
                        self._errors = (self._errors + chunk)[-_STDERR:]
                        if not chunk:
                            selector.unregister(key.fileobj)
                    elif chunk:
                        yield chunk
                    else:
                        self._drain()
                        return

    def _write(self, selector: selectors.BaseSelector) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        try:
            self._input = self._input[os.write(stdin.fileno(), self._input[:_READ]) :]
            self._heard = time.monotonic()
        except BlockingIOError:
            return
        except OSError:
            self._input = self._input[:0]  # it reads no more; its exit status tells why
        if not self._input:
            selector.unregister(stdin)
            with suppress(OSError):
                stdin.close()

    def _drain(self) -> None:
        """Take what standard error still holds."""
        stderr = self._process.stderr
        assert stderr is not None
        with suppress(BlockingIOError, ValueError):
            chunk = os.read(stderr.fileno(), _READ)
            while chunk:
                self._errors = (self._errors + chunk)[-_STDERR:]
                chunk = os.read(stderr.fileno(), _READ)
