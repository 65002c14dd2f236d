"""What can go wrong on the server, as exceptions.

ServerError
├── SetupError       the data folder is missing, half made, or of another version
├── RefusedError     a request that is not allowed or makes no sense; carries an HTTP status
│   ├── NotFoundError     404: not there, or not this officer's to know
│   ├── SignInError       401: wrong name or secret, no session, or a bad request signature
│   ├── MovedError        410: this device reports to another server now
│   ├── ConflictError     409: another record stands in this place, or one before it is missing
│   ├── BusyError         429: more requests than one caller may make; says when to come back
│   │   └── OverloadedError 503: all callers together ask more than the server can do now; says when to come back
│   ├── TooSlowError      408: a body that did not come in time
│   └── UnacceptableError 422: well addressed, but not a record this server may keep
│       └── OutsideAuthorityError 422: a capture that was made outside the time of its authority
└── StoreError       the disk or the database did not take what it was given
"""

from http import HTTPStatus


class ServerError(Exception):
    """Root of everything that this package raises on purpose."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the sentence, and what to do about it where that is known."""
        super().__init__(message)
        self.hint = hint


class SetupError(ServerError):
    """The data folder is not one that a server can run on."""


class RefusedError(ServerError):
    """A request that is not carried out."""

    status = HTTPStatus.BAD_REQUEST


class NotFoundError(RefusedError):
    """Not there, or not this officer's to know: the two cannot be told apart from outside."""

    status = HTTPStatus.NOT_FOUND


class SignInError(RefusedError):
    """Nobody who may do this."""

    status = HTTPStatus.UNAUTHORIZED


class MovedError(RefusedError):
    """The case went to another server, and this device with it."""

    status = HTTPStatus.GONE


class ConflictError(RefusedError):
    """The place in the chain is taken, or not yet due. `expected` is the sequence number that comes next, if known."""

    status = HTTPStatus.CONFLICT

    def __init__(self, message: str, *, expected: int | None = None) -> None:
        """Keep what the device should send instead."""
        super().__init__(message)
        self.expected = expected


class UnacceptableError(RefusedError):
    """Well addressed, but not a record that this server may keep."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class OutsideAuthorityError(UnacceptableError):
    """A capture that was made outside the time of its authority: no server may ever keep it."""


class BusyError(RefusedError):
    """More requests than one caller may make. `seconds` is when to come back."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, message: str, *, seconds: int) -> None:
        """Keep when it makes sense to try again."""
        super().__init__(message)
        self.seconds = seconds


class OverloadedError(BusyError):
    """All callers together ask more than the server can do at this moment. `seconds` is when to come back."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class TooSlowError(RefusedError):
    """A body that did not come in time: what is kept for it is needed for others."""

    status = HTTPStatus.REQUEST_TIMEOUT


class StoreError(ServerError):
    """The disk or the database did not take what it was given."""
