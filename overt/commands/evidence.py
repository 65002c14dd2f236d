"""`overt evidence`: open and verify sealed records on any computer, without a server."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from evidence.envelope import ParsedHead, open_all, parse, verify
from evidence.errors import EvidenceError, NotARecipientError, PassphraseError, UsageError
from evidence.keys import key_id
from evidence.record import META, AnyRecord, CaptureRecord, read_record
from evidence.verification import Verification, verify_records
from overt import evidence_check
from overt import evidence_text as words
from overt.evidence_files import (
    InputError,
    KeyFiles,
    envelope_files,
    opening_key,
    passphrase,
    read_all,
    read_authority_file,
    read_file,
    read_public_key,
    write_new,
)
from overt.exits import BAD_INPUT, DONE, FINDINGS

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Open and verify sealed records on any computer, without a server.",
    epilog="Exit codes: 0 everything holds, 1 something does not hold, 2 wrong usage, key or file.",
)

_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}

DeviceKey = Annotated[
    str | None,
    typer.Option(
        "--device-key", help="The device's public key: 64 hex digits, or a file that holds them.", metavar="KEY"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.command("open")
def open_envelope(
    file: Annotated[Path, typer.Argument(help="The envelope.")],
    *,
    key: Annotated[
        Path | None, typer.Option("--key", help="A secret key that it is sealed to: the recovery key, or a case key.")
    ] = None,
    locked_key: Annotated[Path | None, typer.Option("--locked-key", help="An officer's locked key file.")] = None,
    wrap: Annotated[Path | None, typer.Option("--wrap", help="The case key wrapped for that officer.")] = None,
    key_epoch: Annotated[int, typer.Option("--key-epoch", help="Which of the case's keys the wrap holds.", min=0)] = 0,
    passphrase_file: Annotated[
        Path | None, typer.Option("--passphrase-file", help="The officer's passphrase; asked for without it.")
    ] = None,
    device_key: DeviceKey = None,
    signature_unchecked: Annotated[
        bool, typer.Option("--signature-unchecked", help="Open although nobody checks who signed it.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the parts into this folder.", file_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Open one sealed record: check its signature, then show its words and write its pictures."""
    with _exit_codes():
        head, envelope = _read_envelope(file)
        signer = _checked_signer(head, device_key, unchecked=signature_unchecked)
        files = KeyFiles(key, locked_key, wrap, key_epoch, passphrase_file)
        parts = open_all(head, opening_key(files, head.header.context, _ask), envelope)
        record = read_record(parts[META]) if META in parts else None
        written = [] if out is None else _write_parts(out, parts, record)
        if as_json:
            typer.echo(json.dumps(_opened_as_json(head, signer, parts, written), indent=1))
            return
        for line in words.describe_opened(head.header, signer, record, parts, written):
            typer.echo(line)


@app.command("verify")
def verify_envelopes(
    paths: Annotated[
        list[Path],
        typer.Argument(help="An export pack, a server's data folder, or envelopes and folders of them of one device."),
    ],
    device_key: DeviceKey = None,
    authority: Annotated[
        Path | None, typer.Option("--authority", help="The authority file they were made under.")
    ] = None,
    issuer_key: Annotated[
        str | None,
        typer.Option("--issuer-key", help="Public key of who issued it; needed with --authority.", metavar="KEY"),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="With a pack: a checkpoint that somebody else kept.")
    ] = None,
    tsa_certificate: Annotated[
        list[Path] | None,
        typer.Option("--tsa-certificate", help="With a pack: certificate (PEM) of a time-stamping authority to trust."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify records without opening them, in numbered steps.

    A pack brings its keys with it: compare those that are shown with what you were given by another way. For loose
    envelopes name the device's key.
    """
    with _exit_codes():
        if len(paths) == 1 and (evidence_check.is_pack(paths[0]) or evidence_check.is_store(paths[0])):
            raise typer.Exit(_verify_whole(paths[0], checkpoint or [], tsa_certificate or [], as_json=as_json))
        if device_key is None:
            raise InputError(
                "--device-key is missing", hint="Take it from the case file, not from the records themselves."
            )
        if (authority is None) != (issuer_key is None):
            raise InputError("--authority and --issuer-key go together")
        permitted = None
        if authority is not None and issuer_key is not None:
            permitted = read_authority_file(authority, read_public_key(issuer_key, option="--issuer-key"))
        public = read_public_key(device_key, option="--device-key")
        verification = verify_records(read_all(envelope_files(paths)), public, authority=permitted)
        _show_verification(verification, as_json=as_json)
    raise typer.Exit(DONE if verification.holds else FINDINGS)


def _verify_whole(path: Path, checkpoints: list[Path], authorities: list[Path], *, as_json: bool) -> int:
    if evidence_check.is_pack(path):
        answers = [("", *evidence_check.check_pack(path, checkpoints, authorities))]
        name = evidence_check.pack_name(path)
    else:
        answers, name = list(evidence_check.check_store(path)), ""
    for device, keys, steps in answers:
        if as_json:
            typer.echo(json.dumps({"device": device, "steps": [asdict(step) for step in steps]}))
            continue
        if device:
            typer.echo(f"Device {device}")
        for line in evidence_check.describe(keys, steps, pack=name):
            typer.echo(line)
    findings = any(step.findings for _, _, steps in answers for step in steps)
    return FINDINGS if findings or not answers else DONE


@app.command("export")
def export_pack(
    data: Annotated[Path, typer.Option("--data", help="The server's data folder.", file_okay=False, exists=True)],
    device: Annotated[str, typer.Option("--device", help="The device whose records are exported.")],
    out: Annotated[Path, typer.Option("--out", help="A new folder for the pack.", file_okay=False)],
    officer: Annotated[
        str | None, typer.Option("--officer", help="Open the records for the pack as this officer of the case.")
    ] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option("--passphrase-file", help="The officer's passphrase; asked for without it.")
    ] = None,
    request: Annotated[
        str | None,
        typer.Option("--request", help="The approved request, where the server demands four eyes for exports."),
    ] = None,
) -> None:
    """Export a device's records for a court: sealed and opened, with receipts, a checkpoint, a report and verify.sh.

    Prosecution and defence get the same pack. Without --officer nothing is opened. The export is noted in the audit
    record.
    """
    from overt.evidence_export import export  # noqa: PLC0415  (the database code is not needed to open or verify)
    from overt.evidence_store import Store  # noqa: PLC0415
    from server_stub.errors import ServerError  # noqa: PLC0415

    with _exit_codes():
        try:
            store = Store(data)
        except ServerError as problem:
            raise InputError(str(problem), hint=getattr(problem, "hint", "")) from None
        try:
            known = store.device(device)
            now = datetime.now(UTC)
            store.check_export(known, request, now)
            keys = []
            if officer is not None:
                keys = store.case_keys(known, officer, passphrase(passphrase_file, _ask))
            done = export(store, known, out, keys_to_open=keys, now=now, tell=_tell_progress)
            store.note_export(known, officer or "", done.disclosed, now, request=request)
        finally:
            store.close()
    opened = f"{done.disclosed} of them opened, {done.captures} captures among those"
    typer.echo(f"{done.records} records are in {out}, {opened}. Check them: sh {out}/verify.sh")
    typer.echo(f"Read {out}/report.html. The pack is named by {done.name}: give that number by another way.")


@app.command("report")
def case_report(
    pack: Annotated[Path, typer.Argument(help="The export pack.", file_okay=False, exists=True)],
    out: Annotated[Path, typer.Option("--out", help="A new HTML file for the report; print it from a browser.")],
    capture: Annotated[
        list[str] | None,
        typer.Option("--capture", metavar="EPOCH/SEQ", help="A capture to show; may be repeated. Without it: all."),
    ] = None,
) -> None:
    """Make a case report for a court out of an export pack: its checks, a summary, captures with what led up to them.

    It needs neither the server nor a key. The pack stays the evidence: the report names it by its digest. Where a check
    does not hold, the report says so on its first page, and the exit code is 1.

    Example: overt evidence report pack --capture 0/812 --out report.html
    """
    from overt import case_report as reports  # noqa: PLC0415  (help must not wait for the templates)

    with _exit_codes():
        made = reports.make(pack, places=capture or [], made_at=datetime.now(UTC))
        write_new(out, made.page)
    typer.echo(f"{out} shows {made.captures} captures. Open it in a browser and print it.")
    if not made.holds:
        typer.echo("NOT every check of the pack holds: the report says which. See overt evidence verify.", err=True)
        raise typer.Exit(FINDINGS)


def _tell_progress(done: int, total: int) -> None:
    if total and done % 100 == 0 and sys.stderr.isatty():
        typer.echo(f"opening {done} of {total} …", err=True)


@contextmanager
def _exit_codes() -> Iterator[None]:
    """Turn errors into a message and the exit code that is theirs."""
    try:
        yield
    except (InputError, UsageError, NotARecipientError, PassphraseError) as problem:
        _complain(problem)
        raise typer.Exit(BAD_INPUT) from None
    except EvidenceError as problem:
        _complain(problem)
        raise typer.Exit(FINDINGS) from None


def _complain(problem: InputError | EvidenceError) -> None:
    typer.echo(f"{problem}", err=True)
    if problem.hint:
        typer.echo(problem.hint, err=True)


def _read_envelope(file: Path) -> tuple[ParsedHead, bytes]:
    envelope = read_file(file)
    return parse(envelope), envelope


def _checked_signer(head: ParsedHead, device_key: str | None, *, unchecked: bool) -> str:
    if device_key is None:
        if not unchecked:
            raise InputError(
                "--device-key is missing: without it anybody could have made this record",
                hint="If the key is not at hand, --signature-unchecked opens it all the same.",
            )
        return "NOT CHECKED: anybody could have made this record"
    public = read_public_key(device_key, option="--device-key")
    verify(head, public)
    return f"by device {head.header.context.fields.device}, key {key_id(public)}"


def _ask() -> str:
    return str(typer.prompt("Passphrase", hide_input=True, err=True))


def _write_parts(folder: Path, parts: Mapping[str, bytes], record: AnyRecord | None) -> list[Path]:
    types = {META: "json"}
    if isinstance(record, CaptureRecord):
        types |= {frame.part: _EXTENSIONS.get(frame.media_type, "bin") for frame in record.frames}
        types |= {"thumb": _EXTENSIONS.get(record.thumb.media_type, "bin")} if record.thumb else {}
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as problem:
        raise InputError(f"{folder}: {problem.strerror}") from None
    written = []
    for name, data in parts.items():
        path = folder / f"{name}.{types.get(name, 'bin')}"
        write_new(path, data)
        written.append(path)
    return written


def _opened_as_json(
    head: ParsedHead, signer: str, parts: Mapping[str, bytes], written: list[Path]
) -> dict[str, object]:
    context_line, manifest_line = head.header.raw.splitlines()
    return {
        "signature": signer,
        "context": json.loads(context_line),
        "manifest": json.loads(manifest_line),
        "meta": json.loads(parts[META]) if META in parts else None,
        "parts": {name: len(data) for name, data in parts.items()},
        "written": [str(path) for path in written],
    }


def _show_verification(verification: Verification, *, as_json: bool) -> None:
    if not as_json:
        for line in words.describe_verification(verification):
            typer.echo(line)
        return
    steps = [
        {
            "number": result.step.number,
            "title": result.step.title,
            "checked": result.checked,
            "note": result.note,
            "findings": [{"place": one.place, "sentence": one.sentence} for one in result.findings],
        }
        for result in verification.results
    ]
    typer.echo(json.dumps({"holds": verification.holds, "records": verification.records, "steps": steps}, indent=1))
