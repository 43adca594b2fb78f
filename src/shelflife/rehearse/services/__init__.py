"""The two releases as running processes: found, installed, started, listened to, and ended."""
