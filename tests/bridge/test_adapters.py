"""The adapters beside the real frameworks, installed into folders of the tests' own."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from bridge.conftest import FILE, load_file
from conftest import missing, python
from shelflife.cli.demo import environments
from shelflife.cli.demo.interpreters import NotHere
from shelflife.runtimes.interpreters import Interpreter
from shelflife.testing import PrivateServer

ADAPTED = Path(__file__).with_name("adapted.py")
OLD_FLASK: tuple[str, ...] = (
    "Flask==1.1.4",
    "Werkzeug==0.16.1",
    "Jinja2==2.11.3",
    "MarkupSafe==1.1.1",
)
OLD_FLASK += ("itsdangerous==1.1.0", "click==7.1.2")
CASES = [
    ("werkzeug", "2.7", ("Werkzeug==0.16.1", "redis==2.10.6")),
    ("werkzeug", "3.6", ("Werkzeug==0.16.1", "redis==3.5.3")),
    ("werkzeug", "3.8", ("cachelib==0.1.1", "redis==3.5.3")),
    ("werkzeug", "3.8", ("cachelib==0.13.0", "redis==5.0.8")),
    ("flask_caching", "2.7", (*OLD_FLASK, "flask_caching==1.4.0", "redis==2.10.6")),
    ("flask_caching", "3.8", (*OLD_FLASK, "flask_caching==1.10.1", "redis==3.5.3")),
    ("flask_caching", "3.13", ("Flask==3.1.2", "flask_caching==2.3.1", "redis==7.1.0")),
    ("django", "2.7", ("Django==1.11.29", "pytz==2019.3", "redis==3.5.3")),
    ("django", "3.6", ("Django==2.2.28", "pytz==2019.3", "sqlparse==0.4.4", "redis==3.5.3")),
    ("django", "3.8", ("Django==4.2.20", "redis==5.0.8")),
    ("django", "3.13", ("Django==5.2", "redis==7.1.0")),
]


def test_the_drop_in_beside_the_newest_cachelib(server: PrivateServer) -> None:
    """In this interpreter, if cachelib is here."""
    pytest.importorskip("cachelib")
    load_file(FILE, "shelflife_bridge")
    adapted: Any = load_file(ADAPTED, "bridge_adapted")

    adapted.werkzeug(server.url, "127.0.0.1", server.port)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "version", "pins"), CASES)
def test_beside_the_real_framework(
    name: str,
    version: str,
    pins: tuple[str, ...],
    server: PrivateServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Each adapter does what its framework's users expect, on old and new releases."""
    path = python(version)
    kept = tmp_path_factory.getbasetemp() / "bridge-environments"
    try:
        folder = environments.make(Interpreter(Path(path), version), (*pins,), kept)
    except NotHere as error:
        missing("network", str(error))
        raise
    done = subprocess.run(
        [path, "-B", "-s", str(ADAPTED), name, server.url, "127.0.0.1", str(server.port)],
        env=environments.environment([folder, FILE.parent]),
        cwd=kept,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
