"""What a read, a write and a computation mean: decisions without I/O, each written once.

Every operation is a generator. It yields what it needs from the store (`stores.commands`) or from
its driver (`steps`), is sent the reply, and returns the result. A store that fails is thrown in as
`ServerError`. A sync loop drives them, an async loop drives them, and so does a test with a list.
"""

from shelflife.operations.computing import get_or_compute, read_again
from shelflife.operations.context import Context
from shelflife.operations.counting import incr
from shelflife.operations.entries import EntryReader, EntryWriter, PickleCheckingReader
from shelflife.operations.expiry import DEFAULT, Default, Ttl, milliseconds, touch, ttl
from shelflife.operations.locking import acquire, locked, release
from shelflife.operations.reading import (
    get,
    get_many,
    has,
    lookup,
    lookup_many,
    value_or_miss,
    values_or_misses,
)
from shelflife.operations.removing import clear, delete, delete_many
from shelflife.operations.sampling import Sampling
from shelflife.operations.steps import Compute, Operation, Share
from shelflife.operations.writing import add, set_, set_many

__all__ = [
    "DEFAULT",
    "Compute",
    "Context",
    "Default",
    "EntryReader",
    "EntryWriter",
    "Operation",
    "PickleCheckingReader",
    "Sampling",
    "Share",
    "Ttl",
    "acquire",
    "add",
    "clear",
    "delete",
    "delete_many",
    "get",
    "get_many",
    "get_or_compute",
    "has",
    "incr",
    "locked",
    "lookup",
    "lookup_many",
    "milliseconds",
    "read_again",
    "release",
    "set_",
    "set_many",
    "touch",
    "ttl",
    "value_or_miss",
    "values_or_misses",
]
