"""The front door: the `overt` command and the demo. Composes the other packages; nothing imports it."""

__version__ = "0.1.0"
