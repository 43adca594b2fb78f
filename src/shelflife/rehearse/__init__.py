"""Rehearsing an upgrade and its rollback: two releases, one shared real cache."""
