"""The gate over real fleets: processes of two releases on one real server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import redis

from gate.conftest import Ran, Started, run_gate
from shelflife.fleet import liveness
from shelflife.fleet.reporting import counts_key
from shelflife.testing import PrivateServer

SOME = ("--min-reads", "200")
Gate = Callable[..., Ran]


@pytest.fixture(scope="module")
def started(server_program: str) -> Iterator[Started]:
    """Several fleets at the same time, which have served for a while."""
    with PrivateServer(program=server_program) as server:
        started = Started(server.url)
        try:
            started.start("healthy", "old", knows=True).wait()
            started.start("broken", "old").wait()
            for _ in range(2):
                started.start("healthy", "new", knows=True, articles=True)
            started.start("broken", "new", knows=True, articles=True)
            started.start("quiet", "old", pause=0.4)
            started.start("quiet", "new", pause=0.4)
            started.start("alone", "new")
            for service in started.services[2:]:
                service.wait()
            wait_for_reads(server.url, {"healthy": 2, "broken": 2, "alone": 1})
            yield started
        finally:
            started.end()


def wait_for_reads(url: str, fleets: dict[str, int], least: int = 220) -> None:
    """Wait until so many releases of each fleet have told of that many reads."""
    ends = time.monotonic() + 20
    with redis.Redis.from_url(url) as client:
        for fleet, releases in fleets.items():
            while time.monotonic() < ends:
                fields = client.hgetall(counts_key(fleet, time.time()))
                reads = [
                    sum(int(n) for name, n in fields.items() if name.startswith(start))
                    for start in (b'["old","hits"', b'["new","hits"')
                ]
                if sum(number >= least for number in reads) >= releases:
                    break
                time.sleep(0.1)


def test_a_healthy_deploy_passes(started: Started, tmp_path: Path) -> None:
    """In both directions; the way back is pinned next."""
    ran = run_gate(started.url, tmp_path, "--fleet", "healthy", "--before", "promote", *SOME)
    back = run_gate(started.url, tmp_path, "--fleet", "healthy", "--before", "rollback", *SOME)

    assert ran.code == 0, ran.said
    assert back.code == 0, back.said
    assert ran.document["back_to"] == back.document["back_to"] == "old"
    assert set(ran.results("PASS")) == {check["name"] for check in ran.document["checks"]}
    assert "floor" in ran.document["next"]
    assert " pin old --until 7d --execute --fleet healthy" in ran.document["next"]
    assert ran.said.rstrip().splitlines()[-1] == f"Next: {ran.document['next']}"


def test_an_old_release_that_cannot_read_the_new_ones_entries_fails(
    started: Started, tmp_path: Path
) -> None:
    """Reader, writer, reason and key class are named, at the terminal and in both files."""
    junit = tmp_path / "gate.xml"
    ran = run_gate(
        started.url,
        tmp_path,
        *("--fleet", "broken", "--before", "promote", *SOME, "--junit", str(junit)),
    )
    check = ran.check("unreadable")
    (release,) = [one for one in ran.document["releases"] if one["release"] == "old"]
    cause = release["unreadable"][0]

    assert ran.code == 1
    assert check["result"] == "FAIL"
    assert check["sentence"].startswith("release old could not read what it found")
    assert "release old could not read broken:article:* written by new cpython3" in ran.said
    assert cause["reason"] == "missing-name"
    assert cause["writer"].startswith("new cpython3")
    assert cause["key_class"] == "broken:article:*"
    assert "import the old name" in check["do"]
    assert ran.check("ping-pong")["result"] == "FAIL"
    suite = ET.parse(junit).getroot()[0]
    cases = {case.get("name"): case for case in suite}
    assert int(suite.get("failures", 0)) == len(ran.results("FAIL"))
    assert int(suite.get("errors", 0)) == len(ran.results("INCONCLUSIVE"))
    failure = cases["unreadable"].find("failure")
    assert failure is not None
    assert "missing-name" in (failure.text or "")
    assert len(cases["registry"].findall("failure")) == 0


def test_too_little_traffic_is_inconclusive(started: Started, tmp_path: Path) -> None:
    """And the next command watches for longer."""
    ran = run_gate(started.url, tmp_path, "--fleet", "quiet", "--before", "promote", *SOME)

    assert ran.code == 3, ran.said
    assert {"traffic", "unreadable", "hit-ratio"} <= set(ran.results("INCONCLUSIVE"))
    assert not ran.results("FAIL")
    assert ran.document["next"].startswith(f"shelflife gate {started.url} --fleet quiet --before")
    assert "--min-reads 200" in ran.document["next"]
    assert ran.document["next"].endswith("--watch 600s")


def test_one_release_alone_proves_nothing(started: Started, tmp_path: Path) -> None:
    """However well it reads its own entries."""
    ran = run_gate(started.url, tmp_path, "--fleet", "alone", "--before", "promote", *SOME)

    assert ran.code == 3, ran.said
    assert ran.results("INCONCLUSIVE") == ["hit-ratio", "mixing", "way-back"]
    skipped = ("--skip", "hit-ratio", "--skip", "mixing", "--skip", "way-back")
    again = run_gate(
        started.url, tmp_path, "--fleet", "alone", "--before", "promote", *SOME, *skipped
    )
    assert again.code == 0, again.said
    assert again.results("SKIPPED") == ["hit-ratio", "mixing", "way-back"]


def test_a_watch_ends_with_what_cannot_recover(started: Started, tmp_path: Path) -> None:
    """A fleet that goes bad in the middle fails long before the end."""
    for release in ("old", "new"):
        started.start("turning", release, knows=release == "new").wait()
    turn = threading.Timer(1.5, started.services[-1].say, ["articles"])
    turn.start()
    began = time.monotonic()
    ran = run_gate(
        started.url, tmp_path, "--fleet", "turning", "--before", "promote", "--watch", "20s", *SOME
    )
    seconds = time.monotonic() - began
    turn.join()

    assert ran.code == 1, ran.said
    assert "unreadable" in ran.results("FAIL") or "ping-pong" in ran.results("FAIL")
    assert ran.document["window"]["watched"]
    assert ran.document["window"]["share"] < 1
    assert 1.5 < seconds < 15
    assert "ended early" in ran.said


def test_a_watch_counts_only_what_happens_meanwhile(started: Started, tmp_path: Path) -> None:
    """And passes if all of it is fine."""
    ran = run_gate(
        started.url,
        tmp_path,
        *("--fleet", "healthy", "--before", "promote", "--watch", "3s", "--min-reads", "50"),
    )
    hour = run_gate(started.url, tmp_path, "--fleet", "healthy", "--before", "promote", *SOME)
    reads = [sum(release["reads"] for release in one.document["releases"]) for one in (ran, hour)]

    assert ran.code == 0, ran.said
    assert ran.document["window"]["share"] == 1
    assert reads[0] < reads[1] / 2 or reads[1] < 4000


def test_processes_that_vanish_are_inconclusive(
    started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the middle of a watch, they are missed."""
    for module in (liveness,):
        monkeypatch.setattr(module, "BEAT", 0.5)
        monkeypatch.setattr(module, "DEAD", 2.0)
    for release in ("old", "new"):
        started.start("killed", release).wait()
    killed = started.services[-1]
    kill = threading.Timer(0.5, killed.kill)
    kill.start()
    ran = run_gate(
        started.url,
        tmp_path,
        *("--fleet", "killed", "--before", "promote", "--watch", "5s", "--min-reads", "20"),
    )
    kill.join()

    assert ran.code == 3, ran.said
    assert "members" in ran.results("INCONCLUSIVE")
    assert any("stopped without a word" in line for line in ran.check("members")["details"])
