"""Readings of a text that undo one kind of disguise or damage each. They look only at what is suspicious."""
