"""What to run after a rehearsal: the same again, with what would tell more."""

from __future__ import annotations

from typing import Any

import click

from shelflife.cli.again import words_again

Document = dict[str, Any]


def next_step(ctx: click.Context, document: Document) -> str:
    """Give the next command; "" if nothing is left to do here.

    Args:
        ctx: The command's context.
        document: What came of it.
    """
    given = ctx.params
    if document["partial"] is not None:
        return words_again(ctx, instead={})
    if document["verdict"] == "unsafe":
        page = () if given["html_file"] else ("--html", "rehearsal.html")
        seed = ("--seed", str(document["seed"]))  # what is mended is tried with the same requests
        return words_again(ctx, instead={}, without=("seed",), adding=(*seed, *page))
    if document["verdict"] == "inconclusive":
        return words_again(ctx, instead={}, adding=_more(document))
    if not given["against"]:
        return words_again(ctx, instead={}, adding=("--against", "audit.json"))
    return ""


def _more(document: Document) -> tuple[str, ...]:
    """Give the option that would close a gap, if one would."""
    kinds = {gap["kind"] for gap in document["adequacy"]["gaps"]}
    injected = "unicode" in document["log"]["injected"]
    return ("--inject", "unicode") if "non-ascii" in kinds and not injected else ()
