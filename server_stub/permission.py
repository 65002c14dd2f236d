"""Whether a record stands under an authority: one that was issued for its device, and in force when it was made."""

from datetime import timedelta

from sqlalchemy.orm import Session

from evidence.authority import check_withdrawal, read_authority
from evidence.header import Context, Kind
from server_stub.errors import UnacceptableError
from server_stub.tables import AuthorityFile, Device

GRACE = timedelta(minutes=1)
"""A capture that was begun in the last moment of an authority is sealed a little later."""


def check_permitted(session: Session, context: Context, device: Device, *, issuer_key: bytes) -> None:
    """Refuse a record without an authority for its device, and a capture from outside its authority's time.

    Other records are taken: that an authority ended is itself an event of the chain.

    Raises:
        UnacceptableError: the record must not be kept.
        evidence.errors.AuthorityError: the stored authority does not carry the issuer's signature.
    """
    fields = context.fields
    kept = session.get(AuthorityFile, fields.authority)
    if kept is None or kept.device_id != device.id:
        raise UnacceptableError("the record names an authority that was not issued for this device")
    if fields.kind is not Kind.CAPTURE:
        return
    if kept.withdrawal is not None:
        ended = check_withdrawal(kept.withdrawal, issuer_key=issuer_key).withdrawn_at
        if fields.time >= ended + GRACE:
            raise UnacceptableError("the capture was made after its authority was withdrawn")
    terms = read_authority(kept.file, issuer_key=issuer_key).terms
    if not terms.not_before - GRACE <= fields.time < terms.not_after + GRACE:
        raise UnacceptableError("the capture was made outside the time of its authority")
