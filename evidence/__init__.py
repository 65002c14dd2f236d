"""The sealed record: envelope, ledger, receipt, authority. Pure: bytes in, values out; imports nothing of ours."""
