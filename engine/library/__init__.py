"""The word-library format: parse, compile, lint, self-test."""
