"""What a comparison finds."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearse.answered import HTML, Bench, Body, answered, asked

ARTICLE = {"id": 7, "title": "Café", "tags": ["b", "a", "c"], "author": {"name": "José"}, "n": 1}
PAGE = "<html><body><h1>Café</h1><ul><li>one</li><li>two</li></ul><p>by José</p></body></html>"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.comparer.close()


CHANGED = {
    "a key is gone": ({k: v for k, v in ARTICLE.items() if k != "author"}, "body $.author"),
    "another type": ({**ARTICLE, "id": "7"}, "body $.id"),
    "true for a number": ({**ARTICLE, "n": True}, "body $.n"),
    "null for a value": ({**ARTICLE, "title": None}, "body $.title"),
    "another text": ({**ARTICLE, "title": "Cafe"}, "body $.title"),
    "mojibake": ({**ARTICLE, "author": {"name": "JosÃ©"}}, "body $.author.name"),
    "decomposed": ({**ARTICLE, "title": "Cafe\u0301"}, "body $.title"),
    "bytes shown": ({**ARTICLE, "title": "b'Caf\\xc3\\xa9'"}, "body $.title"),
    "another number": ({**ARTICLE, "id": 8}, "body $.id"),
    "a list is shorter": ({**ARTICLE, "tags": ["b", "a"]}, "body $.tags"),
    "a list is empty": ({**ARTICLE, "tags": []}, "body $.tags"),
    "another order": ({**ARTICLE, "tags": ["a", "b", "c"]}, "body $.tags"),
    "an object for a list": ({**ARTICLE, "tags": {"b": 1}}, "body $.tags"),
    "one more key": ({**ARTICLE, "more": 1}, "body $.more"),
}


@pytest.mark.parametrize("change", CHANGED)
def test_json_that_changed_is_found(bench: Bench, change: str) -> None:
    """At its place, and nowhere else."""
    body, place = CHANGED[change]
    bench.teach([ARTICLE, ARTICLE])

    assert bench.own(body) == [place]


def test_what_only_the_new_release_says_is_no_difference_from_old(bench: Bench) -> None:
    """But what it leaves out is one, and what it never says by itself is one from its own."""
    bench.teach([ARTICLE, ARTICLE], [{**ARTICLE, "more": 1}] * 2)

    assert bench.old({**ARTICLE, "more": 1}) == []
    assert bench.own({**ARTICLE, "more": 1}) == []
    assert bench.own(ARTICLE) == ["body $.more"]
    assert bench.old({"id": 7}) == ["body $.title", "body $.tags", "body $.author", "body $.n"]


PAGES = {
    "another text": (PAGE.replace("José", "Jose"), "body /html/body/p[3]"),
    "mojibake": (PAGE.replace("Café", "CafÃ©"), "body /html/body/h1[1]"),
    "an item is gone": (PAGE.replace("<li>two</li>", ""), "body /html/body/ul[2]"),
    "another order": (PAGE.replace("one", "x").replace("two", "one").replace("x", "two"), "ul[2]"),
    "another tag": (PAGE.replace("h1", "h2"), "body /html/body/h1[1]"),
}


@pytest.mark.parametrize("change", PAGES)
def test_pages_that_changed_are_found(bench: Bench, change: str) -> None:
    """By text and by tag."""
    page, place = PAGES[change]
    bench.teach([PAGE, PAGE])

    (found,) = bench.own(page)
    assert found.replace("html[1]", "html").replace("body[1]", "body").endswith(place)


HEADERS: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "gone": ((("Location", "/a?b=1"), ("Vary", "Accept, Cookie")), "header x-api"),
    "moved": (
        (("Location", "/b"), ("X-Api", "2"), ("Vary", "Accept, Cookie")),
        "header location",
    ),
    "of a set": (
        (("Location", "/a?b=1"), ("X-Api", "2"), ("Vary", "Accept")),
        "header vary cookie",
    ),
}


@pytest.mark.parametrize("change", HEADERS)
def test_headers_that_changed_are_found(bench: Bench, change: str) -> None:
    """A header that is gone, has another value, lacks a member."""
    headers, place = HEADERS[change]
    kept = (("Location", "/a?b=1"), ("X-Api", "2"), ("Vary", "Accept, Cookie"))
    bench.teach([answered({}, *kept, status=302)] * 2)

    assert bench.own(answered({}, *headers, status=302)) == [place]


def test_a_cookie_that_is_gone_is_found(bench: Bench) -> None:
    """Of several, by its name."""
    cookies = (("Set-Cookie", "session=1; Path=/"), ("Set-Cookie", "theme=dark"))
    bench.teach([answered({}, *cookies)] * 2)

    assert bench.own(answered({}, cookies[1])) == ["header set-cookie session"]
    assert bench.own(answered({})) == ["header set-cookie"]


def test_another_charset_is_found(bench: Bench) -> None:
    """Even if the text is the same."""
    bench.teach([PAGE, PAGE])
    other = answered(PAGE.encode("latin-1"), kind="text/html; charset=iso-8859-1")

    assert bench.own(other) == ["header content-type"]


def test_another_status_is_told_alone(bench: Bench) -> None:
    """An error page differs in everything else as well."""
    bench.teach([ARTICLE, ARTICLE])

    (found,) = bench.compare(answered("<h1>oops</h1>", status=500)).own
    assert found == ("status", "200", "500")


def test_a_page_of_an_error_is_found_even_with_status_200(bench: Bench) -> None:
    """JSON became HTML."""
    bench.teach([ARTICLE, ARTICLE])

    found = bench.own(answered("<html>Something went wrong</html>", kind=HTML))
    assert found == ["header content-type", "body"]


def test_a_truncated_body_is_found(bench: Bench) -> None:
    """JSON without its end, text without its last lines, other bytes."""
    bench.teach([ARTICLE, ARTICLE])
    bench.teach(["a\nb\nc\n"] * 2, request=asked(target="/text"))
    picture = answered(b"\x89PNG\x00\x01\x02\x03", kind="image/png")
    bench.teach([picture] * 2, request=asked(target="/picture"))

    assert bench.own(answered(b'{"id": 7, "title": "Caf')) == ["body"]
    assert bench.own("a\nb\n", request=asked(target="/text")) == ["body"]
    cut = answered(picture.body[:-1], kind="image/png")
    assert bench.compare(cut, request=asked(target="/picture")).own == (
        ("body bytes", "8 bytes", "7 bytes, the first other one at 7"),
    )


def test_no_answer_is_found(bench: Bench) -> None:
    """With the reason why there was none."""
    bench.teach([ARTICLE, ARTICLE])
    nothing = answered(b"")._replace(status=0, error="timeout: no whole answer within 10 s")

    (found,) = bench.compare(nothing).own
    assert found.got == "no answer: timeout: no whole answer within 10 s"


NOISY: dict[str, tuple[list[Body], Body]] = {
    "a time lost its zone": (
        [{"at": f"2026-11-28T10:00:0{n}+00:00"} for n in range(4)],
        {"at": "2026-11-28T10:00:09"},
    ),
    "a time lost its zone, in a page": (
        [f"<p>at 2026-11-28 10:00:0{n} UTC</p>" for n in range(4)],
        "<p>at 2026-11-28 10:00:09</p>",
    ),
    "a time has a zone of another form": (
        [{"at": f"2026-11-28T10:00:0{n}+00:00"} for n in range(4)],
        {"at": "2026-11-28T10:00:09Z"},
    ),
    "a time became a number": (
        [{"at": f"2026-11-28T10:00:0{n}"} for n in range(4)],
        {"at": 1764324009},
    ),
    "milliseconds for seconds": (
        [{"at": 1764324000 + n} for n in range(4)],
        {"at": 1764324009000},
    ),
    "null for an id": ([{"id": f"3fa9c2d{n}"} for n in range(4)], {"id": None}),
    "an id as bytes": ([{"id": f"3fa9c2d{n}"} for n in range(4)], {"id": "b'3fa9c2d7'"}),
    "a uuid for a hexadecimal id": (
        [{"id": f"3fa9c2d{n}"} for n in range(4)],
        {"id": "8a5e0f0e-7f0b-4a56-9d0c-52b5a0c1d2e3"},
    ),
    "mojibake beside a time": (
        [f"Hello José, it is 10:00:0{n}" for n in range(4)],
        "Hello JosÃ©, it is 10:00:09",
    ),
    "another word beside a time": (
        [f"Hello Ann, it is 10:00:0{n}" for n in range(4)],
        "Hello Bob, it is 10:00:09",
    ),
    "another member of a list without order": (
        [{"tags": ["a", "b", "c"]}, {"tags": ["b", "c", "a"]}],
        {"tags": ["a", "b", "d"]},
    ),
    "an empty list": ([{"picks": ["a"]}, {"picks": ["b", "c"]}], {"picks": []}),
    "a key of the members of a list that varies": (
        [{"picks": [{"id": 1, "t": "x"}]}, {"picks": [{"id": 2, "t": "y"}, {"id": 3, "t": "z"}]}],
        {"picks": [{"id": 4}]},
    ),
}


@pytest.mark.parametrize("change", NOISY)
def test_noise_hides_no_other_shape(bench: Bench, change: str) -> None:
    """What varies is still of the shape that it had."""
    taught, got = NOISY[change]
    bench.teach(taught)

    assert len(bench.own(got)) == 1
    assert len(bench.old(got)) == 1


def test_what_is_stable_beside_noise_is_compared(bench: Bench) -> None:
    """Noise is at its place only."""
    bench.teach([{"at": n, "title": "x", "tags": [1, 2]} for n in range(4)])

    assert bench.own({"at": 9, "title": "y", "tags": [2, 1]}) == ["body $.title", "body $.tags"]


def test_a_shape_of_new_is_none_of_old(bench: Bench) -> None:
    """If the new release lost the zone by itself, that is a difference from old only."""
    bench.teach(
        [{"at": f"2026-11-28T10:00:0{n}+00:00"} for n in range(4)],
        [{"at": f"2026-11-28T10:00:0{n}"} for n in range(4)],
    )

    assert bench.own({"at": "2026-11-28T10:00:09"}) == []
    assert bench.old({"at": "2026-11-28T10:00:09"}) == ["body $.at"]


def test_noise_of_one_request_is_not_that_of_its_endpoint(bench: Bench) -> None:
    """It takes two; else it holds for that request only."""
    bench.teach([{"title": "a"}, {"title": "b"}], request=asked(1))
    bench.teach([{"title": "c"}, {"title": "c"}], request=asked(2))

    assert bench.own({"title": "d"}, request=asked(1)) == []
    assert bench.own({"title": "d"}, request=asked(2)) == ["body $.title"]


def test_a_right_length_does_not_hide_a_wrong_member(bench: Bench) -> None:
    """Cold and warm answers are of different lengths; each is a measure of its own."""
    bench.teach([{"items": [{"t": "a"}]}, {"items": [{"t": "a"}, {"t": "b"}]}])

    assert bench.own({"items": [{"t": 1}, {"t": "b"}]}) == ["body $.items[0].t"]


def test_compressed_bodies_are_compared(bench: Bench) -> None:
    """By what is in them."""
    bench.teach([ARTICLE, ARTICLE])
    body = gzip.compress(answered({**ARTICLE, "n": 2}).body)

    assert bench.own(answered(body, ("Content-Encoding", "gzip"))) == ["body $.n"]


def test_differences_are_bounded(bench: Bench) -> None:
    """At most 20, each of at most 200 characters."""
    bench.teach([{str(n): "x" * 5000 for n in range(100)}] * 2)

    found = bench.compare({str(n): "y" * 5000 for n in range(100)}).own
    assert len(found) == 20
    assert all(len(text) <= 200 for each in found for text in each)


def test_secrets_are_not_shown(bench: Bench) -> None:
    """Neither those that a name tells nor those in a URL; nor control characters."""
    before = {"token": "s3cret1", "url": "https://u:s3cret2@h/?token=s3cret3&a=1", "t": "a"}
    bench.teach([before, before])

    found = bench.compare({"token": "s3cret4", "url": "https://u:s3cret5@h/", "t": "\x1b[2J"}).own
    assert len(found) == 3
    assert "s3cret" not in str(found)
    assert "\x1b" not in "".join(each.got for each in found)


def test_texts_that_look_the_same_are_told_apart(bench: Bench) -> None:
    """Composed and decomposed letters are written as what they are."""
    bench.teach([{"t": "é"}, {"t": "é"}])

    (found,) = bench.compare({"t": "e\u0301"}).own
    assert found == ("body $.t", "'\\xe9'", "'e\\u0301'")
