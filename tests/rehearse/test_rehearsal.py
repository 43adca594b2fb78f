"""A whole rehearsal with small services on real servers: what it finds, and what it needs to."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis

from rehearse.rehearsing import TEXTS, Heard, log_line, open_cache_at, rehearse, write_plan
from shelflife.rehearse.document import rehearsal_document
from shelflife.rehearse.entries.book import NEW, OLD
from shelflife.rehearse.plan import read_plan
from shelflife.rehearse.rehearsal import Rehearsal
from shelflife.rehearse.settings import Settings
from shelflife.testing import PrivateServer

pytestmark = pytest.mark.usefixtures("server_program")


def kinds_of(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(finding["kind"], finding["direction"]) for finding in document["findings"]}


def gaps_of(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(gap["kind"], gap["direction"]) for gap in document["adequacy"]["gaps"]}


def test_two_releases_that_read_each_other_are_safe(tmp_path: Path) -> None:
    """Nothing is found, and each was seen to read what the other wrote."""
    _, document = rehearse(write_plan(tmp_path))

    assert document["verdict"] == "safe", document["adequacy"]["gaps"] + document["findings"]
    assert document["exit_code"] == 0
    assert all(one["crossed"] >= 5 for one in document["directions"].values())
    assert [phase["name"] for phase in document["phases"]] == [
        "learn", "warm", "upgrade", "rollback", "again", "mixed"
    ]  # fmt: skip


def test_a_failure_is_tied_to_the_entry_that_was_read(tmp_path: Path) -> None:
    """The finding names the exception, and the entry's key class and writer, in both directions."""
    _, document = rehearse(write_plan(tmp_path, "raises", "raises"))

    assert document["exit_code"] == 1
    assert kinds_of(document) == {("error", "upgrade"), ("error", "rollback")}
    for finding in document["findings"]:
        [other] = {OLD, NEW} - {finding["release"]}
        example = finding["examples"][0]
        assert finding["exceptions"] == [f"LookupError: written by {other}"]
        assert example["sure"]
        assert example["entries"][0]["key"] == "api:text:*"
        assert example["entries"][0]["did"] == "read"
        assert example["entries"][0]["writer"] == other
        assert example["log"]


def test_other_keys_are_found_beside_one_that_is_shared(tmp_path: Path) -> None:
    """A key that all requests read has not moved, and hides no other one that has."""
    _, same = rehearse(write_plan(tmp_path, "keys", "keys"))
    _, moved = rehearse(write_plan(tmp_path, "keys", "other_keys"))

    assert same["verdict"] == "safe", same["adequacy"]["gaps"]
    assert kinds_of(moved) == {("keys", "")}


def test_an_exception_hides_behind_no_other_of_its_type(tmp_path: Path) -> None:
    """What a release logs by itself excuses the same message only."""
    lines = log_line("/texts/odd")

    _, well = rehearse(write_plan(tmp_path, "logs", "logs", lines=lines))
    _, document = rehearse(write_plan(tmp_path, "logs", "copes", lines=lines))

    assert well["verdict"] == "safe", well["findings"]
    [finding] = document["findings"]
    assert (finding["kind"], finding["direction"]) == ("error", "upgrade")
    assert finding["exceptions"] == ["ValueError: unsupported pickle protocol: 5"]


def test_entries_that_are_thrown_away_are_of_no_use(tmp_path: Path) -> None:
    """Though nothing is written in their place, and every answer is right."""
    _, document = rehearse(write_plan(tmp_path, "well", "discards"))

    assert kinds_of(document) == {("unused", "upgrade")}
    assert "replaced or removed them" in document["findings"][0]["sentence"]


def test_what_is_logged_after_the_last_answer_counts(tmp_path: Path) -> None:
    """A log may be written late, when the service is told to end; then the request is unsure."""
    _, document = rehearse(write_plan(tmp_path, "late", "late"))

    assert document["exit_code"] == 1
    assert kinds_of(document) == {("error", "upgrade"), ("error", "rollback")}
    for finding in document["findings"]:
        assert finding["exceptions"] == ["ValueError: unsupported pickle protocol: 5"]
        assert not finding["examples"][0]["sure"]
    [upgrade] = [phase for phase in document["phases"] if phase["name"] == "upgrade"]
    assert upgrade["exceptions"][0]["count"] > 1


def test_a_service_that_keeps_ending_on_the_shared_cache_is_unsafe(tmp_path: Path) -> None:
    """It is started again a few times; then the rehearsal ends, and says what it found."""
    _, document = rehearse(write_plan(tmp_path, "well", "dies"))

    assert document["exit_code"] == 1
    assert "[new] ended by itself 4 times in phase upgrade" in document["partial"]
    [finding] = document["findings"]
    assert (finding["kind"], finding["direction"]) == ("error", "upgrade")
    assert finding["examples"][0]["entries"][0]["writer"] == OLD


def test_a_request_that_changes_an_entry_makes_use_of_it(tmp_path: Path) -> None:
    """It reads and writes by itself as well; who reads at the same time is not blamed for it."""
    changing = [log_line(f"/texts/{quote(text)}", "POST") for text in TEXTS[:8]]
    reading = [log_line(f"/texts/{quote(text)}") for text in TEXTS[:8]]
    lines = "".join(one for pair in zip(changing, reading) for one in pair) * 4

    for how, count in (("updates", 1), ("updates", 8), ("removes", 8)):
        log = f'methods = ["GET", "POST"]\nconcurrency = {count}\n'
        _, document = rehearse(write_plan(tmp_path, how, how, lines=lines, log=log))

        assert document["verdict"] == "safe", document["findings"]


def test_ascii_alone_proves_nothing(tmp_path: Path) -> None:
    """Without text outside ASCII the verdict is inconclusive, and says how to close the gap."""
    _, document = rehearse(write_plan(tmp_path, texts=["a", "b", "c", "d", "e", "f"]))

    assert document["exit_code"] == 3
    assert gaps_of(document) == {("non-ascii", "upgrade"), ("non-ascii", "rollback")}
    assert "--inject unicode" in document["adequacy"]["gaps"][0]["remedy"]


def test_injected_requests_close_the_gap(tmp_path: Path) -> None:
    """`--inject unicode` derives requests whose entries hold such text."""
    plan = write_plan(tmp_path, texts=["alpha", "beta", "gamma", "delta", "epsilon", "zeta"])

    _, document = rehearse(plan, Settings(seed=7, inject=("unicode",)))

    assert document["log"]["injected"]["unicode"] > 0
    assert document["verdict"] == "safe", document["findings"]


def test_text_that_bypasses_the_cache_proves_nothing(tmp_path: Path) -> None:
    """What the log promises does not count: no entry held such text."""
    numbers = [str(number) for number in range(8)]
    plan = write_plan(tmp_path, "uncached", "uncached", texts=[*numbers, "größe", "été"])

    _, document = rehearse(plan)

    assert document["exit_code"] == 3
    assert gaps_of(document) == {("bypass", "upgrade"), ("bypass", "rollback")}


def test_a_cache_that_old_has_warmed_whole_proves_nothing(tmp_path: Path) -> None:
    """New never wrote, so old has read nothing of it: the false green of 2019."""
    plan = write_plan(tmp_path, more="[phases]\nwarm = 1.0\nexpire = false\n")

    _, document = rehearse(plan)

    assert document["exit_code"] == 3
    assert gaps_of(document) == {("not-crossed", "rollback")}
    assert "warm" in document["adequacy"]["gaps"][0]["remedy"]


def test_entries_that_scripts_write_cross_as_others_do(tmp_path: Path) -> None:
    """Whose script it was is seen, though not what it did."""
    _, document = rehearse(write_plan(tmp_path, "scripted", "scripted"))

    assert document["verdict"] == "safe", document["adequacy"]["gaps"]
    assert all(one["crossed"] >= 5 for one in document["directions"].values())
    assert {cell["writer"] for cell in document["matrix"]} == {OLD, NEW}


def test_a_key_class_that_only_scripts_touch_proves_nothing(tmp_path: Path) -> None:
    """Unless the plan says that nothing needs to be seen of it."""
    _, document = rehearse(write_plan(tmp_path, "scripts", "scripts"))
    more = '[adequacy]\nignore = ["api:limit:*"]\n'
    _, ignored = rehearse(write_plan(tmp_path, "scripts", "scripts", more=more))

    [gap] = document["adequacy"]["gaps"]
    assert document["exit_code"] == 3
    assert (gap["kind"], gap["key_class"]) == ("opaque", "api:limit:*")
    assert "EVAL" in gap["sentence"]
    assert 'ignore = ["api:limit:*"]' in gap["remedy"]
    assert ignored["verdict"] == "safe"


def test_a_class_with_one_key_crosses_both_ways(tmp_path: Path) -> None:
    """Its entry is made to expire between phases, as it would in earnest."""
    _, document = rehearse(write_plan(tmp_path, texts=["größe"]))

    assert document["verdict"] == "safe", document["adequacy"]["gaps"]
    assert document["adequacy"]["expired"] >= 2


def test_the_same_seed_gives_the_same_requests(tmp_path: Path) -> None:
    """Two runs send the same in the same order, and come to the same."""
    plan = write_plan(tmp_path, "well", "raises", log="most = 10\n")
    settings = Settings(seed=11, inject=("unicode",))

    first, one = rehearse(plan, settings)
    second, two = rehearse(plan, settings)

    assert first.requests == second.requests
    for document in (one, two):
        for changing in ("started_at", "seconds"):
            del document[changing]
        for phase in document["phases"]:
            del phase["seconds"]
    assert _without_addresses(one) == _without_addresses(two)
    assert one["seed"] == 11


def _without_addresses(document: dict[str, Any]) -> Any:
    """Leave out what names processes and lines of their code."""
    for finding in document["findings"]:
        for example in finding["examples"]:
            for answer in (example["expected"], example["got"]):
                if answer:
                    answer["headers"] = [h for h in answer["headers"] if h[0].lower() != "date"]
    return document


def test_another_seed_deals_otherwise(tmp_path: Path) -> None:
    """And is said, so that the run can be had again."""
    plan = write_plan(tmp_path, log="most = 10\n")

    first, _ = rehearse(plan, Settings(seed=1))
    second, document = rehearse(plan, Settings(seed=2))

    assert first.requests != second.requests
    assert document["seed"] == 2


def test_unsafe_methods_are_dropped_unless_asked_for(tmp_path: Path) -> None:
    """They are counted; named in the plan, they are sent."""
    lines = "".join(log_line(f"/texts/p{number}", "POST") for number in range(5))
    outcome, document = rehearse(write_plan(tmp_path, lines=lines))
    asked = write_plan(tmp_path, lines=lines, log='methods = ["GET", "POST"]\n')
    sent, _ = rehearse(asked)

    assert document["log"]["dropped"] == {"POST": 5}
    assert {request.method for request in outcome.requests} == {"GET"}
    assert {request.method for request in sent.requests} == {"GET", "POST"}


def test_secrets_are_in_no_report(tmp_path: Path) -> None:
    """Neither those of the log, nor of answers, nor of headers."""
    lines = log_line("/texts/gr%C3%B6%C3%9Fe?token=s3cret-of-the-log")
    plan = write_plan(
        tmp_path, "raises", "raises", lines=lines, log='headers = { "X-Api-Key" = "s3cret-sent" }\n'
    )

    _, document = rehearse(plan)

    assert document["exit_code"] == 1
    assert "s3cret" not in json.dumps(document)


@pytest.fixture
def production(tmp_path: Path) -> Path:
    """Give an RDB file with the entries of some texts."""
    file = tmp_path / "production.rdb"
    with PrivateServer("--dbfilename", "production.rdb") as server:
        with redis.Redis.from_url(server.url) as client:
            for text in TEXTS[:4]:
                entry = json.dumps({"text": text, "by": "old"}, ensure_ascii=False)
                client.set(f"api:text:{text}", entry, ex=3600)
            client.save()
        file.write_bytes((server.folder / "production.rdb").read_bytes())
    return file


def test_entries_of_production_are_read_by_both(tmp_path: Path, production: Path) -> None:
    """What an RDB file holds counts as written by production."""
    _, document = rehearse(write_plan(tmp_path), Settings(seed=7, seed_entries=production))

    writers = {(cell["writer"], cell["reader"]) for cell in document["matrix"]}
    assert document["cache"]["seeded"] == 4
    assert ("production", "new") in writers
    assert document["verdict"] == "safe"


def test_entries_of_production_prove_no_rollback(tmp_path: Path, production: Path) -> None:
    """Old has read what it knows: of new it has read nothing."""
    plan = write_plan(tmp_path, texts=TEXTS[:4])

    _, document = rehearse(plan, Settings(seed=7, seed_entries=production))

    assert document["exit_code"] == 3
    assert gaps_of(document) == {("not-crossed", "rollback")}
    assert "not among the seeded ones" in document["adequacy"]["gaps"][0]["remedy"]


def test_a_cache_with_a_login_and_a_database(tmp_path: Path) -> None:
    """The services log in there, and not at the copies, which know no login; it is left empty."""
    with PrivateServer("--requirepass", "s3cret/of:it") as server:
        url = f"redis://:s3cret%2Fof%3Ait@127.0.0.1:{server.port}/3"
        plan = write_plan(tmp_path, more=f'[cache]\nurl = "{url}"\n')
        plan.write_text(
            plan.read_text().replace("{ RELEASE", '{ CACHE_URL = "{cache_url}", RELEASE')
        )

        rehearsal = Rehearsal(
            read_plan(plan), Settings(seed=7), partial(open_cache_at, url), Heard()
        )
        document = rehearsal_document(rehearsal.run(), "")

        with redis.Redis(port=server.port, password="s3cret/of:it", db=3) as client:
            assert client.dbsize() == 0
    assert document["verdict"] == "safe"
    assert "s3cret" not in json.dumps(document)


def test_an_accepted_finding_decides_nothing(tmp_path: Path) -> None:
    """It stays in the report, as accepted."""
    plan = write_plan(tmp_path, "well", "raises", more='[compare]\naccept = ["error:api:text:*"]\n')

    _, document = rehearse(plan)

    assert document["verdict"] == "safe"
    assert [finding["accepted"] for finding in document["findings"]] == [True]


def test_several_requests_at_once_come_to_the_same(tmp_path: Path) -> None:
    """Findings are found; which entry belongs to which request may then be unsure."""
    plan = write_plan(tmp_path, "well", "raises", log="concurrency = 4\n")

    _, document = rehearse(plan)

    assert kinds_of(document) == {("error", "upgrade")}
