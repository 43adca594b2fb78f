"""One process of one release: started, waited for, and ended with all that it started.

Rules:
1. It leads a session of its own, so that the whole group can be ended by its id.
2. Ended means asked first (SIGTERM), and killed after `_STOP_SECONDS`.
3. It is given 127.0.0.1 and a port that nobody listened on; proxies of the environment are not
   handed on.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Optional
from urllib.parse import urlsplit

from shelflife.rehearse.redaction import redact_text
from shelflife.rehearse.services.log import ServiceLog
from shelflife.rehearse.trouble import CannotRehearse

_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.02
_MOST_OF_READY = 1 << 20
_PROXIES = frozenset(("http_proxy", "https_proxy", "all_proxy", "ftp_proxy"))


class Service:
    """A context manager: one running process.

    Args:
        name: "old" or "new".
        command: What starts it, filled in.
        cwd: Where.
        env: Added to the environment, filled in.
        port: Where it listens.
        ready: The path that answers when it is ready.
        ready_within: After so many seconds.
        log: The file for all it writes.

    Attributes:
        log: What it writes.
        late: The exceptions that it logged last, while nobody waited for an answer.
    """

    def __init__(
        self,
        name: str,
        command: str,
        cwd: Path,
        env: Mapping[str, str],
        port: int,
        ready: str,
        ready_within: float,
        log: Path,
    ) -> None:
        self.name = name
        self.port = port
        self.log = ServiceLog(log)
        self._command = command
        self._cwd = cwd
        self._env = env
        self._ready = ready
        self._ready_within = ready_within
        self.late: list[str] = []
        self._process: Optional[subprocess.Popen[bytes]] = None

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None, "the service is not running"
        return self._process.pid

    @property
    def ended(self) -> Optional[int]:
        """The exit code, if it has ended by itself."""
        return self._process.poll() if self._process is not None else None

    def start(self) -> None:
        """Start it, and wait until it is ready.

        Raises:
            CannotRehearse: If it does not start, ends, or is not ready in time.
        """
        check_port(self.name, self.port)
        with self.log.path.open("ab") as out:
            try:
                self._process = subprocess.Popen(
                    shlex.split(self._command),
                    cwd=self._cwd,
                    env=self._environment(),
                    stdin=subprocess.PIPE,  # its end tells a service that nobody needs it any more
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
            except OSError as error:
                raise CannotRehearse(
                    f"[{self.name}] command: `{redact_text(self._command)}` cannot be started in "
                    f"{self._cwd}: {error.strerror}"
                ) from None
        self._wait()

    def stop(self) -> None:
        """End it, and whatever it has started."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        _signal_group(process.pid, signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _signal_group(process.pid, signal.SIGKILL)  # what it started may outlive it
            process.wait()
        self.late += self.log.new_exceptions()

    def __enter__(self) -> Service:
        try:
            self.start()
        except BaseException:  # a Ctrl-C must not leave a process behind
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()

    def _environment(self) -> dict[str, str]:
        kept = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith("PYTHON") and name.lower() not in _PROXIES
        }
        return {**kept, "PYTHONUNBUFFERED": "1", **self._env}

    def _wait(self) -> None:
        deadline = time.monotonic() + self._ready_within
        answer = ""
        while time.monotonic() < deadline:
            code = self.ended
            if code is not None:
                said = self._last_words()
                raise CannotRehearse(f"[{self.name}] ended before it was ready ({code}){said}")
            answer = self._ask()
            if answer == "ready":
                return
            time.sleep(_POLL_SECONDS)
        raise CannotRehearse(
            f"[{self.name}] is not ready after {self._ready_within:g} s: {answer}. Look at `ready` "
            f"({self._ready}), `ready_within`, and whether the command listens on "
            f"127.0.0.1:{{port}}{self._last_words()}"
        )

    def _ask(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5.0)
        try:
            connection.request("GET", ready_path(self._ready))
            response = connection.getresponse()
            status = response.status
            response.read(_MOST_OF_READY)  # else its end is a reset, and the service may log that
        except (OSError, http.client.HTTPException) as error:
            return f"it does not answer ({type(error).__name__})"
        finally:
            connection.close()
        return f"it answers {status}" if status >= 500 else "ready"

    def _last_words(self) -> str:
        self.log.new_exceptions()
        said = [line for line in self.log.tail if line.strip()][-5:]
        return ". It said:\n  " + "\n  ".join(said) if said else ". It said nothing"


def ready_path(ready: str) -> str:
    """Give the path to ask for; of a URL, what follows its host."""
    if ready.startswith("/"):
        return ready
    parts = urlsplit(ready)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def check_port(name: str, port: int) -> None:
    """See that nobody listens on a port.

    Raises:
        CannotRehearse: If somebody does.
    """
    with socket.socket() as probe:
        probe.settimeout(1.0)
        busy = probe.connect_ex(("127.0.0.1", port)) == 0
    if busy:
        raise CannotRehearse(
            f"[{name}] port {port} is in use: end what listens there, or leave `port` out and put "
            "{port} into the command, to have a free one taken"
        )


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _signal_group(pid: int, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, how)
