"""What reading would do to a cache that evicts by use."""

from __future__ import annotations

from shelflife.stores.server_facts import ServerFacts


class WouldDisturb(Exception):
    """Reading would count as use in a cache that evicts by use; the message says what to do."""


def refuse_to_disturb(facts: ServerFacts, *, quiet: bool, accept: bool) -> None:
    """See whether entries can be read without looking used.

    Args:
        facts: What the server says of itself.
        quiet: Whether it does not count our reads (CLIENT NO-TOUCH).
        accept: Whether that was accepted.

    Raises:
        WouldDisturb: If they cannot.
    """
    if facts.evicts_by_use and not (quiet or facts.role == "slave" or accept):
        raise WouldDisturb(
            f"this server evicts by use ({facts.policy}) and has no CLIENT NO-TOUCH: reading "
            "its entries would make all of them look used. Look at a replica or an .rdb file of "
            "it instead, or say --accept-touch"
        )
