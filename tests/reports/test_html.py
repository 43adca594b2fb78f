"""The HTML page."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reports.documents import EVERY, HOSTILE, document, group, hostile, unsafe, verdict
from reports.pages import Page, pictures
from shelflife.errors import ConfigurationError
from shelflife.reports.html import MOST_GROUPS, render, write


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
def test_the_plots_are_well_formed(name: str) -> None:
    """To a parser of XML, which forgives nothing."""
    for plot in pictures(render(EVERY[name]())):
        root = ET.fromstring(plot)
        assert root.get("viewBox")
        assert root.findtext("title")
        for rect in root.iter("rect"):
            left, width = float(rect.attrib["x"]), float(rect.attrib["width"])
            assert left >= 0
            assert width > 0
            assert left + width <= 440.1


def test_the_headlines_come_first() -> None:
    """In words, before anything else."""
    text = " ".join(Page(render(unsafe())).text.split())

    assert re.search(
        "upgrade UNSAFE 206 entries fail.* rollback UNSAFE old cannot.* order readers first", text
    )
    assert text.index("readers first") < text.index("What to do") < text.index("To act on")


def test_everything_stands_on_the_page() -> None:
    """Sections, reasons, fixes, protections, effect, waivers, words."""
    text = " ".join(Page(render(unsafe())).text.split())

    for part in (
        "Python 2 wrote 8-bit text; Python 3 raises UnicodeDecodeError on it",
        "State, not cache: never purge",
        "Waived: dropped with release 42",
        "Known from the baseline",
        "2 groups, 12,340 entries read everywhere.",
        "Against last.json: 4 new, 1 known.",
        "shelflife floor set 2.7 --url redis://127.0.0.1:6379/0 --prefix api:",
        "Protections that held: memory limited to 512 MiB; no network (own namespace)",
        "12,340 keyspace hits, 0 misses, access times left alone.",
        "What the words mean",
        "Exit code 1: incompatible.",
        "app.models.Article",
        "api:article:17",
    ):
        assert part in text, part
    assert "left at the deploy" in text
    partial = Page(render(EVERY["partial"]())).text
    assert "Interrupted after 400" in partial
    assert "A sample of 400" in partial


def test_every_verdict_is_counted_and_drawn() -> None:
    """Even one entry in a million is seen."""
    verdicts = [verdict("reads"), verdict("changed"), verdict("fails", "corrupt")]
    counts = (1_000_000, 1, 1)
    groups = [
        group(number, "k", count, {"new": one})
        for number, (count, one) in enumerate(zip(counts, verdicts))
    ]
    source = render(document(groups=groups))
    drawn = ET.fromstring(pictures(source)[0])

    widths = {rect.attrib["class"]: float(rect.attrib["width"]) for rect in drawn.iter("rect")}
    assert set(widths) == {"v-reads", "v-changed", "v-fails"}
    assert min(widths.values()) >= 3
    assert re.search(r"new 1,000,000 1 1 0 ", " ".join(Page(source).text.split()))


def test_the_decay_is_drawn_with_the_deploy() -> None:
    """A line for each target that has unreadable entries, labelled axes, the deploy marked."""
    whole = unsafe()
    drawn = ET.fromstring(pictures(render(whole))[1])
    said = ["".join(text.itertext()) for text in drawn.iter("text")]

    assert {"unreadable entries", "time from now", "deploy", "now", "1 d"} <= set(said)
    assert "new: 1,059 now, 3 at the end" in said
    assert len(list(drawn.iter("circle"))) == 8
    later = render({**whole, "deploy_in": 90 * 86400.0})
    assert ">deploy</text>" not in later
    assert "Decay" not in Page(render(document())).text


def test_the_largest_key_classes_are_drawn() -> None:
    """Fifteen of them, groups of one class put together."""
    groups = [group(n, f"part{n // 2}:*", n + 1, {"new": verdict("reads")}) for n in range(60)]
    drawn = ET.fromstring(pictures(render(document(groups=groups)))[1])
    said = [text.text for text in drawn.iter("text")]

    assert said[0::2] == [f"part{number}:*" for number in range(29, 14, -1)]
    assert said[1] == "33.0 KiB"


@pytest.mark.parametrize("name", ["hostile", "long"])
def test_hostile_text_is_harmless(name: str) -> None:
    """It is text, escaped visibly, of bounded length."""
    source = render(EVERY[name]())

    assert not [c for c in source if c != "\n" and not c.isprintable()]
    assert len(source) < 150_000
    source.encode()


def test_hostile_text_is_shown_as_it_is() -> None:
    """Markup, templates and entities mean nothing."""
    text = Page(render(hostile())).text

    assert "<script>alert(1)</script><img src=x onerror=alert(2)>\\x1b[2J\\x1b]0;owned" in text
    assert "\\u202egnp.exe" in text
    assert "{{ 7*7 }}&amp;\"'\\ud800" in text
    assert HOSTILE not in text


def test_thousands_of_groups_make_a_page_that_opens() -> None:
    """The worst are shown, and it is said how many are not."""
    source = render(EVERY["large"]())
    page = Page(source)

    assert len(source) < 1_000_000
    assert len([tag for tag, attrs in page.elements if attrs.get("class") == "key"]) == MOST_GROUPS
    assert re.search(r"1,800 more groups with [\d,]+ entries left out\.", page.text)
    assert "api:part200:*" in page.text
    assert "api:part201:*" not in page.text


def test_state_is_shown_however_many_groups_are_broken() -> None:
    """It must not be purged for want of being seen."""
    whole = EVERY["large"]()
    whole["groups"].append(
        group(9_999, "q:*", 5, {"t5": verdict("fails", "corrupt")}, state="queue")
    )
    text = " ".join(Page(render(whole)).text.split())

    assert "State, not cache: never purge" in text
    assert "q:*" in text
    assert "1,801 more groups with" in text


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    """Or a sentence says why not."""
    write(hostile(), tmp_path / "audit.html")

    assert (tmp_path / "audit.html").read_text(encoding="utf-8") == render(hostile())
    with pytest.raises(ConfigurationError, match="cannot write the report"):
        write(document(), tmp_path / "none" / "audit.html")
