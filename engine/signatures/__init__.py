"""Signatures of evasion: programs, windows, packages and connections that hide what is done, as data with examples."""
