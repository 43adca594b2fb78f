r"""What the known formats make of lines, as real servers write them."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest

from shelflife.rehearse.log.access import parse_combined, parse_common
from shelflife.rehearse.log.guessing import guess_format
from shelflife.rehearse.log.json_lines import parse_json
from shelflife.rehearse.log.logged import (
    Logged,
    Unparsable,
    sendable_headers,
    sendable_target,
)
from shelflife.rehearse.log.own_format import parser_of

BEFORE = '127.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "'
AFTER = '" 200 12 "-" "agent"'


def target_of(line: str) -> str:
    return sendable_target(parse_combined(line.encode()).target)


@pytest.mark.parametrize("before", ["[2001:db8::1] - -", "::1 - [x]", "host - a[b]"])
def test_brackets_before_the_time(before: str) -> None:
    """Some servers put addresses in brackets, and users choose their names."""
    told = target_of(f'{before} [28/Nov/2026:10:00:00 +0000] "GET /a?b[0]=[1] HTTP/1.1{AFTER}')

    assert told == "/a?b[0]=[1]"


@pytest.mark.parametrize(
    ("request_line", "target"),
    [
        ("GET /articles/7 HTTP/1.1", "/articles/7"),
        ("GET /articles/7 HTTP/2.0", "/articles/7"),
        ("GET /articles/7 HTTP/3", "/articles/7"),
        ("GET /articles/7", "/articles/7"),
        ("GET /caf%C3%A9?q=%20+x HTTP/1.1", "/caf%C3%A9?q=%20+x"),
        (r"GET /caf\xC3\xA9 HTTP/1.1", "/caf%C3%A9"),
        (r"GET /caf\xe9 HTTP/1.1", "/caf%E9"),
        ("GET /café HTTP/1.1", "/caf%C3%A9"),
        (r"GET /a\x22b\"c HTTP/1.1", '/a"b"c'),
        (r"GET /a\\b HTTP/1.1", "/a\\b"),
        (r"GET /a\x5Cx41 HTTP/1.1", "/a\\x41"),
        (r"GET /a\tb HTTP/1.1", "/a%09b"),
        ("GET /a b c HTTP/1.1", "/a%20b%20c"),
        ("GET /100% HTTP/1.1", "/100%"),
        ("GET http://example.org/x?y=1 HTTP/1.1", "/x?y=1"),
        ("GET HTTPS://u:p@example.org:8080?y=1 HTTP/1.1", "/?y=1"),
        ("GET //host/x HTTP/1.1", "//host/x"),
    ],
)
def test_targets_are_sent_as_they_were(request_line: str, target: str) -> None:
    """Escapes of the log are undone, and what a request line cannot hold is percent-encoded."""
    assert target_of(f"{BEFORE}{request_line}{AFTER}") == target


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"{BEFORE}-{AFTER}", "sent no request"),
        (f"{BEFORE}{AFTER}", "sent no request"),
        (rf"{BEFORE}\x16\x03\x01\x02{AFTER}", "is none"),
        (f"{BEFORE}GET{AFTER}", "is none"),
        (f"{BEFORE}OPTIONS * HTTP/1.1{AFTER}", "no path"),
        (f"{BEFORE}CONNECT example.org:443 HTTP/1.1{AFTER}", "no path"),
        (f"{BEFORE}GET /{'x' * 20_000} HTTP/1.1{AFTER}", "longer than 16 KiB"),
        ("geheim", "no .time. "),
        ("", "no .time. "),
        (f"{BEFORE}GET /geheim HTTP/1.1", "no .time. "),
    ],
)
def test_what_is_no_request_says_why(line: str, why: str) -> None:
    """Without a part of the line, which may be a secret."""
    with pytest.raises(Unparsable, match=why) as caught:
        target_of(line)

    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        f"{BEFORE}GET /x HTTP/1.1{AFTER}",
        f'{BEFORE}GET /x HTTP/1.1" 200 12',
        f'{BEFORE}GET /x HTTP/1.1" 200 -',
        f'{BEFORE}GET /x HTTP/1.1" 200',
        f'{BEFORE}GET /x HTTP/1.1" - - "-" "a" "10.1.1.1" rt=0.1',
        f"www.example.org:80 {BEFORE}GET /x HTTP/1.1{AFTER}",
        f"::1 - user [28/Nov/2026:10:00:00 +0000] {BEFORE[-1]}GET /x HTTP/1.1{AFTER} 1234",
    ],
)
def test_what_servers_add_does_not_matter(line: str) -> None:
    """Virtual hosts, times, forwarded addresses."""
    assert parse_common(line.encode()).target == b"/x"
    assert parse_combined(line.encode()).target == b"/x"


def test_combined_keeps_referer_and_agent() -> None:
    """Unescaped; common has none."""
    line = rf'{BEFORE}GET /x HTTP/1.1" 200 1 "https://example.org/\"" "a\xe9"'.encode()

    assert parse_combined(line).headers == (
        ("Referer", 'https://example.org/"'),
        ("User-Agent", "a\xe9"),
    )
    assert parse_common(line).headers == ()


@pytest.mark.parametrize(
    ("found", "method", "target"),
    [
        ({"method": "get", "target": "/x?y"}, "GET", b"/x?y"),
        ({"method": "GET", "path": "/x", "query": "y=1"}, "GET", b"/x?y=1"),
        ({"method": "GET", "path": "/x", "query": "?y=1"}, "GET", b"/x?y=1"),
        ({"method": "GET", "path": "/x", "query": "-"}, "GET", b"/x"),
        ({"method": "GET", "path": "/x?a=1", "query": "a=1"}, "GET", b"/x?a=1"),
        ({"method": "GET", "path": "/x", "query": {"q": ["a", "é"]}}, "GET", b"/x?q=a&q=%C3%A9"),
        ({"request": "POST /x?y HTTP/1.1", "uri": "/index"}, "POST", b"/x?y"),
        ({"request_method": "GET", "request_uri": "/x?y", "uri": "/x"}, "GET", b"/x?y"),
        ({"request_method": "GET", "uri": "/café", "args": "a=1"}, "GET", "/café?a=1".encode()),
        ({"request": {"method": "GET", "uri": "/x", "headers": {"A": ["b"]}}}, "GET", b"/x"),
        ({"elb_request": "GET http://host:80/x HTTP/1.1"}, "GET", b"http://host:80/x"),
        ({"RequestMethod": "HEAD", "RequestPath": "/x"}, "HEAD", b"/x"),
        (
            {"httpRequest": {"requestMethod": "GET", "requestUrl": "https://h/x"}},
            "GET",
            b"https://h/x",
        ),
        ({"http": {"request": {"method": "GET"}}, "url": {"original": "/x?y"}}, "GET", b"/x?y"),
        ({"http.request.method": "GET", "url.path": "/x", "url.query": "y"}, "GET", b"/x?y"),
        ({":method": "GET", ":path": "/x"}, "GET", b"/x"),
    ],
)
def test_json_of_many_servers(found: object, method: str, target: bytes) -> None:
    """Under the names that they use."""
    logged = parse_json(json.dumps(found).encode())

    assert (logged.method, logged.target) == (method, target)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"x geheim", "no JSON"),
        (b"[1]", "no object"),
        (b'{"path": "/geheim"}', "no method"),
        (b'{"method": "GET"}', "no target"),
        (b'{"method": 7, "path": "/"}', "no method"),
        (b'{"method": "G T", "path": "/"}', "method is none"),
        (b'{"method": "GET", "path": "/", "body_base64": "geheim!"}', "no base64"),
        (b"[" * 100_000, "no JSON"),
        (b'{"method": "GET", "path": "/\xff"}', "no JSON"),
    ],
)
def test_json_that_says_no_request(line: bytes, why: str) -> None:
    """Says why, and nothing of the line."""
    with pytest.raises(Unparsable, match=why) as caught:
        parse_json(line)

    assert "geheim" not in str(caught.value)


def test_json_with_the_escapes_of_nginx() -> None:
    r"""`\xC3\xA9` is no JSON, but what nginx writes by default."""
    line = rb'{"request_method": "GET", "request_uri": "/caf\xC3\xA9?q=\x22", "x": "\\x41"}'

    assert parse_json(line).target == '/café?q="'.encode()


def test_json_bodies_and_headers() -> None:
    """As text, as an object, packed; headers once or several times."""
    packed = base64.b64encode(b"\x00\xff").decode()
    common = {"method": "POST", "path": "/", "headers": {"A": "b", "C": ["d", "e"], "F": 1}}

    assert parse_json(json.dumps({**common, "body": "é"}).encode()) == Logged(
        "POST", b"/", (("A", "b"), ("C", "d"), ("C", "e")), "é".encode()
    )
    assert parse_json(json.dumps({**common, "body_base64": packed}).encode()).body == b"\x00\xff"
    assert json.loads(parse_json(json.dumps({**common, "body": {"a": 1}}).encode()).body) == {
        "a": 1
    }


def test_a_format_of_ones_own() -> None:
    """With groups for the request, its parts, its body and headers."""
    whole = parser_of(r'\S+ "(?P<request>[^"]*)" (?P<header_accept_language>\S+)')
    parts = parser_of(r"(?P<method>\w+) (?P<path>\S+) (?P<query>\S+)(?: (?P<body>.*))?")

    assert whole(b'x "GET /a HTTP/1.1" de') == Logged("GET", b"/a", (("accept-language", "de"),))
    assert whole(b'x "GET /a HTTP/1.1" -').headers == ()
    assert parts(rb"get /caf\xc3\xa9 b=1 {}") == Logged("GET", "/café?b=1".encode(), (), b"{}")
    assert parts("GET /é -".encode()).target == "/é".encode()
    assert parts(b"GET /\xff -").target == b"/\xff"
    with pytest.raises(Unparsable, match="does not match"):
        parts(b"geheim")


def test_headers_that_are_not_sent() -> None:
    """Those of a connection, secrets, conditions, and those that the plan drops."""
    sent = {"Accept": "text/html", "Accept-Language": "de", "Accept-Encoding": "gzip, br"}
    not_sent = dict.fromkeys(
        (
            "Host", "Connection", "Keep-Alive", "TE", "Transfer-Encoding", "Upgrade",
            "Content-Length",
            "Cookie", "Authorization", "X-Api-Key", "Proxy-Authorization", "X-Csrf-Token",
            "If-None-Match", "Range", "Expect", "X-Dropped", "bad name",
        ),
        "x",
    )  # fmt: skip
    bad = {"X-Line": "a\nb", "X-Snow": "☃"}

    kept = sendable_headers({**sent, **not_sent, **bad}.items(), frozenset(("x-dropped",)))
    assert dict(kept) == {**sent, "Accept-Encoding": "gzip"}
    assert sendable_headers([("Accept-Encoding", "br")], frozenset()) == ()


@pytest.mark.parametrize(
    ("lines", "guessed"),
    [
        ([f"{BEFORE}GET / HTTP/1.1{AFTER}", "rubbish"], "combined"),
        ([f'{BEFORE}GET / HTTP/1.1" 200 1'] * 2, "common"),
        (['{"method": "GET", "path": "/"}'], "json"),
        (["rubbish", ""], None),
        ([], None),
    ],
)
def test_a_format_is_guessed(tmp_path: Path, lines: list[str], guessed: str) -> None:
    """From the first lines."""
    (tmp_path / "x.log").write_text("\n".join(lines))

    assert guess_format(tmp_path / "x.log") == guessed
    assert guess_format(tmp_path / "none.log") is None


@pytest.mark.parametrize("piece", [b"[", b'[] "', b'[] "\\', b'[] "x" 1 "', b"\\x", b'{"a":', b'"'])
def test_hostile_lines_take_linear_time(piece: bytes) -> None:
    """Half a mebibyte of the worst pieces is read in no time."""
    line = piece * (500_000 // len(piece))

    began = time.process_time()
    for parse in (parse_combined, parse_common, parse_json):
        with pytest.raises(Unparsable):
            sendable_target(parse(line).target)
    assert time.process_time() - began < 2
