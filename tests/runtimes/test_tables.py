"""The shipped tables against the interpreters they were made from."""

from __future__ import annotations

from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

import pytest

from runtimes.opened import target
from shelflife.pickles.names import canonical
from shelflife.pickles.reader import Job, Name
from shelflife.runtimes import open_target
from shelflife.runtimes.tables import tables

VERSIONS = tables().versions[:-1]
SAMPLE = ["datetime", "decimal", "pathlib", "collections", "os", "zoneinfo", "http"]
SAMPLE += ["asyncio.exceptions", "urllib.error"]


def compare(version: str, modules: list[str]) -> int:
    """Ask table and interpreter for all names that any version has in these modules."""
    names = [
        Name(module, name, 2 if version == "2.7" else 4)
        for module in modules
        for name in (tables().module(module) or pytest.fail(module)).names
        if not name.startswith("__") and ".__" not in name
    ]
    declared = open_target(f"python{version}").resolve(names)
    real = target(version).resolve(names)
    unsure = [name for name in names if declared[name].status == "unknown"]
    assert len(unsure) < len(names) / 20
    for name in names:
        if name not in unsure:
            assert declared[name].status == real[name].status, name
            assert declared[name].call in (real[name].call, (0, -1)), name
            assert declared[name].plain <= real[name].plain, name
    return len(names)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_sample_agrees(version: str) -> None:
    """Modules whose names moved or came and went."""
    assert compare(version, SAMPLE) > 500


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_all_modules_agree(version: str) -> None:
    """Every name of the standard library that any version has."""
    skipped = ("antigravity", "this")
    assert compare(version, [name for name in tables()._packed if name not in skipped]) > 30_000


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_renaming_is_what_the_walker_takes_it_for(version: str) -> None:
    """Python 2's names, the one module excepted that 3.13 dropped."""
    olds = [*NAME_MAPPING, *((module, "x") for module in IMPORT_MAPPING)]
    for module, name in olds:
        if module != "Tix":
            assert tables().renamed(version, module, name) == canonical(module, name, 2)


@pytest.mark.parametrize(
    ("version", "module", "qualname", "status", "said"),
    [
        ("3.12", "pathlib._local", "PosixPath", "missing", "exists from Python 3.13 only"),
        ("3.14", "pathlib._local", "PosixPath", "found", ""),
        ("3.14", "ast", "Num", "unknown", "the table of Python 3.14 has no ast.Num"),
        ("3.14", "tkinter", "Tk", "unknown", "the table of Python 3.14 has no tkinter"),
        ("3.14", "asyncore", "dispatcher", "missing", "up to Python 3.11 only"),
        ("3.10", "http", "HTTPMethod", "missing", "exists from Python 3.11 only"),
        ("2.7", "urllib.error", "URLError", "missing", "exists on Python 3 only"),
        ("3.8", "numpy", "ndarray", "unknown", "only a real runtime"),
        ("3.8", "winreg", "HKEY", "unknown", "know nothing of winreg"),
        ("3.8", "__main__", "x", "unknown", "whatever program"),
        ("3.8", "json", "nothing", "missing", "json has no nothing in any Python"),
    ],
)
def test_answers(version: str, module: str, qualname: str, status: str, said: str) -> None:
    """With a sentence."""
    name = Name(module, qualname, 4)
    found = open_target(f"python{version}").resolve([name])[name]

    assert (found.status, said in found.detail) == (status, True), found


def test_nothing_is_tried() -> None:
    """A table loads nothing."""
    reader = open_target("python3.8")

    assert [trial.status for trial in reader.attempt([Job(b"N.")] * 2)] == ["not-run"] * 2
    assert (reader.real, reader.shown) == (False, "Python 3.8 (declared)")
    assert (reader.packages, reader.protections) == ({}, ())
