"""Convert, from the command line, on a real server, with what real Pythons wrote and read."""

from __future__ import annotations

import pickle
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from conftest import python
from repair.conftest import Ran, contents
from shelflife import Cache
from shelflife.dialects import recognise
from shelflife.dialects.recognition import Stored

Run = Callable[..., Ran]

WRITE = """
import sys, datetime
try:
    import cPickle as pickle
except ImportError:
    import pickle
value = {expression}
out = getattr(sys.stdout, "buffer", sys.stdout)
out.write(b"!" + pickle.dumps(value, {protocol}))
"""
READ = """
import sys, pickle
entry = getattr(sys.stdin, "buffer", sys.stdin).read()
assert entry[:1] == b"!", entry[:1]
sys.stdout.write(repr(pickle.loads(entry[1:])))
"""


def written(version: str, expression: str, protocol: str = "pickle.HIGHEST_PROTOCOL") -> bytes:
    """What werkzeug or cachelib on that Python writes for a value."""
    program = WRITE.format(expression=expression, protocol=protocol)
    done = subprocess.run([python(version), "-c", program], capture_output=True, check=True)
    return done.stdout


def read_by(version: str, entry: bytes) -> str:
    """What that Python's own reader of the werkzeug dialect makes of an entry."""
    done = subprocess.run(
        [python(version), "-c", READ], input=entry, capture_output=True, check=True
    )
    return done.stdout.decode()


def test_entries_of_2019_become_shelflifes_own(
    run: Run, client: redis.Redis, redis_url: str
) -> None:
    """What 2.7 wrote with text in 8-bit strings is read by today's cache, with its old expiry."""
    old = written("2.7", r"{u'title': 'caf\xc3\xa9', 'at': datetime.date(2019, 11, 1)}")
    client.set("api:article:1", old, px=90_000)
    client.set("api:article:2", old)
    client.set("api:hits", 7)

    plan = run("convert", redis_url, "--to", "portable", "--prefix", "api:")
    assert plan.counts == {"selected": 2, "converted": 2}
    assert "nothing was changed" in plan.said
    assert client.get("api:article:1") == old

    done = run(
        *("convert", redis_url, "--to", "portable", "--prefix", "api:", "--execute"),
        *("--target", "python3.12", "--journal", "j"),
    )

    assert done.code == 0
    assert done.counts == {"selected": 2, "converted": 2}
    assert done.document["verify"]["targets"] == {"python3.12": {"reads": 2}}
    assert 80_000 < client.pttl("api:article:1") <= 90_000
    assert client.pttl("api:article:2") == -1
    assert client.get("api:hits") == b"7"
    for reads in (None, "werkzeug"):
        with Cache(redis_url, prefix="api:", reads=reads) as cache:
            value: Any = cache.get("article:1")
            assert value["title"] == "café"
            assert value["at"].isoformat() == "2019-11-01"
    assert run("undo", "j", "--execute").counts == {"selected": 2, "restored": 2}
    assert client.get("api:article:1") == client.get("api:article:2") == old
    assert 80_000 < client.pttl("api:article:1") <= 90_000


def test_a_protocol_of_today_is_written_again_for_the_floor(
    run: Run, client: redis.Redis, redis_url: str
) -> None:
    """Protocol 5 becomes what 2.7 reads, and 2.7 really reads the same value."""
    expression = "{'a': [1, 2.5, None], 'b': datetime.datetime(2019, 11, 1, 2, 3), 'c': u'é'}"
    client.set("a", written("3.8", expression))
    client.set("b", written("3.8", "b'\\xff\\x00'"))
    client.set("fine", written("2.7", "{'a': 1}"))

    done = run(
        *("convert", redis_url, "--to", "werkzeug", "--floor", "2.7", "--execute"),
        *("--target", f"old={python('2.7')}", "--target", f"new={python('3.8')}"),
    )

    assert done.counts == {"selected": 2, "converted": 2}
    assert done.document["seen"]["nothing_to_do"] == 1
    assert done.document["verify"]["targets"]["old"] == {"reads": 2}
    entry: Any = client.get("a")
    assert "datetime.datetime(2019, 11, 1, 2, 3)" in read_by("2.7", entry)
    assert read_by("3.8", entry) == read_by("3.8", written("3.8", expression))


def test_only_what_a_target_fails_to_read_is_touched(
    run: Run, client: redis.Redis, redis_url: str
) -> None:
    """With --fails, entries that the target reads stay byte for byte."""
    fine, broken = written("3.8", "[1]", "2"), written("3.8", "[1]", "5")
    client.mset({"fine": fine, "broken": broken})

    done = run(
        *("convert", redis_url, "--to", "werkzeug", "--floor", "2.7", "--execute"),
        *("--fails", "old", "--target", f"old={python('2.7')}"),
    )

    assert done.counts == {"selected": 1, "converted": 1}
    assert client.get("fine") == fine
    assert read_by("2.7", client.get("broken")) == "[1]"  # type: ignore[arg-type]


def test_shelflife_itself_can_be_rolled_back(run: Run, client: redis.Redis, redis_url: str) -> None:
    """Entries of a cache become werkzeug's bytes, with what an unmodified client of it reads."""
    with Cache(redis_url, prefix="api:", reads="werkzeug", ttl=90) as cache:
        cache.set_many({"a": {"title": "é", "tags": ["x"]}, "b": "text", "c": b"bytes"})

    done = run("convert", redis_url, "--to", "werkzeug", "--floor", "2.7", "--execute")

    assert done.counts == {"selected": 3, "converted": 3}
    assert read_by("3.8", client.get("api:a")) == "{'title': 'é', 'tags': ['x']}"  # type: ignore[arg-type]
    assert read_by("2.7", client.get("api:b")) == "u'text'"  # type: ignore[arg-type]
    assert 80_000 < client.pttl("api:c") <= 90_000
    with Cache(redis_url, prefix="api:", reads="werkzeug") as cache:
        assert cache.get_many(["a", "b", "c"]) == {
            "a": {"title": "é", "tags": ["x"]},
            "b": "text",
            "c": b"bytes",
        }


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "app's class": (lambda: b"!\x80\x02capp\nUser\n)\x81.", "rejected-name"),
    "damaged": (lambda: b"!\x80\x05\x95\x10", "corrupt"),
    "other library": (lambda: pickle.dumps({"a": 1}, 5), "not-ours"),
    "mixture": (lambda: written("2.7", r"['caf\xc3\xa9', '\xff\xfe']"), "py2-bytes"),
    "unfolds": (lambda: b"!" + unfolding(), "over-budget"),
    "cycle": (lambda: b"!" + pickle.dumps(cycle(), 4), "not-portable"),
}


def unfolding() -> bytes:
    """A small pickle of lists that hold each other twice, fifty levels deep."""
    value: Any = []
    for _ in range(50):
        value = [value, value]
    return pickle.dumps(value, 4)


def cycle() -> list[Any]:
    """A list that holds itself."""
    value: list[Any] = []
    value.append(value)
    return value


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_shown_to_be_the_same_is_refused(
    run: Run, client: redis.Redis, redis_url: str, name: str
) -> None:
    """It is listed with a reason, its bytes stay, and the exit code says that something is left."""
    make, reason = REFUSED[name]
    client.set("k", make())
    before = contents(client)

    words = ("convert", redis_url, "--to", "portable", "--even-if-unread")
    plan, done = run(*words), run(*words, "--execute")

    for one in (plan, done):
        assert one.code == 1
        assert one.counts == {"selected": 1, "refused": 1}
        assert [refusal["reason"] for refusal in one.document["refusals"]] == [reason]
    assert contents(client) == before


def test_text_that_was_8_bit_would_be_another_value_on_the_floor(
    run: Run, client: redis.Redis, redis_url: str
) -> None:
    """On 2.7 an 8-bit string would become unicode: that is refused, not written."""
    old = written("2.7", r"'caf\xc3\xa9'")
    client.set("k", old)

    done = run(
        *("convert", redis_url, "--to", "werkzeug", "--floor", "2.7", "--execute"),
        *("--fails", "new", "--target", f"new={python('3.8')}"),
    )

    assert done.document["refusals"][0]["reason"] == "not-the-same"
    assert client.get("k") == old


def test_a_policy_for_8_bit_strings_settles_mixtures(
    run: Run, client: redis.Redis, redis_url: str
) -> None:
    """Whoever says what 8-bit strings are has mixtures converted by that."""
    client.set("k", written("2.7", r"['caf\xc3\xa9', '\xff\xfe']"))

    done = run(
        *("convert", redis_url, "--to", "portable", "--even-if-unread", "--execute"),
        *("--py2-text", "bytes"),
    )

    assert done.counts == {"selected": 1, "converted": 1}
    with Cache(redis_url) as cache:
        assert cache.get("k") == [b"caf\xc3\xa9", b"\xff\xfe"]


def test_classes_of_the_application_are_converted_when_they_are_allowed(
    run: Run, client: redis.Redis, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class that is allowed is imported, and written again for the floor."""
    (tmp_path / "shop_models.py").write_text("class Basket:\n    size = 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import shop_models  # type: ignore[import-not-found]  # noqa: PLC0415 - made above

    basket = shop_models.Basket()
    basket.size = 3
    client.set("k", b"!" + pickle.dumps(basket, 5))
    words = ("convert", redis_url, "--to", "werkzeug", "--floor", "3.6", "--execute")
    assert run(*words).document["refusals"][0]["reason"] == "rejected-name"

    done = run(*words, "--allow", "shop_models.Basket")

    assert done.counts == {"selected": 1, "converted": 1}
    entry: Any = client.get("k")
    assert entry[2] == 4
    assert pickle.loads(entry[1:]).size == 3


def test_state_is_never_converted(run: Run, client: redis.Redis, redis_url: str) -> None:
    """Sessions, queues and locks are left alone, and said to be."""
    session = written("3.8", "{'_permanent': True, 'user': 1}")[1:]
    client.set("session:abc", session)

    done = run("convert", redis_url, "--to", "portable", "--even-if-unread", "--execute")

    assert done.counts == {}
    assert done.document["seen"]["state"] == 1
    assert client.get("session:abc") == session


def test_nobody_may_be_left_unable_to_read(run: Run, client: redis.Redis, redis_url: str) -> None:
    """`--to portable` needs readers that read shelflife's entries, or a word for it."""
    client.set("k", written("3.8", "[1]"))
    words = ("convert", redis_url, "--to", "portable", "--execute")

    undeclared = run(*words)
    unready = run(*words, "--target", f"old={python('2.7')}")

    assert undeclared.code == unready.code == 2
    assert "--target NAME=COMMAND" in undeclared.said
    assert "old does not read entries of shelflife" in unready.said
    assert recognise(Stored(b"k", client.get("k"))).dialect == "werkzeug"  # type: ignore[arg-type]
    assert run(*words, "--target", f"old={python('2.7')}", "--even-if-unread").code == 0


def test_a_target_that_fails_nothing_means_nothing_to_do(
    run: Run, client: redis.Redis, redis_url: str
) -> None:
    """It says so, and exits with 0."""
    client.set("k", written("3.8", "[1]", "2"))

    done = run(
        *("convert", redis_url, "--to", "werkzeug", "--floor", "2.7", "--execute"),
        *("--fails", "old", "--target", f"old={python('2.7')}"),
    )

    assert done.code == 0
    assert "nothing to do" in done.said
