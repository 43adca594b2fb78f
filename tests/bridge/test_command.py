"""`shelflife bridge`, the distribution, and the page that describes them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bridge.conftest import FILE, ROOT
from conftest import missing, python
from shelflife.cli.bridge import bridge as command
from shelflife.cli.demo import environments
from shelflife.cli.demo.interpreters import NotHere

PAGE = (ROOT / "docs" / "bridge.md").read_text("utf-8")


def run(*words: str) -> subprocess.CompletedProcess[bytes]:
    command_line = [sys.executable, "-m", "shelflife.cli", "bridge", *words]
    return subprocess.run(command_line, capture_output=True, timeout=30, check=False)


def test_it_prints_the_file_and_nothing_else() -> None:
    """On standard output; what to do next is told on standard error."""
    done = run()

    assert done.stdout == FILE.read_bytes()
    assert b"Next:" in done.stderr
    assert done.returncode == 0


def test_it_writes_the_file_once(tmp_path: Path) -> None:
    """And leaves one that is there alone."""
    target = tmp_path / "shelflife_bridge.py"
    done = run("-o", str(target))
    again = run("--output", str(target))
    nowhere = run("-o", str(tmp_path / "gone" / "bridge.py"))

    assert target.read_bytes() == FILE.read_bytes()
    assert (done.returncode, done.stdout) == (0, b"")
    assert str(target) in done.stderr.decode()
    assert (again.returncode, nowhere.returncode) == (2, 2)
    assert b"there already" in again.stderr
    assert b"cannot be written" in nowhere.stderr


def test_the_options_are_documented() -> None:
    """All of the command's, and all of BridgeCache's with their defaults' presence."""
    options = {name for param in command.params for name in param.opts}
    table = PAGE.partition("<!-- options of bridge")[2].partition("<!-- end -->")[0]
    arguments = re.findall(
        r"^\| `(\w+)` \|", PAGE.partition("| option of `Bridge")[2], re.MULTILINE
    )
    tree = ast.parse(FILE.read_text("utf-8"))
    (cache,) = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "BridgeCache"]
    methods = {n.name: n for n in cache.body if isinstance(n, ast.FunctionDef)}

    assert set(re.findall(r"`(--?[a-z]+) FILE`", table)) == options
    assert sorted(arguments) == sorted(
        argument.arg for argument in methods["__init__"].args.args[2:]
    )
    public = {name for name in methods if not name.startswith("_")} - {"value_of", "entry_of"}
    told = PAGE.partition("\nMethods: ")[2].partition(". They")[0]
    assert set(re.findall(r"`(\w+)`", told)) == public


def test_the_examples_run(bridge: Any, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block, in order, against a real server."""
    monkeypatch.setitem(sys.modules, "shelflife_bridge", bridge)
    names: dict[str, Any] = {}
    for block in re.findall(r"```py\n(.*?)```", PAGE, re.DOTALL):
        exec(block.replace("redis://127.0.0.1:6379/0", redis_url), names)

    assert names["cache"].get("article:1")["title"] == "Größe"
    names["client"].close()


@pytest.mark.parametrize(
    ("version", "pretended"), [("2.7", (2, 6)), ("2.7", (3, 2)), ("3.6", (3, 3)), ("3.6", (3, 0))]
)
def test_an_unsupported_python_is_told(
    version: str, pretended: tuple[int, int], tmp_path: Path
) -> None:
    """In a sentence of an ImportError."""
    program = (
        f"import sys; sys.version_info = {(*pretended, 0, 'final', 0)}; import shelflife_bridge"
    )
    done = subprocess.run(
        [python(version), "-B", "-c", program],
        env={"PYTHONPATH": str(FILE.parent)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert "ImportError: shelflife_bridge needs Python 2.7, or 3.4 and newer" in done.stderr
    assert "this is Python {}.{}".format(*pretended) in done.stderr


def hatchling(tmp_path: Path) -> Path:
    try:
        found = environments.this_interpreter()
        return environments.make(found, ("hatchling==1.27.0",), tmp_path / "tools")
    except NotHere as error:
        missing("network", str(error))
        raise


@pytest.mark.slow
def test_the_distribution(tmp_path: Path) -> None:
    """A wheel for both Pythons with the one file, from the checkout and from its own sdist."""
    tools = hatchling(tmp_path)
    build = "import sys, hatchling.build as b; print(getattr(b, sys.argv[1])(sys.argv[2]))"

    def built(what: str, source: Path, target: Path) -> Path:
        target.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", build, f"build_{what}", str(target)],
            env=environments.environment([tools]),
            cwd=source,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return target / done.stdout.strip().splitlines()[-1]

    sdist = built("sdist", ROOT / "bridge", tmp_path / "sdist")
    subprocess.run(["tar", "-xzf", str(sdist)], cwd=tmp_path, check=True)
    (unpacked,) = [path for path in tmp_path.glob("shelflife_bridge-*") if path.is_dir()]
    wheels = [
        built("wheel", ROOT / "bridge", tmp_path / "one"),
        built("wheel", unpacked, tmp_path / "two"),
    ]

    for wheel in wheels:
        assert wheel.name.endswith("-py2.py3-none-any.whl")
        with zipfile.ZipFile(wheel) as archive:
            assert archive.read("shelflife_bridge.py") == FILE.read_bytes()
    target = tmp_path / "installed"
    words = [
        python("2.7"),
        "-m",
        "pip",
        "install",
        "-q",
        "--no-index",
        "--disable-pip-version-check",
    ]
    subprocess.run([*words, "--target", str(target), str(wheels[0])], check=True, timeout=60)
    done = subprocess.run(
        [python("2.7"), "-c", "import shelflife_bridge; print(shelflife_bridge.__version__)"],
        env={"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert done.stdout.strip() == "0.1.0"
