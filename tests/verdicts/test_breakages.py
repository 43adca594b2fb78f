"""Real breakages, with the bytes of those who wrote them: what a trial says of each.

`load_error` must be `fails`, `silent_wrong` must be `changed`, what loads well must not be `fails`.
"""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conftest import missing, python
from shelflife.dialects.recognition import Recognised
from shelflife.pickles import facts
from shelflife.runtimes import open_target
from shelflife.verdicts import Judge, Verdict

DATA = Path(__file__).parent.parent / "data" / "breakages.jsonl"
CASES = [json.loads(line) for line in DATA.read_text().splitlines()]
PLAIN = [case for case in CASES if not case["writer_packages"] and not case["reader_packages"]]
PACKAGED = [case for case in CASES if case not in PLAIN]
# What these lack is on most machines: the time zones of the system.
LACKING = {"A13-zoneinfo-no-tzdata"}
EXPECTED = {
    "load_error": {"fails"},
    "silent_wrong": {"changed"},
    "use_error": {"changed", "reads"},  # loads as it was written; the class has moved on
    "ok_control": {"reads", "changed"},
    "warning_only": {"reads", "changed"},
}


def put(files: dict[str, str], folder: Path) -> None:
    """Write a release's modules."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def target(name: str, version: str, *paths: Path) -> str:
    """A release: its interpreter, with its modules on the path."""
    path = ":".join(map(str, paths))
    return f"{name}=" + shlex.join(["env", f"PYTHONPATH={path}", python(version)])


def judge(case: dict[str, Any], targets: list[str]) -> dict[str, Verdict]:
    """All verdicts of a trial; the writer first, so that it is the reference."""
    payload = base64.b64decode(case["blob"])
    entry = Recognised(
        "pickle", codec="pickle", payload=payload, facts=facts(payload), writes="default"
    )
    readers = [open_target(spec, setup=case["setup"]) for spec in targets]
    try:
        return dict(Judge(readers, "trial").judge([entry])[0].verdicts)
    finally:
        for reader in readers:
            reader.close()


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case["id"])
def test_breakages_of_python_and_of_classes(case: dict[str, Any], tmp_path: Path) -> None:
    """The standard library's, and those of a service's own modules."""
    if case["id"] in LACKING:
        pytest.skip("breaks only where the system has no time zones")
    put(case["writer_files"], tmp_path / "writer")
    put(case["reader_files"], tmp_path / "reader")
    verdicts = judge(
        case,
        [
            target("old", case["writer"], tmp_path / "writer"),
            target("new", case["reader"], tmp_path / "reader"),
        ],
    )

    assert verdicts["new"].verdict in EXPECTED[case["outcome"]], verdicts
    if case["outcome"] == "silent_wrong":
        assert verdicts["new"].detail.startswith("value"), verdicts


@pytest.mark.slow
@pytest.mark.parametrize("case", PACKAGED, ids=lambda case: case["id"])
def test_breakages_of_libraries(
    case: dict[str, Any], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With the libraries of both sides, installed as they were."""
    paths = {}
    for side in ("writer", "reader"):
        put(case[f"{side}_files"], tmp_path / side)
        packages = install(case[side], case[f"{side}_packages"], tmp_path_factory)
        paths[side] = [tmp_path / side, packages]
    verdicts = judge(
        case,
        [
            target("old", case["writer"], *paths["writer"]),
            target("new", case["reader"], *paths["reader"]),
        ],
    )

    assert verdicts["new"].verdict in EXPECTED[case["outcome"]], verdicts


INSTALLED: dict[tuple[str, ...], Path] = {}


def install(version: str, packages: list[str], factory: pytest.TempPathFactory) -> Path:
    """Install packages for one interpreter into a folder; skip where there are none for it."""
    key = (version, *packages)
    if key not in INSTALLED:
        folder = factory.mktemp("packages")
        if packages:
            words = [python(version), "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
            done = subprocess.run(
                [*words, "--target", str(folder), *packages],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                missing("packages", f"{packages} cannot be installed: {done.stderr[-200:]}")
        INSTALLED[key] = folder
    return INSTALLED[key]
