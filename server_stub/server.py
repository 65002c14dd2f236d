"""One running server's parts, put together from its data folder."""

import os
from dataclasses import dataclass

from evidence.suite import suite_of_public
from server_stub import checkpoints
from server_stub.account_codes import AccountCodes
from server_stub.admission import Admission
from server_stub.alerts import Alerts
from server_stub.approvals import Approvals
from server_stub.assignments import Assignments
from server_stub.blobs import Blobs, open_blobs
from server_stub.case_notes import CaseNotes
from server_stub.covers import Covers
from server_stub.database import Database
from server_stub.decisions import Decisions
from server_stub.duty import Rota
from server_stub.enrolment import Enrolment
from server_stub.folder import ServerFolder
from server_stub.ingest import Ingest, RequestGate
from server_stub.log_in_service import LogInService
from server_stub.metrics import Metrics
from server_stub.officers import Officers
from server_stub.passkeys import Passkeys
from server_stub.people import People
from server_stub.presence import PresenceWatch
from server_stub.queue import Queue
from server_stub.rates import Rates
from server_stub.readiness import Readiness
from server_stub.retention import Retention
from server_stub.review import Review
from server_stub.view_times import ViewTimes
from server_stub.walks import Walks
from server_stub.welfare import Welfare


@dataclass(frozen=True, slots=True)
class Server:
    """What requests are answered with."""

    folder: ServerFolder
    database: Database
    blobs: Blobs
    metrics: Metrics
    readiness: Readiness
    retention: Retention
    officers: Officers
    account_codes: AccountCodes
    passkeys: Passkeys
    log_in_service: LogInService
    enrolment: Enrolment
    rates: Rates
    admission: Admission
    gate: RequestGate
    ingest: Ingest
    review: Review
    view_times: ViewTimes
    queue: Queue
    walks: Walks
    decisions: Decisions
    covers: Covers
    approvals: Approvals
    rota: Rota
    assignments: Assignments
    case_notes: CaseNotes
    welfare: Welfare
    alerts: Alerts
    people: People
    presence: PresenceWatch


def open_server(folder: ServerFolder) -> Server:
    """Open a server's database and blobs, bringing its schema up to date; raises SetupError."""
    settings = folder.settings()  # says plainly where there is no server
    database = Database(folder.database_url())
    if settings.database.migrate_at_start:
        database.migrate()
    else:
        database.require_current()
    checkpoints.take_in_files(folder, database)
    blobs = open_blobs(folder)
    receipt_key = folder.receipt_key()
    rates = Rates(settings.rates)
    issuer_key = folder.issuer_key()
    decoy = receipt_key.private_bytes_raw()
    officers = Officers(database, decoy_secret=decoy)
    return Server(
        folder=folder,
        database=database,
        blobs=blobs,
        metrics=Metrics(database),
        readiness=Readiness(database, blobs),
        retention=Retention(database, blobs, receipt_key),
        officers=officers,
        account_codes=AccountCodes(database, officers, suite=suite_of_public(folder.recovery_key())),
        log_in_service=LogInService(database, settings.log_in, redirect=lambda: _answer_address(folder)),
        passkeys=Passkeys(database, officers, host=settings.host, decoy_secret=decoy),
        enrolment=Enrolment(database),
        rates=rates,
        admission=Admission(),
        gate=RequestGate(database, rates),
        ingest=Ingest(database, blobs, receipt_key, issuer_key=issuer_key),
        review=Review(database, blobs),
        view_times=ViewTimes(database),
        queue=Queue(database),
        walks=Walks(receipt_key.private_bytes_raw()),
        decisions=Decisions(database),
        covers=Covers(database),
        approvals=Approvals(database),
        rota=Rota(database),
        assignments=Assignments(database),
        case_notes=CaseNotes(database),
        welfare=Welfare(database),
        alerts=Alerts(database),
        people=People(database),
        presence=PresenceWatch(database, issuer_key=issuer_key),
    )


def _answer_address(folder: ServerFolder) -> str:
    host, port = folder.reached_at()
    return f"https://{host}:{port}/log-in-service/answer"


entropy = os.urandom
"""Random bytes for the functions of `evidence`, which take them as a parameter."""
