"""What cannot work: a clear sentence, exit code 2 or the refused list, and nothing half done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from conftest import python
from repair.conftest import Ran, contents
from repair.test_convert import written
from shelflife.testing import PrivateServer

Run = Callable[..., Ran]
TO = ("--to", "werkzeug", "--floor", "2.7")
FAST = ("--batch-time", "1000")


@pytest.fixture
def broken(client: redis.Redis) -> redis.Redis:
    """A cache of 300 entries that 2.7 does not read."""
    entry = written("3.8", "{'a': 1, 'b': list(range(50))}")
    client.mset({f"api:{number}": entry for number in range(300)})
    return client


def test_a_journal_of_another_server_is_refused(
    run: Run, broken: redis.Redis, redis_url: str
) -> None:
    """Neither undo nor resume takes one; nothing is changed on either server."""
    run("convert", redis_url, *TO, "--execute", "--journal", "j")
    converted = contents(broken)
    with PrivateServer() as other:
        undone = run("undo", "j", "--execute", "--url", other.url)
        resumed = run("convert", other.url, *TO, "--execute", "--journal", "j", "--resume")

    for ran in (undone, resumed):
        assert ran.code == 2
        assert "another server" in ran.said
    assert contents(broken) == converted


def test_the_same_server_by_another_name_is_known(
    run: Run, broken: redis.Redis, server: PrivateServer
) -> None:
    """The run of the server says that it is the same, whatever it is called."""
    before = contents(broken)
    run("convert", server.url, *TO, "--execute", "--journal", "j")

    done = run("undo", "j", "--execute", "--url", server.url.replace("127.0.0.1", "localhost"))

    assert done.counts == {"selected": 300, "restored": 300}
    assert contents(broken) == before


def test_what_is_no_journal_is_left_as_it_is(run: Run, redis_url: str, tmp_path: Path) -> None:
    """A file of something else is neither read as a journal nor overwritten."""
    (tmp_path / "notes.txt").write_text("my notes")

    for words in (
        ("undo", "notes.txt"),
        ("convert", redis_url, *TO, "--execute", "--journal", "notes.txt"),
        ("convert", redis_url, *TO, "--execute", "--journal", "notes.txt", "--resume"),
    ):
        assert run(*words).code == 2
        assert (tmp_path / "notes.txt").read_text() == "my notes"


def test_a_journal_goes_on_with_its_own_command_only(
    run: Run, broken: redis.Redis, redis_url: str
) -> None:
    """Another option, another action, or an undo in between: each is refused by name."""
    words = ("convert", redis_url, *TO, "--execute", "--journal", "j")
    run(*words)

    again = run(*words)
    other = run(*words, "--resume", "--prefix", "x:")
    purge = run("purge", redis_url, "--prefix", "x:", "--execute", "--journal", "j", "--resume")
    run("undo", "j", "--execute")
    undone = run(*words, "--resume")

    assert "--resume" in again.said
    assert "--prefix" in other.said
    assert "is of `shelflife convert`" in purge.said
    assert "has been undone" in undone.said
    assert [ran.code for ran in (again, other, purge, undone)] == [2, 2, 2, 2]


def test_resume_of_what_is_finished_changes_nothing(
    run: Run, broken: redis.Redis, redis_url: str
) -> None:
    """It says the same again, and leaves cache and journal as they are."""
    words = ("convert", redis_url, *TO, "--execute", "--journal", "j", "--resume")
    first = run(*words)
    broken.set("api:later", written("3.8", "[1]"))
    before, size = contents(broken), Path("j").stat().st_size

    second = run(*words)

    assert first.counts == second.counts == {"selected": 300, "converted": 300}
    assert contents(broken) == before
    assert Path("j").stat().st_size == size


def test_a_full_disk_stops_before_the_cache_is_touched(
    broken: redis.Redis, redis_url: str, tmp_path: Path
) -> None:
    """What is not in the journal is not changed; --resume finishes it when there is room."""
    entry = os.urandom(3000).hex()
    broken.mset({f"big:{n}": written("3.8", f"'{entry}{n}'") for n in range(100)})
    words = ["convert", redis_url, *TO, "--execute", "--journal", str(tmp_path / "j")]
    program = (
        "import resource, sys\n"
        "limit = int(sys.argv.pop(1))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))\n"
        "from shelflife.cli.command import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )

    def limited(size: int, *more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, str(size), *words, *more],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )

    stopped = limited(30_000)
    protocols = [value[0][2] for value in contents(broken).values()]
    resumed = limited(10_000_000, "--resume")

    assert stopped.returncode == 2
    assert "the journal cannot be written" in stopped.stdout
    assert "--resume" in stopped.stdout
    assert 5 in protocols
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert "400 selected = 400 converted" in resumed.stdout


def test_a_replica_is_said_to_be_one(run: Run, broken: redis.Redis, redis_url: str) -> None:
    """It is refused before anything is written, and a plan works on it."""
    broken.replicaof("127.0.0.1", "1")
    try:
        plan = run("convert", redis_url, *TO)
        refused = run("convert", redis_url, *TO, "--execute", "--journal", "j")
    finally:
        broken.replicaof("NO", "ONE")

    assert plan.counts == {"selected": 300, "converted": 300}
    assert refused.code == 2
    assert "is a replica" in refused.said
    assert not Path("j").exists()


RIGHTS = ["+scan", "+get", "+mget", "+pttl", "+type", "+ping", "+time", "+client", "+info"]


@pytest.fixture
def some(broken: redis.Redis) -> Iterator[Callable[..., str]]:
    """Makes a user with some rights, and gives their part of the URL."""

    def make(*rights: str) -> str:
        broken.acl_setuser(
            "some", enabled=True, passwords=["+pw"], keys=["*"], reset=True, commands=list(rights)
        )
        return "some:pw@"

    yield make
    broken.acl_deluser("some")


def test_without_the_right_to_write_nothing_is_half_done(
    run: Run, broken: redis.Redis, redis_url: str, some: Callable[..., str]
) -> None:
    """The sentence names the rights it takes; with them, --resume finishes."""
    before = contents(broken)
    url = redis_url.replace("redis://", "redis://" + some(*RIGHTS))
    words = ("convert", url, *TO, "--execute", "--journal", "j", "--resume")

    denied = run(*words)

    assert denied.code == 2
    assert "it takes WATCH" in denied.said
    assert "pw" not in denied.said
    assert contents(broken) == before
    some(*RIGHTS, "+watch", "+multi", "+exec", "+discard", "+set")
    assert run(*words).counts == {"selected": 300, "converted": 300}


@pytest.mark.parametrize(
    "rights",
    [("+watch", "+multi", "+exec", "+discard"), ("+eval", "+evalsha")],
    ids=["no scripts", "scripts only"],
)
def test_scripts_or_transactions_suffice(
    run: Run,
    broken: redis.Redis,
    redis_url: str,
    some: Callable[..., str],
    rights: tuple[str, ...],
) -> None:
    """Where one of the two is denied, the other does; INFO, CLIENT and TIME can be spared."""
    least = ("+scan", "+get", "+pttl", "+type", "+set", "+unlink", "+ping")
    url = redis_url.replace("redis://", "redis://" + some(*least, *rights))

    done = run("convert", url, *TO, "--execute", "--journal", "j")

    assert done.counts == {"selected": 300, "converted": 300}
    assert run("undo", "j", "--execute", "--url", url).counts == {"selected": 300, "restored": 300}


def test_a_full_server_stops_the_run(run: Run, broken: redis.Redis, redis_url: str) -> None:
    """It says so; what was written is counted, and --resume finishes when there is room."""
    to = ("--to", "portable", "--even-if-unread")
    words = ("convert", redis_url, *to, "--execute", "--journal", "j", "--resume")
    broken.config_set("maxmemory", 1)
    try:
        stopped = run(*words)
    finally:
        broken.config_set("maxmemory", 0)

    assert stopped.code == 2
    assert "out-of-memory" in stopped.said
    assert run(*words).counts == {"selected": 300, "converted": 300}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "werkzeug"), "needs --floor"),
        (("--to", "portable", "--floor", "2.7"), "portable has none"),
        ((*TO, "--fails", "old"), "no --target has that name"),
        ((*TO, "--target", "python2.7", "--changed", "python2.7"), "--stage trial"),
        ((*TO, "--resume", "--execute"), "needs --journal"),
        (("--to", "werkzeug", "--floor", "2.6"), "floor"),
        ((*TO, "--allow", "not a name"), "not a name"),
        ((*TO, "--types", "os:path"), "no shelflife.Types"),
        ((*TO, "--reason", "whatever"), "whatever"),
        ((*TO, "--rate", "0"), "0"),
        ((*TO, "--execute", "--journal", "no/such/folder/j"), "cannot be written"),
        ((*TO, "--execute", "--max-memory", "90"), "memory"),
    ],
)
def test_options_that_cannot_work_are_named(
    run: Run, broken: redis.Redis, redis_url: str, words: tuple[str, ...], said: str
) -> None:
    """Each is refused by a sentence that says what would work; nothing is changed."""
    before = contents(broken)

    refused = run("convert", redis_url, *words)

    assert refused.code == 2
    assert said in refused.said
    assert contents(broken) == before


def test_a_server_that_is_not_there_is_said(run: Run) -> None:
    """A sentence, and no traceback."""
    gone = run("convert", "redis://127.0.0.1:1/0", *TO)

    assert gone.code == 2
    assert "cannot be reached" in gone.said


def test_a_cache_that_evicts_by_use_is_not_read_unasked(
    run: Run, broken: redis.Redis, redis_url: str
) -> None:
    """Reading would make all entries look used: it is refused, unless that is accepted."""
    info: Any = broken.info("server")
    if int(str(info["redis_version"]).split(".")[0]) >= 7:
        pytest.skip("this server may have CLIENT NO-TOUCH")
    broken.config_set("maxmemory", "1gb")
    broken.config_set("maxmemory-policy", "allkeys-lru")
    try:
        refused = run("convert", redis_url, *TO)
        accepted = run("convert", redis_url, *TO, "--accept-touch")
    finally:
        broken.config_set("maxmemory", 0)
        broken.config_set("maxmemory-policy", "noeviction")

    assert refused.code == 2
    assert "--accept-touch" in refused.said
    assert accepted.code == 0


def test_two_runs_never_share_a_journal(
    run: Run, broken: redis.Redis, redis_url: str, tmp_path: Path
) -> None:
    """The second one is told that the journal is in use."""
    pytest.importorskip("fcntl")
    run("convert", redis_url, *TO, "--execute", "--journal", "j")
    program = (
        "import fcntl, sys\nf = open(sys.argv[1], 'r+b')\nfcntl.flock(f, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\nsys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "j")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        refused = run("undo", "j", "--execute")
        holder.stdin.close()

    assert refused.code == 2
    assert "in use" in refused.said


def test_python_of_the_target_is_needed(run: Run, redis_url: str) -> None:
    """A target that does not answer is named."""
    python("2.7")

    refused = run("convert", redis_url, *TO, "--target", "old=/no/such/python2.7")

    assert refused.code == 2
    assert "old" in refused.said
