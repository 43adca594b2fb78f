"""The log whose requests a rehearsal sends: `reading.read_log`, `injection.inject`, `redaction`.

Imports nothing: requests know the redaction, and what reads the log knows requests.
"""
