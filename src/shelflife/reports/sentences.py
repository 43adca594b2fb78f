"""What verdicts and reasons mean, in the words that an on-call engineer needs.

One sentence for each reason, here and nowhere else. The verdict's own detail follows it.
"""

from __future__ import annotations

from collections.abc import Mapping

from shelflife.reports.document import Group, Target, Verdict

WORDS = {
    "reads": "loads, and gives the value that was written",
    "changed": "loads without an error, but gives another value than was written",
    "fails": "raises an exception, or gives no value",
    "unknown": "could not be found out; treat it as if it failed until it is",
}

REASONS = {
    "absent": "gone before it could be read",
    "foreign": "in no format that its reader knows",
    "newer-format": "written in a newer format than its reader knows",
    "unknown-codec": "coded in a way that its reader does not know",
    "corrupt": "damaged: cut off or altered, so that no runtime reads it",
    "protocol": "written with {written}; {python} reads up to {highest} and raises ValueError",
    "py2-bytes": "Python 2 wrote 8-bit text; Python 3 raises UnicodeDecodeError on it",
    "missing-name": "needs a module or a name that is not there, which raises ImportError or "
    "AttributeError",
    "rejected-name": "refers to a name that is not on the allow list",
    "over-budget": "loading it would take too much time or memory",
    "load-error": "raises an exception when it is loaded",
    "schema": "decodes, but not to a value of the type that is asked for",
    "wrong-type": "lies in a Redis type that its reader does not read",
    "too-large": "larger than its reader accepts",
    "unavailable": "the server did not give it",
}

MEANINGS = {
    "upgrade": "the new release reads what the old one has written",
    "rollback": "the old release, deployed again, reads what the new one has written",
    "key class": "the pattern that keys belong to, such as api:article:*",
    "group": "the entries of one key class that have the same shape",
    "dialect": "the library that wrote an entry, and its way of doing so",
    "new->old": "what old makes of an entry that new has written again",
    "left at the deploy": "entries that have not expired by then; the others age out by themselves",
    "no TTL": "entries that never expire, and so never age out",
    "state": "queues, jobs, results, sessions and locks: not a cache, never to be purged",
}

EXITS = {
    0: "fine",
    1: "incompatible",
    2: "an error",
    3: "inconclusive: too little was seen to say",
}

STATE = "state, not cache: never purge"


def meaning(reason: str) -> str:
    """Explain a reason without regard to a target; "" if there is no such reason."""
    if reason == "protocol":
        return "written with a pickle protocol that is newer than the reader"
    return REASONS.get(reason, "")


def highest_protocol(python: str) -> int:
    """Give the newest pickle protocol that a Python, such as "2.7", reads."""
    try:
        version = tuple(map(int, python.split(".")[:2]))
    except ValueError:
        return 5
    steps = (((3, 0), 2), ((3, 4), 3), ((3, 8), 4))
    return next((protocol for before, protocol in steps if version < before), 5)


def why(group: Group, column: str, verdict: Verdict, targets: Mapping[str, Target]) -> str:
    """Say in a sentence why a verdict is what it is; "" if there is nothing to say.

    Of a failure the verdict's own detail is that sentence; where it has none, the reason's is.

    Args:
        group: Whose verdict it is.
        column: A target's name, or "new->old" for an entry that `new` has written again.
        verdict: What is to be explained.
        targets: All targets by name.
    """
    plain = _plain(group, column, verdict, targets)
    detail = verdict["detail"].strip()
    if verdict["verdict"] == "fails" or not plain or not detail:
        return detail or plain
    return f"{plain}: {detail}"


def _plain(group: Group, column: str, verdict: Verdict, targets: Mapping[str, Target]) -> str:
    reason = verdict["reason"]
    if not reason:
        return {"changed": WORDS["changed"], "unknown": "could not be found out"}.get(
            verdict["verdict"], ""
        )
    writer, _, reader = column.rpartition("->")
    read = python = targets[reader]["python"] if reader in targets else ""
    protocol = "a newer pickle protocol"
    if not writer and group["protocol"] is not None:
        protocol = f"pickle protocol {group['protocol']}"
    sentence = REASONS.get(reason, reason)
    if reason == "protocol":
        python = f"Python {python}" if python else "the reader"
        sentence = sentence.format(written=protocol, python=python, highest=highest_protocol(read))
    if verdict["verdict"] == "unknown":
        return f"perhaps {sentence}"
    return sentence
