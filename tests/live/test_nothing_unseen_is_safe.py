"""What was not seen, or not judged, is never called safe; and nothing else is called unsafe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import redis

from conftest import python
from live.conftest import NEW, Ran, pickled
from shelflife.live.audit import Audit, Options
from shelflife.live.document import Frame, make_document, order_groups
from shelflife.runtimes import open_target
from shelflife.stores.inspection import Inspector
from shelflife.testing import PrivateServer

FINE = b"!\x80\x04}\x94."
GONE = b"!\x80\x04\x8c\x11distutils.version\x8c\x0cLooseVersion\x93)\x81."
NOWHERE = b"!\x80\x04\x8c\x06nosuch\x8c\x05Thing\x93)\x81."


@pytest.fixture
def own(server_program: str) -> Iterator[PrivateServer]:
    """A server of this test's own."""
    with PrivateServer(program=server_program) as server:
        yield server


@pytest.fixture
def neighbours() -> list[str]:
    """Two releases between which `distutils` went away."""
    return ["--target", "old=" + python("3.8"), "--target", "new=" + python("3.12")]


def test_keys_that_could_not_be_read(own: PrivateServer, audit: Callable[..., Ran]) -> None:
    """Hashes, for a user who may not run HSCAN: nothing is known of them."""
    with redis.Redis.from_url(own.url) as client:
        client.hset("rq:job:1", "data", GONE[1:])
        client.set("fine", FINE)
        rights = ["-@all", "+scan", "+get", "+pttl", "+type"]
        client.execute_command("ACL", "SETUSER", "least", "on", ">word", "~*", *rights)
    url = own.url.replace("redis://", "redis://least:word@")
    ran = audit(url, "--target", "python3.12")

    assert ran.code == 3
    assert ran.document["upgrade"]["verdict"] == "unknown"
    assert "could not be read" in ran.document["upgrade"]["sentence"]
    assert "HSCAN" in ran.said.splitlines()[-1]


def test_members_beyond_the_first_thousand(
    audit: Callable[..., Ran], client: redis.Redis, redis_url: str
) -> None:
    """A long list is read in part, and the report says so."""
    client.rpush("huey.redis.long", *([FINE[1:]] * 1_500))
    ran = audit(redis_url, "--target", "python3.12")

    assert ran.code == 3
    assert "only the first 1,000" in ran.document["upgrade"]["sentence"]


def test_a_partial_run(own: PrivateServer) -> None:
    """Interrupted at once: not safe, whatever was seen."""
    with redis.Redis.from_url(own.url) as client:
        client.mset({f"k:{number}": FINE for number in range(500)})

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    inspector = Inspector(own.url)
    run = Audit(inspector, [open_target("python3.8")], Options())
    run.prepare()
    run.run(interrupt)
    inspector.close()
    found = make_document(run, order_groups(run), Frame("0", "server", own.url, ""))

    assert (found["exit_code"], found["upgrade"]["verdict"]) == (3, "unknown")
    assert "interrupted" in found["upgrade"]["sentence"]
    assert found["next"].endswith("# to its end")


def test_a_waiver_does_not_excuse_what_is_unknown(
    audit: Callable[..., Ran],
    client: redis.Redis,
    redis_url: str,
    neighbours: list[str],
    tmp_path: Path,
) -> None:
    """The upgrade's finding is accepted; the rollback of the same entries stays unknown."""
    client.set("a:1", GONE)
    file = tmp_path / "waivers.toml"
    file.write_text(
        '[[waive]]\nkey_class = "a:*"\ntarget = "new"\nfinding = "missing-name"\n'
        f'because = "known"\nuntil = {date.today()}\n'
    )
    ran = audit(redis_url, *neighbours, "--waive", str(file))

    assert ran.document["upgrade"]["verdict"] == "safe"
    assert "waived" in ran.document["upgrade"]["sentence"]
    assert ran.document["rollback"]["verdict"] == "unknown"
    assert ran.code == 3


def test_what_nobody_reads_decides_nothing(
    audit: Callable[..., Ran], client: redis.Redis, redis_url: str, neighbours: list[str]
) -> None:
    """A class that both releases lack is broken already: neither can write it again."""
    client.set("a", NOWHERE)
    client.set("b", FINE)
    client.mset({f"broken:{number}": b"!\x80\x04" + b"N" * number for number in range(3_000)})
    ran = audit(redis_url, *neighbours)

    assert ran.code == 0
    assert len(ran.document["groups"]) == 3
    client.set("c", GONE)
    assert audit(redis_url, *neighbours).document["upgrade"]["verdict"] == "unsafe"


def test_every_target_decides(
    audit: Callable[..., Ran], client: redis.Redis, redis_url: str
) -> None:
    """One in the middle that does not read an entry makes the upgrade unsafe."""
    client.set("a", b"!\x80\x05}\x94.")
    ran = audit(
        redis_url, "--target", "python3.12", "--target", "python3.6", "--target", "python3.13"
    )

    assert (ran.code, ran.document["upgrade"]["verdict"]) == (1, "unsafe")


DAMAGED = {
    "a long text": (
        pickled_text := b"\x80\x04X\xc8\x00\x00\x00" + "é".encode() * 100 + b".",
        pickled_text.replace("é".encode(), b"\xc3\x00", 1),
    ),
    "a line": (b"I5\n.", b"Iab\n."),
    "a key": (
        b"\x80\x04(\x8c\x01s\x94cuuid\nUUID\n)\x81\x94}h\x00K\x01st.",
        b"\x80\x04(\x8c\x01s\x94]\x94}h\x01K\x01st.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_one_damaged_entry_does_not_decide_for_its_like(
    name: str, audit: Callable[..., Ran], client: redis.Redis, redis_url: str
) -> None:
    """At trial, each is judged as it is judged alone, in either order."""
    target = ["--target", "it=" + python("3.8"), "--stage", "trial"]
    alone = []
    for payload in DAMAGED[name]:
        client.flushdb()
        client.set("k", b"!" + payload)
        alone.append(audit(redis_url, *target).lines[0]["verdicts"]["it"]["verdict"])
    client.flushdb()
    client.mset({f"k{number}": b"!" + payload for number, payload in enumerate(DAMAGED[name])})
    together = audit(redis_url, *target).lines

    assert alone[1] == "fails"
    assert alone[0] != "fails"
    found = {line["key"]: line["verdicts"]["it"]["verdict"] for line in together}
    assert found == {"k0": alone[0], "k1": alone[1]}


def test_files_are_looked_at_before_anything_is_read(
    audit: Callable[..., Ran], client: redis.Redis, redis_url: str, tmp_path: Path
) -> None:
    """A folder that is not there, or one name for two files, ends it before the scan."""
    client.set("k", b"!" + pickled(NEW, "1"))
    client.config_resetstat()
    target = ["--target", "python3.8"]
    nowhere = audit(redis_url, *target, "--html", str(tmp_path / "no" / "page.html"))
    same = audit(redis_url, *target, "--html", str(tmp_path / "lines.jsonl"))

    assert (nowhere.code, "cannot be written" in nowhere.said) == (2, True)
    assert (same.code, "the same" in same.said) == (2, True)
    assert "cmdstat_scan" not in client.info("commandstats")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("--rate", "nan"),
        ("--rate", "inf"),
        ("--max-latency", "nan"),
        ("--deploy-in", "9" * 400 + "w"),
    ],
)
def test_numbers_that_are_none(
    words: tuple[str, str], audit: Callable[..., Ran], redis_url: str
) -> None:
    """A sentence, and exit code 2."""
    ran = audit(redis_url, "--target", "python3.8", *words)

    assert ran.code == 2
    assert ran.document == {}
