"""What a cache counts, for Prometheus. Needs `prometheus_client` (the extra `prometheus`).

Rules:
1. Nothing is counted here: the cache's own counters are read when Prometheus asks.
2. Labels are bounded: reasons are a closed list, at most 200 key classes and 1,000 causes are kept
   apart. No key, no value and no byte of an entry is among them.
3. Names and labels are stable: `docs/alerts/` relies on them.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Optional

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import CounterMetricFamily

from shelflife.cache.core import CacheCore
from shelflife.errors import ConfigurationError
from shelflife.events import Counters

_Samples = Mapping[tuple[str, ...], int]


class Metric(NamedTuple):
    """One metric.

    Attributes:
        name: Without `_total`, which every one of them ends in.
        text: What it counts.
        labels: Those besides `cache` and `release`.
    """

    name: str
    text: str
    labels: tuple[str, ...] = ()


METRICS = {
    "hits": Metric("shelflife_hits", "Reads that gave a value."),
    "misses": Metric("shelflife_misses", "Reads that gave none.", ("reason",)),
    "unreadable": Metric(
        "shelflife_unreadable",
        "Entries that were there and could not be read.",
        ("reason", "writer", "key_class"),
    ),
    "stored": Metric("shelflife_stored", "Entries written."),
    "not_stored": Metric("shelflife_not_stored", "Writes that stored nothing.", ("reason",)),
    "lost_invalidations": Metric(
        "shelflife_lost_invalidations", "Removals that the server did not confirm."
    ),
    "server_errors": Metric(
        "shelflife_server_errors", "Failures and refusals of the server.", ("kind",)
    ),
    "py2_mixtures": Metric(
        "shelflife_py2_mixtures", "Python 2 entries with 8-bit strings of several encodings."
    ),
    "ping_pong": Metric(
        "shelflife_ping_pong",
        "Rewrites of keys that another release rewrites too.",
        ("writer", "key_class"),
    ),
    "fleet": Metric("shelflife_fleet_events", "What was told of the fleet.", ("reason",)),
    "sampled": Metric(
        "shelflife_sampled_reads", "A sample of entries read, by who wrote them.", ("writer",)
    ),
}
"""By the attribute of `Counters`."""


def export(
    cache: CacheCore,
    registry: Optional[CollectorRegistry] = None,
    *,
    name: str = "cache",
    release: str = "",
) -> None:
    """Let Prometheus see what a cache counts, for as long as the cache is there.

    Args:
        cache: A `Cache` or an `AsyncCache`.
        registry: Where; the library's own by default.
        name: The label `cache`, by which several caches of a process are told apart.
        release: The label `release`: as in `Cache(release=...)`.

    Raises:
        ConfigurationError: If another cache has this name there.
    """
    registry = REGISTRY if registry is None else registry
    exporter = _exporters.get(registry)
    if exporter is None:
        exporter = _exporters[registry] = _Exporter()
        exporter.add(name, release, cache)
        added: Any = exporter
        registry.register(added)
    else:
        exporter.add(name, release, cache)


class _Exporter:
    """Collects the caches of one registry."""

    def __init__(self) -> None:
        self._caches: dict[str, tuple[str, weakref.ref[CacheCore]]] = {}

    def add(self, name: str, release: str, cache: CacheCore) -> None:
        """Export one more cache."""
        known = self._caches.get(name)
        if known is not None and known[1]() not in {None, cache}:
            raise ConfigurationError(
                f"another cache is exported as {name!r} already: give each of them a name=..."
            )
        self._caches[name] = (release, weakref.ref(cache))

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Give all metrics; called by Prometheus."""
        found = []
        for name, (release, reference) in list(self._caches.items()):
            cache = reference()
            if cache is not None:
                found.append(((name, release), cache.counters()))
        for attribute, metric in METRICS.items():
            labels = ("cache", "release", *metric.labels)
            family = CounterMetricFamily(metric.name, metric.text, labels=labels)
            for whose, counters in found:
                for values, number in _samples(counters, attribute).items():
                    family.add_metric((*whose, *values), number)
            yield family


def _samples(counters: Counters, attribute: str) -> _Samples:
    """Give the numbers of one metric by its labels."""
    found = getattr(counters, attribute)
    if attribute == "unreadable":
        return {(reason, by, key_class): n for (key_class, reason, by), n in found.items()}
    if attribute == "ping_pong":
        return {(by, key_class): n for (key_class, by), n in found.items()}
    if isinstance(found, int):
        return {(): found}
    return {(str(label),): number for label, number in found.items()}


_exporters: weakref.WeakKeyDictionary[CollectorRegistry, _Exporter] = weakref.WeakKeyDictionary()
