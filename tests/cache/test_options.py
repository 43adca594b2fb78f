"""Options that cannot work are refused at construction, with what is allowed."""

from __future__ import annotations

from typing import Any

import pytest
import redis

import shelflife
from shelflife import AsyncCache, Cache, ConfigurationError


@pytest.mark.parametrize("kind", [Cache, AsyncCache])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": ""}, "SHELFLIFE_URL"),
        ({"url": "http://localhost"}, "redis://"),
        ({"url": "localhost:6379"}, "redis://"),
        ({"url": "redis+cluster://127.0.0.1:1/2"}, "luster"),
        ({"reads": "cobol"}, "werkzeug"),
        ({"writes": "cobol", "floor": "2.7"}, "werkzeug"),
        ({"writes": "werkzeug"}, "floor"),
        ({"writes": "werkzeug", "floor": "2.7"}, 'say reads="werkzeug"'),
        ({"reads": "dogpile", "floor": "3.8, django"}, 'say reads="django"'),
        (
            {"reads": "django-redis", "writes": "django-redis:json", "floor": "3.8"},
            'say reads="django-redis:json"',
        ),
        ({"writes": "werkzeug", "floor": "1.5"}, "2.7"),
        ({"writes": "werkzeug", "floor": "new"}, "2.7"),
        ({"floor": "2.7"}, "werkzeug"),
        ({"codec": "json"}, "portable"),
        ({"on_server_error": "explode"}, "miss"),
        ({"ttl": 0}, "ttl"),
        ({"ttl": "long"}, "ttl"),
        ({"prefix": b"api:"}, "prefix"),
        ({"max_bytes": 0}, "max_bytes"),
        ({"py2_text": "ebcdic"}, "latin-1"),
        ({"allow": ["not a name"]}, "not a name"),
        ({"allow": 5}, "allow takes a list of names, not 5"),
        ({"types": {}}, "types is a shelflife.Types, not dict"),
        ({"hooks": "app.hooks.told"}, "hooks takes a list of functions"),
        ({"hooks": [5]}, "hooks takes a list of functions"),
        ({"hooks": 5}, "hooks takes a list of functions"),
        ({"compress": "no"}, "compress is 'no'; it takes True or False"),
    ],
)
def test_what_cannot_work_is_refused(kind: Any, options: dict[str, Any], message: str) -> None:
    """The message names what is allowed."""
    with pytest.raises(ConfigurationError, match=message):
        kind(**{"url": "memory://", **options})


def test_the_url_is_mandatory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A default that workers do not share would surprise; the environment may give one."""
    monkeypatch.delenv("SHELFLIFE_URL", raising=False)
    with pytest.raises(ConfigurationError, match="no URL"):
        Cache()

    monkeypatch.setenv("SHELFLIFE_URL", "memory://")
    assert Cache().get("k") is None


def test_a_client_that_decodes_is_refused() -> None:
    """Its replies are not the bytes."""
    with (
        redis.Redis(decode_responses=True) as client,
        pytest.raises(ConfigurationError, match="decode_responses"),
    ):
        Cache(client=client)


def test_passwords_are_redacted() -> None:
    """In the address, and so in repr and messages."""
    cache = Cache("redis://user:s3cret@127.0.0.1:1/0")

    assert "s3cret" not in repr(cache)
    assert "s3cret" not in str(cache.lookup("k"))
    assert "127.0.0.1:1" in cache.address


def test_the_package_is_a_table_of_contents() -> None:
    """Every public name is there and documented."""
    for name in shelflife.__all__:
        assert getattr(shelflife, name).__doc__
    assert list(shelflife.__all__) == sorted(shelflife.__all__)
