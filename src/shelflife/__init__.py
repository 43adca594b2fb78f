"""A cache that survives its own deploys: every read is a hit, or a miss that says why.

The package brings a plugin for pytest, which would warn of every test run that has loaded the
package before: PYTEST_DONT_REWRITE says that no assert in here is a test's.
"""

from shelflife.cache import AsyncCache, Cache
from shelflife.codecs import Types
from shelflife.errors import (
    ConfigurationError,
    InvalidKey,
    NotPortable,
    ServerError,
    ShelflifeError,
)
from shelflife.events import Counters, Event, EventKind
from shelflife.lookup import Hit, Miss, Reason
from shelflife.pickles import AllowList, Py2Text

__all__ = [
    "AllowList",
    "AsyncCache",
    "Cache",
    "ConfigurationError",
    "Counters",
    "Event",
    "EventKind",
    "Hit",
    "InvalidKey",
    "Miss",
    "NotPortable",
    "Py2Text",
    "Reason",
    "ServerError",
    "ShelflifeError",
    "Types",
]
