"""What a text or a binary form may unfold to: an empty list takes 72 bytes, and is written in one.

Only openings are counted, wherever they are: numbers and text take a few times their length, which
`max_bytes` bounds.
"""

from __future__ import annotations

from shelflife.errors import Unreadable
from shelflife.lookup import Reason
from shelflife.pickles import Budget

_EACH = 72


def weigh(data: bytes, openers: bytes, budget: Budget) -> None:
    """See whether the containers of an entry fit into memory.

    Args:
        data: The entry.
        openers: The bytes with which a list or dict begins.
        budget: What it may cost.

    Raises:
        Unreadable: If they do not.
    """
    most = budget.memory // _EACH
    if len(data) > most and len(data) - len(data.translate(None, openers)) > most:
        raise Unreadable(Reason.OVER_BUDGET, "more lists and dicts than the budget allows")
