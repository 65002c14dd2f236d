"""What reads bytes, text or files outside of evidence/, with good input for each."""

import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np

from agent import copied_picture, coverage_file, enrol, key_store, policy
from agent import spool as spool_files
from agent.errors import AgentError
from agent.state import Enrolment, StateFolder, Status
from engine.documents.read import Options, read
from engine.errors import EngineError
from engine.evaluate.tally import Tally
from engine.image.classifier import Card
from engine.library.parse import parse
from engine.library.person import parse_person
from engine.meaning.classifier import Classifier, Classifiers, Example, Measured
from engine.signatures.parse import parse_signatures
from evidence.errors import EvidenceError
from evidence.statement import sign_statement
from evidence.suite import Suite
from overt import hashes_read, hashes_set, recovery_shares
from overt.evaluation import labels, resume
from overt.evaluation.json_arrays import read_members
from overt.evaluation.resume import ResumeError
from overt.evaluation.sources import SourceError
from overt.evidence_files import InputError, read_public_key
from overt.hashes_set import About, Kind
from overt.library_import.entries import Columns, ListError, ListFormat, read_entries
from overt.meaning.files import parse_meaning, spelt
from overt.picture_files import decode_bytes
from overt.triage.items import Found, Item
from overt.triage.journal import FORMAT as JOURNAL_FORMAT
from overt.triage.journal import Journal, JournalError
from server_stub.authority_wish import Wish
from server_stub.backup import FORMAT as BACKUP_FORMAT
from server_stub.backup import MANIFEST, Backup, read_backup
from server_stub.errors import ServerError
from server_stub.figures import read_month
from server_stub.settings import SETTINGS, read_settings
from server_stub.transfer import invitation, parcel
from server_stub.transfer.invitation import read_invitation
from server_stub.transfer.parcel import read_parcel
from server_stub.transfer.rows import PEOPLE
from server_stub.transfer.rows import read as read_rows
from server_stub.transfer.rows import spell as spell_row
from tests.evidence.conftest import NOON
from tests.evidence.specimens import COVERED, KEY, OWN, PUBLIC, SERVER, SPECIMENS, encoded
from tests.fuzz.target import Target

ROOT = Path(__file__).parents[2]


class Desk:
    """One folder that files are put into to be read."""

    folder = Path()

    def file(self, name: str, data: bytes) -> Path:
        """Return a file with this content."""
        path = self.folder / name
        path.write_bytes(data)
        return path


DESK = Desk()


def of_file(read_file: Callable[[Path], object], name: str = "file") -> Callable[[bytes], object]:
    """Return a reader of bytes: they are written into a file first."""
    return lambda data: read_file(DESK.file(name, data))


def of_text(read_text: Callable[[str], object]) -> Callable[[bytes], object]:
    """Return a reader of bytes: as text, with U+FFFD where they are none."""
    return lambda data: read_text(data.decode("utf-8", "replace"))


def every(items: Iterator[object]) -> object:
    return len(list(items)) >= 0


def rows(form: hashes_read.ListFormat, kind: Kind | None = None) -> Callable[[bytes], object]:
    return of_file(lambda path: every(hashes_read.rows(path, form, kind, lambda _: None)))


def entries(form: ListFormat) -> Callable[[bytes], object]:
    columns = Columns("word") if form is ListFormat.CSV else None
    return of_text(lambda text: every(read_entries(text, form, columns)))


def shares(data: bytes) -> object:
    return recovery_shares.join([DESK.file("one", data), DESK.file("two", SHARES[1])], OWN.public)


def made_shares() -> list[bytes]:
    from shamir_mnemonic import generate_mnemonics  # noqa: PLC0415

    (mnemonics,) = generate_mnemonics(1, [(2, 3)], OWN.secret)
    return [words.encode() for words in mnemonics]


def state_of(name: str, ask: Callable[[StateFolder], object]) -> Callable[[bytes], object]:
    return lambda data: ask(StateFolder(DESK.file(name, data).parent)) is not None


def hash_set() -> bytes:
    builder = hashes_set.Builder()
    builder.add(Kind.SHA256, b"\1" * 32, "1", 100)
    path = DESK.folder / "made-set"
    hashes_set.write(path, builder.build(About("set", "1", "made", "none")))
    return path.read_bytes()


def archive() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("a.txt", "words in an archive")
    return stream.getvalue()


def picture(kind: str = ".png") -> bytes:
    return cv2.imencode(kind, np.full((8, 8, 3), 90, np.uint8))[1].tobytes()


def journal(path: Path) -> object:
    with Journal(path, "x") as found:
        return dict(found.items)


def backup_file(data: bytes) -> object:
    DESK.file(MANIFEST, data)
    return read_backup(DESK.folder)


SHARES = made_shares()
STATE = (AgentError,)
ENGINE = (EngineError,)
WISH = {
    **{name: SPECIMENS["terms"].good[name] for name in ("device", "accounts", "libraries", "conditions", "notice")},
    **{name: SPECIMENS["terms"].good[name] for name in ("issued_by", "contact", "pictures", "sources", "policy")},
    "format": "overt-authority-wish-1", "days": 30,
}  # fmt: skip
ENROLMENT = Enrolment("device-1", "case-1", "https://127.0.0.1:9", PUBLIC.hex(), PUBLIC.hex())
BACKUP = Backup(BACKUP_FORMAT, "2026-06-01T12:00:00.000Z", "v1", 0, 0, 0, "0" * 64)
TALLIED = {"format": resume.FORMAT, "of": "x", "units": 1, "seconds": 1.5, "tally": Tally().values()}
CLASSIFIERS = Classifiers(
    "guns", "x", "0" * 64, 2, {}, {"weapons": Classifier(
        np.array([0.5, -1.0, 0.25]), 1.0, 0.0, Measured(1, 1, 0.5, None, ((0.5, 0.5, 2),)),
        (Example("a gun", meant=True, embedding=np.array([1.0, 0.0], np.float32)),),
    )},
)  # fmt: skip
LOOKED_AT = (
    {"format": JOURNAL_FORMAT, "questions": "x"},
    {"key": "a", "item": Item("a", 1, "", "", (Found(3, "words", "weapons 1", "a gun"),)).to_dict()},
)
INVITED = invitation.Invitation(
    "invitation-1", SERVER, OWN.public, (invitation.Receiver("officer-1", "Kim", OWN.public),), NOON + timedelta(days=1)
)
SEALED_KEY = parcel.SealedKey("officer-1", 0, Suite.X25519, b"\1" * 80)
GIVEN = parcel.Parcel(
    "case-7", OWN.public, 0, NOON, "0" * 64, NOON, "https://example.org:8443", PUBLIC, PUBLIC, "1" * 64, 7,
    (SEALED_KEY,), (("device-1/2026-06-01.checkpoint", "2" * 64),),
)  # fmt: skip
ROW = spell_row(PEOPLE, {"id": "officer-1", "name": "Kim", "public_key": PUBLIC.hex()})
REFUSED = (EvidenceError, ServerError)
LABEL = {"format": labels.FORMAT, "sha256": "0" * 64, "label": "fire", "by": "kim", "at": "2026-06-01"}
VICS = {"value": [{"Media": [{"MD5": "0" * 32, "SHA1": "1" * 40, "MediaSize": "7", "Category": 1}]}]}
CARD = (ROOT / "overt/models/open-nsfw.toml").read_bytes()
LIBRARY = (ROOT / "libraries/anonymity.toml").read_bytes()
SIGNATURES = (ROOT / "libraries/signatures/evasion.toml").read_bytes()
LISTS = {
    ListFormat.PLAIN: b"a word\nanother\n",
    ListFormat.CSV: b"word,weight\nbomb,3\n",
    ListFormat.JSON: b'["a word", {"text": "another"}]',
    ListFormat.DANSGUARDIAN: b"< bomb >,< school ><30>\n",
    ListFormat.DOMAINS: b"example.org\n",
    ListFormat.EXPRESSIONS: b"(bomb|gun)\n",
}
DOCUMENTS = {
    "x.zip": archive(),
    "x.eml": b"From: a@example.org\nSubject: x\n\nwords\n",
    "x.mbox": b"From a@example.org Mon Jun  1 12:00:00 2026\nSubject: x\n\nwords\n",
    "x.html": b"<p>words</p>",
    "x.csv": b"a,b\n1,2\n",
    "x.jsonl": b'{"text":"words"}\n',
    "x.pdf": b"%PDF-1.4\n",
    "x.docx": archive(),
    "x.txt": b"words",
}
PERSON = b"""format = "overt-person-1"
[person]
case = "K-1"
version = "7"
[[library]]
id = "weapons"
condition = "4"
[[drop]]
library = "weapons"
term = "knife"
why = "A carpet fitter."
"""
POLICY = b"""[capture]
floor = 3
floors = { weapons = 2 }
[folding]
look_alike = -1
cool_downs = { adult = 60 }
"""

TARGETS: dict[str, Target] = {
    # --- the device ---
    "agent.enrol:parse_string": Target(
        of_text(enrol.parse_string), f"overt1:127.0.0.1:8443:{'ab' * 32}:code".encode(), STATE
    ),
    "agent.policy:parse_policy": Target(
        of_text(policy.parse_policy), POLICY, STATE
    ),
    "agent.key_store:load": Target(of_file(key_store.load), b"\1" * 32, STATE),
    "agent.coverage_file:read": Target(of_file(coverage_file.read), b'{"until":null}', takes_all=True),
    "agent.coverage_file:read_day": Target(
        of_file(lambda path: coverage_file.read_day(path) or True), COVERED.to_bytes() + b"\n", takes_all=True
    ),
    "agent.spool:_read": Target(
        of_file(lambda path: spool_files._read(path) or True), spool_files._spell(None), takes_all=True
    ),
    "agent.state:StateFolder.enrolment": Target(
        state_of("enrolment.json", StateFolder.enrolment), json.dumps(asdict(ENROLMENT)).encode(), STATE
    ),
    "agent.state:StateFolder.status": Target(
        state_of("status.json", lambda state: state.status() or True),
        json.dumps(asdict(Status("watching"))).encode(), takes_all=True,
    ),
    # --- the server ---
    "server_stub.authority_wish:Wish.from_bytes": Target(Wish.from_bytes, encoded(WISH)),
    "server_stub.figures:read_month": Target(
        of_text(lambda text: read_month(text, now=NOON)), b"2026-05", (ServerError,)
    ),
    "server_stub.transfer.invitation:read_invitation": Target(
        lambda data: read_invitation(data, now=NOON), sign_statement(invitation._spell(INVITED), KEY), REFUSED
    ),
    "server_stub.transfer.parcel:read_parcel": Target(read_parcel, sign_statement(GIVEN.to_bytes(), KEY), REFUSED),
    "server_stub.transfer.rows:read": Target(
        lambda data: every(read_rows(data.splitlines(keepends=True))), ROW, (ServerError,)
    ),
    "server_stub.settings:read_settings": Target(
        of_file(read_settings), SETTINGS.format(host="'h'", port=1, database="''").encode(), (ServerError,)
    ),
    "server_stub.backup:read_backup": Target(backup_file, json.dumps(asdict(BACKUP)).encode(), (ServerError,)),
    # --- the command line ---
    "overt.recovery_shares:join": Target(shares, SHARES[0], (InputError,)),
    "overt.evidence_files:read_public_key": Target(
        of_text(lambda text: read_public_key(text, option="--key")), PUBLIC.hex().encode(), (InputError, EvidenceError)
    ),
    "overt.evaluation.labels:read_labels": Target(
        of_file(lambda path: every(labels.read_labels(path))), json.dumps(LABEL).encode(), ENGINE
    ),
    "overt.evaluation.resume:load": Target(
        of_file(lambda path: resume.load(path, "x")),
        json.dumps(TALLIED).encode(),
        (ResumeError,),
    ),
    "overt.evaluation.json_arrays:read_members": Target(
        lambda data: every(read_members([data])), b'[{"text": "a"}, "b"]', (SourceError,)
    ),
    "overt.meaning.files:parse_meaning": Target(
        lambda data: parse_meaning(data, "x"), spelt(CLASSIFIERS).encode(), ENGINE
    ),
    "overt.triage.items:Item.from_dict": Target(
        of_file(lambda path: journal(path) or True), json.dumps(LOOKED_AT[0]).encode() + b"\n" +
        json.dumps(LOOKED_AT[1]).encode() + b"\n", (JournalError,), takes_all=True,
    ),
    "agent.copied_picture:decoded": Target(copied_picture.decoded, picture(), takes_all=True),
    "agent.copied_picture:decoded_bitmap": Target(copied_picture.decoded_bitmap, picture(".bmp")[14:], takes_all=True),
    "agent.copied_picture:decoded_tiff": Target(copied_picture.decoded_tiff, picture(".tiff"), takes_all=True),
    "overt.picture_files:decode_bytes": Target(lambda data: decode_bytes(data, "x"), picture(), ENGINE),
    # --- lists of hashes and words ---
    "overt.hashes_read:rows as VICS": Target(rows(hashes_read.ListFormat.VICS), json.dumps(VICS).encode(), ENGINE),
    "overt.hashes_read:rows as PDQ": Target(rows(hashes_read.ListFormat.PDQ), b"ab" * 32 + b",90\n", ENGINE),
    "overt.hashes_read:rows as NSRL": Target(
        rows(hashes_read.ListFormat.NSRL), b'"SHA-1","MD5","ProductCode"\n"' + b"ab" * 20 + b'","",1\n', ENGINE
    ),
    "overt.hashes_read:rows as CSV": Target(
        rows(hashes_read.ListFormat.CSV), b"md5,category\n" + b"ab" * 16 + b",x\n", ENGINE
    ),
    "overt.hashes_read:rows as lines": Target(rows(hashes_read.ListFormat.PLAIN), b"ab" * 20 + b"\n", ENGINE),
    **{
        f"overt.library_import.entries:read_entries as {form.value}": Target(
            entries(form), good, (ListError,), takes_all=form not in (ListFormat.CSV, ListFormat.JSON)
        )
        for form, good in LISTS.items()
    },
    # --- the engine ---
    "engine.library.parse:parse": Target(of_text(lambda text: parse(text, origin="x.toml")), LIBRARY, ENGINE),
    "engine.library.person:parse_person": Target(
        of_text(lambda text: parse_person(text, origin="x.toml")), PERSON, ENGINE
    ),
    "engine.signatures.parse:parse_signatures": Target(
        of_text(lambda text: parse_signatures(text, origin="x.toml")), SIGNATURES, ENGINE
    ),
    "engine.image.classifier:Card.read": Target(of_text(Card.read), CARD, ENGINE),
    **{
        f"engine.documents.read:read of {name}": Target(
            lambda data, name=name: every(read([data], name, Options())), good, ENGINE,
            refuses_all=name in ("x.pdf", "x.docx"), takes_all=name == "x.eml",
        )
        for name, good in DOCUMENTS.items()
    },
}  # fmt: skip
