"""Opens cases: a key pair whose private half leaves memory only as wraps, one for each officer."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from evidence.keys import Entropy, LockedKey, OpeningKey, wrap_case_key
from server_stub import audit
from server_stub.audit import Outcome
from server_stub.database import Database
from server_stub.errors import NotFoundError
from server_stub.identifiers import new_id
from server_stub.tables import Case, CaseWrap, Officer

FIRST_EPOCH = 0


def open_case(database: Database, officers: Sequence[str], *, now: datetime, entropy: Entropy) -> str:
    """Open a case for officers given by name; return its id. Raises NotFoundError for an unknown name."""
    key = OpeningKey.generate(entropy)
    case = Case(id=new_id("case"), public_key=key.public, key_epoch=FIRST_EPOCH, created_at=now)
    with database.writing() as session:
        session.add(case)
        session.flush()
        for name in officers:
            officer = session.scalars(select(Officer).where(Officer.name == name)).first()
            if officer is None:
                raise NotFoundError(f"there is no officer called {name}")
            public = LockedKey.from_bytes(officer.locked_key).public
            wrap = wrap_case_key(key, public, case=case.id, epoch=FIRST_EPOCH)
            session.add(CaseWrap(case_id=case.id, epoch=FIRST_EPOCH, officer_id=officer.id, wrap=wrap))
        audit.write(session, at=now, actor="cli", action="open-case", subject=case.id, outcome=Outcome.DONE)
    return case.id
