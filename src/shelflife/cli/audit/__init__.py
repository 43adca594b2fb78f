"""The command `shelflife audit`."""
