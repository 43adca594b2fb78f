"""Hostile entries: they harm neither the auditor, nor the terminal, nor the page."""

from __future__ import annotations

import pickle
import resource
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from conftest import python
from live.conftest import Ran
from shelflife.dialects.recognition import Recognised
from shelflife.pickles import facts
from shelflife.runtimes import open_target
from shelflife.verdicts import Judge

ESCAPE = "\x1b]0;owned\x07\x1b[31m"
HTML = "<script>alert(1)</script>"


def call(name: str, *arguments: object) -> bytes:
    """A pickle that calls a function when it is loaded."""
    module, _, function = name.rpartition(".")
    given = pickle.dumps(arguments, 2)[2:-1]
    return b"c" + module.encode() + b"\n" + function.encode() + b"\n" + given + b"R."


HOSTILE = {
    "bomb": b"Nr\xff\xff\xff\x0f.",
    "hash": b"(" + b"(t" + b"2\x86" * 50 + b"Nd.",
    "deep": b"]" * 100_000 + b".",
    "lists": b"(" * 100_000 + b"t" * 100_000 + b".",
    "names": b"c" + ESCAPE.encode() + b"\n" + HTML.encode() + b"\n.",
    "long name": b"c" + b"m" * 50_000 + b"\nn\n.",
    "inflates": zlib.compress(bytes(1 << 26)),
    "exit": call("os._exit", 0),
    "kill": call("os.kill", 0, 9),
    "loop": call("time.sleep", 10_000),
    "memory": call("builtins.bytearray", 1 << 40),
    "flood": call("os.write", 1, b"x" * 100_000),
    "shell": call("os.system", "touch OWNED"),
    "import": call("antigravity.geohash", 1, 2, b"x"),
}


def test_an_audit_of_hostile_entries(
    audit: Callable[..., Ran],
    client: redis.Redis,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ends in time, loads nothing here, and shows nothing that acts."""
    monkeypatch.chdir(tmp_path)
    for number, payload in enumerate(HOSTILE.values()):
        client.set(f"{ESCAPE}{HTML}:{number}", b"!" + payload)
    page = tmp_path / "page.html"
    begun = time.monotonic()
    ran = audit(
        redis_url, "--target", f"it={python('3.8')}", "--stage", "trial", "--html", str(page),
        "--show-keys",
    )  # fmt: skip

    assert time.monotonic() - begun < 90
    assert len(ran.lines) == len(HOSTILE)
    assert "antigravity" not in sys.modules
    assert not list(tmp_path.rglob("OWNED"))
    for shown in (ran.said, page.read_text()):
        assert "\x1b" not in shown
        assert "\x07" not in shown
    assert HTML not in page.read_text()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert peak < 1_500


@pytest.mark.parametrize("name", ["exit", "kill", "loop", "memory", "flood"])
def test_a_child_costs_one_verdict(name: str) -> None:
    """One that dies, hangs, swells or floods spoils no other entry of its batch."""
    good = [b"\x80\x04]\x94.", b"\x80\x04}\x94."]
    payloads = [good[0], HOSTILE[name], good[1]]
    entries = [
        Recognised("pickle", codec="pickle", payload=payload, facts=facts(payload))
        for payload in payloads
    ]
    reader = open_target(f"it={python('3.8')}")
    try:
        verdicts = [judged.verdicts["it"] for judged in Judge([reader], "trial").judge(entries)]
    finally:
        reader.close()

    assert [verdicts[0].verdict, verdicts[2].verdict] == ["reads", "reads"]
    assert verdicts[1].verdict == ("reads" if name == "flood" else "unknown")
    assert bool(verdicts[1].detail) == (name != "flood")
    assert reader.protections


def test_nothing_is_imported_here(
    audit: Callable[..., Ran],
    client: redis.Redis,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A module that an entry names, and that this process could import, stays unimported."""
    (tmp_path / "trap.py").write_text("raise SystemExit('imported')\nclass Trap: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    client.set("a", b"!\x80\x04\x8c\x04trap\x8c\x04Trap\x93)\x81.")
    target = f"it=env PYTHONPATH={tmp_path} {python('3.8')}"
    for stage in ("static", "resolve", "trial"):
        ran = audit(redis_url, "--target", target, "--stage", stage)
        verdict = ran.lines[0]["verdicts"]["it"]
        assert verdict["verdict"] in {"unknown", "fails"}, (stage, verdict)

    assert "trap" not in sys.modules
