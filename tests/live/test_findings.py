"""What may be excused, what is written besides, and what bad input gets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
import redis

from conftest import python
from live.conftest import NEW, OLD, Ran, pickled
from shelflife.pickles import AllowList
from shelflife.runtimes import open_target
from shelflife.testing.servers import free_port


@pytest.fixture
def broken(client: redis.Redis) -> redis.Redis:
    """A cache with one kind of entry that the new release cannot read."""
    for number in range(4):
        client.set(f"api:a:{number}", b"!" + pickled(OLD, "{'t': '\\xc3\\xa9'}"))
    return client


def waiver(tmp_path: Path, until: date, finding: str = "py2-bytes") -> str:
    """A waiver file for the upgrade and the rollback of that entry."""
    file = tmp_path / "waivers.toml"
    both = (("new", finding), ("new->old", "protocol"))
    file.write_text(
        "\n".join(
            f'[[waive]]\nkey_class = "api:a:*"\ntarget = "{target}"\nfinding = "{found}"\n'
            f'because = "ages out before the deploy"\nuntil = {until}\n'
            for target, found in both
        )
    )
    return str(file)


def test_a_waiver_excuses_until_its_day(
    audit: Callable[..., Ran],
    broken: redis.Redis,
    redis_url: str,
    both: list[str],
    tmp_path: Path,
) -> None:
    """With its reason in the report; a day later, or for another finding, it excuses nothing."""
    words = [*both, "--prefix", "api:"]
    today = date.today()
    assert audit(redis_url, *words).code == 1
    waived = audit(redis_url, *words, "--waive", waiver(tmp_path, today))
    late = audit(redis_url, *words, "--waive", waiver(tmp_path, today - timedelta(days=1)))
    other = audit(redis_url, *words, "--waive", waiver(tmp_path, today, "missing-name"))

    assert (waived.code, late.code, other.code) == (0, 1, 1)
    assert "ages out before the deploy" in waived.said
    assert broken.dbsize() == 4


def test_a_baseline_fails_only_on_what_is_new(
    audit: Callable[..., Ran],
    broken: redis.Redis,
    redis_url: str,
    both: list[str],
    tmp_path: Path,
) -> None:
    """What was known stays known; another class of keys, or another finding, does not."""
    baseline = tmp_path / "baseline.json"
    words = [*both, "--prefix", "api:"]
    baseline.write_text(json.dumps(audit(redis_url, *words).document))
    same = audit(redis_url, *words, "--against", str(baseline))
    broken.set("api:b:1", b"!" + pickled(OLD, "{'t': '\\xc3\\xa9'}"))
    more = audit(redis_url, *words, "--against", str(baseline))

    assert (same.code, same.document["baseline"]["known"]) == (0, 1)
    assert (more.code, more.document["baseline"]["new"]) == (1, 1)


def test_the_allow_list_is_one(
    audit: Callable[..., Ran], client: redis.Redis, redis_url: str, tmp_path: Path
) -> None:
    """The file holds the names that are not safe by themselves, and `AllowList` reads it."""
    client.set("api:a", b"!" + pickled(NEW, "__import__('argparse').Namespace(a=1)"))
    client.set("api:b", b"!" + pickled(NEW, "datetime.datetime(2020, 1, 1)"))
    client.set("api:c", b"!\x80\x04\x8c\x07no\nname\x8c\x01x\x93.")
    file = tmp_path / "allow.txt"
    audit(redis_url, "--target", "python3.8", "--allow-list", str(file))

    assert AllowList.from_file(file).permits("argparse", "Namespace")
    assert [line.split()[0] for line in file.read_text().splitlines()] == [
        "#",
        "argparse.Namespace",
    ]


def test_what_a_release_reads_is_not_guessed(
    audit: Callable[..., Ran], client: redis.Redis, redis_url: str
) -> None:
    """`--reads` judges by that reader: what werkzeug hands out as bytes is not a failure."""
    client.set("api:a", b'{"a": 1}')
    guessed = audit(redis_url, "--target", "python3.8")
    declared = audit(redis_url, "--target", "python3.8", "--reads", "werkzeug")

    assert guessed.lines[0]["dialect"] == "json"
    assert declared.lines[0]["dialect"] == "werkzeug"
    assert declared.lines[0]["verdicts"]["python3.8"]["verdict"] == "reads"


def test_state_is_told_apart(
    audit: Callable[..., Ran], client: redis.Redis, redis_url: str
) -> None:
    """Sessions, queues, jobs and locks are never called cache, whatever Redis type they have."""
    client.set("session:abc", b'{"_permanent": true}')
    client.hset("rq:job:1", mapping={"data": pickled(NEW, "('f', None, (), {})")})
    client.rpush("huey.redis.q", pickled(NEW, "{'a': 1}"))
    client.xadd("rq:results:1", {"return_value": b"gASIfi4="})
    client.set("jobs:lock", b"0b5c2b8e9c2c4b62a2a2a4d24f3f7a11")
    ran = audit(redis_url, "--target", "python3.8")

    states = {line["key"]: line.get("state") for line in ran.lines}
    assert all(states.values()), states
    assert "never purge" in ran.said


BAD = {
    "no answer": (["--target", "it=sh -c 'sleep 60'"], "silent|answer"),
    "no python": (["--target", "it=true"], "Python"),
    "no command": (["--target", "it=/nowhere/python"], "nowhere"),
    "not a target": (["--target", "python1.5"], "python"),
    "an unknown version": (["--target", "python3.99"], r"3\.99"),
    "twice the same name": (["--target", "python3.8", "--target", "python3.8"], "two targets"),
    "no setup": (["--target", "python3.8", "--setup", "/nowhere/setup.py"], "nowhere"),
    "no span": (["--target", "python3.8", "--deploy-in", "soon"], "span of time"),
    "no prefix": (["--target", "python3.8", "--prefix", "zzz:"], "no key below"),
    "no target": ([], "--target"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_a_sentence(
    name: str,
    audit: Callable[..., Ran],
    client: redis.Redis,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit code 2, one paragraph, no traceback."""
    monkeypatch.setattr(  # the real thing, less patient
        "shelflife.cli.targets.open_target",
        lambda spec, **more: open_target(spec, **more, timeout=3.0),
    )
    client.set("a", b"1")
    words, says = BAD[name]
    ran = audit(redis_url, *words)

    assert ran.code == 2
    assert re.search(says, ran.said), ran.said
    assert "Traceback" not in ran.said


def test_bad_sources_and_files(audit: Callable[..., Ran], redis_url: str, tmp_path: Path) -> None:
    """An unreachable server, no file, no RDB, a baseline and waivers of another kind."""
    target = ["--target", "python3.8"]
    other = tmp_path / "other.json"
    other.write_text('{"schema": "else"}')
    toml = tmp_path / "waivers.toml"
    toml.write_text("[[waive]]\nkey_class = 'a'\n")
    text = tmp_path / "dump.rdb"
    text.write_text("no rdb")
    said = {
        "server": audit(f"redis://127.0.0.1:{free_port()}/0", *target),
        "missing": audit(str(tmp_path / "none.rdb"), *target),
        "text": audit(str(text), *target),
        "baseline": audit(redis_url, *target, "--against", str(other)),
        "waivers": audit(redis_url, *target, "--waive", str(toml)),
        "empty": audit(redis_url, *target),
        "memory": audit("memory://", *target),
    }

    assert {name: ran.code for name, ran in said.items()} == dict.fromkeys(said, 2)
    assert "cannot be read" in said["server"].said
    assert "neither a URL" in said["missing"].said
    assert "no .rdb file" in said["text"].said
    assert "schema" in said["baseline"].said
    assert "must have just these" in said["waivers"].said
    assert "holds no key" in said["empty"].said
    assert "one process" in said["memory"].said


def test_a_password_is_never_shown(audit: Callable[..., Ran], redis_url: str) -> None:
    """Neither in the report's next command nor in an error."""
    secret = redis_url.replace("redis://", "redis://:s3cret@")
    ran = audit(secret, "--target", "python3.8")

    assert ran.code == 2
    assert "s3cret" not in ran.said


def test_two_releases_of_a_service(
    audit: Callable[..., Ran], client: redis.Redis, redis_url: str, tmp_path: Path
) -> None:
    """A class that is renamed: the upgrade fails by name; what is written then fails on the old."""
    paths = {}
    for release, name in (("old", "Article"), ("new", "Story")):
        folder = tmp_path / release / "app"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "models.py").write_text(f"class {name}:\n    pass\n")
        paths[release] = f"{release}=env PYTHONPATH={tmp_path / release} {python(NEW)}"
    client.set("api:a", b"!\x80\x04\x8c\x0aapp.models\x8c\x07Article\x93)\x81.")
    client.set("api:b", b"!\x80\x04\x8c\x0aapp.models\x8c\x05Story\x93)\x81.")
    targets = ["--target", paths["old"], "--target", paths["new"]]
    ran = audit(redis_url, *targets, "--stage", "trial")

    assert ran.code == 1
    verdicts = {line["key"]: line for line in ran.lines}
    assert verdicts["api:a"]["verdicts"]["new"]["reason"] == "missing-name"
    assert verdicts["api:b"]["rewritten"]["new->old"]["reason"] == "missing-name"
    assert ran.document["order"]["verdict"] == "none"
