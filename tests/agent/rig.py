"""A device in a folder with real keys and a real signed authority, and a server in memory that keeps what it signs."""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.ballast import Ballast
from agent.clock import SystemClock
from agent.errors import DeliveryError, GapError
from agent.ports import FetchedCheckpoint
from agent.recorder import QUOTA, Origins, Recorder
from agent.spool import Spool
from agent.state import Enrolment, StateFolder
from evidence.authority import Authority, AuthorityTerms, Condition, NamedRecipient, PermittedLibrary, issue_authority
from evidence.authority import read_authority as read
from evidence.envelope import parse, verify
from evidence.header import Header, Role
from evidence.keys import OpeningKey, generate_signing_key, verifying_key
from evidence.ledger import Break, BrokenChainError, ChainHead, follow, head_of
from evidence.receipt import Receipt, SignedReceipt, sign_receipt
from server_stub.certificates import make_certificates

DEVICE, CASE = "device-1", "case-1"


@dataclass
class Rig:
    """One enrolled device and everybody's keys."""

    root: Path
    issuer: Ed25519PrivateKey = field(default_factory=lambda: generate_signing_key(secrets.token_bytes))
    device_key: Ed25519PrivateKey = field(default_factory=lambda: generate_signing_key(secrets.token_bytes))
    receipt_key: Ed25519PrivateKey = field(default_factory=lambda: generate_signing_key(secrets.token_bytes))
    case_key: OpeningKey = field(default_factory=lambda: OpeningKey.generate(secrets.token_bytes))

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.state = StateFolder(self.root)
        self.state.device_key_file.write_bytes(self.device_key.private_bytes_raw())
        enrolment = Enrolment(
            DEVICE,
            CASE,
            "https://127.0.0.1:9",
            verifying_key(self.issuer).hex(),
            verifying_key(self.receipt_key).hex(),
        )
        self.state.enrolment_file.write_text(json.dumps(asdict(enrolment)))
        self.state.ca_file.write_bytes(make_certificates("127.0.0.1", datetime.now(UTC)).ca)
        self.write_authority()

    @classmethod
    def load(cls, root: Path) -> "Rig":
        """Return the device of a folder that another process made; its other keys are new."""
        rig = cls(root / "unused", device_key=StateFolder(root).device_key())
        rig.root, rig.state = root, StateFolder(root)
        return rig

    def terms(self, **changes: object) -> AuthorityTerms:
        """Return terms that permit watching this account of this device today, with changes."""
        now = datetime.now(UTC).replace(microsecond=0)
        terms = AuthorityTerms(
            authority_id="authority-1",
            case=CASE,
            device=DEVICE,
            device_key=verifying_key(self.device_key),
            accounts=(getuser(),),
            sources=("screen-text", "window-title", "screen-picture"),
            libraries=(PermittedLibrary("weapons", "3"), PermittedLibrary("anonymity", "4")),
            conditions=(Condition("3", "No weapons."), Condition("4", "Nothing that hides what is done.")),
            recipients=(NamedRecipient(self.case_key.public, Role.CASE),),
            not_before=now - timedelta(hours=1),
            not_after=now + timedelta(hours=1),
            notice="This computer is monitored.",
            issued_by="A court",
            contact="01632 960000",
        )
        return replace(terms, **changes)

    def write_authority(self, **changes: object) -> Authority:
        """Issue an authority and lay it into the device's folder."""
        data = issue_authority(self.terms(**changes), self.issuer)
        self.state.authority_file.write_bytes(data)
        return read(data, issuer_key=verifying_key(self.issuer))

    def open_spool(self) -> Spool:
        """Open this device's spool, as each start of the agent does."""
        return Spool(self.state.spool, verifying_key(self.device_key))

    def recorder(
        self, spool: Spool, *, ballast: int = 2**16, quota: int = QUOTA, authority: Authority | None = None
    ) -> Recorder:
        """Return a recorder into a spool, with `ballast` bytes set aside; the authority is new if not given."""
        return Recorder(
            authority or self.write_authority(),
            Origins(DEVICE, "boot-1", "0.0.0", "0" * 64),
            spool,
            device_key=self.device_key,
            clock=SystemClock(),
            entropy=secrets.token_bytes,
            ballast=Ballast(self.state.spool, ballast),
            quota=quota,
        )


@dataclass
class MemoryServer:
    """The server's side of delivery: checks signature and chain, keeps the record, signs. `fault` may come before."""

    rig: Rig
    records: dict[tuple[int, int], bytes] = field(default_factory=dict)
    fault: Callable[[], None] = lambda: None
    lose_answer: Callable[[], bool] = lambda: False
    head: ChainHead | None = None
    strict: bool = True
    """Whether the first record must be the first of the chain."""

    def put_record(self, epoch: int, seq: int, envelope: bytes, *, missing: int = 0) -> SignedReceipt:
        """Store a record once, and sign for it each time."""
        self.fault()
        known = self.records.get((epoch, seq))
        if known is None:
            head = parse(envelope)
            verify(head, verifying_key(self.rig.device_key))
            begins = self.head is None and not self.strict
            self.head = head_of(head.header) if begins else self._follow(head.header, missing)
            self.records[epoch, seq] = envelope
        elif known != envelope:
            raise AssertionError(f"two records with the number {epoch}/{seq}")
        if self.lose_answer():
            raise DeliveryError("the answer was lost")
        return self.sign(epoch, seq, envelope)

    def _follow(self, header: Header, missing: int) -> ChainHead:
        expected = 0 if self.head is None else self.head.next_seq
        try:
            return follow(self.head, header)
        except BrokenChainError as broken:
            if broken.kind is not Break.MISSING:
                raise
            if missing != header.context.fields.seq - expected:
                raise GapError("a gap", expected=expected) from None
            return head_of(header)

    def sign(self, epoch: int, seq: int, envelope: bytes) -> SignedReceipt:
        """Sign a receipt."""
        return sign_receipt(self.receipt(epoch, seq, envelope), self.rig.receipt_key)

    @staticmethod
    def receipt(epoch: int, seq: int, envelope: bytes) -> Receipt:
        """Return the receipt for a record."""
        return Receipt(
            DEVICE,
            epoch,
            seq,
            hashlib.sha256(envelope).hexdigest(),
            hashlib.sha256(parse(envelope).header.raw).hexdigest(),
            datetime.now(UTC).replace(microsecond=0),
        )

    def fetch_checkpoint(self, size: int) -> FetchedCheckpoint | None:
        """Return none: no checkpoint was signed."""
        del size

    def fetch_update(self, running: int, path: str) -> bytes:
        """Have none."""
        raise FileNotFoundError(path)

    def fetch_authority(self) -> bytes | None:
        """Return none: the device has one."""
        return None

    def fetch_withdrawal(self) -> bytes | None:
        """Return none: it was not withdrawn."""
        return None

    def close(self) -> None:
        """Nothing is held."""
