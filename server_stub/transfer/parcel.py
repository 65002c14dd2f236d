"""The parcel: a folder with a case's rows, envelopes and checkpoints, and the giving server's signed list of it.

    parcel.json        signed by the giving server's receipt key; written last
    invitation.json    what it answers
    rows.jsonl         the history, a row a line
    blobs/             sealed envelopes, each under its digest
    checkpoints/       DEVICE/NAME.checkpoint, and their time-stamps

Nothing in it opens a capture but the case's keys, which are sealed to the receiving officers and to the receiving
agency's recovery key.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from evidence import canonical
from evidence.canonical import Value
from evidence.fields import DIGEST, NAME, Fields, format_time
from evidence.statement import STATEMENT_LIMIT, read_statement
from evidence.suite import SECRET_SIZE, Suite
from server_stub.errors import SetupError

FORMAT = "overt-parcel-1"
_PLACE = "parcel"
_MOST_WRAPS = 2000
_MOST_FILES = 20_000
_SIZES = tuple(suite.public_size for suite in Suite)


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A key of the case, by its number, sealed to an officer; to the recovery key where `officer` is empty."""

    officer: str
    epoch: int
    suite: Suite
    wrap: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What the giving server signs."""

    case: str
    public_key: bytes
    key_epoch: int
    created_at: datetime
    invitation: str
    """Digest of the invitation's file."""
    given_at: datetime
    address: str
    issuer_key: bytes
    receipt_key: bytes
    rows: str
    """Digest of rows.jsonl."""
    records: int
    keys: tuple[SealedKey, ...]
    files: tuple[tuple[str, str], ...]
    """Files under checkpoints/ and their digests."""

    def to_bytes(self) -> bytes:
        """Return the canonical form: what is signed."""
        fields: dict[str, Value] = {
            "format": FORMAT,
            "case": self.case,
            "public_key": self.public_key.hex(),
            "key_epoch": self.key_epoch,
            "created_at": format_time(self.created_at),
            "invitation": self.invitation,
            "given_at": format_time(self.given_at),
            "address": self.address,
            "issuer_key": self.issuer_key.hex(),
            "receipt_key": self.receipt_key.hex(),
            "rows": self.rows,
            "records": self.records,
            "keys": [_spell_key(one) for one in self.keys],
            "files": [{"name": name, "sha256": digest} for name, digest in self.files],
        }
        return canonical.encode(fields)


def read_parcel(file: bytes) -> Parcel:
    """Read a parcel's list, signed by the key that it names itself; compare its fingerprint before it is believed.

    Raises FormatError or SignatureError.
    """
    statement = read_statement(file, place=_PLACE)
    fields = Fields(canonical.decode(statement.payload, place=_PLACE, limit=STATEMENT_LIMIT), _PLACE)
    fields.constant("format", FORMAT)
    parcel = Parcel(
        case=fields.text("case", pattern=NAME),
        public_key=fields.hexadecimal("public_key", *_SIZES),
        key_epoch=fields.integer("key_epoch", high=2**31 - 1),
        created_at=fields.time("created_at"),
        invitation=fields.text("invitation", pattern=DIGEST),
        given_at=fields.time("given_at"),
        address=fields.text("address", limit=300),
        issuer_key=fields.hexadecimal("issuer_key", 32),
        receipt_key=fields.hexadecimal("receipt_key", 32),
        rows=fields.text("rows", pattern=DIGEST),
        records=fields.integer("records"),
        keys=tuple(_read_key(one) for one in fields.objects("keys", least=1, most=_MOST_WRAPS)),
        files=tuple(_read_file(one) for one in fields.objects("files", most=_MOST_FILES)),
    )
    fields.done()
    statement.check(parcel.receipt_key, what=_PLACE)
    return parcel


@dataclass(frozen=True, slots=True)
class ParcelFolder:
    """What lies where in a parcel."""

    root: Path

    @property
    def list_file(self) -> Path:
        """The signed list."""
        return self.root / "parcel.json"

    @property
    def invitation_file(self) -> Path:
        """The invitation that it answers."""
        return self.root / "invitation.json"

    @property
    def rows_file(self) -> Path:
        """The rows."""
        return self.root / "rows.jsonl"

    @property
    def blobs(self) -> Path:
        """The envelopes."""
        return self.root / "blobs"

    @property
    def checkpoints(self) -> Path:
        """The checkpoints."""
        return self.root / "checkpoints"

    def read_list(self) -> bytes:
        """Return the signed list; raises SetupError where the folder is no finished parcel."""
        try:
            return self.list_file.read_bytes()
        except OSError:
            raise SetupError(
                f"{self.root} is no finished parcel.", hint=f"{self.list_file.name} is written last, and is missing."
            ) from None


def digest_of(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keys_for(keys: Sequence[SealedKey], officer: str) -> list[SealedKey]:
    """Return the keys that are sealed to an officer, or with an empty name to the recovery key."""
    return [one for one in keys if one.officer == officer]


def _spell_key(one: SealedKey) -> dict[str, Value]:
    return {"officer": one.officer, "epoch": one.epoch, "suite": one.suite.value, "wrap": one.wrap.hex()}


def _read_key(fields: Fields) -> SealedKey:
    key = SealedKey(
        fields.text("officer", limit=32),
        fields.integer("epoch", high=2**31 - 1),
        fields.choice("suite", Suite),
        fields.hexadecimal("wrap", *(suite.wrapped_size(SECRET_SIZE) for suite in Suite)),
    )
    fields.done()
    return key


def _read_file(fields: Fields) -> tuple[str, str]:
    name, digest = fields.text("name", least=1, limit=200), fields.text("sha256", pattern=DIGEST)
    fields.done()
    return name, digest
