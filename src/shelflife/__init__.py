"""A cache that survives its own deploys: every read is a hit, or a miss that says why."""
