"""Real runtimes: a target's interpreter is started, asked, and gone again.

Rules:
1. One process a batch; what ends before its time is asked again without what ended it.
2. Nothing that a target does makes a question raise: the worst answer is "unknown" or "died".
   Only opening may raise, with a sentence that says what to do.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional

from shelflife.errors import ConfigurationError
from shelflife.pickles.reader import Job, Name, Resolution, Trial
from shelflife.runtimes.answers import parsed, printable, resolution, trial
from shelflife.runtimes.process import Answer, Ended, Run

MOST_NAMES = 2_000
MOST_JOBS = 400
MOST_BYTES = 8 << 20
MOST_REWRITTEN = 16 << 20
_NOT_RUN = "values are loaded on this machine only: give --trial-remote to load them there"
_NO_FORK = "its Python cannot fork, so that no value can be loaded in a disposable child"


class RealRuntime:
    """An interpreter behind a command; a `Reader`."""

    real = True

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        setup: str = "",
        trials: bool = True,
        timeout: float = 30.0,
        limit: float = 5.0,
        memory: int = 512 << 20,
    ) -> None:
        """Ask a command what it is.

        Args:
            name: The target's name.
            command: The program and its arguments.
            setup: "django", the text of a program, or nothing.
            trials: Whether values may be loaded there.
            timeout: How many seconds it may stay silent.
            limit: How many seconds one name or value may take.
            memory: How many bytes one value may take.

        Raises:
            ConfigurationError: It is no Python that answers.
        """
        self.name = name
        self._command = list(command)
        self._setup = setup
        self._trials = trials
        self._timeout, self._limit, self._memory = timeout, limit, memory
        self._protections: list[str] = []
        self._hello = self._ask_hello()

    @property
    def shown(self) -> str:
        """What it is and where."""
        kind = "Python" if self._hello["implementation"] == "cpython" else "PyPy"
        version = ".".join(str(part) for part in self._hello["version"])
        return f"{kind} {version}: {printable(' '.join(self._command), 120)}"

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor version."""
        major, minor = self._hello["version"][:2]
        return major, minor

    @property
    def default_protocol(self) -> int:
        """What `pickle.dumps` writes there."""
        return int(self._hello["default"])

    @property
    def highest_protocol(self) -> int:
        """The newest that it reads."""
        return int(self._hello["highest"])

    @property
    def packages(self) -> Mapping[str, str]:
        """Distributions with their versions."""
        packages: Mapping[str, str] = self._hello["packages"]
        return packages

    @property
    def protections(self) -> Sequence[str]:
        """Which protections held at every trial so far."""
        return tuple(self._protections)

    def resolve(self, names: Iterable[Name]) -> Mapping[Name, Resolution]:
        """Ask for names, in batches."""
        wanted = list(dict.fromkeys(names))
        found: dict[Name, Resolution] = {}
        for name in wanted:
            if not _sendable(name):
                found[name] = Resolution("missing", "no module has such a name")
        asked = [name for name in wanted if name not in found]
        for start in range(0, len(asked), MOST_NAMES):
            self._resolve_batch(asked[start : start + MOST_NAMES], found)
        return found

    def attempt(self, jobs: Sequence[Job]) -> Sequence[Trial]:
        """Load each pickle in a disposable child; in the order of the jobs."""
        if not self._trials or not self._hello["fork"]:
            detail = _NO_FORK if self._trials else _NOT_RUN
            return [Trial("not-run", detail=detail) for _ in jobs]
        trials: list[Trial] = []
        for batch in _batches(jobs):
            trials.extend(self._attempt_batch(batch))
        return trials

    def close(self) -> None:
        """Nothing is left running between questions."""

    def _run(self, request: dict[str, Any], silence: float) -> Run:
        request = {"setup": self._setup, "limit": self._limit, **request}
        return Run(self._command, request, silence)

    def _ask_hello(self) -> dict[str, Any]:
        found: Optional[dict[str, Any]] = None
        try:
            with self._run({"ask": "hello"}, self._timeout) as run:
                for answer in run.answers():
                    if answer.kind == "H":
                        found = _hello(answer.text)
                    elif answer.kind == "X":
                        raise ConfigurationError(self._setup_failed(answer))
        except Ended as ended:
            raise ConfigurationError(self._complaint(ended, found)) from None
        if found is None:
            raise ConfigurationError(
                self._says("answered nonsense: give a command that ends in a Python")
            )
        if tuple(found["version"]) < (2, 7):
            raise ConfigurationError(
                self._says("is older than Python 2.7, which is the oldest asked")
            )
        return found

    def _says(self, what: str) -> str:
        return f"target {self.name}: {printable(' '.join(self._command), 200)}: {what}"

    def _setup_failed(self, answer: Answer) -> str:
        error = parsed(answer.text)
        kind, message = error if isinstance(error, list) and len(error) == 2 else ("?", "")
        return self._says(f"--setup raised {printable(kind)}: {printable(message)}")

    def _complaint(self, ended: Ended, found: Optional[dict[str, Any]]) -> str:
        last = f": {ended.last_line}" if ended.last_line else ""
        if ended.how == "command":
            return self._says(f"cannot be started{last}; give the path of an interpreter")
        if ended.how == "silent":
            after = "its --setup did not end" if found else "no answer"
            return self._says(f"{after} within {self._timeout:g} s; is it a Python?")
        if ended.how == "flood":
            return self._says("answered nonsense: give a command that ends in a Python")
        if ended.status == 0:
            return self._says("is no Python: it read the program and said nothing that counts")
        return self._says(
            f"ended with exit status {ended.status}{last}; it must end in a Python from 2.7 up"
        )

    def _resolve_batch(self, names: Sequence[Name], found: dict[Name, Resolution]) -> None:
        request: dict[str, Any] = {"ask": "resolve", "names": [list(name) for name in names]}
        request["limit"] = 4 * self._limit  # an import may take its time
        try:
            with self._run(request, self._timeout + 5 * self._limit) as run:
                for answer in run.answers():
                    if answer.kind == "A" and answer.number < len(names):
                        found.setdefault(names[answer.number], resolution(answer.text))
        except Ended as ended:
            said = f"the target did not answer ({ended.how})"
        else:
            said = "the target did not answer"
        for name in names:
            found.setdefault(name, Resolution("unknown", said))

    def _attempt_batch(self, jobs: Sequence[Job]) -> list[Trial]:
        trials: list[Optional[Trial]] = [None] * len(jobs)
        warm, fruitless = True, 0
        while fruitless < 2:
            left = [number for number, done in enumerate(trials) if done is None]
            if not left:
                break
            begun = self._attempt_some(jobs, left, trials, warm=warm)
            if begun is not None and trials[begun] is None:
                trials[begun] = Trial("died", detail="the process that loaded it ended all others")
            settled = len(left) - sum(trials[number] is None for number in left)
            fruitless = 0 if settled else fruitless + 1
            warm = False
        lost = Trial("not-run", detail="the target did not answer")
        return [done if done is not None else lost for done in trials]

    def _attempt_some(
        self, jobs: Sequence[Job], left: Sequence[int], trials: list[Optional[Trial]], *, warm: bool
    ) -> Optional[int]:
        """Fill in trials as far as one process gets; gives the last job that was begun."""
        payloads = [
            [base64.b64encode(jobs[n].payload).decode("ascii"), jobs[n].loader, jobs[n].rewrite]
            for n in left
        ]
        request = {"ask": "attempt", "jobs": payloads, "warm": warm, "memory": self._memory}
        request |= {"nodes": 200_000, "text": 4 << 20, "rewritten": MOST_REWRITTEN}
        begun = None
        try:
            with self._run({**request, "most": 40 << 20}, self._timeout + 2 * self._limit) as run:
                for answer in run.answers():
                    if answer.kind == "P":
                        self._hold(parsed(answer.text))
                    if answer.number >= len(left):
                        continue
                    if answer.kind == "B":
                        begun = left[answer.number]
                    elif answer.kind == "A" and begun == left[answer.number]:
                        trials[begun] = trial(answer.text, most_rewritten=MOST_REWRITTEN)
        except Ended:
            pass
        return begun

    def _hold(self, held: object) -> None:
        """Keep the protections that held every time."""
        if not isinstance(held, list):
            return
        words = [printable(word, 100) for word in held[:30]]
        known = self._protections
        self._protections = [word for word in known if word in words] if known else words


def _hello(text: str) -> Optional[dict[str, Any]]:
    found = parsed(text)
    if not isinstance(found, dict):
        return None
    kinds = {"version": list, "implementation": str, "default": int, "highest": int}
    kinds |= {"packages": dict, "fork": bool}
    if any(type(found.get(name)) is not kind for name, kind in kinds.items()):
        return None
    version = found["version"]
    if len(version) != 3 or any(type(part) is not int for part in version):
        return None
    packages = {
        printable(name, 100): printable(str(number), 50)
        for name, number in list(found["packages"].items())[:2_000]
    }
    return {**found, "packages": packages}


def _sendable(name: Name) -> bool:
    text = name.module + name.qualname
    return len(text) < 2_000 and "\n" not in text and text.isprintable() and bool(name.module)


def _batches(jobs: Sequence[Job]) -> Iterable[Sequence[Job]]:
    batch: list[Job] = []
    size = 0
    for job in jobs:
        if batch and (len(batch) >= MOST_JOBS or size + len(job.payload) > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(job)
        size += len(job.payload)
    if batch:
        yield batch
