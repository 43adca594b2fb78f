"""What a runtime makes of an entry: one engine for the audit, the rehearsal and the floor."""

from shelflife.verdicts.judge import Judge, Judged
from shelflife.verdicts.verdict import READS, STAGES, Verdict

__all__ = ["READS", "STAGES", "Judge", "Judged", "Verdict"]
