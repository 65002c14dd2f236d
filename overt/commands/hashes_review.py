"""`overt hashes review`: match what devices sealed with a list that lies with the officer."""

import json
from pathlib import Path
from typing import Annotated

import typer

from evidence.envelope import ParsedHead, open_part, parse, part_bytes, verify
from evidence.errors import EvidenceError
from evidence.header import Kind
from evidence.keys import OpeningKey
from evidence.record import META, read_record
from overt.evidence_files import InputError, KeyFiles, envelope_files, opening_key, read_file, read_public_key
from overt.exits import BAD_INPUT, DONE, FINDINGS
from overt.hashes_review import SeenMatch, count, matches
from overt.hashes_set import read
from overt.hashes_work import Matcher
from overt.library_shell import Page, told_errors


def review(
    set_file: Annotated[Path, typer.Argument(help="The set file.", show_default=False)],
    records: Annotated[list[Path], typer.Argument(help="Sealed records and folders of them.", show_default=False)],
    key: Annotated[Path | None, typer.Option("--key", help="A secret key that they are sealed to.")] = None,
    locked_key: Annotated[Path | None, typer.Option("--locked-key", help="An officer's locked key file.")] = None,
    wrap: Annotated[Path | None, typer.Option("--wrap", help="The case key wrapped for that officer.")] = None,
    key_epoch: Annotated[int, typer.Option("--key-epoch", help="Which of the case's keys the wrap holds.", min=0)] = 0,
    passphrase_file: Annotated[Path | None, typer.Option("--passphrase-file", help="The officer's passphrase.")] = None,
    device_key: Annotated[
        str | None, typer.Option("--device-key", help="Check that this device signed them; others are refused.")
    ] = None,
    radius: Annotated[
        int | None, typer.Option(min=0, max=31, help="Bits that may differ. Default: 31 for PDQ, 6 for pHash.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines for a program to read.")] = False,
) -> None:
    """Match the picture hashes in sealed records with a set, where the key is: nothing goes back to a device or server.

    Reads captures and the logs of pictures seen; each match says when and where it was on the screen.

    Exit codes: 0 none is in the set, 1 at least one is, 2 a record could not be opened (the others were matched).
    """
    with told_errors():
        matcher = Matcher([read(set_file)])
    signer = None if device_key is None else _public(device_key)
    opened, hashes, found, problems = 0, 0, 0, []
    page = Page()
    keys = _Keys(KeyFiles(key, locked_key, wrap, key_epoch, passphrase_file))
    for path in _files(records):
        try:
            data = read_file(path)
            head = parse(data)
            if head.header.context.fields.kind not in {Kind.CAPTURE, Kind.EVENT}:
                continue
            if signer is not None:
                verify(head, signer)
            record = read_record(open_part(head, keys.of(head), META, part_bytes(head, data, META)))
        except (EvidenceError, InputError) as problem:
            problems.append(f"{path}: {problem}")
            continue
        opened, hashes = opened + 1, hashes + count(record)
        for one in matches(head.header, record, matcher, radius):
            found += 1
            _show(page, path, one, as_json=as_json)
    for line in problems:
        typer.echo(line, err=True)
    if not as_json:
        checked = "signatures checked" if signer is not None else "signatures not checked: give --device-key"
        page.line(f"{hashes:,} hashes in {opened:,} records ({checked}): {found:,} in the set.")
    raise typer.Exit(BAD_INPUT if problems or not opened else FINDINGS if found else DONE)


class _Keys:
    """Opens the key once a kind of suite: an officer's passphrase takes a second to try, and is asked for once."""

    def __init__(self, files: KeyFiles) -> None:
        self._files = files
        self._known: dict[object, OpeningKey] = {}

    def of(self, head: ParsedHead) -> OpeningKey:
        context = head.header.context
        which = (context.suite, context.fields.case)
        if which not in self._known:
            self._known[which] = opening_key(self._files, context, _ask)
        return self._known[which]


def _ask() -> str:
    return str(typer.prompt("Passphrase", hide_input=True, err=True))


def _files(paths: list[Path]) -> list[Path]:
    try:
        return envelope_files(paths)
    except InputError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(BAD_INPUT) from None


def _public(given: str) -> bytes:
    try:
        return read_public_key(given, option="--device-key")
    except InputError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(BAD_INPUT) from None


def _show(page: Page, path: Path, one: SeenMatch, *, as_json: bool) -> None:
    match, picture, place = one.match, one.match.picture, one.place
    distance, lay = (picture.distance, picture.turn.value) if picture is not None else (0, "")
    if as_json:
        told = {
            "file": str(path), "device": one.device, "record": one.record, "seen_at": one.seen_at.isoformat(),
            "monitor": place.monitor, "place": [place.left, place.top, place.width, place.height],
            "captured": one.captured, "set": match.set_id, "category": match.category, "kind": match.kind.value,
            "row": match.row, "distance": distance, "how": lay,
        }  # fmt: skip
        typer.echo(json.dumps(told))
        return
    category = f", category {match.category}" if match.category else ""
    kept = "captured" if one.captured else "hash only"
    page.line(
        (f"{one.device} {one.record}", "bold"),
        f" {one.seen_at:%d %b %Y %H:%M:%S}, {place.width} x {place.height} at {place.left},{place.top} of monitor "
        f"{place.monitor + 1} ({kept}): in {match.set_id}{category}, {match.kind.value} row {match.row}, distance "
        f"{distance}, {lay}",
    )
