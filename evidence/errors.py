"""What can be wrong with evidence, as exceptions.

    EvidenceError
    ├── UsageError             the caller asked for something that cannot be made (no recipient, a name used twice)
    ├── FormatError            the bytes are not what SPEC.md allows; `place` says where
    ├── VerificationError      well formed, but not to be believed
    │   ├── SignatureError     not signed by the key that was named
    │   ├── DigestError        bytes differ from the digest that was signed
    │   ├── CommitmentError    the opened key is not the key the header commits to
    │   ├── ChainError         a record does not follow the one before it
    │   ├── ReceiptError       a receipt is for something else
    │   ├── RequestError       a request is unsigned, stale or signed over something else
    │   ├── CheckpointError    a checkpoint or proof does not hold
    │   ├── HandoverError      a hand-over is for something else, or an old one
    │   └── TimestampError     a time-stamp is not for this, or not by whom it should be
    ├── OpenError              this key does not open this
    │   ├── NotARecipientError the envelope was sealed to other keys
    │   ├── PassphraseError    wrong passphrase, or the locked key was altered
    │   └── PasskeyError       another passkey, or the locked key was altered
    └── AuthorityError         no permission to monitor
        ├── AuthorityFormatError     also a FormatError
        ├── AuthoritySignatureError  also a SignatureError
        ├── ForeignDeviceError       issued for another device
        ├── ForeignAccountError      the account in use is not named in it
        ├── NotYetValidError
        ├── ExpiredError
        └── WithdrawnError

Messages name fields, sizes and digests, never what an envelope holds.
"""


class EvidenceError(Exception):
    """Root of everything that this package raises on purpose."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the sentence, and what to do about it where that is known."""
        super().__init__(message)
        self.hint = hint


class UsageError(EvidenceError):
    """The caller asked for something that cannot be made."""


class FormatError(EvidenceError):
    """The bytes are not what SPEC.md allows."""

    def __init__(self, place: str, problem: str, *, hint: str = "") -> None:
        """Say where (`header.context.seq`) and what."""
        super().__init__(f"{place}: {problem}", hint=hint)
        self.place = place
        self.problem = problem


class VerificationError(EvidenceError):
    """Well formed, but not to be believed."""


class SignatureError(VerificationError):
    """Not signed by the key that was named."""


class DigestError(VerificationError):
    """Bytes differ from the digest that was signed."""


class CommitmentError(VerificationError):
    """The opened content key is not the one the header commits to."""


class ChainError(VerificationError):
    """A record does not follow the one before it."""


class ReceiptError(VerificationError):
    """A receipt is for something else."""


class RequestError(VerificationError):
    """A request is unsigned, stale, or signed over something else."""


class CheckpointError(VerificationError):
    """A checkpoint or a proof does not hold."""


class HandoverError(VerificationError):
    """A hand-over is of another device, case or server, or an old one."""


class TimestampError(VerificationError):
    """A time-stamp is for something else, or not by an authority that is trusted."""


class OpenError(EvidenceError):
    """This key does not open this."""


class NotARecipientError(OpenError):
    """The envelope was sealed to other keys."""


class PassphraseError(OpenError):
    """Wrong passphrase, or the locked key was altered: the two cannot be told apart."""


class PasskeyError(OpenError):
    """Another passkey, or the locked key was altered: the two cannot be told apart."""


class AuthorityError(EvidenceError):
    """No permission to monitor."""


class AuthorityFormatError(AuthorityError, FormatError):
    """The authority file is not what SPEC.md allows."""

    def __init__(self, place: str, problem: str, *, hint: str = "") -> None:
        """Say where and what."""
        FormatError.__init__(self, place, problem, hint=hint)


class AuthoritySignatureError(AuthorityError, SignatureError):
    """The authority file was not signed by the pinned issuer."""


class ForeignDeviceError(AuthorityError):
    """The authority was issued for another device."""


class ForeignAccountError(AuthorityError):
    """The account in use is not named in the authority."""


class NotYetValidError(AuthorityError):
    """The authority begins later."""


class ExpiredError(AuthorityError):
    """The authority has ended."""


class WithdrawnError(AuthorityError):
    """The authority was withdrawn before its end."""
