"""The stanza section: the content key, wrapped once for each recipient in the order of the header's list.

A stanza is what HPKE gives (encapsulated key, ciphertext, tag). Its size follows from the suite: no lengths are stored.
"""

import hashlib
from collections.abc import Sequence

from evidence.content import ContentKey
from evidence.errors import FormatError, NotARecipientError
from evidence.header import Context
from evidence.keys import OpeningKey
from evidence.suite import SECRET_SIZE, Suite

_LABEL = b"overt-stanza-v1"


def wrap_for_all(suite: Suite, key: ContentKey, publics: Sequence[bytes]) -> bytes:
    """Return the stanza section."""
    info = _info(key.context_line, key.commitment())
    return b"".join(suite.wrap(key.secret, public, info) for public in publics)


def check_size(section: bytes, context: Context) -> None:
    """Raise FormatError unless the section has one stanza for each recipient."""
    expected = len(context.recipients) * context.suite.wrapped_size(SECRET_SIZE)
    if len(section) != expected:
        raise FormatError("stanzas", f"{len(section)} bytes instead of {expected}")


def unwrap(section: bytes, context: Context, context_line: bytes, commitment: bytes, key: OpeningKey) -> bytes:
    """Return the content key; raises NotARecipientError, or OpenError where the stanza was altered."""
    size = context.suite.wrapped_size(SECRET_SIZE)
    names = [one.key_id for one in context.recipients]
    if key.suite is not context.suite or key.id not in names:
        raise NotARecipientError(
            f"key {key.id} is not among the recipients {', '.join(names)}",
            hint="Use the case key or the recovery key that the header names.",
        )
    start = names.index(key.id) * size
    return context.suite.unwrap(section[start : start + size], key.secret, _info(context_line, commitment))


def _info(context_line: bytes, commitment: bytes) -> bytes:
    return _LABEL + hashlib.sha256(context_line).digest() + commitment
