"""The device side: observe, screen, decide, capture, seal, spool, upload. Imports engine and evidence."""
