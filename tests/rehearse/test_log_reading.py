"""A log is read as a stream: what is sent, what is dropped, what cannot be read."""

from __future__ import annotations

import gzip
import json
import os
import threading
import tracemalloc
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from shelflife.errors import ConfigurationError
from shelflife.rehearse.log import Reading, read_log
from shelflife.rehearse.plan import LogPlan
from shelflife.rehearse.requests import Request


def line(target: str, method: str = "GET", agent: str = "-") -> str:
    return (
        f'::1 - - [28/Nov/2026:10:00:00 +0000] "{method} {target} HTTP/1.1" 200 1 "-" "{agent}"\n'
    )


def written(folder: Path, text: str, name: str = "access.log") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(file: Path, seed: int = 7, **options: Any) -> tuple[list[Request], Reading]:
    return read_log(LogPlan(file=file, **options), seed, lambda lines: None)


def test_what_became_of_every_line(tmp_path: Path) -> None:
    """Sent, dropped, unparsable with the first reasons, blank."""
    bad = "".join(f"geheim {number}\n" for number in range(7))
    text = line("/a") + "\n" + line("/b", "POST") + bad + line("/c", "HEAD") + line("*")
    requests, reading = read(written(tmp_path, text))

    assert [(each.number, each.method, each.target, each.line) for each in requests] == [
        (0, "GET", "/a", 1),
        (1, "HEAD", "/c", 11),
    ]
    assert (reading.lines, reading.unparsable, reading.taken, reading.left_out) == (12, 8, 2, 0)
    assert reading.dropped == {"POST": 1}
    assert [number for number, _ in reading.examples] == [4, 5, 6, 7, 8]
    assert "geheim" not in str(reading.examples)


def test_methods_are_sent_if_the_plan_allows_them(tmp_path: Path) -> None:
    """And no others."""
    file = written(tmp_path, line("/a") + line("/b", "POST"))
    requests, reading = read(file, methods=frozenset(("POST",)))

    assert [each.method for each in requests] == ["POST"]
    assert reading.dropped == {"GET": 1}


@pytest.mark.parametrize("name", ["access.log.gz", "access.log"])
def test_packed_logs_are_unpacked(tmp_path: Path, name: str) -> None:
    """By their first bytes, whatever they are called; in several members as well."""
    (tmp_path / name).write_bytes(
        gzip.compress(line("/a").encode()) + gzip.compress(line("/b").encode())
    )
    requests, _ = read(tmp_path / name)

    assert [each.target for each in requests] == ["/a", "/b"]


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_packed_log_gives_what_it_holds(tmp_path: Path, damage: str) -> None:
    """And the damage is one line that cannot be read."""
    packed = bytearray(gzip.compress("".join(line(f"/{n}") for n in range(5000)).encode()))
    if damage == "cut":
        del packed[len(packed) // 2 :]
    else:
        packed[-5] ^= 0xFF
    (tmp_path / "x.gz").write_bytes(bytes(packed))
    requests, reading = read(tmp_path / "x.gz")

    assert len(requests) > 1000
    assert "damaged or ends early" in reading.examples[-1][1]


def test_lines_of_other_systems(tmp_path: Path) -> None:
    """A byte order mark, CR LF, and no end at the end."""
    found = json.dumps({"method": "GET", "path": "/a"})
    (tmp_path / "x.log").write_bytes(b"\xef\xbb\xbf" + f"{found}\r\n{found}".encode())
    requests, reading = read(tmp_path / "x.log", format="json")

    assert len(requests) == 2
    assert reading.unparsable == 0


def test_a_line_above_a_mebibyte_is_skipped(tmp_path: Path) -> None:
    """One of just that length is read."""
    padding = "x" * ((1 << 20) - len(line("/a")) + 1)
    longest = line("/a").rstrip("\n") + padding
    text = f"{longest}\n{longest}x\n" + line("/b") + "y" * (3 << 20)
    requests, reading = read(written(tmp_path, text))

    assert [(each.target, each.line) for each in requests] == [("/a", 1), ("/b", 3)]
    assert reading.examples == [(2, "it is longer than 1 MiB"), (4, "it is longer than 1 MiB")]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "is empty"),
        ("\n\n", {}, "is empty"),
        (line("/", "POST") * 812, {}, "no request with GET, HEAD, only 812 POST: .* methods"),
        ("x\n" * 3, {}, r"none of 3 lines .* combined .line 1: no .time.*\[log.formats\]"),
        ('{"method": "GET", "path": "/"}\n', {}, 'write .log. format = "json"'),
        (line("/"), {"format": "json"}, 'it is no JSON.: write .log. format = "combined"'),
        (line("/"), {"format": "a", "formats": {"a": "(?P<request>x)"}}, 'format = "combined"'),
    ],
)
def test_a_log_without_requests(
    tmp_path: Path, text: str, options: dict[str, Any], message: str
) -> None:
    """Is an error that says what to change."""
    with pytest.raises(ConfigurationError, match=message):
        read(written(tmp_path, text), **options)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("\ufeff".encode("utf-16-le"), "UTF-16: save it as UTF-8"),
        (b"PK\x03\x04", "zip: unpack it first"),
        (b"\x28\xb5\x2f\xfd", "zstd: unpack it first"),
    ],
)
def test_a_file_that_is_no_text_is_told(tmp_path: Path, start: bytes, said: str) -> None:
    """By its first bytes."""
    file = tmp_path / "access.log"
    file.write_bytes(start + line("/a").encode("utf-16-le"))

    with pytest.raises(ConfigurationError, match=said):
        read(file)


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    """Nobody waits for what it does not give a second time, even if it gave no request."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for text, holds in (
        (line("/a"), nullcontext()),
        ("no request\n", pytest.raises(ConfigurationError)),
    ):
        feeding = threading.Thread(target=pipe.write_text, args=(text,), daemon=True)
        feeding.start()
        with holds:
            assert read(pipe)[1].taken == 1
        feeding.join()


def test_a_log_that_cannot_be_read(tmp_path: Path) -> None:
    """Is an error of the plan, too."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read(tmp_path)


def test_progress_adds_up_to_all_lines(tmp_path: Path) -> None:
    """Told in parts."""
    told: list[int] = []
    read_log(LogPlan(file=written(tmp_path, line("/") * 10_000)), 7, told.append)

    assert sum(told) == 10_000
    assert len(told) > 2


def test_the_same_request_goes_with_the_same_headers(tmp_path: Path) -> None:
    """Those of its first time."""
    requests, _ = read(written(tmp_path, line("/a", agent="x") + line("/a", agent="y")))

    assert [each.headers for each in requests] == [(("User-Agent", "x"),)] * 2


def many(count: int) -> str:
    """A log of one frequent endpoint, a few with text outside ASCII, and 20 rare ones."""
    frequent = [line(f"/articles/{number}") for number in range(count)]
    for place in range(0, count, 50):
        frequent[place] = line(f"/search?q=caf%C3%A9{place}")
    for number in range(20):
        frequent[(number + 1) * count // 21] = line(f"/{chr(97 + number) * 3}/list")
    return "".join(frequent)


def test_of_too_many_requests_each_endpoint_stays(tmp_path: Path) -> None:
    """In the order of the log, with more text outside ASCII than its share."""
    requests, reading = read(written(tmp_path, many(5000)), most=100)

    endpoints = Counter(each.endpoint for each in requests)
    assert len(requests) == reading.taken == 100
    assert reading.left_out == 4900
    assert [each.line for each in requests] == sorted(each.line for each in requests)
    assert [each.number for each in requests] == list(range(100))
    assert len(endpoints) == 22
    assert endpoints["GET /search?q"] >= 50
    assert endpoints["GET /articles/*"] >= 20


def test_the_rest_is_a_fair_choice(tmp_path: Path) -> None:
    """From the whole log, not from its beginning."""
    requests, _ = read(written(tmp_path, "".join(line(f"/a/{n}") for n in range(10_000))), most=500)

    quarters = Counter(each.line // 2501 for each in requests)
    assert all(80 < quarters[quarter] < 170 for quarter in range(4))


@pytest.mark.parametrize("most", [1, 5, 5000, 6000])
def test_never_more_than_asked_for(tmp_path: Path, most: int) -> None:
    """Nor fewer than there are."""
    requests, reading = read(written(tmp_path, many(5000)), most=most)

    assert len(requests) == min(most, 5000)
    assert reading.left_out == 5000 - len(requests)


def test_the_same_seed_takes_the_same_requests(tmp_path: Path) -> None:
    """On every Python: these were taken when this was written."""
    file = written(tmp_path, many(5000))

    assert read(file, 7, most=8) == read(file, 7, most=8)
    assert [each.line for each in read(file, 7, most=8)[0]] != [
        each.line for each in read(file, 8, most=8)[0]
    ]
    assert [each.line for each in read(file, 7, most=8)[0]] == [
        239,
        477,
        715,
        953,
        1191,
        1429,
        1851,
        4633,
    ]


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    """Ten times the log takes the same memory, packed or not."""
    peaks = []
    for lines in (1000, 10_000):
        text = "".join(line(f"/a/{number % 99}", agent="x" * 200) for number in range(lines))
        (tmp_path / "x.log").write_bytes(gzip.compress(text.encode(), 1))
        del text
        tracemalloc.start()
        read(tmp_path / "x.log", most=50)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] + 500_000
