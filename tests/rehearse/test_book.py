"""Who has written what, by what the taps tell."""

from __future__ import annotations

from typing import Any

from shelflife.rehearse.entries.book import NEW, OLD, PRODUCTION, Book, Sight
from shelflife.rehearse.entries.tally import direction_of, is_unused
from shelflife.stores.tap import ALL_DATABASES, Effect, Exchange


def effect(kind: str, key: bytes = b"k", entry: Any = None, **more: Any) -> Effect:
    return Effect(kind, key, entry, **more)


def told(book: Book, release: str, *effects: Effect) -> list[Sight]:
    with book.watch(release) as window:
        book.told(release, Exchange(0.0, "ANY", effects, failed=False, connection=1))
    return window.sights


def written_by(release: str, **more: Any) -> Book:
    book = Book(seeded=True)
    book.phase = "warm"
    told(book, release, effect("write", entry=b"1", **more))
    book.phase = "upgrade"
    return book


def test_a_read_knows_its_writer() -> None:
    """And the phase in which it was written; so it crosses, or it does not."""
    book = written_by(OLD)
    [by_new] = told(book, NEW, effect("read", entry=b"1"))
    [by_old] = told(book, OLD, effect("read", entry=b"1"))

    assert (by_new.writer, by_new.written_in, by_new.crosses) == (OLD, "warm", True)
    assert not by_old.crosses
    assert direction_of(NEW, OLD) == direction_of(NEW, PRODUCTION) == "upgrade"
    assert direction_of(OLD, NEW) == "rollback"
    assert direction_of(OLD, PRODUCTION) == direction_of(NEW, NEW) == ""


def test_what_nobody_was_seen_to_write_is_productions() -> None:
    """If the cache was seeded; else nobody knows whose they are, and they prove nothing."""
    [seeded] = told(Book(seeded=True), NEW, effect("read", entry=b"1"))
    [unknown] = told(Book(), NEW, effect("read", entry=b"1"))

    assert (seeded.writer, seeded.crosses) == (PRODUCTION, True)
    assert (unknown.writer, unknown.crosses) == ("", False)


def test_what_a_script_left_is_of_the_release_that_ran_it() -> None:
    """Whether or not anything was there before; what it left alone stays whose it was."""
    empty, kept, changed = Book(), written_by(OLD), written_by(OLD)
    for book in (empty, kept, changed):
        told(book, NEW, effect("opaque"))

    assert told(empty, OLD, effect("read", entry=b"1"))[0].writer == NEW
    assert told(kept, NEW, effect("read", entry=b"1"))[0].writer == OLD
    assert told(changed, OLD, effect("read", entry=b"2"))[0].writer == NEW


def test_what_the_scripts_of_both_may_have_left_is_nobodys() -> None:
    """Until one of them is seen to write."""
    book = Book()
    told(book, OLD, effect("opaque"))
    told(book, NEW, effect("opaque"))
    [unknown] = told(book, OLD, effect("read", entry=b"1"))
    told(book, NEW, effect("write", entry=b"2"))
    [known] = told(book, OLD, effect("read", entry=b"2"))

    assert (unknown.writer, known.writer) == ("", NEW)


def test_the_entries_of_a_hash_without_their_fields_have_their_writers() -> None:
    """HVALS tells no fields: bytes tell whose they are, or that all are of one release."""
    book = Book()
    told(book, OLD, effect("write", entry=b"1", field=b"f", redis_type="hash"))
    [alone] = told(book, NEW, effect("read", entry=b"1.0", redis_type="hash"))
    told(book, NEW, effect("write", entry=b"2", field=b"g", redis_type="hash"))
    [old, new] = told(
        book,
        NEW,
        effect("read", entry=b"1", redis_type="hash"),
        effect("read", entry=b"2", redis_type="hash"),
    )

    assert (alone.writer, old.writer, new.writer) == (OLD, OLD, NEW)


def test_what_is_gone_belongs_to_nobody() -> None:
    """Removed, expired, cleared: what comes after it is somebody else's."""
    for gone in (
        effect("delete"),
        effect("read"),
        effect("clear", b""),
        effect("clear", b"", database=ALL_DATABASES),
    ):
        book = written_by(OLD)
        told(book, NEW, gone)
        [sight] = told(book, NEW, effect("read", entry=b"1"))
        assert sight.writer == PRODUCTION, gone


def test_another_database_is_another_place() -> None:
    """So is a field; and clearing one database leaves the others alone."""
    book = written_by(OLD)
    told(book, NEW, effect("clear", b"", database=3))
    [elsewhere, field, here] = told(
        book,
        NEW,
        effect("read", entry=b"1", database=3),
        effect("read", entry=b"1", field=b"f"),
        effect("read", entry=b"1"),
    )

    assert (elsewhere.writer, field.writer, here.writer) == (PRODUCTION, PRODUCTION, OLD)


def test_a_key_that_is_removed_takes_its_fields_along() -> None:
    """A hash has one writer per field, and one end."""
    book = written_by(OLD, field=b"f")
    told(book, NEW, effect("delete"))
    [sight] = told(book, NEW, effect("read", entry=b"1", field=b"f"))

    assert sight.writer == PRODUCTION


def test_requests_at_the_same_time_are_not_sure() -> None:
    """Of one release: those of the other have a tap of their own."""
    book = Book()
    with book.watch(OLD) as one, book.watch(NEW) as other:
        book.told(OLD, Exchange(0.0, "SET", (effect("write", entry=b"1"),), False, 1))
        with book.watch(OLD) as second:
            pass
    told(book, OLD, effect("write", entry=b"2"))

    assert (one.sure, second.sure, other.sure) == (False, False, True)
    assert (len(one.sights), len(other.sights), len(book.between)) == (1, 0, 0)


def test_what_comes_between_requests_is_kept_apart() -> None:
    """Background work counts, and belongs to no request."""
    book = Book()
    book.told(OLD, Exchange(0.0, "SET", (effect("write", entry=b"1"),), False, 1))

    assert len(book.take_between()) == 1
    assert book.take_between() == []


def test_an_entry_that_only_an_addition_met_was_not_used() -> None:
    """Read, computed anew, and refused by SET NX: a miss for as long as the entry lives."""
    book = written_by(OLD)
    sights = told(book, NEW, effect("read", entry=b"1"), effect("refused"))

    assert is_unused(sights, 0)
    [again] = told(book, NEW, effect("read", entry=b"1"))
    assert again.writer == OLD


def test_an_entry_that_is_written_at_once_was_not_used() -> None:
    """Under its own key only, and after it was read."""
    book = written_by(OLD)
    sights = told(
        book,
        NEW,
        effect("read", entry=b"1"),
        effect("read", b"other", b"1"),
        effect("write", entry=b"2"),
    )

    assert [is_unused(sights, number) for number in range(3)] == [True, False, False]


def test_an_entry_that_is_removed_at_once_was_not_used() -> None:
    """Itself, or its whole key; not another one, nor one element of several."""
    book = written_by(OLD, field=b"f")
    read = effect("read", entry=b"1", field=b"f")

    for gone, unused in (
        (effect("delete"), True),
        (effect("delete", field=b"f"), True),
        (effect("delete", field=b"g"), False),
        (effect("delete", b"other"), False),
        (effect("delete", entry=b"1"), False),
    ):
        assert is_unused(told(book, NEW, read, gone), 0) is unused, gone
