"""From the audit's fixes to a cache that is whole: each command it names is run as it stands."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import redis

from conftest import python
from repair.conftest import Ran
from repair.test_convert import written

Run = Callable[..., Ran]


def test_the_commands_of_an_audit_repair_what_it_found(
    run: Run, client: redis.Redis, redis_url: str
) -> None:
    """Its fixes name plans, these name their execution, and the next audit finds nothing."""
    for number in range(30):
        client.set(f"api:article:{number}", written("2.7", r"{'t': 'caf\xc3\xa9'}"), px=90_000)
    client.set("api:members:1", written("2.7", "__import__('sets').Set([1])"))
    targets = ("--target", f"old={python('2.7')}", "--target", "new=" + python("3.8"))
    found = run("audit", redis_url, *targets, "--prefix", "api:")
    commands = [fix["command"] for fix in found.document["fixes"]]
    plans = [words for command in commands if (words := shlex.split(command))[:1] == ["shelflife"]]

    assert [plan[1] for plan in plans] == ["convert", "purge"]
    for plan in plans:
        more = ["--even-if-unread"] if plan[1] == "convert" else []
        planned = run(*plan[1:], *more)
        assert planned.document["executed"] is False
        execute = shlex.split(planned.document["next"])
        assert "--execute" in execute
        done = run(*execute[1:])
        assert done.code == 0
        undo = shlex.split(done.document["next"].partition(": ")[2])
        assert undo[:2] == ["shelflife", "undo"]

    assert client.exists("api:members:1") == 0
    again = run("audit", redis_url, "--target", "python3.12", "--prefix", "api:")
    assert again.document["upgrade"]["verdict"] == "safe"
