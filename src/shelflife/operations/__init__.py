"""Being restored."""
