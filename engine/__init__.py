"""Pure screening: text and pixels in, explained verdicts out. No I/O, clock or randomness; imports nothing of ours."""
