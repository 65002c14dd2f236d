"""The console's pages as the bar at the top offers them: a page is added here, and shows to whose role may use it."""

from dataclasses import dataclass

from server_stub.access import Principal, Right


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the bar."""

    path: str
    label: str
    right: Right | None
    """What it takes; None: everybody who has logged in."""


ENTRIES = (
    Entry("/captures", "Captures", Right.REVIEW),
    Entry("/people", "People", Right.REVIEW),
    Entry("/alerts", "Alerts", Right.REVIEW),
    Entry("/tuning", "Tuning", Right.REVIEW),
    Entry("/welfare", "Welfare", Right.OVERSEE),
    Entry("/audit", "Audit", Right.AUDIT),
    Entry("/accounts", "Accounts", Right.ADMINISTER),
    Entry("/figures", "Figures", Right.FIGURES),
    Entry("/requests", "Requests", Right.REQUEST),
    Entry("/transfers", "Transfers", Right.REQUEST),
    Entry("/devices", "Devices", None),
    Entry("/team", "Team", None),
    Entry("/account", "My account", None),
)


def offered(principal: Principal) -> list[Entry]:
    """Return the pages that the asking account may use, in their order."""
    return [entry for entry in ENTRIES if entry.right is None or principal.may(entry.right)]
