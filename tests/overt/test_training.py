"""The training case: its exercises are sound, and a newcomer can decide it and is told afterwards, not before."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.observation import Context, TextObservation
from engine.text.screen import TextScreener
from overt.demo import officer
from overt.demo.browser import playwright, visible_browser
from overt.demo.display import virtual_display
from overt.demo.training.case import ACCOUNT, make_case
from overt.demo.training.exercises import Exercise, read
from overt.demo.training.play import running_server, wait_for_end
from overt.library_files import load
from server_stub.decisions import Disposition
from server_stub.folder import ServerFolder
from server_stub.server import open_server
from server_stub.tables import Record
from tests.console.axe import serious

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PERSON, EXERCISES = read()
KNOWN = {one.value for one in Disposition}


@pytest.fixture(scope="module")
def screener() -> TextScreener:
    """Return what the made-up person's device would screen with."""
    return TextScreener(load([one.id for one in PERSON.libraries]).compile())


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.lesson.name)
def test_an_exercise_is_sound(exercise: Exercise, screener: TextScreener) -> None:
    """The libraries find it, its decisions exist, and there is something to weigh and to try."""
    context = Context(exercise.app, exercise.title, exercise.url, ACCOUNT, 0)
    observation = TextObservation(exercise.text, exercise.provenance, exercise.source, NOW, context)
    assert screener.screen(observation).findings
    assert {exercise.lesson.best, *exercise.lesson.also} <= KNOWN
    assert exercise.lesson.best not in exercise.lesson.also
    assert len(exercise.lesson.weigh) > 1
    assert exercise.lesson.practise
    assert exercise.when.before(NOW) < NOW


def test_every_kind_of_decision_is_practised() -> None:
    """Each of the six is right somewhere; and one row hides a capture that is not like the others."""
    assert {one.lesson.best for one in EXERCISES} == KNOWN
    row = [one for one in EXERCISES if one.group == "vpn"]
    assert len({one.text for one in row}) == 2


@contextmanager
def trainee(folder: Path) -> Iterator[Any]:
    """Make the case, run its server, and log the newcomer in."""
    accounts = make_case(folder, now=datetime.now(UTC))
    with (
        running_server(folder) as (address, certificate),
        playwright() as driver,
        officer.console(driver, address, certificate) as page,
    ):
        officer.log_in(page, accounts.trainee, accounts.passphrase)
        yield page


@pytest.mark.screen
def test_closing_the_window_ends_the_training() -> None:
    """As the demo says: no Ctrl-C is needed, and it ends without a word of the browser's."""
    with virtual_display() as display, playwright() as driver:
        browser = visible_browser(driver, display)
        page = browser.new_context(no_viewport=True).new_page()
        page.evaluate("() => void setTimeout(() => window.close(), 300)")
        wait_for_end(page)
        assert page.is_closed()
        browser.close()


@pytest.mark.screen
def test_a_newcomer_is_told_afterwards(tmp_path: Path) -> None:
    """Before a decision nothing is given away; after it, its reasons; what was tried is ticked; all of it is sealed."""
    with trainee(tmp_path) as page:
        address = page.url.rpartition("/")[0]
        page.goto(f"{address}/training")
        page.wait_for_selector("main[data-state=ready]")
        assert page.inner_text("#left") == f"{len(EXERCISES)} of {len(EXERCISES)} captures wait for your decision."
        assert page.locator(".lesson").count() == 0
        page.goto(f"{address}/captures")
        page.wait_for_selector("#detail[data-state=ready]")
        page.fill("#search", "bookies")
        page.wait_for_function("() => document.getElementById('why').textContent.includes('bookies')")
        page.keyboard.press("Tab")
        officer.decide(page, "1")
        page.goto(f"{address}/training")
        page.wait_for_selector(".lesson")
        assert page.eval_on_selector_all(".lesson", "all => all.map(one => one.dataset.name)") == ["grandad"]
        assert page.get_attribute(".lesson", "data-agrees") == "as-most"
        assert page.inner_text("#tried [data-done=true]").startswith("Decided with a key")
        assert serious(page) == []
    nothing_readable(ServerFolder(tmp_path / "server"))


def nothing_readable(folder: ServerFolder) -> None:
    """Check that every exercise arrived, and that neither its words nor its lesson stand readable on the server."""
    with closing(open_server(folder).database) as database, database.reading() as session:
        assert session.query(Record).filter_by(kind="capture").count() == len(EXERCISES)
    everything = b"".join(path.read_bytes() for path in folder.root.rglob("*") if path.is_file())
    for words in ("bookies", "kettle", EXERCISES[0].lesson.weigh[0]):
        assert words.encode() not in everything
