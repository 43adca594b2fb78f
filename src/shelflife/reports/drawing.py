"""What the plots of the pages are drawn with: inline SVG.

Built as element trees, so that no text can break out of its element. Colours are the page's
variables (light, dark and print differ); what colour says is also said by text or a dash.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from shelflife.reports.showable import showable

WIDTH = 440


def canvas(height: float, title: str, width: float = WIDTH) -> Element:
    """Give an empty picture."""
    attributes = {"viewBox": f"0 0 {width:g} {height:g}", "role": "img", "aria-label": title}
    svg = Element("svg", attributes)
    SubElement(svg, "title").text = title
    return svg


def add_text(svg: Element, x: float, y: float, text: str, kind: str = "") -> None:
    """Write a text that stands on a line; `kind` is a class of the page."""
    element = SubElement(svg, "text", {"x": f"{x:g}", "y": f"{y:g}", "class": kind})
    element.text = text


def add_rect(svg: Element, x: float, y: float, width: float, kind: str, height: float) -> Element:
    """Draw a rectangle."""
    places = {"x": x, "y": y, "width": width, "height": height}
    shown = {name: f"{round(value, 2):g}" for name, value in places.items()}
    return SubElement(svg, "rect", {**shown, "class": kind})


def add_path(svg: Element, data: str, kind: str) -> None:
    """Draw a line."""
    SubElement(svg, "path", {"d": data, "class": kind})


def finished(svg: Element) -> str:
    """Give the picture's markup."""
    return tostring(svg, encoding="unicode")


def fit(text: str, room: int) -> str:
    """Give a text that takes no more room than there is, with the note on what was cut."""
    shown = showable(text, room)
    return shown if len(shown) <= room else showable(text, max(4, room - 24))
