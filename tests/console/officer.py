"""An officer at the review page: reads rows, presses keys, and the test looks at what the server knows."""

from collections.abc import Callable
from typing import Any

from server_stub.tables import AuditEntry, Decision
from tests.console.site import CaseSite
from tests.waiting import PATIENCE, wait_until


class Console:
    """A browser logged in to a running server."""

    def __init__(self, site: CaseSite, page: Any, address: str) -> None:
        self.site = site
        self.page = page
        self.address = address

    def rows(self) -> list[str]:
        """Return the reasons of the rows in view, from top to bottom."""
        found: list[str] = self.page.eval_on_selector_all(
            ".row:not([hidden])",
            "rows => rows.sort((a, b) => a.dataset.index - b.dataset.index)"
            ".map(row => row.querySelector('.why').textContent)",
        )
        return found

    def chosen(self) -> str:
        """Return the reason of the capture that is shown."""
        self.page.wait_for_selector("#detail[data-state=ready]")
        return str(self.page.inner_text("#why"))

    def press(self, *keys: str) -> None:
        """Press keys one after the other, each when the capture before it is there."""
        for key in keys:
            self.page.wait_for_selector("#detail[data-state=ready]")
            self.page.keyboard.press(key)

    def decisions(self) -> list[Decision]:
        """Return what the server knows of the case, oldest first."""
        with self.site.server.database.reading() as session:
            found = session.query(Decision).filter_by(case_id=self.site.case)
            return sorted(found, key=lambda one: one.decided_at)

    def audited(self, action: str) -> list[str]:
        """Return the subjects of an action in the audit record, oldest first."""
        with self.site.server.database.reading() as session:
            found = session.query(AuditEntry).filter_by(action=action).order_by(AuditEntry.seq)
            return [one.subject for one in found]

    def said(self, words: str) -> None:
        """Wait until the page says something."""
        self.page.wait_for_function("words => document.getElementById('said').textContent.includes(words)", arg=words)

    def go_to(self, words: str) -> None:
        """Walk down from the top until the capture with these words is chosen."""
        self.press("Home")
        for _ in self.rows():
            if words in self.chosen():
                return
            self.press("j")
        raise AssertionError(f"no capture with {words!r} in the queue")

    def wait_for(self, holds: Callable[[], object], *, seconds: float = PATIENCE) -> None:
        """Wait until something holds."""
        assert wait_until(holds, seconds)

    def restart(self) -> None:
        """Load the page anew, as after a crash of the browser."""
        self.page.goto(f"{self.address}/captures")
        self.page.wait_for_selector("main[data-state=ready]")
