"""Documents of audits to render: safe, unsafe, partial, empty, hostile, large."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional, cast

from shelflife.reports.document import Document, Group, Target, Verdict

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\x1b[2J\x1b]0;owned\x07\x9b31m"
    "\u202egnp.exe\u2066\r\n\x00[bold red]markup[/]{{ 7*7 }}&amp;\"'\ud800\ufeff:smile:"
)
LONG = "n" * 10_000


def verdict(name: str, reason: str = "", stage: str = "static", detail: str = "") -> Verdict:
    """A verdict."""
    return {"verdict": name, "reason": reason, "stage": stage, "detail": detail}


READS = verdict("reads", stage="resolve")
PY2 = verdict("fails", "py2-bytes", "static")
PROTOCOL = verdict("fails", "protocol", "static")


def target(name: str, python: str, role: str = "other", *, real: bool = True) -> Target:
    """A runtime."""
    shown = f"Python {python}.18: /opt/python{python}" if real else f"Python {python} (declared)"
    protections = ["memory limited to 512 MiB", "no network (own namespace)"] if real else []
    return {
        "name": name,
        "shown": shown,
        "python": python,
        "real": real,
        "role": role,
        "protections": protections,
    }


def group(
    number: int,
    key_class: str,
    count: int,
    verdicts: dict[str, Verdict],
    rewritten: Optional[dict[str, Verdict]] = None,
    **rest: Any,
) -> Group:
    """A group of entries."""
    whole = {
        "id": number,
        "key_class": key_class,
        "dialect": "werkzeug",
        "owners": [],
        "codec": "pickle",
        "protocol": 2,
        "state": "",
        "names": [],
        "features": [],
        "writer": "",
        "count": count,
        "bytes": count * 284,
        "without_ttl": 0,
        "left_at_deploy": None,
        "left": [count, count // 2, count // 4, 0],
        "verdicts": verdicts,
        "rewritten": rewritten or {},
        "waived": None,
        "known": False,
        "keys": [],
        **rest,
    }
    return cast("Group", whole)


def document(**changed: Any) -> Document:
    """A document in which everything is fine, with what a test wants to be different."""
    both = {"old": READS, "new": READS}
    groups = [
        group(1, "api:article:*", 12_000, both, {"new->old": READS}),
        group(2, "api:tag:*", 340, both, {"new->old": READS}, codec="int", protocol=None),
    ]
    whole = {
        "schema": "shelflife-audit",
        "version": 1,
        "shelflife": "0.1.0",
        "source": {
            "shown": "redis://127.0.0.1:6379/0",
            "kind": "server",
            "server": "redis 7.0.15",
            "prefix": "api:",
        },
        "started_at": "2026-11-28T05:00:00Z",
        "seconds": 12.3,
        "partial": None,
        "sampled": None,
        "stage": "trial",
        "deploy_in": None,
        "targets": [target("old", "2.7", "old"), target("new", "3.8", "new")],
        "seen": {
            "keys": 12_000,
            "entries": 12_340,
            "bytes": 3_504_560,
            "gone": 3,
            "unreadable_types": 0,
            "seen_twice": 0,
        },
        "upgrade": {"verdict": "safe", "sentence": "new reads all 12,340 entries."},
        "rollback": {"verdict": "safe", "sentence": "old reads what new would write."},
        "order": {"verdict": "any", "sentence": "Neither release has to wait for the other."},
        "groups": groups,
        "decay": {
            "hours": [0, 1, 4, 24],
            "unreadable": {"old": [0, 0, 0, 0], "new": [0, 0, 0, 0]},
        },
        "fixes": [],
        "effect": {
            "keyspace_hits": 12_340,
            "keyspace_misses": 0,
            "no_touch": True,
            "sentence": "Read 12,340 entries with CLIENT NO-TOUCH.",
        },
        "baseline": None,
        "exit_code": 0,
        "next": "shelflife rehearse redis://127.0.0.1:6379/0",
        **changed,
    }
    return cast("Document", whole)


def _incident() -> list[Group]:
    """Groups of the incident of 2019, and one for every section."""
    lost = verdict("unknown", "load-error", "trial", "the child died (signal 11)")
    slots = verdict("changed", "", "compare", "value.mu: 1.5 became 0.0")
    both = {"old": READS, "new": PY2}
    old_fails = {"old": PROTOCOL, "new": READS}
    rewritten = {"new->old": PROTOCOL}
    return [
        group(
            1,
            "api:article:*",
            120,
            both,
            rewritten,
            protocol=0,
            names=["app.models.Article", "datetime.datetime"],
            features=["8-bit strings"],
            writer="api 41 on Python 2.7",
            without_ttl=3,
            left_at_deploy=80,
            left=[120, 100, 80, 3],
            keys=["api:article:17"],
        ),
        group(2, "api:feed:*", 64, old_fails, rewritten, protocol=4, left_at_deploy=0),
        group(3, "api:score:*", 17, {"old": READS, "new": slots}, {"new->old": READS}),
        group(4, "api:blob:*", 5, {"old": READS, "new": lost}, owners=["cachelib", "werkzeug"]),
        group(5, "session:*", 900, both, rewritten, state="session", dialect="flask-session"),
        group(6, "api:legacy:*", 8, both, rewritten, waived="dropped with release 42"),
        group(7, "api:old:*", 9, both, rewritten, known=True),
        group(8, "api:tag:*", 12_000, {"old": READS, "new": READS}, {"new->old": READS}),
        group(9, "api:count:*", 340, {"old": READS, "new": READS}, codec="int", protocol=None),
    ]


def unsafe() -> Document:
    """The incident of 2019, with a group for every section."""
    return document(
        groups=_incident(),
        deploy_in=21_600.0,
        upgrade={"verdict": "unsafe", "sentence": "206 entries fail on new or change there."},
        rollback={"verdict": "unsafe", "sentence": "old cannot read what new would write."},
        order={"verdict": "readers first", "sentence": "Deploy a new that writes protocol 2."},
        decay={
            "hours": [0, 1, 4, 24],
            "unreadable": {"old": [64, 10, 0, 0], "new": [1059, 700, 380, 3]},
        },
        fixes=[
            {
                "text": "Write protocol 2 until nobody rolls back to old.",
                "command": "shelflife floor set 2.7 --url redis://127.0.0.1:6379/0 --prefix api:",
            },
            {
                "text": "Convert the articles that Python 2 wrote.",
                "command": "shelflife convert redis://127.0.0.1:6379/0 --only api:article:*",
            },
        ],
        baseline={"file": "last.json", "new": 4, "known": 1},
        exit_code=1,
        next="shelflife convert redis://127.0.0.1:6379/0 --only api:article:*",
    )


def partial() -> Document:
    """Interrupted, and a sample only."""
    return document(
        partial="Interrupted after 400 of about 12,000 keys.",
        sampled={
            "asked": 400,
            "of": 12_000,
            "error_bound": 0.031,
            "sentence": "A sample of 400: a share of up to 3.1 % may have gone unseen.",
        },
        stage="static",
        upgrade={"verdict": "unknown", "sentence": "Too little was seen to say."},
        rollback={"verdict": "not-asked", "sentence": "No target has the role of the old."},
        order={"verdict": "unknown", "sentence": "Run it with --stage trial."},
        exit_code=3,
    )


def empty() -> Document:
    """Nothing was found."""
    return document(
        groups=[],
        targets=[],
        seen={
            "keys": 0,
            "entries": 0,
            "bytes": 0,
            "gone": 0,
            "unreadable_types": 0,
            "seen_twice": 0,
        },
        upgrade={"verdict": "unknown", "sentence": "There is no entry under api:."},
        rollback={"verdict": "unknown", "sentence": ""},
        order={"verdict": "unknown", "sentence": ""},
        decay={"hours": [], "unreadable": {}},
        exit_code=3,
        next="",
    )


def hostile(text: str = HOSTILE) -> Document:
    """Every text that may come from an entry, a server or a command line is hostile."""
    bad = verdict("fails", "load-error", "trial", text)
    strange = verdict("fails", text, text, text)
    odd = {"name": text, "shown": text, "python": text, "protections": [text]}
    common: dict[str, Any] = {
        "dialect": text,
        "owners": [text],
        "codec": text,
        "names": [text] * 40,
        "features": [text] * 40,
        "writer": text,
        "keys": [text] * 5,
    }
    pair = f"{text}->{text}"
    groups = [
        group(1, text, 7, {text: bad, "new": strange}, {pair: bad}, **common),
        group(2, text, 7, {text: bad}, waived=text, **common),
        group(3, text, 7, {text: bad}, known=True, **common),
        group(4, text, 7, {text: bad}, **{**common, "state": text}),
    ]
    return document(
        groups=groups,
        source={"shown": text, "kind": "server", "server": text, "prefix": text},
        targets=[{**target("new", "3.8"), **odd}, target("new", "3.8", "new")],
        partial=text,
        sampled={"asked": 1, "of": 2, "error_bound": 0.5, "sentence": text},
        upgrade={"verdict": "unsafe", "sentence": text},
        rollback={"verdict": "unsafe", "sentence": text},
        order={"verdict": "none", "sentence": text},
        decay={"hours": [0, 1], "unreadable": {text: [28, 3], "new": [7, 7]}},
        fixes=[{"text": text, "command": text}],
        effect={"keyspace_hits": 1, "keyspace_misses": 2, "no_touch": False, "sentence": text},
        baseline={"file": text, "new": 1, "known": 1},
        exit_code=1,
        next=text,
    )


def large(count: int = 2_000) -> Document:
    """Thousands of groups, all of them broken, the worst first."""
    names = [f"app.models.Model{number}" for number in range(30)]
    detail = "cannot import name Article from app.models " * 3
    bad = verdict("fails", "missing-name", "resolve", detail)
    targets = [target(f"t{minor}", f"3.{minor}") for minor in range(5, 14)]
    groups = [
        group(
            number,
            f"api:part{number}:*",
            2 * count - number,
            {one["name"]: bad if index % 2 else READS for index, one in enumerate(targets)},
            names=names,
            left_at_deploy=number,
        )
        for number in range(1, count + 1)
    ]
    unreadable = {one["name"]: [9 * count, count, 5, 0] for one in targets}
    return document(
        groups=groups,
        targets=targets,
        decay={"hours": [0, 1, 4, 24], "unreadable": unreadable},
        upgrade={"verdict": "unsafe", "sentence": "Everything fails."},
        exit_code=1,
    )


EVERY: dict[str, Callable[[], Document]] = {
    "safe": document,
    "unsafe": unsafe,
    "partial": partial,
    "empty": empty,
    "hostile": hostile,
    "long": lambda: hostile(LONG),
    "large": large,
}
