"""Record the demo once from the real runtimes, for machines that have none of them.

Run as `python tools/record_demo.py` with Python 2.7 and 3.8 to be found; writes
`src/shelflife/cli/demo/recorded.jsonl`.
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone

from shelflife.cli.demo import acts, environments, recording, releases


class Lines:
    """Progress as lines on standard error."""

    def say(self, text: str) -> None:
        """What is being done now."""
        sys.stderr.write(f"{text}\n")

    def advance(self) -> None:
        """One more request; too small for a line."""


def main() -> None:
    """Run the demo live and write what came of it."""
    lines = Lines()
    deployed = releases.prepare(None, None, environments.default_folder(), lines.say)
    story = acts.play(deployed, lines)
    today = datetime.now(timezone.utc).date().isoformat()
    recording.RECORDED.write_text(recording.record(story, today), encoding="utf-8")
    print(f"{recording.RECORDED}: {recording.RECORDED.stat().st_size} bytes")


if __name__ == "__main__":
    main()
