"""The entries that a rehearsal saw: who wrote and who read them, and what is in them."""
