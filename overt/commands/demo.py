"""`overt demo`: the whole way through on this computer."""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import typer

from overt.demo.display import Display, real_display, virtual_display
from overt.demo.errors import DemoError
from overt.demo.narrator import Narrator
from overt.exits import ENVIRONMENT, FINDINGS

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def demo(
    check: bool = typer.Option(
        False,
        "--check",
        help="Run without a person; exit 0 only if the right pages, and only those, were captured and opened.",
    ),
    virtual: bool = typer.Option(
        False,
        "--virtual",
        help="Play on a virtual screen (Xvfb) although there is a real one. Without a real one this is always so.",
    ),
    keep: Path | None = typer.Option(
        None, "--keep", help="Work in this new folder and leave it there at the end.", file_okay=False
    ),
    screenshot: Path | None = typer.Option(
        None, "--screenshot", help="Save a picture of the console as the officer sees it.", dir_okay=False
    ),
    training: bool = typer.Option(
        False,
        "--training",
        help="A made-up case to learn the desk with: decide it, then read what an experienced officer would weigh.",
    ),
) -> None:
    """See the whole way through on this computer.

    Sets up a server and an officer, enrols this computer under a signed authority, shows the notice and the badge,
    opens five made-up pages in a browser (three innocent, two that should be captured), and shows what the officer
    gets. Everything stays on this computer and is removed at the end.

    With --training nothing is captured: a server with a made-up case is started, and a newcomer learns the officer's
    desk by deciding it.
    """
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        if training:
            raise typer.Exit(_train(keep, check=check, virtual=virtual))
        with _display(check=check, virtual=virtual) as display, _folder(keep) as folder:
            code = _play(folder, display, check=check, screenshot=screenshot, narrator=Narrator())
    except DemoError as problem:
        typer.echo(f"\nThe demo cannot go on: {problem}", err=True)
        if problem.hint:
            typer.echo(problem.hint, err=True)
        raise typer.Exit(ENVIRONMENT) from None
    except KeyboardInterrupt:
        typer.echo("\nStopped; everything was removed.", err=True)
        raise typer.Exit(ENVIRONMENT) from None
    raise typer.Exit(code)


def _train(keep: Path | None, *, check: bool, virtual: bool) -> int:
    from overt.demo.training.play import train  # noqa: PLC0415

    narrator = Narrator()
    display = None if check or virtual else real_display()
    with _folder(keep) as folder:
        wrong = train(folder, display, check=check, narrator=narrator)
    for line in wrong:
        narrator.say(f"  [red]✗[/red] {line}")
    if check and not wrong:
        narrator.say("\nEverything could be decided, and for each capture it is said what was to be weighed.")
    return FINDINGS if wrong else 0


def _play(folder: Path, display: Display, *, check: bool, screenshot: Path | None, narrator: Narrator) -> int:
    from overt.demo import play  # noqa: PLC0415
    from overt.demo.installation import Installation  # noqa: PLC0415

    scripted = check or display.virtual
    if not scripted and not play.ask_leave(display):
        narrator.say("Nothing was started.")
        return 0
    installation = Installation(folder, display)
    try:
        address, shown = play.run(installation, display, by_person=not scripted, narrator=narrator)
        with narrator.step("An officer's browser logs in, opens every capture and checks its signature"):
            opened = play.open_in_console(address, installation, screenshot)
        with narrator.step("The server's whole folder was searched for the words of the pages"):
            readable = installation.holds_in_clear(play.marker_words())
        for capture in opened:
            narrator.say(f"      {capture.why}")
        wrong = play.judge(shown, opened, readable)
        for line in wrong:
            narrator.say(f"  [red]✗[/red] {line}")
        if not wrong:
            narrator.say("\nThe right pages, and only those, were captured, arrived, verified and opened.")
        if not check:
            play.stay(address, installation, display, narrator)
        return FINDINGS if wrong else 0
    finally:
        installation.close()


@contextmanager
def _display(*, check: bool, virtual: bool) -> Iterator[Display]:
    real = None if virtual else real_display()
    if real is not None and not (check and sys.platform == "linux"):
        yield real
        return
    with virtual_display() as display:
        yield display


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        if keep.exists():
            raise DemoError(
                f"The folder {keep} is there already.", hint="Name a new one: the demo starts from nothing."
            )
        keep.mkdir(parents=True, mode=0o700)
        yield keep
        return
    folder = Path(tempfile.mkdtemp(prefix="overt-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
