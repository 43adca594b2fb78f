"""`shelflife floor`: what it shows, what it refuses, and what takes a change back."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import shelflife as package
from fleet.conftest import HIGH, KEY, LOW, Ran, until
from fleet.started import commit
from shelflife import Cache
from shelflife.cli.command import shelflife
from shelflife.fleet.framing import unframe
from shelflife.fleet.records import Commit, Declared, Hold, Pin, Remembered
from shelflife.floors import parse_floor

Floor = Callable[..., Ran]
Join = Callable[..., Cache]
DAY = 86400.0


def again(command: str) -> list[str]:
    """The words of a command that was shown, without those that the fixture adds."""
    words = shlex.split(command.replace("to take it back: ", ""))[3:]
    return [word for word in words if word not in ("--fleet", "api")]


def test_status_says_who_lives_and_why(floor: Floor, join: Join) -> None:
    """Releases, what each reads and writes, and the next command."""
    cache = join("one")
    join("two", prefix="b:", reads=None, fleet_minimum="python>=3.9")
    until(lambda: len(floor("status").document["releases"]) == 2)

    ran = floor("status")
    assert ran.code == 1  # two reads no werkzeug, which one writes
    assert ran.document["floor"] == LOW
    assert ran.document["base"] == "minimum"
    one, two = ran.document["releases"]
    assert (one["release"], one["processes"], one["writes"]) == ("one", 1, [str(cache.floor)])
    assert two["reads"] == [one["reads"][0].replace(", werkzeug", "")]
    assert [finding["kind"] for finding in ran.document["findings"]] == [
        "conflict",
        "unreadable-writes",
    ]
    assert floor(*again(ran.document["findings"][0]["command"]), "--execute").code == 0
    until(lambda: floor("status").code == 0, 7)
    assert "nothing was committed" in ran.said
    assert ran.said.rstrip().endswith(f"Next: {ran.document['next']}")


def test_status_without_anybody(floor: Floor) -> None:
    """Is no error."""
    ran = floor("status")

    assert (ran.code, ran.document["releases"]) == (0, [])
    assert "no process of this fleet" in ran.said


def test_nothing_is_done_without_execute(floor: Floor, join: Join, client: Any) -> None:
    """Each command shows its plan, and the command that carries it out."""
    cache = join()
    before = client.hgetall(KEY)
    for words in (
        ("raise", "python>=3.9"),
        ("lower", LOW),
        ("hold", "--reason", "it burns"),
        ("pin", "new", "--until", "2d"),
        ("declare", "old", "--reads", "werkzeug", "--python", "2.7"),
    ):
        ran = floor(*words)
        assert ran.code == 0, ran.said
        assert not ran.document["executed"]
        assert "A PLAN" in ran.said
        assert again(ran.document["next"]) == [*words, "--execute"]
    after = client.hgetall(KEY)
    assert {f for f in after if not f.startswith(b"member")} == {
        f for f in before if not f.startswith(b"member")
    }
    assert str(cache.floor) == LOW


def test_every_change_is_taken_back_by_the_command_it_names(
    floor: Floor, join: Join, client: Any
) -> None:
    """Down, held, pinned, declared; the registry is as it was then."""
    join()
    assert floor("raise", HIGH, "--execute").code == 0
    for words, field in (
        (("lower", LOW), None),
        (("hold", "--reason", "it burns"), b"hold"),
        (("pin", "new", "--until", "2d"), b"pin:new"),
        (("declare", "old", "--reads", "werkzeug", "--python", "2.7"), b"declare:old"),
    ):
        ran = floor(*words, "--execute")
        assert ran.code == 0, ran.said
        assert field is None or client.hexists(KEY, field)
        back = floor(*again(ran.document["back"]))
        assert back.code == 0, back.said
        assert back.document["executed"]
        assert field is None or not client.hexists(KEY, field)
        assert floor("status").document["floor"] == HIGH


def test_taking_back_is_taken_back_as_well(floor: Floor, join: Join, client: Any) -> None:
    """What was removed comes back as it was."""
    join()
    for words, undo, field in (
        (("pin", "new", "--until", "2d"), ("unpin", "new"), b"pin:new"),
        (
            ("declare", "old", "--reads", "werkzeug", "--python", "2.7"),
            ("undeclare", "old"),
            b"declare:old",
        ),
        (("hold", "--reason", "it's bad"), ("hold", "--release"), b"hold"),
    ):
        assert floor(*words, "--execute").code == 0
        ran = floor(*undo, "--execute")
        assert not client.hexists(KEY, field)
        assert floor(*again(ran.document["back"])).code == 0
        assert client.hexists(KEY, field)


def test_raise_is_refused_while_somebody_would_not_read_it(
    floor: Floor, join: Join, client: Any
) -> None:
    """A pinned release, a declared one, a live one: each is named, and nothing is changed."""
    cache = join()
    floor("pin", "older", "--until", "2d", "--reads", "werkzeug", "--python", "3.8", "--execute")
    floor("declare", "oldest", "--reads", "werkzeug", "--python", "2.7", "--execute")

    ran = floor("raise", "python>=3.99", "--execute")
    assert (ran.code, ran.document["executed"]) == (1, False)
    said = "\n".join(ran.document["refusals"])
    assert "pinned release older: it reads werkzeug, not shelflife; it runs on Python 3.8" in said
    assert "declared release oldest" in said
    assert "release new (1 live): it runs on Python" in said
    assert not client.hexists(KEY, "floor")
    assert str(cache.floor) == LOW


def test_raise_is_refused_while_it_is_held(floor: Floor, join: Join) -> None:
    """With the reason; lowering goes on working."""
    join()
    floor("raise", HIGH, "--execute")
    floor("hold", "--reason", "incident 7", "--as", "ana", "--execute")
    assert floor("lower", LOW, "--execute").code == 0

    ran = floor("raise", HIGH, "--execute")
    assert ran.code == 1
    assert ran.document["refusals"] == ["ana holds the floor: incident 7"]


def test_raise_asks_somebody(floor: Floor) -> None:
    """Where nobody lives, too little was seen."""
    ran = floor("raise", HIGH, "--execute")

    assert (ran.code, ran.document["executed"]) == (3, False)


def test_a_record_says_who_saw_whom(floor: Floor, join: Join, client: Any) -> None:
    """Readers, who, when, and the floor before."""
    join("one")
    began = time.time()
    floor("raise", "python>=3.8, werkzeug", "--as", "ana", "--execute")
    floor("raise", HIGH, "--as", "bob", "--execute")

    record = Commit.of(unframe(client.hget(KEY, "floor")))
    assert str(record.floor) == HIGH
    assert str(record.previous) == "python>=3.8, werkzeug"
    assert record.by == "bob"
    assert record.at is not None
    assert began - 1 < record.at < time.time() + 1
    assert [(row["kind"], row["name"], row["count"]) for row in record.readers] == [
        ("live", "one", 1)
    ]


def test_two_at_once_do_not_undo_each_other(floor: Floor, join: Join, client: Any) -> None:
    """Whoever was slower looks again."""
    join()
    names = [f"r{number}" for number in range(8)]
    reach = ("--reads", "shelflife", "--python", "3.9")
    words = ("declare", *reach, "--execute", "--fleet", "api")
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - no file
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "shelflife.cli", "floor", url(client), *words, name],
                stdout=nowhere,
                env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parent.parent)},
            )
            for name in names
        ]
        codes = [one.wait(60) for one in running]

    done = {name for name, code in zip(names, codes) if code == 0}
    assert {field.decode()[8:] for field in client.hkeys(KEY) if field[:7] == b"declare"} == done
    assert len(done) >= 3


def url(client: Any) -> str:
    """The URL of the server that a client is of."""
    options = client.connection_pool.connection_kwargs
    return f"redis://{options['host']}:{options['port']}/0"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pin", "new", "--until", "2020-01-01", "--execute"), "past"),
        (("pin", "new", "--until", "0s", "--execute"), "past"),
        (("pin", "new", "--until", "soon"), "2026-12-24"),
        (("pin", "nobody", "--until", "2d"), "those that are: new"),
        (("pin", "new", "--until", "2d", "--reads", "werkzeug"), "--python"),
        (("pin", "new", "--until", "2d", "--reads", "pickles", "--python", "3.8"), "pickles"),
        (("pin", "a\nb", "--until", "2d", "--reads", "werkzeug", "--python", "3.8"), "printable"),
        (("unpin", "nobody"), "not pinned"),
        (("undeclare", "nobody"), "not declared"),
        (("declare", "x"), "--reads werkzeug"),
        (("hold",), "--reason"),
        (("hold", "--reason", "x", "--release"), "--reason"),
        (("hold", "--reason", " "), "printable"),
        (("hold", "--release"), "not held"),
        (("raise", "python>=2.7, python>=3.8"), "two floors"),
        (("raise", "fleet"), "nothing is known of fleet"),
        (("raise", ""), "empty"),
        (("raise", "shelflife>=7"), "formats 1 to"),
        (("lower", "python>=3.9"), "say raise"),
        (("raise", HIGH, "--as", "a\nb"), "printable"),
    ],
    ids=str,
)
def test_bad_input_is_a_sentence(
    floor: Floor, join: Join, words: tuple[str, ...], said: str
) -> None:
    """With exit code 2."""
    join()
    ran = floor(*words)

    assert ran.code == 2
    assert said in ran.said


def test_raising_to_what_it_is_already_is_an_error(floor: Floor, join: Join) -> None:
    """As is lowering to something higher."""
    join()
    floor("raise", HIGH, "--execute")

    assert "no higher" in floor("raise", HIGH).said
    assert "no higher" in floor("raise", "python>=3.8, werkzeug").said
    assert "say raise" in floor("lower", "python>=3.12").said


def test_readers_without_a_form_in_common_are_refused(floor: Floor, join: Join) -> None:
    """A fleet that reads no werkzeug cannot serve one that reads nothing else."""
    join(reads=None, fleet_minimum="python>=3.9")
    ran = floor("declare", "old", "--reads", "werkzeug", "--python", "2.7", "--execute")

    assert ran.code == 2
    assert "no form that all its readers read" in ran.said


@pytest.mark.parametrize(
    ("until_text", "seconds"), [("2d", 2 * DAY), ("90m", 5400.0), ("DAY", None), ("MOMENT", 3600.0)]
)
def test_a_pin_lasts_as_long_as_was_said(
    floor: Floor, join: Join, client: Any, until_text: str, seconds: Any
) -> None:
    """A day lasts until it ends, in UTC."""
    join()
    now = datetime.now(timezone.utc)
    if until_text == "DAY":
        until_text = now.strftime("%Y-%m-%d")
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        seconds = (midnight + timedelta(days=1) - now).total_seconds()
    elif until_text == "MOMENT":
        until_text = (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
    assert floor("pin", "new", "--until", until_text, "--execute").code == 0

    pin = Pin.of(unframe(client.hget(KEY, "pin:new")))
    assert abs(pin.until - now.timestamp() - seconds) < 5
    assert pin.reach == join().floor or pin.reach.writes == "shelflife"


def test_a_release_can_be_pinned_when_it_is_gone(floor: Floor, join: Join) -> None:
    """What it read is remembered."""
    join("gone").close()
    join("new", prefix="b:")

    ran = floor("pin", "gone", "--until", "1d", "--execute")
    assert ran.code == 0, ran.said
    assert "shelflife>=1, werkzeug" in ran.said


def test_what_was_forgotten_is_found(floor: Floor, join: Join, client: Any) -> None:
    """A flip, a pin that has expired, an old hold: each with its command."""
    join()
    now = time.time()
    reach = parse_floor("python>=3.9, shelflife, werkzeug")
    commit(client, "python>=3.8, werkzeug")
    client.hset(KEY, "release:new", Remembered(reach, now - 3 * DAY, now).framed())
    client.hset(KEY, "pin:x", Pin(reach, now - DAY, "ana", now - 9 * DAY).framed())

    found = {row["kind"]: row for row in floor("status").document["findings"]}
    assert set(found) == {"forgotten-flip", "expired-pin"}
    assert "unpin x" in found["expired-pin"]["command"]
    flip = again(found["forgotten-flip"]["command"])
    assert flip[0] == "raise"
    assert floor(*flip, "--execute").code == 0
    assert "forgotten-flip" not in str(floor("status").document["findings"])
    client.hset(KEY, "hold", Hold("x", "ana", now - 8 * DAY).framed())
    assert "old-hold" in str(floor("status").document["findings"])


def test_a_flip_is_not_forgotten_while_a_release_of_today_needs_it(
    floor: Floor, join: Join, client: Any
) -> None:
    """Nor while it is held, or was committed today."""
    join()
    now = time.time()
    both, low = parse_floor("python>=3.9, shelflife, werkzeug"), parse_floor(LOW)
    commit(client, LOW)
    client.hset(KEY, "release:new", Remembered(both, now - 3 * DAY, now).framed())
    client.hset(KEY, "release:old", Remembered(low, now - 9 * DAY, now - 3600).framed())
    assert floor("status").document["findings"] == []
    client.hset(KEY, "release:old", Remembered(low, now - 9 * DAY, now - 2 * DAY).framed())
    assert "forgotten-flip" in str(floor("status").document["findings"])
    client.hset(KEY, "hold", Hold("x", "ana", now).framed())
    assert floor("status").document["findings"] == []
    client.hdel(KEY, "hold")
    client.hset(KEY, "floor", Commit(low, None, "ana", now - 60, ()).framed())

    assert floor("status").document["findings"] == []


def test_corrupt_fields_are_shown_and_removed(floor: Floor, join: Join, client: Any) -> None:
    """By the command that the status names; raising is refused meanwhile."""
    cache = join()
    client.hset(KEY, "pin:x", b"1 00000000 {}")
    client.hset(KEY, "declare:y", Declared(parse_floor(LOW), "a", None).framed()[:-1])
    client.hset(KEY, "later:z", b"?")
    commit(client)
    ran = floor("status")
    kinds = [finding["kind"] for finding in ran.document["findings"]]
    assert (ran.code, kinds) == (1, ["corrupt", "corrupt", "unknown-field"])
    assert floor("raise", "python>=3.10", "--execute").code == 1
    time.sleep(0.5)
    assert str(cache.floor) == LOW

    for finding in ran.document["findings"][:2]:
        assert floor(*again(finding["command"]), "--execute").code == 0
    assert floor("status").code == 0
    until(lambda: cache.floor.writes == "shelflife", 1.5)


def test_a_corrupt_floor_is_replaced_by_the_next(floor: Floor, join: Join, client: Any) -> None:
    """It speaks against nothing: nothing is committed."""
    cache = join()
    client.hset(KEY, mapping={"floor": b"rubbish", "version": b"rubbish"})
    assert floor("raise", HIGH, "--execute").code == 0

    until(lambda: cache.floor.writes == "shelflife", 1.5)


def test_a_key_that_is_no_hash_is_a_sentence(floor: Floor, client: Any) -> None:
    """The status shows it, and changes say what to do."""
    client.set(KEY, "text")

    assert floor("status").code == 1
    ran = floor("declare", "x", "--reads", "werkzeug", "--python", "2.7", "--execute")
    assert ran.code == 2
    assert "remove that key" in ran.said


def test_the_url_and_the_fleet_may_come_from_the_environment(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the fleet before the command."""
    run = CliRunner()
    assert run.invoke(shelflife, ["floor", redis_url, "--fleet", "api", "status"]).exit_code == 0
    assert run.invoke(shelflife, ["floor", redis_url, "--fleet=api", "status"]).exit_code == 0
    missing = run.invoke(shelflife, ["floor", redis_url, "status"])
    assert "which fleet?" in missing.output
    monkeypatch.setenv("SHELFLIFE_URL", redis_url)
    monkeypatch.setenv("SHELFLIFE_FLEET", "api")
    assert run.invoke(shelflife, ["floor", "status"]).exit_code == 0


def test_a_password_is_never_shown(server: Any, client: Any, tmp_path: Path) -> None:
    """Neither in the report nor in the commands it names."""
    client.execute_command("ACL", "SETUSER", "ops", "on", ">hush-hush", "~*", "+@all")
    report = tmp_path / "r.json"
    given = server.url.replace("//", "//ops:hush-hush@")
    words = ["floor", given, "status", "--fleet", "api", "--json", str(report)]
    done = CliRunner().invoke(shelflife, words)
    wrong = CliRunner().invoke(shelflife, [*words[:1], given.replace("hush-", "hash-"), *words[2:]])
    client.execute_command("ACL", "DELUSER", "ops")

    assert done.exit_code == 0
    assert "hush" not in done.output + report.read_text() + json.dumps(wrong.output)
    assert "hash-" not in wrong.output


def test_a_server_that_is_not_there_is_a_sentence(floor: Floor) -> None:
    """With exit code 2."""
    ran = floor("status", url="redis://127.0.0.1:1/0")

    assert ran.code == 2
    assert "cannot be reached" in ran.said
