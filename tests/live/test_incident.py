"""The incident of 2019, as an audit of its cache would have told it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from live.conftest import NEW, OLD, Ran, pickled


@pytest.fixture
def incident(client: redis.Redis) -> None:
    """What both releases wrote through werkzeug's RedisCache."""
    text = pickled(OLD, "{'title': u'caf\\xe9'.encode('utf-8')}")
    moment = pickled(OLD, "datetime.datetime(2019, 11, 5, 12, 30)")
    for number in range(20):
        client.set(f"api:article:{number}", b"!" + text, px=3_600_000 * (number + 1) - 60_000)
    for number in range(5):
        client.set(f"api:seen:{number}", b"!" + moment)
    for number in range(3):
        client.set(f"api:fresh:{number}", b"!" + pickled(NEW, "{'title': 'caf\\xe9'}"), px=90_000)
    client.set("api:count:hits", b"7")


@pytest.mark.usefixtures("incident")
@pytest.mark.parametrize("stage", ["static", "resolve", "trial"])
def test_both_directions_are_unsafe(
    audit: Callable[..., Ran], redis_url: str, both: list[str], stage: str
) -> None:
    """Upgrade and rollback are named unsafe, entry by entry, with the reason of each."""
    ran = audit(redis_url, *both, "--prefix", "api:", "--stage", stage, "--deploy-in", "5h")

    assert ran.code == 1
    assert [ran.document[line]["verdict"] for line in ("upgrade", "rollback")] == ["unsafe"] * 2
    assert ran.document["order"]["verdict"] == "none"
    found = {
        line["key"].split(":")[1]: (
            line["verdicts"]["old"]["verdict"],
            line["verdicts"]["old"]["reason"],
            line["verdicts"]["new"]["verdict"],
            line["verdicts"]["new"]["reason"],
        )
        for line in ran.lines
    }
    assert found["article"] == ("reads", "", "fails", "py2-bytes")
    assert found["fresh"] == ("fails", "protocol", "reads", "")
    assert found["count"] == ("reads", "", "reads", "")
    datetime_on_old = "unknown" if stage == "static" else "reads"
    assert found["seen"] == (datetime_on_old, "", "fails", "py2-bytes")


@pytest.mark.usefixtures("incident")
def test_the_report_says_what_an_engineer_needs(
    audit: Callable[..., Ran], redis_url: str, both: list[str], tmp_path: Path
) -> None:
    """Headlines first; sentences, what is left at the deploy, fixes; last the next command."""
    page = tmp_path / "report.html"
    ran = audit(redis_url, *both, "--prefix", "api:", "--deploy-in", "5h", "--html", str(page))
    lines = ran.said.splitlines()

    assert [line.split()[0] for line in lines[:3]] == ["UPGRADE", "ROLLBACK", "ORDER"]
    said = " ".join(ran.said.split())
    assert "Python 3.8 takes its bytes for ASCII and raises UnicodeDecodeError" in said
    assert "Python 2 wrote a date or time" in said
    assert "written with pickle protocol 4; Python 2.7 reads up to 2 and raises ValueError" in said
    assert "after a rollback it raises ValueError on every entry written since" in said
    assert 'writes="werkzeug", floor="2.7"' in said
    assert lines[-1].startswith("Next: shelflife audit")
    groups = {group["key_class"]: group for group in ran.document["groups"]}
    article = groups["api:article:*"]
    assert (article["count"], article["left_at_deploy"], article["without_ttl"]) == (20, 15, 0)
    assert groups["api:seen:*"]["without_ttl"] == 5
    text = page.read_text()
    assert "UnicodeDecodeError" in text
    assert "http" not in text.replace("http-equiv", "")


def test_what_both_read_is_safe(
    audit: Callable[..., Ran], redis_url: str, client: redis.Redis, both: list[str]
) -> None:
    """Plain values at a protocol that both know, which the library would write again so."""
    client.set("api:n", b"7")
    client.set("api:json", b'{"a": 1}')
    ran = audit(redis_url, *both)

    assert ran.code == 0
    assert [ran.document[line]["verdict"] for line in ("upgrade", "rollback")] == ["safe"] * 2
    assert ran.document["order"]["verdict"] == "any"


def test_one_target_has_no_rollback(
    audit: Callable[..., Ran], redis_url: str, client: redis.Redis
) -> None:
    """A declared runtime alone answers for the upgrade, and the report asks for the other one."""
    client.set("api:a", b"!" + pickled(NEW, "{'a': 1}"))
    ran = audit(redis_url, "--target", "python3.12")

    assert ran.code == 0
    assert ran.document["rollback"]["verdict"] == "not-asked"
    assert "--target old=" in ran.said.splitlines()[-1]


@pytest.mark.usefixtures("incident")
def test_the_order_of_old_and_new_is_in_their_names(
    audit: Callable[..., Ran], redis_url: str, both: list[str]
) -> None:
    """Given the other way round, and with a third one, they mean the same."""
    straight = audit(redis_url, *both)
    turned = audit(redis_url, *both[2:], *both[:2])
    third = audit(redis_url, *both[2:], "--target", "python3.12", *both[:2])

    assert third.code == turned.code == straight.code == 1
    for line in ("upgrade", "rollback", "order"):
        assert turned.document[line] == straight.document[line]
        assert third.document[line]["verdict"] == straight.document[line]["verdict"]
