"""Opaque names for people, cases and devices: random, never derived from anybody's name (FIELD R13)."""

import secrets


def new_id(kind: str) -> str:
    """Return a new name such as `case-5f0c…`: the kind and 80 random bits."""
    return f"{kind}-{secrets.token_hex(10)}"
