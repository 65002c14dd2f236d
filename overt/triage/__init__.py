"""`overt triage`: one read-only pass over a folder or disk, and a report ordered by explained risk."""
