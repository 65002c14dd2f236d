"""Makes the training case on a server of its own: the real screening, the real sealing, the real ingest.

Only the screen is made up: each exercise is drawn as a page by a browser. What the libraries find in it, the sentence
that says why, the seal and the chain are made by the same code as on a device.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from agent.capture import capture_parts
from agent.decide import Decision, Outcome
from agent.ports import Frame, Rectangle
from engine.observation import Context, TextObservation
from engine.text.screen import TextScreener
from evidence import canonical, envelope
from evidence.authority import Authority, read_authority
from evidence.coverage import CoverageRecord, State
from evidence.envelope import HeaderFields, Kind, Part, Recipient, Role
from evidence.header import GENESIS
from evidence.keys import generate_signing_key, verifying_key
from evidence.record import META, EventRecord
from overt.demo.browser import headless_browser, playwright
from overt.demo.errors import DemoError
from overt.demo.training.exercises import LESSON, Exercise, Person, read
from overt.library_files import load
from server_stub import authorities, cases
from server_stub.access import Role as Account
from server_stub.accounts import at_the_machine
from server_stub.authority_wish import Wish
from server_stub.folder import ServerFolder
from server_stub.place import Place
from server_stub.server import Server, entropy, open_server
from server_stub.setup import OfflineFolder, make_server
from server_stub.tables import Case

if TYPE_CHECKING:
    from playwright.sync_api import Page

TRAINEE, COLLEAGUE = "trainee", "colleague"
AGENT = "training"
LASTS = timedelta(days=4)
WIDTH, HEIGHT = 1120, 700
ACCOUNT = "alex"
_REASON = "This case captures from severity 2 on."
_PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; font: 21px/1.6 system-ui, "DejaVu Sans", sans-serif; color: #222; background: #fff; }}
header {{ background: #dfe4ea; padding: 12px 20px; font-size: 17px; }} header b {{ margin-right: 18px; }}
main {{ padding: 40px 64px; max-width: 820px; }} h1 {{ font-size: 31px; }}
footer {{ position: fixed; right: 14px; bottom: 12px; background: #24405e; color: #fff; padding: 6px 14px;
  border-radius: 4px; font-size: 15px; }}
</style><header><b>{app}</b> {url}</header><main><h1>{title}</h1><p>{text}</p></main>
<footer>This device is monitored · training case</footer>"""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who may log in to the training server, both with the same passphrase."""

    trainee: str
    colleague: str
    passphrase: str


def make_case(folder: Path, *, now: datetime) -> Accounts:
    """Make a server with the training case in a new folder. Raises DemoError where no browser can draw the pages."""
    person, exercises = read()
    frames = _draw(exercises)
    server_folder, offline = ServerFolder(folder / "server"), OfflineFolder(folder / "kept-offline")
    begun = now - LASTS
    make_server(server_folder, offline, host="127.0.0.1", port=0, now=begun, entropy=entropy)
    server = open_server(server_folder)
    try:
        accounts = _add_accounts(server, begun)
        device = _Device(server, offline, person, begun)
        device.write_down(exercises, frames, now=now)
    finally:
        server.database.close()
    return accounts


def _add_accounts(server: Server, now: datetime) -> Accounts:
    passphrase = "-".join(secrets.token_hex(2) for _ in range(4))
    for name, role in ((TRAINEE, Account.OFFICER), (COLLEAGUE, Account.SUPERVISOR)):
        server.officers.add(name, passphrase, now=now, entropy=entropy, role=role)
    return Accounts(TRAINEE, COLLEAGUE, passphrase)


class _Device:
    """The made-up person's device: a key, an authority, and a chain that grows by one record after the other."""

    def __init__(self, server: Server, offline: OfflineFolder, person: Person, now: datetime) -> None:
        self._server = server
        self._person = person
        self._key = generate_signing_key(secrets.token_bytes)
        self._case = cases.open_case(
            server.database, [TRAINEE, COLLEAGUE], now=now, entropy=entropy, recovery_key=server.folder.recovery_key()
        )
        code = server.enrolment.make_code(at_the_machine(now), self._case)
        self._name = server.enrolment.enrol(code, verifying_key(self._key), now=now).device
        self._authority = self._permit(offline, now)
        with server.database.reading() as session:
            self._recipients = [Recipient(session.get_one(Case, self._case).public_key, Role.CASE)]
        self._screener = TextScreener(load([one.id for one in person.libraries]).compile())
        self._prev, self._seq = GENESIS, 0

    def _permit(self, offline: OfflineFolder, now: datetime) -> Authority:
        person = self._person
        wish = Wish(
            self._name, [ACCOUNT], list(person.libraries), list(person.conditions), 30, person.notice,
            person.issued_by, "01632 960000",
        )  # fmt: skip
        authorities.issue(self._server.database, wish, issuing_key=offline.issuing_key(), now=now)
        file = authorities.newest(self._server.database, self._name)
        return read_authority(file, issuer_key=self._server.folder.issuer_key())

    def write_down(self, exercises: Sequence[Exercise], frames: Sequence[Frame], *, now: datetime) -> None:
        """Put the captures, the person's notes and the coverage around them into the chain, in their order."""
        records: list[tuple[datetime, Kind, int, str, list[Part]]] = []
        for exercise, frame in zip(exercises, frames, strict=True):
            at = exercise.when.before(now)
            severity, parts = self._capture(exercise, frame, at)
            group = sha256(exercise.group.encode()).hexdigest()[:16] if exercise.group else ""
            records.append((at, Kind.CAPTURE, severity, group, parts))
            records.append((at + timedelta(minutes=5), Kind.COVERAGE, 1, "", [_coverage(at)]))
        for when, words in self._person.notes:
            records.append((when.before(now), Kind.NOTE, 1, "", [Part(META, EventRecord("note", words).to_bytes())]))
        for at, kind, severity, group, parts in sorted(records, key=lambda one: one[0]):
            self._put(at, kind, severity, group, parts)

    def _capture(self, exercise: Exercise, frame: Frame, at: datetime) -> tuple[int, list[Part]]:
        context = Context(exercise.app, exercise.title, exercise.url, ACCOUNT, frame.monitor)
        observation = TextObservation(exercise.text, exercise.provenance, exercise.source, at, context)
        verdict = self._screener.screen(observation)
        if not verdict.findings:
            raise DemoError(f"The exercise {exercise.lesson.name} holds no word of the libraries.")
        parts = capture_parts(self._authority, observation, verdict, Decision(Outcome.CAPTURE, _REASON), [frame])
        return verdict.severity, [*parts, Part(LESSON, canonical.encode(exercise.lesson.spell()))]

    def _put(self, at: datetime, kind: Kind, severity: int, group: str, parts: Sequence[Part]) -> None:
        fields = HeaderFields(
            authority=self._authority.digest, case=self._case, device=self._name, epoch=0, seq=self._seq,
            prev=self._prev, time=at, monotonic_ns=self._seq, boot="training", agent=AGENT, libraries="0" * 64,
            kind=kind, severity=severity, group=group,
        )  # fmt: skip
        sealed = envelope.seal(fields, parts, self._recipients, self._key, entropy=secrets.token_bytes)
        place = Place(self._name, 0, self._seq)
        self._server.ingest.put(place, sealed.envelope, digest=sealed.digest, now=at)
        self._prev, self._seq = sealed.header_digest, self._seq + 1


def _coverage(at: datetime) -> Part:
    """Return ten minutes in which all was watched."""
    record = CoverageRecord(at - timedelta(minutes=5), at + timedelta(minutes=5), {State.WATCHED: (60,) * 10})
    return Part(META, record.to_bytes())


# --- the screen ---


def _draw(exercises: Sequence[Exercise]) -> list[Frame]:
    """Let a browser draw each exercise as the page that it stood on."""
    with playwright() as driver:
        browser = headless_browser(driver, trusted_key="")
        try:
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            return [_frame(page, one) for one in exercises]
        finally:
            browser.close()


def _frame(page: "Page", exercise: Exercise) -> Frame:
    words = {"app": exercise.app, "url": exercise.url or "", "title": exercise.title, "text": exercise.text}
    page.set_content(_PAGE.format(**{name: escape(value) for name, value in words.items()}))
    encoded = np.frombuffer(page.screenshot(), np.uint8)
    colour = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    if colour is None:
        raise DemoError("The browser's picture of a page could not be read.")
    pixels = cv2.cvtColor(colour, cv2.COLOR_BGR2BGRA)
    return Frame(0, Rectangle(0, 0, WIDTH, HEIGHT), np.asarray(pixels, np.uint8))
