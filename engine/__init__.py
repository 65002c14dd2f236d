"""Pure screening: text and pixels in, explained verdicts out. No I/O, no clock, no randomness; imports nothing of ours."""
