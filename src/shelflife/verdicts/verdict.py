"""A verdict: what a runtime makes of an entry."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """What a runtime makes of an entry.

    Attributes:
        verdict: "reads", "changed" (loads, but not the value that was written), "fails" or
            "unknown".
        reason: The value of a `Reason`; "" unless it fails.
        stage: "static", "resolve", "trial" or "compare": which one decided.
        detail: A sentence for people, without anything of the value.
    """

    verdict: str
    reason: str = ""
    stage: str = "static"
    detail: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether a release on that runtime would not get the value that was written."""
        return self.verdict in {"fails", "changed"}


READS = Verdict("reads")
STAGES = ("static", "resolve", "trial")
