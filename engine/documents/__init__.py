"""Readers of documents: bytes in, pieces of text out, each knowing where it stands. Screening is for engine.text."""
