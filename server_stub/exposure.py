"""Counts the pictures that an officer opens, by day, where they leave the server: no browser can forget one.

It is for his welfare, never for performance (FIELD R12), and nothing says which picture it was.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from server_stub.tables import Exposure

SEVERE = 4


def count_picture(session: Session, officer: str, *, severity: int, now: datetime) -> None:
    """Count a picture that is about to be sent, in the transaction that notes the view."""
    day = now.date().isoformat()
    row = session.get(Exposure, (officer, day))
    if row is None:
        row = Exposure(officer_id=officer, day=day, pictures=0, severe=0)
        session.add(row)
    row.pictures += 1
    row.severe += severity >= SEVERE
