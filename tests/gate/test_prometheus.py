"""What Prometheus sees, and the rules and panels that rely on it."""

from __future__ import annotations

import gc
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import missing
from shelflife import AsyncCache, Cache, ConfigurationError
from shelflife.events import Counters, Event, EventKind

try:
    import prometheus_client
except ImportError:
    pytest.skip("prometheus_client is not installed", allow_module_level=True)

from shelflife.prometheus import METRICS, export

ALERTS = Path(__file__).parent.parent.parent / "docs" / "alerts"
RULES, DASHBOARD = ALERTS / "shelflife.rules.yml", ALERTS / "shelflife.dashboard.json"


@pytest.fixture
def registry() -> prometheus_client.CollectorRegistry:
    """A registry of the test's own."""
    return prometheus_client.CollectorRegistry()


def test_every_counter_is_exported(registry: prometheus_client.CollectorRegistry) -> None:
    """With its labels; nothing that a snapshot holds is left out."""
    cache = Cache("memory://", prefix="a:")
    export(cache, registry, name="articles", release="new")
    cache.set("x:1", 1)
    cache.get("x:1")
    cache.get("x:2")
    for kind in EventKind:
        cache._recorder.event(Event(kind, "get", "a:x:*", "other", writer="old cpython3.8.1"))
    cache._recorder.sampled("old")
    text = prometheus_client.generate_latest(registry).decode()

    def value(name: str, **labels: str) -> Any:
        return registry.get_sample_value(name, {"cache": "articles", "release": "new", **labels})

    where = {"writer": "old cpython3.8.1", "key_class": "a:x:*"}
    assert set(METRICS) == set(Counters.__dataclass_fields__)
    assert value("shelflife_hits_total") == 1
    assert value("shelflife_misses_total", reason="absent") == 1
    assert value("shelflife_stored_total") == 1
    assert value("shelflife_unreadable_total", reason="other", **where) == 1
    assert value("shelflife_ping_pong_total", **where) == 1
    assert value("shelflife_not_stored_total", reason="other") == 1
    assert value("shelflife_lost_invalidations_total") == 1
    assert value("shelflife_server_errors_total", kind="other") == 1
    assert value("shelflife_py2_mixtures_total") == 1
    assert value("shelflife_fleet_events_total", reason="other") == 1
    assert value("shelflife_sampled_reads_total", writer="old") == 1
    assert text.count("# TYPE shelflife_") == len(METRICS)


def test_caches_are_told_apart(registry: prometheus_client.CollectorRegistry) -> None:
    """By a name that each has for itself, whatever kind they are."""
    one, other = Cache("memory://"), AsyncCache("memory://")
    export(one, registry)
    export(one, registry)
    export(other, registry, name="other")
    one.get("x")

    with pytest.raises(ConfigurationError, match="name="):
        export(other, registry)
    text = prometheus_client.generate_latest(registry).decode()
    assert 'shelflife_misses_total{cache="cache",reason="absent",release=""} 1.0' in text
    assert 'shelflife_hits_total{cache="other",release=""} 0.0' in text


def test_a_cache_that_is_gone_is_seen_no_more(
    registry: prometheus_client.CollectorRegistry,
) -> None:
    """Being seen does not keep it alive, and its name is free again."""
    cache = Cache("memory://")
    export(cache, registry)
    del cache
    gc.collect()
    text = prometheus_client.generate_latest(registry).decode()
    again = Cache("memory://")
    export(again, registry)

    assert "shelflife_hits_total{" not in text
    assert "shelflife_hits_total{" in prometheus_client.generate_latest(registry).decode()


def rules() -> list[dict[str, Any]]:
    """The rules, as Prometheus reads them."""
    yaml = pytest.importorskip("yaml")
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def expressions() -> Iterator[str]:
    """Every expression of the rules and of the panels."""
    yield from (rule["expr"] for rule in rules())
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def test_rules_and_panels_name_what_is_exported() -> None:
    """Each metric, each label, and each rule that another one uses."""
    known = {f"{metric.name}_total": metric.labels for metric in METRICS.values()}
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    named = set()
    for expression in expressions():
        assert expression.count("(") == expression.count(")")
        for rule in re.findall(r"shelflife:[a-z0-9_:]+", expression):
            assert rule in recorded
        for metric, selector in re.findall(r"(shelflife_[a-z0-9_]+)(\{[^}]*\})?", expression):
            named.add(metric)
            labels = {"cache", "release", *known[metric]}
            assert set(re.findall(r"(\w+)(?:=~|!=|=)", selector)) <= labels
        pattern = r"by \(([^)]*)\)\s*\((?:rate|increase)\((shelflife_[a-z0-9_]+)"
        for by, metric in re.findall(pattern, expression):
            assert set(by.split(", ")) <= {"cache", "release", *known[metric]}

    assert named == set(known) - {"shelflife_py2_mixtures_total"}


def test_alerts_say_what_happened_and_what_to_do() -> None:
    """With labels that their expression keeps."""
    for rule in rules():
        if "alert" in rule:
            text = " ".join(rule["annotations"].values())
            grouped = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", rule["expr"]))))
            used = set(re.findall(r"\$labels\.(\w+)", text))

            assert used <= (grouped or {"cache", "release"}), rule["alert"]
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert set(rule["annotations"]) == {"summary", "description"}


@pytest.fixture
def promtool() -> Callable[..., str]:
    """Run Prometheus' own tool, where it is installed; give what it says."""
    program = shutil.which("promtool")
    if program is None:
        missing("promtool", "promtool is not installed")

    def run(*words: str) -> str:
        done = subprocess.run([str(program), *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_prometheus_takes_the_rules(promtool: Callable[..., str], tmp_path: Path) -> None:
    """Its own tool says so; of the panels' expressions as well."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    told = [target["expr"] for panel in panels for target in panel["targets"]]
    as_rules = [
        {"record": f"panel:{n}", "expr": one.replace("$__rate_interval", "5m")}
        for n, one in enumerate(told)
    ]
    groups = {"groups": [{"name": "panels", "rules": as_rules}]}
    (tmp_path / "panels.yml").write_text(json.dumps(groups))

    assert "9 rules found" in promtool("check", "rules", str(RULES))
    promtool("check", "rules", str(tmp_path / "panels.yml"))


def test_alerts_fire_when_they_should(promtool: Callable[..., str], tmp_path: Path) -> None:
    """And not while all is well."""
    text = (Path(__file__).parent / "alerts.test.yml").read_text()
    (tmp_path / "test.yml").write_text(text.replace("RULES", str(RULES)))

    assert "SUCCESS" in promtool("test", "rules", str(tmp_path / "test.yml"))
