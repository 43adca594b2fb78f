"""Names asked of real interpreters."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import python
from runtimes.opened import target
from shelflife.errors import ConfigurationError
from shelflife.pickles.reader import Name, Resolution
from shelflife.runtimes import open_target

APP = """
import os, sys
from dataclasses import dataclass

@dataclass
class Plain:
    x: int

class Special:
    def __setstate__(self, state): pass

class Two(Exception):
    def __init__(self, a, b): super().__init__()

def three(a, b, c=1): pass
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An application that interpreters can import."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("")
    (tmp_path / "app" / "models.py").write_text(APP)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def one(version: str, module: str, qualname: str, declared: int = 4) -> Resolution:
    """What an interpreter says of a name."""
    name = Name(module, qualname, declared)
    return target(version).resolve([name])[name]


@pytest.mark.parametrize(
    ("version", "module", "qualname", "declared", "status"),
    [
        ("2.7", "__builtin__", "set", 2, "found"),
        ("2.7", "builtins", "set", 2, "missing"),
        ("2.7", "collections", "OrderedDict", 0, "found"),
        ("3.8", "__builtin__", "set", 2, "found"),
        ("3.8", "__builtin__", "set", 3, "missing"),
        ("3.8", "exceptions", "StandardError", 0, "found"),
        ("3.8", "zoneinfo", "ZoneInfo", 4, "missing"),
        ("3.13", "zoneinfo", "ZoneInfo._unpickle", 4, "found"),
        ("3.13", "zoneinfo", "ZoneInfo._unpickle", 3, "missing"),
        ("3.13", "pathlib._local", "PosixPath", 4, "found"),
        ("3.8", "pathlib._local", "PosixPath", 4, "missing"),
        ("3.8", "__main__", "Job", 4, "unknown"),
        ("3.8", "no.such", "thing", 4, "missing"),
        ("3.8", "os", "a\nb", 4, "missing"),
        ("3.8", "\u202e", "x", 4, "missing"),
        ("3.8", "", "x", 0, "missing"),
    ],
)
def test_names(version: str, module: str, qualname: str, declared: int, status: str) -> None:
    """As the loader would find them, Python 2's names renamed below protocol 3."""
    assert one(version, module, qualname, declared).status == status


def test_classes_are_described(app: Path) -> None:
    """What restores them, and what calls of them take."""
    reader = open_target(f"x={python('3.8')}")
    names = [Name("app.models", name, 4) for name in ("Plain", "Special", "Two", "three", "Gone")]
    plain, special, two, three, gone = reader.resolve(names).values()

    assert (plain.plain, special.plain, two.plain) == (True, False, False)
    assert (two.call, three.call, plain.call) == ((2, 2), (2, 3), (1, 1))
    assert (gone.status, gone.detail) == ("missing", "app.models has no Gone")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise KeyError('x')", "importing app.odd raised KeyError"),
        ("import no_such_thing", "importing app.odd raised ModuleNotFoundError"),
        ("import os; os._exit(0)", "the interpreter ended while it imported app.odd"),
        ("raise SystemExit", "importing app.odd raised SystemExit"),
        ("while True: pass", "the interpreter hung while it imported app.odd"),
        ("print('x' * 10**6, flush=True)", "app.odd has no Thing"),
    ],
)
def test_an_import_that_goes_wrong_costs_one_name(app: Path, source: str, said: str) -> None:
    """The next is answered all the same."""
    (app / "app" / "odd.py").write_text(source)
    reader = open_target(f"x={python('3.8')}", limit=0.5)
    odd, fine = Name("app.odd", "Thing", 4), Name("app.models", "Plain", 4)
    found = reader.resolve([odd, fine])

    assert (found[odd].detail, found[fine].status) == (said, "found")


def test_setup_prepares_the_interpreter(app: Path) -> None:
    """The text of a program, which may be in any encoding that it declares."""
    setup = (
        "# -*- coding: utf-8 -*-\n# é\nimport sys, app.models as m\nsys.modules['app.old'] = m\n"
    )
    name = Name("app.old", "Plain", 4)

    assert open_target(f"x={python('3.8')}", setup=setup).resolve([name])[name].status == "found"
    assert open_target(f"x={python('3.8')}").resolve([name])[name].status == "missing"


def test_setup_that_fails_is_told() -> None:
    """With what it raised."""
    with pytest.raises(ConfigurationError, match=r"--setup raised ZeroDivisionError"):
        open_target(f"x={python('3.8')}", setup="1/0")


def test_packages_are_told() -> None:
    """Lower case, with their versions."""
    assert all(target(version).packages["pip"][0].isdigit() for version in ("2.7", "3.8", "3.13"))


def test_many_names_are_asked_in_batches() -> None:
    """Several thousand."""
    names = [Name("os", f"n{number}", 4) for number in range(4_500)]

    assert {found.status for found in target("3.8").resolve(names).values()} == {"missing"}
