"""The demo's own packages for each interpreter, kept in a folder that PYTHONPATH can name.

Rule 1: a folder is built aside, checked by importing, and then renamed: there are no halves.
Rule 2: only the folder that `mkdtemp` gave is ever deleted.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from shelflife.cli.demo.interpreters import NotHere
from shelflife.runtimes.interpreters import Interpreter

OLD_PINS = (
    "Flask==1.1.4",
    "Werkzeug==0.16.1",
    "redis==3.5.3",
    "Jinja2==2.11.3",
    "MarkupSafe==1.1.1",
    "itsdangerous==1.1.0",
    "click==7.1.2",
)
NEW_PINS = ("Flask==3.1.2", "Werkzeug==3.1.3")

_INSTALL_SECONDS = 300
_IMPORT = """
import json, sys
def version(name):
    module = __import__(name.lower())
    try:
        from importlib.metadata import version
    except ImportError:
        return module.__version__
    return version(name)
print(json.dumps(dict((name, version(name)) for name in sys.argv[1:])))
"""


def default_folder() -> Path:
    """Give the folder where environments are kept between runs."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache).resolve() / "shelflife" / "demo"


def make(interpreter: Interpreter, pins: tuple[str, ...], kept_in: Path) -> Path:
    """Give the folder with these packages for this interpreter; made once, then kept.

    Raises:
        NotHere: If they could not be installed, as without a network.
    """
    kept_in = kept_in.resolve()
    facts = "\n".join((str(interpreter.path), *pins))
    mark = hashlib.sha256(facts.encode()).hexdigest()[:12]
    folder = kept_in / f"python{interpreter.version}-{mark}"
    if folder.is_dir():
        return folder
    kept_in.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".building-", dir=kept_in))
    try:
        _install(interpreter, pins, aside)
        package_versions(interpreter, [aside], tuple(pin.partition("==")[0] for pin in pins))
        _keep(aside, folder)
    finally:
        if aside.is_dir():
            shutil.rmtree(aside)
    return folder


def package_versions(
    interpreter: Interpreter, path: list[Path], names: tuple[str, ...]
) -> dict[str, str]:
    """Import these packages in the interpreter, and give the versions they have there.

    Raises:
        NotHere: If one cannot be imported.
    """
    words = [str(interpreter.path), "-s", "-W", "ignore", "-c", _IMPORT, *names]
    done = subprocess.run(
        words, env=environment(path), capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise NotHere(
            f"the packages in {path[0]} do not work on Python {interpreter.version} ({last}); "
            "remove that folder to have them installed again"
        )
    versions = json.loads(done.stdout)
    return {name: versions[name] for name in names}  # Python 2.7 lost the order


def environment(path: list[Path]) -> dict[str, str]:
    """Give the environment variables of a process that sees these folders' packages first."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONPATH": os.pathsep.join(map(str, path))} if path else kept


def _install(interpreter: Interpreter, pins: tuple[str, ...], folder: Path) -> None:
    if _run([str(interpreter.path), "-s", "-m", "pip", "--version"], folder)[0] == 0:
        words = [str(interpreter.path), "-s", "-m", "pip", "install", "--quiet", "--no-input"]
        words += ["--disable-pip-version-check"]
    elif shutil.which("uv"):
        words = ["uv", "pip", "install", "--quiet", "--python", str(interpreter.path)]
    else:
        raise NotHere(f"Python {interpreter.version} at {interpreter.path} has no pip")
    code, output = _run([*words, "--target", str(folder), *pins], folder)
    if code != 0:
        told = [line for line in output.splitlines() if "error" in line.lower()]
        last = (told or output.strip().splitlines() or [f"exit code {code}"])[-1].strip()
        raise NotHere(f"installing for Python {interpreter.version} failed: {last[:200]}")


def _run(words: list[str], folder: Path) -> tuple[int, str]:
    try:
        done = subprocess.run(
            words,
            cwd=folder,
            env=environment([]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return 1, f"error: not done after {_INSTALL_SECONDS} seconds"
    return done.returncode, done.stdout


def _keep(aside: Path, folder: Path) -> None:
    try:
        aside.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another demo was quicker, which is as good
            raise


def this_interpreter() -> Interpreter:
    """Give the interpreter that runs the demo."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Interpreter(Path(sys.executable).absolute(), version)
