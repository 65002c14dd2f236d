"""Screening of text: normalise, scan, check boundaries and context, explain."""
