"""What `overt screen` prints about pictures, where sets of hashes or prefilters are asked for."""

import json
from collections.abc import Iterable, Sequence

import typer

from overt.exits import BAD_INPUT, DONE, FINDINGS
from overt.library_shell import Page
from overt.picture_screening import PictureQuestions, ScreenedPicture, picture_paths, screened


def screen_pictures(paths: Sequence[str], questions: PictureQuestions, floor: int, *, as_json: bool) -> int:
    """Screen the pictures among the files and print; returns the exit code."""
    screener = questions.screener()
    results = (screened(screener, path, shown) for path, shown in picture_paths(paths))
    return _printed(results, floor, as_json=as_json)


def _printed(results: Iterable[ScreenedPicture], floor: int, *, as_json: bool) -> int:
    page, pictures, found, problems = Page(), 0, 0, 0
    for one in results:
        pictures += 1
        problems += bool(one.problem)
        found += sum(finding.severity >= floor for finding in one.findings)
        _show(page, one, floor, as_json=as_json)
    if not as_json:
        page.line(f"{pictures:,} pictures screened, {found:,} findings, {problems:,} could not be screened.")
    return BAD_INPUT if problems else FINDINGS if found else DONE


def _show(page: Page, one: ScreenedPicture, floor: int, *, as_json: bool) -> None:
    if one.problem:
        typer.echo(f"{one.shown}: {one.problem}", err=True)
    for finding in one.findings:
        if finding.severity < floor:
            continue
        place = finding.place
        if as_json:
            told = {
                "type": "picture", "file": one.shown, "library": finding.library_id,
                "version": finding.library_version, "term_id": finding.term_id, "rule": finding.rule,
                "category": finding.category, "severity": finding.severity, "condition": finding.condition,
                "place": None if place is None else list(place), "explanation": finding.explanation,
            }  # fmt: skip
            typer.echo(json.dumps(told, separators=(",", ":")))
        else:
            page.line((one.shown, "bold"), f" severity {finding.severity}: {finding.explanation}")
