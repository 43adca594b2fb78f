"""Secrets are taken out of what people are shown; what helps them stays."""

from __future__ import annotations

import time

import pytest

from shelflife.rehearse.redaction import (
    is_secret_name,
    redact_headers,
    redact_target,
    redact_text,
)

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJnZWhlaW0iOjF9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name",
    [
        "token", "access_token", "accessToken", "csrf-token", "key", "api_key", "apikey", "apiKey",
        "x-api-key", "password", "passwd", "user_password", "pwd", "secret", "client_secret",
        "signature", "X-Amz-Signature", "sig", "session", "sessionid", "PHPSESSID", "sid", "auth",
        "oauth_verifier", "authorization", "Authenticate", "jwt", "user[password]", "otp",
        "AWSAccessKeyId", "keys",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    """As services and browsers use them."""
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "q", "page", "author", "authors", "keyword", "monkey", "sort_by", "compass", "passenger",
        "design", "KeyError", "SessionExpired", "AuthenticationError", "position", "side",
        "shopping",
    ],
)  # fmt: skip
def test_names_of_no_secrets(name: str) -> None:
    """However like one they look."""
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/a?b=c&d", "/a?b=c&d"),
        ("/a?token=geheim&b=c", "/a?token=***&b=c"),
        ("/a?TOKEN=geheim", "/a?TOKEN=***"),
        ("/a?to%6Ben=geheim", "/a?to%6Ben=***"),
        ("http://u:geheim@host/a", "http://***@host/a"),
        ("/a?next=https%3A%2F%2Fu%3Ageheim%40host%2F", "/a?next=https%3A%2F%2F***%40host%2F"),
        (f"/a/{JWT}/b?{JWT}", "/a/***/b?***"),
        (f"/a?q={JWT}", "/a?q=***"),
        ("/a?q=/b?token=geheim", "/a?q=%2Fb%3Ftoken%3D***"),
        ("/a?b=;token=geheim;c", "/a?b=;token=***;c"),
        ("/a?next=%2Fb%3Ftoken%3Dgeheim", "/a?next=%2Fb%3Ftoken%3D***"),
    ],
)
def test_targets(target: str, shown: str) -> None:
    """Values of secret parameters, userinfo and tokens."""
    redacted = redact_target(target)

    assert redact_target(redacted) == redacted
    assert redacted == shown


def test_headers() -> None:
    """Secret ones are hidden whole; of cookies the names stay."""
    headers = [
        ("Authorization", "Bearer geheim"),
        ("Proxy-Anything", "geheim"),
        ("X-Api-Key", "geheim"),
        ("X-Secret-Thing", "geheim"),
        ("Cookie", "a=geheim; sid=geheim"),
        ("Set-Cookie", "sid=geheim; Path=/geheim; HttpOnly"),
        ("Location", "/x?token=geheim&y=1"),
        ("Content-Type", "text/html; charset=utf-8"),
    ]

    assert redact_headers(headers) == (
        ("Authorization", "***"),
        ("Proxy-Anything", "***"),
        ("X-Api-Key", "***"),
        ("X-Secret-Thing", "***"),
        ("Cookie", "a=***; sid=***"),
        ("Set-Cookie", "sid=***"),
        ("Location", "/x?token=***&y=1"),
        ("Content-Type", "text/html; charset=utf-8"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "redis://:geheim@127.0.0.1:6379/0 refused",
        "postgres://user:geheim@db/x",
        "postgres://user:a%40geheim@db/x",
        "postgres://user:a@geheim@db/x",
        "to=postgres%3A%2F%2Fuser%3Aa%40geheim%40db%2Fx",
        "app --port 1 --api-token geheim",
        "app -password  geheim --port 1",
        "Authorization: Bearer geheim",
        "'Authorization': 'Basic geheim'",
        "got Bearer geheim from the client",
        f"got {JWT.replace('IUzI1', 'geheim')}",
        "Set-Cookie: sid=geheim; Path=/",
        '{"password": "geheim geheim", "a": 1}',
        "{'api_key': u'geheim'}",
        "API_TOKEN=geheim python app.py",
        "GET /x?a=1&token=geheim HTTP/1.1",
        'password = "geheim',
        "password: geheim",
        'msg="token=geheim"',
        "msg='a' token='geheim'",
        "a=b=token=geheim=",
        r'{"password": "x\"geheim"}',
        r'"{\"password\": \"geheim\"}"',
        '{"tokens": ["geheim", "geheim"]}',
        f"{'x' * 200}_token=geheim",
    ],
)
def test_secrets_in_logs(text: str) -> None:
    """Wherever services write them."""
    redacted = redact_text(text)

    assert "geheim" not in redacted
    assert "***" in redacted
    assert redact_text(redacted) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "UnicodeDecodeError: 'ascii' codec can't decode byte 0xc3 in position 1: ordinal not in",
        "ValueError: unsupported pickle protocol: 4",
        "KeyError: 'title'",
        "AuthenticationError: the server refused",
        '  File "/app/auth/session.py", line 7, in load_session',
        "AttributeError: Can't get attribute 'Article' on <module 'app' from 'app.py'>",
        "GET http://127.0.0.1:8000/articles/7?author=x 500",
        "token bucket is empty",
        "10:31:07 INFO worker: ready",
        "http://127.0.0.1/a, mail an x@y",
        "app.py --port 8000 --cache redis://127.0.0.1:6379/0 --no-auth --debug",
    ],
)
def test_exceptions_and_lines_of_logs_stay(text: str) -> None:
    """They are what a report is read for."""
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "a:",
        "://",
        "eyJ",
        'a="',
        "://a:",
        "token ",
        "cookie",
        "x",
        "=",
        "[",
        "]",
        "%3A%2F%2F",
        " -a",
    ],
)
def test_long_texts_take_linear_time(piece: str) -> None:
    """Half a million characters of the worst pieces are searched in no time."""
    began = time.process_time()
    redact_text(piece * (500_000 // len(piece)))

    assert time.process_time() - began < 2
