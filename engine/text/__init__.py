"""Screening of text: normalise, scan, check boundaries and context, explain."""

import engine.library  # noqa: F401 - its compiled rules are this package's; it has to be loaded first
