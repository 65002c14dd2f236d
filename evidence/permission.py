"""Whether a record stands under the authority that it names: the same for the server that takes it and for a court.

Only captures are bound to the authority's time. Other records say how the device and its agent fared, and that an
authority ended is itself one of them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from evidence.authority import Authority
from evidence.fields import format_time
from evidence.header import Context, HeaderFields, Kind
from evidence.terms import AuthorityTerms

SEALING = timedelta(minutes=1)
"""A capture that was begun in the last moment of an authority is sealed a little later."""


def objections(context: Context, authority: Authority, withdrawn_at: datetime | None = None) -> Iterator[str]:
    """Yield in which ways a record is outside an authority; nothing where it is not."""
    fields, terms = context.fields, authority.terms
    if (fields.device, fields.case) != (terms.device, terms.case):
        yield "is of another device or case than its authority"
    if objection := objection_to_time(fields, terms, withdrawn_at):
        yield objection
    named = {(one.id, one.role) for one in terms.recipients}
    if any((one.key_id, one.role) not in named for one in context.recipients):
        yield "is sealed to a key that its authority does not name"


def objection_to_time(fields: HeaderFields, terms: AuthorityTerms, withdrawn_at: datetime | None) -> str:
    """Return in which way a record was made at the wrong time; empty when it was not. None: never withdrawn."""
    if fields.kind is not Kind.CAPTURE:
        return ""
    if withdrawn_at is not None and fields.time >= withdrawn_at + SEALING:
        return f"was made at {format_time(fields.time)}, after its authority was withdrawn"
    if not terms.not_before - SEALING <= fields.time < terms.not_after + SEALING:
        return f"was made at {format_time(fields.time)}, outside the time of its authority"
    return ""
