"""Adapters to operating systems: the only place that imports their libraries, and only when asked for."""
