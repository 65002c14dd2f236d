"""A made-up day of one person's captures: ninety-eight of them, thirty in groups, mild and synthetic throughout."""

from dataclasses import replace
from datetime import datetime, timedelta

from evidence.coverage import CoverageRecord, State
from evidence.header import Kind
from evidence.record import EventRecord
from tests.console.site import CaseSite, Seed

HOUR = 3600

ALONE = (
    Seed("Garden forum", "the glue gun broke, any ideas? The jam is nice.", 3, app="Firefox"),
    Seed("Car parts", "our best price for the staple gun, next-day delivery", 3, url="https://parts.example/s"),
    Seed("County news", "gun control debated in the Lords on Tuesday", 2, url="https://news.example/lords"),
    Seed("Messages", "no bookie takes this bet", 2, term="bookie", library="gambling", app="Messages"),
    Seed("Odds today", "new bookie offers for the weekend", 3, term="bookie", library="gambling"),
    Seed("Film night", "Top gun is on tonight at nine", 2, ignored="Top gun"),
)
SERIOUS = (
    Seed(
        "Hidden market",
        "looking to buy a gun, no licence, cash only, meet tonight",
        severity=5,
        provenance="typed",
        source="typed",
        url="https://market.example/new",
        frames=("frame-0", "before-0", "after-0"),
        ignored="licence",
    ),
    Seed("Messages", "can you get me a gun before Friday", 4, provenance="typed", source="typed", app="Messages"),
    Seed("Forum", "where to hide a gun in a small flat", 5, url="https://forum.example/882"),
    Seed("Notes", "gun, ammunition, gloves", 4, provenance="pasted", source="clipboard", app="Notes"),
)


def midnight(begin: datetime) -> int:
    """Return the seconds until the next midnight (UTC): the day is the same at whatever time it is made."""
    following = (begin + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((following - begin).total_seconds())


def captures(total: int = 98, *, start: int = 0) -> list[Seed]:
    """Return the day's captures, from eight to six: every eleventh is serious, three in ten stand in groups.

    `start`: seconds from the site's beginning until the day's midnight.
    """
    made: list[Seed] = []
    for number in range(total):
        begin = start + 8 * HOUR + number * 10 * HOUR // total
        seed = SERIOUS[number // 11 % len(SERIOUS)] if number % 11 == 5 else ALONE[number % len(ALONE)]
        group = f"{number // 10:02x}" * 4 if number % 10 < 3 else ""
        made.append(_at(seed, number, begin, group))
    return made


def _at(seed: Seed, number: int, begin: int, group: str) -> Seed:
    words = seed.words if group else f"{seed.words} ({number})"
    return replace(seed, words=words, seconds=begin, group=group)


def add_events(site: CaseSite, *, start: int = 0) -> None:
    """Add what the device records beside captures."""
    site.add_event(Kind.NOTE, EventRecord("note", "My brother used the laptop after lunch."), seconds=start + 13 * HOUR)
    for hour in range(8, 18):
        since = site.begin + timedelta(seconds=start + hour * HOUR)
        watched = {State.WATCHED: (60,) * 50 + (0,) * 10, State.IDLE: (0,) * 50 + (60,) * 9 + (0,)}
        record = CoverageRecord(since, since + timedelta(hours=1), watched)
        site.add_event(Kind.COVERAGE, record, seconds=start + (hour + 1) * HOUR)
    site.add_event(
        Kind.EVENT, EventRecord("private-window", "A private browsing window was opened."), seconds=start + 15 * HOUR
    )
