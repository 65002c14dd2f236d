"""One look at a long list is one entry of the audit chain, however many pages it is fetched in.

The place where the next page begins carries the server's word that this officer's look was entered, and when. Whoever
asks for a page with another place, or with one that is too old, begins a new look: it is entered like any first page.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

LONGEST = timedelta(minutes=10)
"""How long the pages of one look may take."""


class Walks:
    """Signs places and reads them again."""

    def __init__(self, secret: bytes) -> None:
        """Derive the key from a secret that all server processes share."""
        self._key = hmac.digest(secret, b"overt: pages of one look", hashlib.sha256)

    def spell(self, officer: str, listed: str, place: str, begun: datetime) -> str:
        """Return a place with the word that the look at `listed` is entered."""
        seconds = int(begun.timestamp())
        return f"{place}.{seconds}.{self._word(officer, listed, place, seconds)}"

    def begun(self, officer: str, listed: str, place: str, word: str, *, now: datetime) -> datetime | None:
        """Return when the look was entered that a place goes on from; None where it was not."""
        seconds, _, said = word.partition(".")
        if not seconds.isdigit() or not hmac.compare_digest(said, self._word(officer, listed, place, int(seconds))):
            return None
        begun = datetime.fromtimestamp(int(seconds), UTC)
        return begun if now - begun <= LONGEST else None

    def _word(self, officer: str, listed: str, place: str, seconds: int) -> str:
        said = "\0".join((officer, listed, place, str(seconds))).encode()
        return hmac.digest(self._key, said, hashlib.sha256).hex()[:32]
