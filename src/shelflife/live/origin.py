"""Asking whether the origin suffers: what recomputes the values that are not in the cache any more.

Rules:
1. A URL suffers if it does not answer within two seconds, or with 429, or with 500 and above; a
   command if it exits with anything but 0, or takes longer than ten seconds. No shell is involved.
2. It is asked in a thread of its own: batches do not wait, but for the first answer.
3. What is said about it is a status or an exit code: URLs and commands may hold passwords.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from typing import Optional

from shelflife.errors import ConfigurationError

_URL_SECONDS = 2.0
_COMMAND_SECONDS = 10.0
_TOO_MANY = 429
_FAILED = 500


class Origin:
    """Asks again and again, from the first look at its answer until `close`.

    Args:
        what: A command, or a URL that begins with http:// or https://.
        every: Seconds from one answer to the next question.

    Raises:
        ConfigurationError: If there is no such command.
    """

    def __init__(self, what: str, every: float = 5.0) -> None:
        self._is_url = what.lower().startswith(("http://", "https://"))
        self._url = what
        self._words = [] if self._is_url else _split(what)
        self._every = every
        self._thread: Optional[threading.Thread] = None
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._answered = threading.Event()
        self._closed = threading.Event()
        self._said = ""
        self._at = 0.0

    def has_answered(self, seconds: float) -> bool:
        """Whether there is a first answer, after so many seconds; or none in a time that is long.

        The first call begins to ask.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="shelflife-origin", daemon=True)
            self._at = time.monotonic()
            self._thread.start()
        return self._answered.wait(seconds) or self._is_late()

    def complaint(self) -> str:
        """Give what the last answer says about its suffering; "" if it is well."""
        while not self.has_answered(_COMMAND_SECONDS):
            pass
        return "it gave no answer" if self._is_late() else self._said

    def close(self) -> None:
        """Ask no more."""
        self._closed.set()
        if self._process is not None:
            _kill(self._process)
        if self._thread is not None:
            self._thread.join(_URL_SECONDS)

    def _is_late(self) -> bool:
        """Whether the last answer is old: a site may drip its headers for ever."""
        return time.monotonic() - self._at > self._every + 2 * _COMMAND_SECONDS

    def _run(self) -> None:
        while not self._closed.is_set():
            self._said = self._ask_url() if self._is_url else self._run_command()
            self._at = time.monotonic()
            self._answered.set()
            self._closed.wait(self._every)

    def _ask_url(self) -> str:
        asked = urllib.request.Request(self._url, headers={"User-Agent": "shelflife"})  # noqa: S310 - __init__ looked at the scheme
        try:
            with urllib.request.urlopen(asked, timeout=_URL_SECONDS) as reply:  # noqa: S310 - as above
                status = reply.status
        except urllib.error.HTTPError as error:
            status = error.code
            error.close()
        except (OSError, ValueError, http.client.HTTPException):
            return f"it gave no answer within {_URL_SECONDS:g} s, or none that is HTTP"
        suffers = status >= _FAILED or status == _TOO_MANY
        return f"it answered with status {status}" if suffers else ""

    def _run_command(self) -> str:
        try:
            process = subprocess.Popen(
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C is for us
            )
        except OSError as error:
            return f"its command cannot be run: {error.strerror}"
        self._process = process
        try:
            code = process.wait(_COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            _kill(process)
            process.wait()
            return f"its command took longer than {_COMMAND_SECONDS:g} s"
        finally:
            self._process = None
        return f"its command exited with {code}" if code else ""


def _split(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigurationError(f"the origin's command cannot be split: {error}") from None
    if not words:
        raise ConfigurationError("the origin is a command or an http(s):// URL, not nothing")
    if shutil.which(words[0]) is None:
        raise ConfigurationError(
            f"the origin's command is not there: {words[0]}. Name a program, or an http(s):// URL"
        )
    return words


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a command with all it has started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
