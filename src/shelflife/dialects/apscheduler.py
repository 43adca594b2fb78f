"""APScheduler: jobs in a hash, which are state: pickles that refer to triggers and functions."""

from __future__ import annotations

from shelflife.dialects.contents import look, within
from shelflife.dialects.recognition import Recognised, Stored
from shelflife.dialects.signs import Signs

_FOUND = Recognised("apscheduler", state="job", writes="highest")


def by_key(stored: Stored) -> Recognised:
    """Look at a job, or at when jobs are due."""
    return within(_FOUND, "", look(stored.raw))


SIGNS = Signs(
    "apscheduler",
    _FOUND,
    keys=(b"apscheduler.",),
    by_key=by_key,
    pickled=(
        ("apscheduler.job", "Job"),
        ("apscheduler.triggers.cron", "CronTrigger"),
        ("apscheduler.triggers.date", "DateTrigger"),
        ("apscheduler.triggers.interval", "IntervalTrigger"),
        ("apscheduler.triggers.combining", "AndTrigger"),
        ("apscheduler.triggers.combining", "OrTrigger"),
    ),
)
