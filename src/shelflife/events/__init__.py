"""What a cache tells of itself, without telling keys or values: counters, hooks, quiet logging."""

from shelflife.events.counters import Counters
from shelflife.events.event import Event, EventKind, Hook
from shelflife.events.key_classes import KeyClasses
from shelflife.events.recorder import Recorder

__all__ = ["Counters", "Event", "EventKind", "Hook", "KeyClasses", "Recorder"]
