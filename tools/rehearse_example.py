"""Rehearse the example's three plans: exit 0 iff each comes out as it must.

Run as `make rehearse`. Needs Python 2.7 and a package index; exit 3 if a plan could not be tried.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "public_api"
MUST = {"naive.toml": "unsafe", "shelflife.toml": "safe", "ascii.toml": "inconclusive"}
_MOST_EXCEPTIONS = 2
_SECONDS = 600


def main() -> int:
    """Give 0 if all came out as they must, 1 if one did not, 3 if one could not be tried."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="shelflife-example-") as folder:
        for plan, must in MUST.items():
            print(f"\n{plan}: must be {must}")
            document = rehearse(EXAMPLE / plan, Path(folder) / f"{plan}.json")
            if document is None:
                return 3
            show(document)
            outcomes.append((plan, must, document["verdict"]))
    print()
    for plan, must, verdict in outcomes:
        print(f"{'as it must' if verdict == must else 'WRONG':10}  {plan:14}  {verdict}")
    return int(any(verdict != must for _, must, verdict in outcomes))


def rehearse(plan: Path, report: Path) -> dict[str, Any] | None:
    """Give the document of a rehearsal; None if it could not be done, which is said."""
    words = [sys.executable, "-m", "shelflife.cli", "rehearse", str(plan), "--json", str(report)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=_SECONDS)
    if not report.exists():
        print((done.stderr or done.stdout).strip() or f"  exit code {done.returncode}")
        return None
    document: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return document


def show(document: dict[str, Any]) -> None:
    """Print what was found, in short."""
    print(f"  {document['verdict']}: {document['sentence']}")
    for direction, part in document["directions"].items():
        print(f"  {direction}: {part['verdict']}: {part['sentence']}")
    for finding in document["findings"]:
        print(f"  found: {finding['sentence']}")
        for text in finding["exceptions"][:_MOST_EXCEPTIONS]:
            print(f"    {text}")
    for gap in document["adequacy"]["gaps"]:
        print(f"  gap: {gap['sentence']}")


if __name__ == "__main__":
    sys.exit(main())
