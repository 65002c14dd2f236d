"""Whether a record stands under an authority: one that was issued for its device, and in force when it was made."""

from functools import lru_cache

from sqlalchemy import Connection, bindparam, select

from evidence.authority import AuthorityTerms, check_withdrawal, read_authority
from evidence.header import Context, Kind
from evidence.permission import objection_to_time
from server_stub.errors import OutsideAuthorityError, UnacceptableError
from server_stub.tables import AuthorityFile


def check_permitted(connection: Connection, context: Context, device: str, *, issuer_key: bytes) -> None:
    """Refuse a record without an authority for its device, and a capture from outside its authority's time.

    Other records are taken: that an authority ended is itself an event of the chain.

    Raises:
        UnacceptableError: the record must not be kept; OutsideAuthorityError where that is for its time.
        evidence.errors.AuthorityError: the stored authority does not carry the issuer's signature.
    """
    fields = context.fields
    kept = connection.execute(_QUERY, {"digest": fields.authority}).first()
    if kept is None or kept.device_id != device:
        raise UnacceptableError("the record names an authority that was not issued for this device")
    if fields.kind is not Kind.CAPTURE:
        return
    signer = kept.issuer_key or issuer_key  # it may have come with the case from another server
    withdrawn_at = None
    if kept.withdrawal is not None:
        withdrawn_at = check_withdrawal(kept.withdrawal, issuer_key=signer).withdrawn_at
    if objection := objection_to_time(fields, _terms(kept.file, signer), withdrawn_at):
        raise OutsideAuthorityError(f"the capture {objection}")


_table = AuthorityFile.__table__.c
_QUERY = select(_table.device_id, _table.file, _table.withdrawal, _table.issuer_key).where(
    _table.digest == bindparam("digest")
)


@lru_cache(maxsize=2048)
def _terms(file: bytes, issuer_key: bytes) -> AuthorityTerms:
    """Return what a signed file says; the same bytes need not be verified for every capture."""
    return read_authority(file, issuer_key=issuer_key).terms
