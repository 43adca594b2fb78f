"""Golden entries: kept, read for ever, added only by an update."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import python

ARTICLE = """
    import datetime
    from dataclasses import dataclass

    VALUE = {"title": "Caf\\u00e9", "tags": ("a", "b"), "at": datetime.datetime(2020, 1, 2)}

    def test_article(golden):
        golden("article", VALUE)
"""


def entries(project: Any, pattern: str = "*.entry") -> list[Path]:
    """The golden files, by name."""
    return sorted((project.path / "golden").rglob(pattern))


def written(project: Any, module: str = ARTICLE) -> Path:
    """A project with one golden entry, which is given."""
    project.write(test_article=module)
    project.run("--golden-update").assert_outcomes(passed=1)
    (entry,) = entries(project)
    return entry


def test_the_first_update_writes_and_later_runs_read(project: Any) -> None:
    """Without an update nothing is written, and a missing entry fails with what to do."""
    project.write(test_article=ARTICLE)
    first = project.run()
    nothing = entries(project)
    project.run("--golden-update").assert_outcomes(passed=1)
    (entry,) = entries(project)
    again = project.run("--golden-update")

    first.assert_outcomes(failed=1)
    first.stdout.fnmatch_lines(["*no entry is kept of this value yet*--golden-update*"])
    first.stdout.fnmatch_lines(["*for every later release to read: commit it."])
    first.stdout.no_fnmatch_line("*Every kept entry is still read*")
    assert nothing == []
    again.assert_outcomes(passed=1)
    assert entries(project) == [entry]
    project.run().assert_outcomes(passed=1)
    assert entry.parent == project.path / "golden" / "test_article" / "article"
    about = json.loads(entry.with_suffix(".json").read_text())
    assert about["entry"]["codec"] == "envelope+portable"
    assert about["writer"]["runtime"].startswith("cpython 3.")


def test_changed_bytes_fail_and_an_update_adds(project: Any) -> None:
    """The old file stays, and goes on being read."""
    entry = written(project)
    before = entry.read_bytes()
    changed = ARTICLE.replace("VALUE)", 'VALUE, codec="pickle", reads="werkzeug")')
    project.write(test_article=changed)
    failing = project.run()
    project.run("--golden-update").assert_outcomes(passed=1)

    failing.assert_outcomes(failed=1)
    failing.stdout.fnmatch_lines(
        ["*its bytes have changed since 0001-*: guard byte False -> True*", "*--golden-update*"]
    )
    assert entry.read_bytes() == before
    assert [path.name[:4] for path in entries(project)] == ["0001", "0002"]
    project.run().assert_outcomes(passed=1)


def test_a_changed_protocol_is_told(project: Any) -> None:
    """And the first byte that differs."""
    options = 'VALUE, reads="werkzeug", writes="werkzeug", floor="{}")'
    written(project, ARTICLE.replace("VALUE)", options.format("2.7")))
    project.write(test_article=ARTICLE.replace("VALUE)", options.format("3.8")))

    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*pickle protocol 2 -> 5*the payloads differ first at byte 2*"])


def test_another_value_fails(project: Any) -> None:
    """With its path; type for type."""
    written(project)
    project.write(test_article=ARTICLE.replace('("a", "b")', '["a", "b"]'))

    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*the test's value is not the one of 0001-*'tags'*tuple became l*"]
    )


def test_an_old_entry_that_is_a_miss_fails(project: Any) -> None:
    """Even in an update: what is written now does not bring it back."""
    written(
        project,
        ARTICLE.replace("VALUE)", 'VALUE, reads="werkzeug", writes="werkzeug", floor="2.7")'),
    )
    project.write(test_article=ARTICLE)

    for words in ((), ("--golden-update",)):
        result = project.run(*words)
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*0001-*(written by cpython*is a miss now: foreign:*"])
    assert len(entries(project)) == 1


@pytest.mark.parametrize("suffix", [".entry", ".json"])
def test_damaged_files_fail(project: Any, suffix: str) -> None:
    """A byte that is off, or half a description."""
    file = written(project).with_suffix(suffix)
    raw = file.read_bytes()
    file.write_bytes(raw[:-1] + b"?" if suffix == ".entry" else raw[:-20])

    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*{file.name} is damaged*version control*"])


def test_a_number_does_not_make_an_entry_ours(project: Any) -> None:
    """What was put there by hand may be named by its year."""
    entry = written(project)
    by_hand = entry.with_name("2019-live.entry")
    by_hand.write_bytes(entry.read_bytes())

    before = project.run()
    project.run("--golden-update").assert_outcomes(passed=1)

    before.stdout.fnmatch_lines(
        ["*2019-live.entry has no .json beside it: --golden-update makes it*"]
    )
    assert entries(project) == [entry, by_hand]
    project.run().assert_outcomes(passed=1)


def test_an_entry_put_there_by_hand_is_taken_in(project: Any) -> None:
    """Only by an update, and only if it is read as the value."""
    entry = written(project)
    by_hand = entry.with_name("from-production.entry")
    by_hand.write_bytes(entry.read_bytes())
    without = project.run()
    with_update = project.run("--golden-update")

    without.assert_outcomes(failed=1)
    without.stdout.fnmatch_lines(["*from-production.entry has no .json beside it*"])
    with_update.assert_outcomes(passed=1)
    assert by_hand.with_suffix(".json").exists()
    project.run().assert_outcomes(passed=1)
    assert len(entries(project)) == 2


def test_sets_of_text_are_stable(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever order their members come in, in envelopes and in pickles."""
    module = """
        def test_sets(golden):
            value = {"names": {"a", "b", "c", "d", "e"}, "more": frozenset("xyz")}
            golden("portable", value)
            golden("pickled", value, reads="werkzeug", writes="werkzeug", floor="3.8")
    """
    project.write(test_sets=module)
    for seed in "0123":
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        project.run_apart("--golden-update").assert_outcomes(passed=1)

    assert len(entries(project)) == 2


def test_another_client_brings_its_own_functions(project: Any) -> None:
    """Both of them, and no options of a cache."""
    project.write(
        test_json="""
        import json, pytest

        def test_json(golden):
            golden("row", [1, "a"], write=lambda v: json.dumps(v).encode(), read=json.loads)

        def test_misuse(golden):
            with pytest.raises(TypeError):
                golden("row", 1, write=repr)
            with pytest.raises(TypeError):
                golden("row", 1, cache=object())
            with pytest.raises(ValueError):
                golden("../row", 1)
        """
    )

    project.run("--golden-update").assert_outcomes(passed=2)
    project.run().assert_outcomes(passed=2)


def test_one_name_for_two_values_fails(project: Any) -> None:
    """Also in an update, which would add entries for ever."""
    project.write(
        test_twice="""
        def test_one(golden): golden("row", [1])
        def test_same(golden): golden("row", [1])
        def test_other(golden): golden("row", [2])
        """
    )

    for _ in range(2):
        result = project.run("--golden-update")
        result.assert_outcomes(passed=2, failed=1)
        result.stdout.fnmatch_lines(
            ["*another value's in this module as well*: give each value a name of*"]
        )
    assert len(entries(project)) == 1


def test_options_and_given_caches(project: Any) -> None:
    """The fixture's options count, and so does a cache that is given; releases do not."""
    project.write(
        test_given="""
        import pytest
        from shelflife import Cache

        @pytest.fixture
        def shelflife_cache_options():
            return {"reads": "werkzeug", "release": "r1"}

        @pytest.mark.shelflife(writes="werkzeug", floor="2.7")
        def test_options(golden):
            golden("row", [1])

        @pytest.mark.parametrize("release", ["r2", "r3"])
        def test_cache(golden, release):
            with Cache("memory://", release=release) as cache:
                golden("enveloped", [1], cache=cache)
        """
    )
    project.run("--golden-update").assert_outcomes(passed=3)

    raw = [path.read_bytes()[:4] for path in entries(project)]
    assert raw == [b"\xc1SL\x01", b"!\x80\x02]"]
    project.run().assert_outcomes(passed=3)


def test_what_is_not_written_fails(project: Any) -> None:
    """With the culprit: not portable, or read otherwise at the floor."""
    project.write(
        test_refused="""
        from datetime import datetime

        def test_not_portable(golden):
            golden("row", {"key": object()})

        def test_below_floor(golden):
            golden("other", {"at": datetime(2020, 1, 1, fold=1)}, floor="shelflife, python>=2.7")
        """
    )

    result = project.run("--golden-update")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*not written by this cache: value[[]'key']: object is not portable*",
            "*not written by this cache: value[[]'at']*fold=1*",
        ]
    )
    assert entries(project) == []


def test_unused_entries_are_told(project: Any) -> None:
    """Only where every test of the module has run."""
    entry = written(project)
    (entry.parent.parent / "gone").mkdir()
    told = "used by no test: golden/test_article/gone"
    project.write(test_article=ARTICLE + "\n    def test_more(): pass\n")

    assert told in project.run().stdout.str()
    assert told not in project.run("test_article.py::test_article").stdout.str()
    assert told not in project.run("-k", "not more").stdout.str()


PYTHONS = """
    from datetime import datetime
    from decimal import Decimal

    VALUE = {"title": "Caf\\u00e9", "n": 1, "at": datetime(2020, 1, 2), "d": Decimal("1.10")}

    def test_all(golden):
        golden("enveloped", VALUE)
        golden("as-2.7-reads-it", VALUE, reads="werkzeug", writes="werkzeug", floor="2.7")
        golden("text", "Caf\\u00e9")
"""


def test_other_pythons_read_what_their_floor_allows(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pickles by their own loader, envelopes by the bridge: type for type."""
    python("2.7")
    python("3.8")
    monkeypatch.setenv("SHELFLIFE_REQUIRE", "python2.7,python3.8")
    project.write(test_pythons=PYTHONS)
    project.run("--golden-update").assert_outcomes(passed=1)

    project.run("--golden-pythons", "2.7,3.8").assert_outcomes(passed=1)


def test_another_python_that_does_not_read_fails(project: Any) -> None:
    """Each with its reason: the protocol, a class that is not there, a registered one."""
    python("2.7")
    project.write(
        test_pythons="""
        from dataclasses import dataclass
        from types import SimpleNamespace
        from shelflife import Types

        @dataclass
        class Article:
            title: str

        TYPES = Types()
        TYPES.register("article", Article)

        def test_protocol(golden):
            golden("protocol", [1], reads="werkzeug", writes="werkzeug", floor="3.8")

        def test_name(golden):
            golden("name", SimpleNamespace(), codec="pickle", allow=["types.SimpleNamespace"])

        def test_registered(golden):
            golden("registered", Article("a"), types=TYPES)
        """
    )
    project.run("--golden-update").assert_outcomes(passed=3)

    result = project.run("--golden-pythons", "2.7")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "*0001-*on Python 2.7: loading it raises*unsupported pickle protocol: 5*",
            "*0001-*on Python 2.7: the bridge reports a miss: missing-name*",
            "*0001-*on Python 2.7: it holds registered classes, which the bridge cannot read*",
        ]
    )


@pytest.mark.parametrize("promised", [False, True])
def test_a_missing_python_is_told_unless_it_is_promised(
    project: Any, monkeypatch: pytest.MonkeyPatch, promised: bool
) -> None:
    """In the summary; and no entry that is read here fails for it."""
    written(project)
    monkeypatch.setenv("SHELFLIFE_REQUIRE", "python2.99" if promised else "")

    result = project.run("--golden-pythons", "2.99")
    result.assert_outcomes(**{"failed" if promised else "passed": 1})
    result.stdout.fnmatch_lines(["*there is no Python 2.99 on PATH, in pyenv or in uv*"])


def test_a_python_that_is_none_is_misuse(project: Any) -> None:
    """It says what is taken."""
    project.write(test_article=ARTICLE)

    result = project.run("--golden-pythons", "pypy")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*--golden-pythons: 'pypy' is no Python such as 2.7 or 3.13*"])
