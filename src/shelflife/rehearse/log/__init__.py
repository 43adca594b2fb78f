"""The log whose requests a rehearsal sends."""
