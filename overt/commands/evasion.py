"""`overt evasion`: look through, check and try the signatures of evasion."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from engine.signatures.lint import SignatureCode, lint_signatures
from engine.signatures.match import SignatureSet
from engine.signatures.model import SignatureFile, Trace, Where
from overt.exits import DONE, FINDINGS
from overt.library_shell import Page, many, print_json, stop, told_errors
from overt.signature_files import read_signatures

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Signatures of evasion: Tor, VPN, proxies, virtual machines, remote desktops, wiping tools. "
    "docs/evasion-signatures.md tells how to work with them.",
)
Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE]...", help="Files of signatures; none: the shipped ones.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.command("list")
def list_signatures(files: Files = None, as_json: AsJson = False) -> None:
    """List what is recognised: each signature with its category, severity, sentence and number of patterns."""
    with told_errors():
        read = read_signatures(files or [])
    found = [one for file in read for one in file.signatures]
    if as_json:
        print_json(
            {
                "signatures": [
                    {
                        "id": one.signature_id,
                        "category": str(one.category),
                        "severity": one.severity,
                        "says": one.says,
                        "patterns": {str(where): list(patterns) for where, patterns in one.patterns.items()},
                    }
                    for one in found
                ]
            }
        )
        return
    rows = [("id", "category", "severity", "patterns", "says")]
    for one in found:
        patterns = sum(map(len, one.patterns.values()))
        rows.append((one.signature_id, str(one.category), str(one.severity), str(patterns), one.says))
    Page().table(rows)


@app.command()
def lint(files: Files = None, as_json: AsJson = False) -> None:
    """Check signatures: examples that do not come out, patterns that are too wide, too short, or there twice.

    Exit codes: 0 nothing to say, 1 something is wrong, 2 wrong usage or a file that is no file of signatures.
    """
    with told_errors():
        read = read_signatures(files or [])
        problems = [(file, one) for file in read for one in lint_signatures(file, datetime.now(UTC).date())]
    if as_json:
        print_json(
            {
                "problems": [
                    {"place": str(one.place), "code": one.code.value, "signature": one.signature_id, "what": one.what}
                    for _, one in problems
                ]
            }
        )
        raise typer.Exit(FINDINGS if problems else DONE)
    page = Page()
    for file, one in problems:
        page.line((f"{one.place}: ", "bold"), f"{one.code} {one.code.slug}, {one.signature_id}")
        page.source(file.text, one.place)
        page.line("    ", one.what)
        page.line("    fix: ", (one.fix, "green"))
    page.line((_sum(read, len(problems)), "bold"))
    raise typer.Exit(FINDINGS if problems else DONE)


@app.command("try")
def try_trace(
    trace: Annotated[str, typer.Argument(help='What was seen, like "process: tor" or "title: About Tor".')],
    files: Files = None,
) -> None:
    """Say which signatures recognise a trace.

    Exit codes: 0 none does, 1 at least one does, 2 wrong usage.
    """
    where, colon, rest = trace.partition(":")
    if not colon or where not in set(Where):
        stop(f"write PLACE: VALUE; places: {', '.join(Where)}")
    program, _, argument = rest.strip().partition(" ")
    seen = Trace(Where.ARGUMENT, argument, program) if where == Where.ARGUMENT else Trace(Where(where), rest.strip())
    with told_errors():
        found = SignatureSet(read_signatures(files or [])).match(seen)
    page = Page()
    for one in found:
        page.line((one.signature.signature_id, "bold"), f" (severity {one.signature.severity}): {one.signature.says}")
        page.line(f"    by its {one.where} pattern {one.pattern}")
    if not found:
        page.line("Nothing is recognised.")
    raise typer.Exit(FINDINGS if found else DONE)


def _sum(files: list[SignatureFile], problems: int) -> str:
    signatures = sum(len(file.signatures) for file in files)
    said = many(problems, "problem") if problems else "nothing to say"
    return f"{many(signatures, 'signature')} checked, {len(SignatureCode)} kinds of problems looked for: {said}."
