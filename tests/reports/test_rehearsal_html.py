"""The page of a rehearsal."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports.documents import HOSTILE
from reports.pages import Page, pictures
from reports.rehearsal_parts import Rehearsal, answer, example, finding, matrix, phase, rehearsal
from reports.rehearsals import EVERY, hostile, inconclusive, large, partial, unsafe
from shelflife.errors import ConfigurationError
from shelflife.reports.rehearsal_html import MOST_FINDINGS, render, write


def text_of(whole: Rehearsal) -> str:
    """What a page says, on one line."""
    return " ".join(Page(render(whole)).text.split())


def picture(whole: Rehearsal, title: str) -> ET.Element:
    """One picture of a page, by its title."""
    return next(
        root
        for root in map(ET.fromstring, pictures(render(whole)))
        if root.findtext("title") == title
    )


def said(root: ET.Element) -> list[str]:
    """The texts of a picture."""
    return [text.text or "" for text in root.iter("text")]


@pytest.mark.parametrize("name", EVERY)
def test_the_page_stands_alone(name: str) -> None:
    """No script, no link, no picture, no font, no handler: nothing is fetched, nothing runs."""
    source = render(EVERY[name]())
    page = Page(source)

    assert page.open == []
    used = {tag for tag, _ in page.elements}
    assert not used & {"script", "link", "img", "iframe", "object", "embed", "a", "form", "base"}
    attributes = {key for _, attrs in page.elements for key in attrs}
    assert not [key for key in attributes if key.startswith("on")]
    assert not attributes & {"src", "href", "xlink:href", "style", "srcset", "action"}
    assert not re.search(r"https?://|url\(|@import", source)


@pytest.mark.parametrize("name", EVERY)
def test_the_pictures_are_well_formed(name: str) -> None:
    """To a parser of XML, which forgives nothing; and nothing is drawn outside of them."""
    for plot in pictures(render(EVERY[name]())):
        root = ET.fromstring(plot)
        width, height = map(float, root.attrib["viewBox"].split()[2:])
        assert root.findtext("title")
        for rect in root.iter("rect"):
            x, y, w, h = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
            assert min(x, y) >= 0
            assert min(w, h) > 0
            assert x + w <= width + 0.1
            assert y + h <= height + 0.1


def test_the_verdict_comes_first_then_the_story() -> None:
    """Verdict, directions, what happened, what it proves, what was found."""
    text = text_of(unsafe())

    assert re.search(
        "rehearsal UNSAFE 34 requests .* upgrade UNSAFE new could .* rollback UNSAFE old could",
        text,
    )
    order = ("What happened", "Writer by reader", "Against production", "4 findings", "Next:")
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert text_of(inconclusive()).index("What was not seen") < text.index("What happened") + 600


def test_everything_stands_on_the_page() -> None:
    """Phases, exceptions, entries, remedies, noise, log, releases, effect, words."""
    text = text_of(unsafe())

    for part in (
        "upgrade, new: 10 times UnicodeDecodeError: 'ascii' codec can't decode byte 0xc3",
        "rollback, old: 20 times ValueError: unsupported pickle protocol: 4",
        "error rollback, old: 20 requests in rollback GET /articles/*",
        "read api:article:*, written by new in upgrade (318 B, werkzeug, pickle protocol 4)",
        "To do: Let new read what old writes",
        "(accepted by the plan)",
        "1 part of answers that are noise",
        "Python 2.7.18: python2.7 service.py --port {port} (5 starts)",
        "13 processes were started and have ended",
        "Exit code 1: something differs.",
        'File "service.py", line 41',
    ):
        assert part in text, part
    more = text_of(inconclusive())
    for part in (
        "No entry of api:article:* holds text outside ASCII. shelflife rehearse plan.toml",
        "3 EVALSHA",
        "12 entries expired meanwhile",
        "this rehearsal wrote none",
        "line 12: no request in quotes",
    ):
        assert part in more, part
    assert "Partial. interrupted in phase warm" in text_of(partial())


def test_the_timeline_has_a_lane_for_each_release() -> None:
    """With bars by status; one that takes no part has none; one error in a thousand is seen."""
    whole = unsafe()
    whole["phases"] = [phase("warm", ["old"]), phase("upgrade", ["new"], 10)]
    whole["phases"][1]["timeline"][0].update(ok=10_000, client=0, server=1)
    drawn = picture(whole, "Phase upgrade by status")

    assert said(drawn) == ["old", "new", "2xx 280, 4xx 10, 5xx 10"]
    bad = [rect for rect in drawn.iter("rect") if rect.get("class") == "s-server"]
    assert len(bad) == 10
    assert float(bad[0].attrib["height"]) >= 3
    assert bad[0].findtext("title") == "slice 1: 2xx 10,000, 5xx 1"


def test_the_matrix_says_who_reads_whose_entries() -> None:
    """In colour and in words: the worst verdict of each pair, its count, what was not used."""
    drawn = picture(unsafe(), "Writer by reader, by verdict")
    kinds = [rect.get("class") for rect in drawn.iter("rect")]

    assert kinds == ["empty", "v-fails", "v-fails", "empty"]
    assert said(drawn)[:2] == ["read by old", "read by new"]
    start = said(drawn).index("10 errors")
    assert said(drawn)[start : start + 4] == [
        "10 errors",
        "4 other answers",
        "120 entries",
        "110 reads, 10 fails",
    ]
    one_way = unsafe()
    one_way["matrix"] = [one for one in one_way["matrix"] if one["writer"] == "old"]
    seeded = {**one_way["matrix"][0], "writer": "production"}
    one_way["matrix"].append(seeded)
    drawn = picture(one_way, "Writer by reader, by verdict")
    assert said(drawn).count("never read") == 2
    assert said(drawn).count("its own") == 2
    assert "production" in said(drawn)


def test_the_matrix_does_not_gainsay_the_answers() -> None:
    """What a Python alone cannot read, a service may cope with."""
    drawn = picture(rehearsal(matrix=matrix(10, 20)), "Writer by reader, by verdict")

    assert {rect.get("class") for rect in drawn.iter("rect")} == {"empty", "v-reads"}
    assert said(drawn).count("answered as by itself") == 2
    assert "110 reads, 10 fails" in said(drawn)


def test_coverage_is_drawn_by_the_count_of_entries() -> None:
    """What is missing comes first, and is told by text and outline too."""
    drawn = picture(inconclusive(), "Production's entries that were rehearsed, by group")

    assert "20,740 of 24,152 entries covered" in said(drawn)
    assert said(drawn)[2:4] == ["api:article:*", "3,412 not covered"]
    bars = [rect.attrib for rect in drawn.iter("rect")]
    assert float(bars[1]["width"]) == pytest.approx(440 * 20_740 / 24_152, abs=0.1)
    assert [bar["class"] for bar in bars].count("missing") == 2


def test_answers_stand_side_by_side_with_what_differs_marked() -> None:
    """Status, headers and the parts of the bodies."""
    source = render(unsafe())
    marked = re.findall(r"<mark>(?:<bdi>)?(.*?)(?:</bdi>)?</mark>", source)

    assert {"200", "500"} <= set(marked)
    assert "+01" in "".join(marked)
    assert "2019" not in "".join(marked)
    assert "application/json" in source
    assert "application/json" not in marked


def test_what_was_not_compared_is_not_marked() -> None:
    """An ignored header, a body that is noise."""
    one = example(7, got=answer(200, '{"at": 2}'), expected=answer(200, '{"at": 1}'))
    one["got"]["headers"] = [["Content-Type", "text/plain"], ["Date", "today"]]
    one["differences"] = [{"path": "header location", "expected": "/a", "got": ""}]
    source = render(rehearsal(findings=[finding(1, examples=[one])]))

    assert "<mark>" not in source
    assert "today" not in source


def test_an_answer_without_reference_is_shown_alone() -> None:
    """It is said that nothing is known; and that no answer came."""
    got = {**answer(0, ""), "headers": [], "error": "the connection was closed"}
    one = finding(1, examples=[example(7, expected=None, got=got, sure=False)])
    text = text_of(rehearsal(findings=[one]))

    assert "Not known: it was not asked beforehand." in text
    assert "With the cache no answer: the connection was closed" in text
    assert "perhaps: other requests were under way" in text


def test_secrets_are_not_shown() -> None:
    """Whatever the rehearsal let through."""
    got = {
        **answer(500, '{"access_token": "s3cret-a"}'),
        "headers": [["Set-Cookie", "sid=s3cret-b"]],
    }
    log = ["connect redis://u:s3cret-c@h/0", "Authorization: Bearer s3cret-d"]
    differences = [
        {"path": "header authorization", "expected": "s3cret-e", "got": "s3cret-f"},
        {"path": "body $.user.password", "expected": '"s3cret-g"', "got": '"s3cret-h"'},
    ]
    one = example(7, got=got, log=log, differences=differences)
    one["request"]["target"] = "/a?token=s3cret-i&b=1"
    whole = rehearsal(findings=[finding(1, examples=[one], exceptions=["E(password='s3cret-j')"])])

    assert "s3cret" not in render(whole)
    assert "/a?token=***&b=1" in text_of(whole)


@pytest.mark.parametrize("name", ["hostile", "garbled", "long"])
def test_hostile_text_is_harmless(name: str) -> None:
    """It is text, escaped visibly, of bounded length."""
    source = render(EVERY[name]())

    assert not [c for c in source if c not in "\n\u200b" and not c.isprintable()]
    assert len(source) < 200_000
    source.encode()


def test_hostile_text_is_shown_as_it_is() -> None:
    """Markup, templates and entities mean nothing."""
    text = Page(render(hostile())).text

    assert "<script>alert(1)</script><img src=x onerror=alert(2)>\\x1b[2J\\x1b]0;owned" in text
    assert "{{ 7*7 }}&amp;\"'\\ud800" in text
    assert HOSTILE not in text


def test_much_makes_a_page_that_opens() -> None:
    """The worst findings are shown, and it is said how many are not."""
    source = render(large())
    page = Page(source)

    assert len(source) < 2_000_000
    cards = [attrs for tag, attrs in page.elements if tag == "article"]
    assert len(cards) == MOST_FINDINGS
    assert "800 more findings: the JSON document has them all." in page.text
    assert "940 more classes" in page.text
    assert "940 more groups" in page.text


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    """Or a sentence says why not."""
    write(hostile(), tmp_path / "rehearsal.html")

    assert (tmp_path / "rehearsal.html").read_text(encoding="utf-8") == render(hostile())
    with pytest.raises(ConfigurationError, match="cannot write the report"):
        write(rehearsal(), tmp_path / "none" / "rehearsal.html")
