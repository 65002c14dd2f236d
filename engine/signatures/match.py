"""Compare traces with signatures. Patterns are shell globs (`*`, `?`); capitals do not matter."""

import re
from collections.abc import Iterable

from engine.signatures.model import Signature, SignatureFile, SignatureMatch, Trace, Where


class SignatureSet:
    """All signatures of some files, ready to be compared."""

    def __init__(self, files: Iterable[SignatureFile]) -> None:
        """Compile the patterns of every place into one expression, and remember whose each is."""
        self.signatures = tuple(one for file in files for one in file.signatures)
        self._places = {where: _compile(where, self.signatures) for where in Where}

    def match(self, trace: Trace) -> tuple[SignatureMatch, ...]:
        """Return every signature that this trace belongs to."""
        whole, owners = self._places[trace.where]
        value = normal(trace.where, trace.value)
        if not whole.fullmatch(value):
            return ()
        program = normal(Where.PROCESS, trace.program)
        return tuple(
            SignatureMatch(owner, trace.where, pattern)
            for expression, pattern, owner, of in owners
            if expression.fullmatch(value) and (not of or any(one.fullmatch(program) for one in of))
        )


_Owner = tuple[re.Pattern[str], str, Signature, tuple[re.Pattern[str], ...]]
_NOTHING = re.compile(r"(?!)")


def normal(where: Where, value: str) -> str:
    """Return a value as it is compared: small letters, paths with slashes, programs without `.exe`."""
    value = value.casefold().strip()
    if where is Where.PATH:
        value = value.replace("\\", "/")
    return value.removesuffix(".exe") if where in (Where.PROCESS, Where.PATH) else value


def _compile(where: Where, signatures: Iterable[Signature]) -> tuple[re.Pattern[str], list[_Owner]]:
    owners = [
        (_glob(where, pattern), pattern, one, _programs(where, one))
        for one in signatures
        for pattern in one.patterns.get(where, ())
    ]
    if not owners:
        return _NOTHING, owners
    return re.compile("|".join(f"(?:{expression.pattern})" for expression, *_ in owners), re.DOTALL), owners


def _programs(where: Where, signature: Signature) -> tuple[re.Pattern[str], ...]:
    return tuple(_glob(Where.PROCESS, name) for name in signature.of) if where is Where.ARGUMENT else ()


def _glob(where: Where, pattern: str) -> re.Pattern[str]:
    escaped = re.escape(normal(where, pattern)).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)
