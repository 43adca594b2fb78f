"""Settings and options: what they mean, and that those that cannot work are refused."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from flask_responses.conftest import MakeApp
from flask_responses.test_application import extension
from shelflife import ConfigurationError
from shelflife.flask import Shelflife

flask = pytest.importorskip("flask", reason="Flask is not installed")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SHELFLIFE_PREFX": "a"}, "SHELFLIFE_PREFX; did you mean SHELFLIFE_PREFIX?"),
        ({"SHELFLIFE_RESPONSES_MARKS": True}, "did you mean SHELFLIFE_RESPONSES_MARK?"),
        ({"SHELFLIFE_RESPONSES_TTL": -1}, "SHELFLIFE_RESPONSES_.*ttl is -1"),
        ({"SHELFLIFE_RESPONSES_VARY": [1]}, "vary takes names"),
        ({"SHELFLIFE_RESPONSES_STATUSES": 200}, "statuses takes"),
        ({"SHELFLIFE_URL": "memcached://host"}, "SHELFLIFE_URL: the URL begins with no scheme"),
        ({"SHELFLIFE_URL": None}, "SHELFLIFE_URL"),
        ({"SHELFLIFE_READS": "werkzoog"}, "no dialect 'werkzoog'"),
        ({"SHELFLIFE_ON_SERVER_ERROR": "panic"}, "on_server_error is 'panic'"),
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused_at_start_up(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], said: str
) -> None:
    """Naming the setting."""
    monkeypatch.delenv("SHELFLIFE_URL", raising=False)
    app = flask.Flask("service")
    app.config.update({"SHELFLIFE_URL": "memory://", **settings})

    with pytest.raises(ValueError, match=said):
        extension().init_app(app)
    assert "shelflife" not in app.extensions


def test_options_of_a_decorator_that_cannot_work_are_refused() -> None:
    """Where it is written."""
    for options, said in (
        ({"tll": 3}, "no option tll; did you mean ttl?"),
        ({"ttl": 0}, "ttl is 0"),
        ({"statuses": 200}, "statuses takes"),
    ):
        with pytest.raises(ValueError, match=said.replace("?", r"\?")):
            extension().cached(**options)


def test_the_decorator_has_parentheses() -> None:
    """Or it says so, at once."""

    def view() -> str:
        return "a"

    for given in (view, staticmethod(view), 60):
        with pytest.raises(ConfigurationError, match=r"write @cache\.cached\(\) with parentheses"):
            Shelflife().cached(given)  # type: ignore[arg-type]


def test_settings_of_responses(make: MakeApp) -> None:
    """Hold where a decorator says nothing else."""
    service = make(responses_mark=True, responses_ttl=40, responses_vary="Accept-Language")
    service.view("/page", "page")
    service.view("/quiet", "page", mark=False, ttl=20)

    assert service.get("/page").headers["X-Cache"] == "miss"
    assert service.get("/page").headers["Vary"] == "accept-language"
    assert "X-Cache" not in service.get("/quiet").headers


@pytest.mark.parametrize(
    ("module", "missing", "extra"),
    [
        ("shelflife.flask", "flask", "flask"),
        ("shelflife.flask_caching", "flask_caching", "flask-caching"),
    ],
)
def test_without_its_extra_a_module_says_what_to_install(
    module: str, missing: str, extra: str
) -> None:
    """In one sentence."""
    script = f"import sys; sys.modules[{missing!r}] = None\nimport {module}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert f"pip install 'shelflife-cache[{extra}]'" in done.stderr.splitlines()[-1]
    core = (
        "import sys, shelflife; assert not {'flask', 'flask_caching', 'werkzeug'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", core], check=True)
