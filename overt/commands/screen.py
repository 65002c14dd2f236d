"""`overt screen`: screen files, folders, standard input or a text by hand."""

import logging
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from engine.documents.formats import Format
from engine.documents.read import Options
from engine.documents.tables import TableOptions
from engine.errors import BackEndError, EngineError
from engine.text.screen import TextScreener
from overt.document_files import find
from overt.exits import BAD_INPUT, ENVIRONMENT
from overt.library_files import load, load_person
from overt.meaning.screener import screener
from overt.picture_screening import PictureQuestions
from overt.screen_pictures import screen_pictures
from overt.screen_run import Output, Run
from overt.screening import Screening

EXAMPLES = """\b
Examples:
  overt screen notes.txt mail/ --libraries weapons --libraries drugs
  overt screen --text "need a gun, no questions"
  overt screen corpus.jsonl --field message --min-severity 3 --json
  overt screen image.png pictures/ --sets known.set --skin 24
  zcat chat.txt.gz | overt screen -
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


Paths = Annotated[list[str] | None, typer.Argument(help="Files and folders; - is standard input.", show_default=False)]
Words = Annotated[str | None, typer.Option("--text", help="Screen these words instead of a file.")]
Libraries = Annotated[
    list[str] | None,
    typer.Option("--libraries", help="A shipped library by id, a file, or a folder; repeatable. Default: all shipped."),
]
PersonSet = Annotated[
    Path | None, typer.Option("--set", help="A per-person set: libraries with their changes for one case.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines for a program to read.")]
MinSeverity = Annotated[int, typer.Option(min=1, max=5, help="What weighs less is counted and not reported.")]
Around = Annotated[int, typer.Option(min=0, max=2000, help="Characters shown on each side of a finding.")]
Suppressed = Annotated[
    bool, typer.Option("--suppressed", "--explain", help="Show also what stood there and did not fire, and why not.")
]
FileFormat = Annotated[
    Format | None, typer.Option("--format", help="What the files are. Default: by name and first bytes.")
]
Encoding = Annotated[str | None, typer.Option(help="The text encoding. Default: found out.")]
Field = Annotated[
    str | None, typer.Option(help="The field of JSON lines with the text (meta.body). Default: text, message, body …")
]
Column = Annotated[
    list[str] | None, typer.Option(help="A column of tables, by name or number; repeatable. Default: every column.")
]
ByMeaning = Annotated[
    bool, typer.Option("--meaning", help="Settle ambiguous terms by what their sentence means (extra [meaning]).")
]
Sets = Annotated[list[Path] | None, typer.Option("--sets", help="Screen pictures against a set of hashes; repeatable.")]
Skin = Annotated[
    int | None, typer.Option(min=1, max=100, help="Mark pictures from this share of skin colours on, in per cent.")
]
Model = Annotated[list[str] | None, typer.Option(help="Weigh pictures with a model: ID or ID=PERCENT; repeatable.")]
Models = Annotated[Path | None, typer.Option("--models", help="Folder of models with their cards.")]


@app.command(epilog=EXAMPLES)
def screen(
    paths: Paths = None,
    text: Words = None,
    libraries: Libraries = None,
    person_set: PersonSet = None,
    as_json: AsJson = False,
    min_severity: MinSeverity = 1,
    context: Around = 40,
    suppressed: Suppressed = False,
    format_: FileFormat = None,
    encoding: Encoding = None,
    field: Field = None,
    column: Column = None,
    meaning: ByMeaning = False,
    sets: Sets = None,
    skin: Skin = None,
    model: Model = None,
    models: Models = None,
) -> None:
    """Screen files, folders, standard input or a text against word libraries, and say why each word fired or did not.

    Reads plain text, HTML, mail (.eml, .mbox), JSON lines, tables (.csv, .tsv), .pdf, .docx, and these in .gz and .zip.
    Every finding says file:line:column, the library, the term, its severity, and the rule in one sentence.

    With --sets, --skin or --model the pictures among the files are screened instead of their words: known ones, also
    scaled, mirrored or turned, and what a prefilter marks.

    Exit codes: 0 nothing fires, 1 something fires at or above --min-severity, 2 wrong usage or a file that could not be
    read whole (the others were screened), 3 something is missing on this computer.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings repeat parts of damaged files
    if (text is None) == (not paths):
        _stop("Name files or folders, or give --text, and not both. For example: overt screen notes.txt", BAD_INPUT)
    questions = PictureQuestions(sets or [], skin, model or [], models)
    if questions.any:
        raise typer.Exit(_pictures(paths or [], questions, min_severity, as_json=as_json))
    options = Options(format_, encoding, field, TableOptions(columns=tuple(column or ())))
    screening = Screening(_screener(libraries or [], person_set, meaning=meaning), options, context)
    run = Run(screening, Output(as_json=as_json, suppressed=suppressed), min_severity)
    raise typer.Exit(run.text(text) if text is not None else run.files(list(find(paths or []))))


def _screener(libraries: list[str], person_set: Path | None, *, meaning: bool) -> TextScreener:
    try:
        loaded = load_person(person_set, libraries) if person_set is not None else load(libraries)
        return screener(loaded, meaning=meaning)
    except BackEndError as error:
        _stop(str(error), ENVIRONMENT)
    except EngineError as error:
        _stop(str(error), BAD_INPUT)


def _pictures(paths: list[str], questions: PictureQuestions, min_severity: int, *, as_json: bool) -> int:
    try:
        return screen_pictures(paths, questions, min_severity, as_json=as_json)
    except (EngineError, OSError) as error:
        _stop(str(error), BAD_INPUT)


def _stop(says: str, code: int) -> NoReturn:
    typer.echo(says, err=True)
    raise typer.Exit(code)
