"""Asks a second person for a transfer, from the files that the other agency sent and the fingerprint it read out.

What is asked for is exactly that invitation, or that parcel: `give` and `accept` carry out no other one.
"""

import hashlib
from dataclasses import dataclass, replace

from sqlalchemy import select

from server_stub.access import Principal
from server_stub.approvals import Kind
from server_stub.errors import UnacceptableError
from server_stub.server import Server
from server_stub.tables import Invitation as OwnInvitation
from server_stub.transfer import accept, give
from server_stub.transfer.invitation import require_fingerprint
from server_stub.transfer.parcel import Parcel, read_parcel


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and what the file says: the other server's address, the case, the officers who shall have it."""

    request: str
    case: str
    address: str
    officers: tuple[str, ...]


def ask_to_give(server: Server, principal: Principal, case: str, invitation: bytes, said: str, *, reason: str) -> Asked:
    """Ask for giving a case to who invited; `said` is the fingerprint that was read out.

    Raises:
        NotFoundError: the case is not the asking account's; the try is noted.
        UnacceptableError: another fingerprint, an invitation of this very server or an old one, or no reason.
        evidence.errors.EvidenceError: it is no invitation, or its signature does not hold.
    """
    server.approvals.require_reach(principal, Kind.TRANSFER, case)
    require_fingerprint(invitation, said, what="invitation")
    invited = give.foreign_invitation(server, invitation, now=principal.at)
    wish = replace(give.asked_for(case, invitation, invited), reason=reason)
    officers = tuple(one.name for one in invited.officers)
    return Asked(server.approvals.ask(principal, wish), case, invited.server.address, officers)


def ask_to_accept(server: Server, principal: Principal, parcel: bytes, said: str, *, reason: str) -> Asked:
    """Ask for accepting the parcel of this list; `said` is the fingerprint that was read out.

    Raises:
        NotFoundError: the account may ask for nothing; the try is noted.
        UnacceptableError: another fingerprint, a parcel that answers no invitation of this server, or no reason.
        evidence.errors.EvidenceError: it is no parcel's list, or its signature does not hold.
    """
    server.approvals.require_reach(principal, Kind.ARRIVAL, hashlib.sha256(parcel).hexdigest())
    require_fingerprint(parcel, said, what="parcel")
    listed = read_parcel(parcel)
    _require_own_invitation(server, listed)
    wish = replace(accept.asked_for(parcel, listed), reason=reason)
    return Asked(server.approvals.ask(principal, wish), listed.case, listed.address, ())


def _require_own_invitation(server: Server, parcel: Parcel) -> None:
    query = select(OwnInvitation.id).where(OwnInvitation.digest == parcel.invitation)
    with server.database.reading() as session:
        if session.scalar(query) is None:
            raise UnacceptableError(
                "this parcel answers no invitation of this server",
                hint="The case goes to the server that invited: is it another one of yours?",
            )
