"""The two releases of a plan, ready to be started: interpreter found, packages installed."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Optional
from urllib.parse import quote

from shelflife.pickles.reader import Reader
from shelflife.rehearse.plan import CachePlan, ReleasePlan
from shelflife.rehearse.plan.placeholders import STARTING, fill
from shelflife.rehearse.redaction import redact_text
from shelflife.rehearse.services.installing import install
from shelflife.rehearse.services.interpreter import find_interpreter
from shelflife.rehearse.services.service import Service, free_port
from shelflife.runtimes import open_target
from shelflife.runtimes.interpreters import Interpreter
from shelflife.stores.address import Address

_NOTHING = dict.fromkeys(STARTING, "")


class Release:
    """One of the two.

    Args:
        plan: What the plan says of it.
        cache: What the plan says of the cache.
        folder: Where logs are written.
        say: Told what is being done, if it takes a while.

    Attributes:
        name: "old" or "new".
        starts: How many processes of it were started.

    Raises:
        CannotRehearse: If its interpreter is missing or an install step fails.
    """

    def __init__(
        self, plan: ReleasePlan, cache: CachePlan, folder: Path, say: Callable[[str], None]
    ) -> None:
        self.name = plan.name
        self.starts = 0
        self._plan = plan
        self._cache = cache
        self._folder = folder
        self._interpreter: Optional[Interpreter] = find_interpreter(plan)
        self._env = install(plan, self._fill_env, str(self._interpreter), say)

    @property
    def python(self) -> Optional[str]:
        """The version of its interpreter, if the plan names one."""
        return self._interpreter.version if self._interpreter else None

    @property
    def shown(self) -> str:
        """The command as the plan has it, secrets taken out."""
        return redact_text(self._plan.command)

    @property
    def fixed_port(self) -> bool:
        """Whether only one process of it can run at a time."""
        return self._plan.port is not None

    def service(self, cache: Address, cache_port: int, label: str) -> Service:
        """Give a process of it that has not been started yet.

        Args:
            cache: Where its cache is, and as whom to log in there: the copies know no login.
            cache_port: Where it is told that its cache is.
            label: Names its log file.
        """
        self.starts += 1
        port = self._plan.port or free_port()
        values = {
            "port": str(port),
            "cache_port": str(cache_port),
            "cache_host": "127.0.0.1",
            "cache_url": f"redis://{_login(cache)}127.0.0.1:{cache_port}/{self._cache.database}",
        }
        return Service(
            self.name,
            self._fill(self._plan.command, values),
            self._plan.cwd,
            {name: self._fill(text, values) for name, text in self._plan.env.items()},
            port,
            self._plan.ready,
            self._plan.ready_within,
            self._folder / f"{label}.log",
        )

    def reader(self) -> Optional[Reader]:
        """Give its runtime for the judge, with its packages; None if the plan names no Python."""
        if self._interpreter is None:
            return None
        names = {name: self._fill(text, {}) for name, text in self._plan.env.items()}
        paths = [f"{name}={text}" for name, text in names.items() if name.startswith("PYTHON")]
        words = ["env", *paths, str(self._interpreter.path)]
        return open_target(f"{self.name}={shlex.join(words)}")

    def _fill(self, template: str, values: dict[str, str]) -> str:
        python = str(self._interpreter.path) if self._interpreter else ""
        return fill(template, {**_NOTHING, **values, "python": python, "env": self._env})

    def _fill_env(self, template: str, env: str) -> str:
        self._env = env
        return self._fill(template, {})


def _login(cache: Address) -> str:
    if cache.password is None:
        return ""
    return f"{quote(cache.username or '', safe='')}:{quote(cache.password, safe='')}@"
