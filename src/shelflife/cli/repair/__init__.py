"""`shelflife convert`, `purge` and `undo`."""
