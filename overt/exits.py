"""Exit codes of every command: one code never means two things."""

DONE = 0
"""Done, or nothing found."""
FINDINGS = 1
BAD_INPUT = 2
"""Wrong usage, or input that makes no sense."""
ENVIRONMENT = 3
"""Something is missing on this computer."""
