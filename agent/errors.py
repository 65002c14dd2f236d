"""What can go wrong on the device, as exceptions.

AgentError
├── NotEnrolledError   this computer has not joined a case
├── EnrolmentError     joining did not work
├── NoAuthorityError   no authority that is valid here and now
│   ├── EndedError     there was one, and it is over: it expired or was withdrawn
│   └── RenewedError   another one is in force now: the agent begins anew under it
├── HandoverRefusedError  a hand-over to another server that must not be followed
├── PolicyError        a policy that cannot be followed as it is written
├── PlatformError      the system does not give what is needed: no display, no OCR model, no Tk
│   └── UnseenError    it gives no picture of the screen now, and may do so again
├── SpoolError         the disk does not take a record
├── UpdateError        libraries that were offered must not be used
└── DeliveryError      the server cannot be reached, or did not take a record
    ├── TooLargeError  the server's answer is larger than any answer may be
    └── RefusedError   the server answered and refused: trying the same again does not help
        ├── OutsideError  a capture was made outside the time of its authority: it may never be kept
        └── GapError   it waits for an earlier record of the chain
"""


class AgentError(Exception):
    """Root of everything that this package raises on purpose."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the sentence, and what to do about it where that is known."""
        super().__init__(message)
        self.hint = hint


class NotEnrolledError(AgentError):
    """This computer has not joined a case."""


class EnrolmentError(AgentError):
    """Joining did not work."""


class NoAuthorityError(AgentError):
    """No authority that is valid here and now: nothing may be watched."""


class PolicyError(AgentError):
    """A policy that cannot be followed as it is written."""


class EndedError(NoAuthorityError):
    """The authority is over: it expired or was withdrawn. The agent removes itself then."""


class RenewedError(NoAuthorityError):
    """Another authority is in force now: the agent begins anew under it, with its notice."""


class HandoverRefusedError(AgentError):
    """A hand-over that nobody with the right to has signed, or one for something else."""


class PlatformError(AgentError):
    """The system does not give what is needed."""


class UnseenError(PlatformError):
    """The system gives no picture of the screen now: the agent waits, and coverage says why not."""

    def __init__(self, message: str, *, reason: str, hint: str = "") -> None:
        """Keep the reason as coverage records spell it: `permission-lost`, `unsupported-session`."""
        super().__init__(message, hint=hint)
        self.reason = reason


class SpoolError(AgentError):
    """The disk does not take a record."""


class UpdateError(AgentError):
    """Libraries that were offered must not be used."""


class DeliveryError(AgentError):
    """The server cannot be reached, or did not take a record. `retry_after` is what it asked for, in seconds."""

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        """Keep the server's own wish."""
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class TooLargeError(DeliveryError):
    """The server's answer is larger than any answer may be; the rest of it was not taken in."""


class RefusedError(DeliveryError):
    """The server answered and refused: trying the same again does not help."""


class OutsideError(RefusedError):
    """The capture was made outside the time of its authority: no server may ever keep it."""


class GapError(RefusedError):
    """The server waits for an earlier record; `expected` is its number in the same epoch."""

    def __init__(self, message: str, *, expected: int) -> None:
        """Keep what it waits for."""
        super().__init__(message)
        self.expected = expected
