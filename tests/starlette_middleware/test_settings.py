"""Options: every one is known, and one that cannot work is named when the application starts."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

pytest.importorskip("starlette", reason="Starlette is not installed")

from starlette.applications import Starlette

from shelflife import AsyncCache, Cache
from shelflife.errors import ConfigurationError
from shelflife.starlette import ResponseCacheMiddleware, cached
from starlette_middleware.conftest import Site

URL = "redis://127.0.0.1:1/0"


async def coroutine(_: Any) -> str:
    """Nobody would await it."""
    return ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": URL, "tll": 5}, "no option tll; did you mean ttl"),
        ({"url": URL, "path": ["/"]}, "no option path; did you mean paths"),
        ({"url": URL, "ttl": -1}, "ttl is -1"),
        ({"url": URL, "paths": ["articles/*"]}, "paths takes patterns"),
        ({"url": URL, "paths": 5}, "paths takes patterns"),
        ({"url": URL, "session_cookies": 5}, "session_cookies takes names"),
        ({"url": URL, "key": "x"}, "key takes a plain function"),
        ({"url": URL, "unless": coroutine}, "unless takes a plain function"),
        ({"url": URL, "vary": 5}, "vary takes names"),
        ({"url": URL, "codec": "yaml"}, "codec is 'yaml'"),
        ({"url": "memcached://127.0.0.1"}, "the URL begins with no scheme"),
        ({}, "no URL"),
        ({"cache": Cache("memory://")}, "cache takes an AsyncCache, not Cache"),
        ({"cache": AsyncCache("memory://"), "url": URL}, "cache has its own url"),
        ({"cache": AsyncCache("memory://"), "prefix": "p"}, "cache has its own prefix"),
    ],
)
def test_what_cannot_work_is_an_error_at_start_up(
    options: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a name and a way out."""
    monkeypatch.delenv("SHELFLIFE_URL", raising=False)

    with pytest.raises(ConfigurationError, match=words):
        ResponseCacheMiddleware(Starlette(), **options)


def test_an_application_does_not_start_with_it(site: Site) -> None:
    """Starlette makes its middleware when the server starts it."""
    site.cache(tll=5)

    with pytest.raises(ConfigurationError, match="tll"):
        site.get("/")


@pytest.mark.parametrize("options", [{"tll": 5}, {"ttl": 0}, {"key": "x"}, {"url": URL}])
def test_neither_does_one_with_a_decorator(options: dict[str, Any]) -> None:
    """It is said when the module is imported."""
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        cached(**options)


def test_every_option_of_a_cache_is_an_option(site: Site) -> None:
    """Given in Starlette's own manner."""
    seen: list[Any] = []
    site.cache(
        prefix="p:",
        release="2026-11",
        compress=True,
        hooks=[seen.append],
        fleet="pages",
        floor="fleet",
        fleet_minimum="python>=3.9",
    )

    assert [response.status_code for response in site.get("/none", "/none")] == [404, 404]


def test_without_starlette_a_sentence_says_what_to_install() -> None:
    """And the rules of HTTP need no framework."""
    program = (
        "import sys\n"
        "import shelflife.http\n"
        "assert not {'dogpile', 'starlette', 'flask', 'django'} & set(sys.modules)\n"
        "sys.modules['starlette'] = None\n"
        "try:\n    import shelflife.starlette\n"
        "except ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == (
        "shelflife.starlette needs Starlette: pip install 'shelflife-cache[starlette]'"
    )
