"""`overt evaluate`: reads a corpus in pieces, screens them on all cores, and reports what came of it."""
