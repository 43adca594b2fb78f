"""The redaction, under the name that goes with the log."""

from shelflife.rehearse.redaction import (
    HIDDEN,
    is_secret_name,
    redact_headers,
    redact_target,
    redact_text,
)

__all__ = ["HIDDEN", "is_secret_name", "redact_headers", "redact_target", "redact_text"]
