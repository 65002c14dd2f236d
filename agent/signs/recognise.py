"""Turns traces into signs by signatures; the same thing is told again only after a while."""

import time
from collections.abc import Callable, Iterable

from agent.signs.sign import Sign
from engine.signatures.match import SignatureSet
from engine.signatures.model import Category, SignatureMatch, Trace, Where

AGAIN = 600.0
"""Seconds after which a thing that comes anew is told again."""
_TOLD = (Where.PROCESS, Where.PACKAGE, Where.INTERFACE, Where.PORT)
"""Places whose value goes into the record. Paths, arguments and titles stay out: they may hold anything."""


class Recogniser:
    """Signatures, and when each was told last."""

    def __init__(self, signatures: SignatureSet, now: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing told."""
        self._signatures = signatures
        self._now = now
        self._told: dict[tuple[str, str], float] = {}

    def use(self, signatures: SignatureSet) -> None:
        """Recognise by other signatures from now on."""
        self._signatures = signatures

    def is_private(self, title: str) -> bool:
        """Return whether a title is that of a private window, by the signatures of private browsing."""
        found = self._signatures.match(Trace(Where.TITLE, title))
        return any(one.signature.category is Category.PRIVATE_BROWSING for one in found)

    def signs(self, traces: Iterable[Trace]) -> list[Sign]:
        """Return what is recognised in these traces and was not told a short while ago."""
        found = []
        for trace in traces:
            for match in self._signatures.match(trace):
                if self._is_news(match, trace):
                    found.append(_sign(match, trace))
        return found

    def _is_news(self, match: SignatureMatch, trace: Trace) -> bool:
        key = (match.signature.signature_id, str(match.where))
        now = self._now()
        if now - self._told.get(key, float("-inf")) < AGAIN:
            return False
        self._told[key] = now
        return True


def _sign(match: SignatureMatch, trace: Trace) -> Sign:
    one = match.signature
    details = {"signature": one.signature_id, "category": str(one.category), "where": str(match.where)}
    details["pattern"] = match.pattern
    if match.where in _TOLD:
        details["seen"] = trace.value[:200]
    return Sign("evasion-sign", one.says, details, one.severity)
