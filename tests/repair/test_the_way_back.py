"""What must never cost the way back: files, clocks, databases, damage. Each was a bug once."""

from __future__ import annotations

import pickle
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

import click
import pytest
import redis

from repair.conftest import Ran, contents
from repair.test_convert import written
from shelflife.errors import ConfigurationError
from shelflife.live.repair import execution
from shelflife.live.repair.equality import are_same
from shelflife.live.repair.journal import Journal
from shelflife.stores.changer import Changer

Run = Callable[..., Ran]
TO = ("--to", "werkzeug", "--floor", "2.7")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def broken(client: redis.Redis) -> redis.Redis:
    """A cache of 300 entries that 2.7 does not read, each with an expiry."""
    entry = written("3.8", "{'a': 1, 'b': list(range(50))}")
    for number in range(300):
        client.set(f"api:{number}", entry, px=600_000)
    return client


def test_damage_in_the_middle_is_refused_and_nothing_is_cut(
    run: Run, broken: redis.Redis, redis_url: str
) -> None:
    """One flipped bit costs neither the journal nor what lies behind it."""
    run("convert", redis_url, *TO, "--execute", "--journal", "j", "--batch-time", "1")
    whole = bytearray(Path("j").read_bytes())
    whole[len(whole) // 3] ^= 1
    Path("j").write_bytes(whole)

    for words in (("undo", "j"), ("undo", "j", "--execute")):
        refused = run(*words)
        assert refused.code == 2
        assert "damaged at byte" in refused.said
        assert Path("j").read_bytes() == whole


def test_a_plan_only_reads_the_journal(run: Run, broken: redis.Redis, redis_url: str) -> None:
    """Even one that was cut, and in doubt, stays byte for byte."""
    run("convert", redis_url, *TO, "--execute", "--journal", "j")
    Path("j").write_bytes(Path("j").read_bytes()[:-1500])
    before = Path("j").read_bytes()
    Path("j").chmod(0o400)

    plan = run("undo", "j")

    assert plan.code == 0
    assert plan.counts["restored"] > 0
    assert Path("j").read_bytes() == before


@pytest.mark.parametrize("command", ["convert", "undo"])
def test_a_report_never_replaces_a_journal(
    run: Run, broken: redis.Redis, redis_url: str, tmp_path: Path, command: str
) -> None:
    """Whatever name it has."""
    run("convert", redis_url, *TO, "--execute", "--journal", "j")
    before = Path("j").read_bytes()
    Path("other").symlink_to("j")
    words = {"convert": ("convert", redis_url, *TO), "undo": ("undo", "j")}[command]

    for name in ("j", "other", str(tmp_path / "j")):
        done = subprocess.run(
            [sys.executable, "-m", "shelflife.cli", *words, "--json", name],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "journal" in done.stderr
        assert Path("j").read_bytes() == before


def test_what_waits_keeps_its_expiry(run: Run, client: redis.Redis, redis_url: str) -> None:
    """A slow purge keeps the moment at which each entry would have expired, to the second."""
    entry = written("3.8", "1")
    for number in range(100):
        client.set(f"api:{number}", entry, px=600_000)
    ends = time.time() * 1000 + client.pttl("api:99")

    run("purge", redis_url, "--prefix", "api:", "--execute", "--rate", "30", "--journal", "j")
    run("undo", "j", "--execute", "--even-if-invalidated")

    now = time.time() * 1000
    assert client.dbsize() == 100
    assert all(abs(now + client.pttl(f"api:{n}") - ends) < 1000 for n in range(100))


@pytest.mark.parametrize("skew", [3600, -3600])
def test_the_servers_clock_counts(
    run: Run, client: redis.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch, skew: int
) -> None:
    """Ours may be an hour off either way."""
    client.set("api:1", written("3.8", "1"), px=600_000)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + skew)

    run("purge", redis_url, "--prefix", "api:", "--execute", "--journal", "j")
    done = run("undo", "j", "--execute", "--even-if-invalidated")

    assert done.counts == {"selected": 1, "restored": 1}
    assert 590_000 < client.pttl("api:1") <= 601_000


def test_another_database_is_another_cache(
    run: Run, broken: redis.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither undo nor resume touches one, and the environment does not lead there."""
    words = ("purge", redis_url, "--prefix", "api:", "--execute", "--journal", "j")
    run(*words)
    other = redis_url.rsplit("/", 1)[0] + "/1"

    undone = run("undo", "j", "--execute", "--even-if-invalidated", "--url", other)
    resumed = run("purge", other, *words[2:], "--resume")

    for refused in (undone, resumed):
        assert refused.code == 2
        assert "database" in refused.said
    monkeypatch.setenv("SHELFLIFE_URL", other)
    assert run("undo", "j", "--execute", "--even-if-invalidated").counts["restored"] == 300
    assert broken.dbsize() == 300


def test_an_interrupted_plan_recommends_no_execution(
    broken: redis.Redis, redis_url: str, tmp_path: Path
) -> None:
    """What was not seen to its end is planned again."""
    entry = written("3.8", "{'a': 1, 'b': list(range(500))}")
    pipe = broken.pipeline()
    for number in range(6_000):
        pipe.set(f"more:{number}", entry)
    pipe.execute()
    broken.config_resetstat()
    plan = subprocess.Popen(
        [sys.executable, "-m", "shelflife.cli", "convert", redis_url, *TO],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    deadline = time.monotonic() + 30
    while not broken.info("commandstats").get("cmdstat_pttl"):
        assert time.monotonic() < deadline, plan.poll()
        time.sleep(0.01)
    plan.send_signal(signal.SIGINT)
    said, _ = plan.communicate(timeout=30)

    assert plan.returncode == 2
    assert "--execute" not in said.splitlines()[-1]
    assert said.splitlines()[-1].startswith("Next: shelflife convert")


def test_what_an_undo_failed_to_do_is_tried_again(
    run: Run, broken: redis.Redis, redis_url: str
) -> None:
    """Rights that were missing are given, and the same command ends it."""
    before = contents(broken)
    run("convert", redis_url, *TO, "--execute", "--journal", "j")
    rights = ["+@all"]
    broken.acl_setuser("some", enabled=True, passwords=["+pw"], keys=["api:1*"], commands=rights)
    url = redis_url.replace("redis://", "redis://some:pw@")
    first = run("undo", "j", "--execute", "--url", url)
    assert first.counts["failed"] > 0

    second = run("undo", "j", "--execute")

    assert second.counts == {"selected": 300, "restored": 300}
    assert contents(broken) == before
    broken.acl_deluser("some")


def test_a_prefix_may_be_any_bytes(run: Run, client: redis.Redis, redis_url: str) -> None:
    """Also such as are no text."""
    client.set(b"\xff\xfe:1", written("3.8", "1"))
    prefix = b"\xff\xfe".decode("utf-8", "surrogateescape")

    plan = run("convert", redis_url, *TO, "--prefix", prefix)
    done = run("convert", redis_url, *TO, "--prefix", prefix, "--execute", "--journal", "j")
    again = run(
        *("convert", redis_url, *TO, "--prefix", prefix, "--execute", "--journal", "j"),
        "--resume",
    )

    assert "$'\\xff\\xfe'" in plan.document["next"]
    assert done.counts == again.counts == {"selected": 1, "converted": 1}


def test_secrets_stay_out_of_the_next_command(
    run: Run, broken: redis.Redis, redis_url: str
) -> None:
    """Of the origin's URL as well as of the cache's."""
    url = redis_url.replace("redis://", "redis://default:hidden@")
    broken.config_set("requirepass", "hidden")
    try:
        plan = run(
            *("purge", url, "--prefix", "api:"),
            *("--origin-check", "https://user:hidden@origin/health?token=hidden"),
        )
        done = run("convert", url, *TO, "--execute", "--journal", "j")
    finally:
        with redis.Redis.from_url(url) as owner:
            owner.config_set("requirepass", "")

    for ran in (plan, done):
        assert ran.code == 0
        assert "hidden" not in ran.said + str(ran.document)
    assert "--url" in done.document["next"]


def test_both_verdicts_narrow_the_choice(run: Run, broken: redis.Redis, redis_url: str) -> None:
    """`--fails` and `--changed` together select what meets both."""
    both = run(
        *("purge", redis_url, "--fails", "python2.7", "--changed", "python3.8"),
        *("--target", "python2.7", "--target", "python3.8", "--stage", "trial"),
    )

    assert both.counts == {}


def test_a_large_batch_is_split(
    run: Run, client: redis.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No frame of the journal is larger than a reader takes."""
    monkeypatch.setattr(execution, "_VOLUME", 3_000)
    for number in range(40):
        client.set(f"api:{number}", b"!" + pickle.dumps(b"x" * 1_000, 5))

    run("purge", redis_url, "--prefix", "api:", "--execute", "--journal", "j")

    with Journal.open(Path("j"), read_only=True) as journal:
        assert journal.batches >= 15
        assert all(len(journal.batch(n + 1)) <= 3 for n in range(journal.batches))
    assert run("undo", "j", "--execute", "--even-if-invalidated").counts["restored"] == 40


def test_the_journal_is_private_wherever_it_began(tmp_path: Path) -> None:
    """Also in a file that was there, empty; and it is a file."""
    (tmp_path / "j").touch(0o644)

    Journal.create(tmp_path / "j", {"url": "", "plan": {"action": "purge"}}).close()

    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigurationError, match="regular file"):
        Journal.create(Path("/dev/null"), {})


def test_an_undo_that_has_begun_ends_the_journal(
    run: Run, broken: redis.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if nothing of what it did was written down."""
    words = ("convert", redis_url, *TO, "--execute", "--journal", "j")
    run(*words)
    whole = Path("j").read_bytes()
    apply = Changer.apply

    def die(self: Changer, changes: Any) -> Any:
        apply(self, changes)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Changer, "apply", die)
        with pytest.raises(click.Abort):
            run("undo", "j", "--execute")

    assert Path("j").stat().st_size > len(whole)
    assert "has been undone" in run(*words, "--resume").said
    assert run("undo", "j", "--execute").counts == {"selected": 300, "restored": 300}


class Forgetful:
    """Says less of itself than it holds."""

    def __init__(self, x: int = 0) -> None:
        self.x = x

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return Forgetful, ()


class Slotted:
    """The same, with a slot."""

    __slots__ = ("__hidden", "x")

    def __init__(self, x: Optional[int] = None) -> None:
        self.__hidden = x

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return Slotted, ()


class Rows(list[int]):
    """The same, as a list."""

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return Rows, ()


@pytest.mark.parametrize("kind", [Forgetful, Slotted])
def test_what_an_object_holds_counts(kind: Any) -> None:
    """Whatever its `__reduce__` says."""
    assert are_same(kind(1), kind(1))
    assert not are_same(kind(1), kind(2))
    assert are_same(Rows([1]), Rows([1]))
    assert not are_same(Rows([1]), Rows([2]))


def test_next_commands_run_as_they_are(run: Run, broken: redis.Redis, redis_url: str) -> None:
    """Large figures are written as their options take them."""
    plan = run(
        *("convert", redis_url, *TO, "--prefix", "api:", "--max-lag", "2w", "--rate", "2000000"),
    )

    words = shlex.split(plan.document["next"])
    assert run(*words[1:]).counts == {"selected": 300, "converted": 300}
