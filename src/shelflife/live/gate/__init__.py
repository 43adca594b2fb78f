"""The gate: whether what a fleet has counted speaks for, or against, the next step of a deploy.

It reads, and nothing else. What was not seen is not taken for fine: it is inconclusive.
"""
