"""The console: page templates and the scripts that open captures in the officer's browser."""
