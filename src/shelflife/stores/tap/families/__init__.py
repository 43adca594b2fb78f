"""What commands do to entries: one table per family, put together in `table`."""
