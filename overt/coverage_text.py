"""Coverage in plain words, for the person, the officer and the court: how much of the time in use could be seen."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence.coverage import MINUTE, CoverageRecord, CoverageSummary, State, first_minute

REASONS = {
    "badge-lost": "the badge could not be seen",
    "notice-waiting": "the notice was not confirmed yet",
    "black-frames": "a monitor gave nothing but black",
    "frozen-frames": "the picture of the screen stood still although the device was used",
    "secure-desktop": "the system showed a screen of its own (password, lock, user account control)",
    "permission-lost": "the system no longer permitted looking at the screen",
    "unsupported-session": "this kind of session cannot be watched",
    "protected-window": "a window kept itself out of pictures of the screen",
    "source-failed": "a source failed",
}
PARTLY = frozenset({"black-frames", "protected-window", "source-failed"})
"""Reasons for which not all could be seen, while the rest could."""
NOT_IN_USE = {
    State.IDLE: "nobody touched it",
    State.LOCKED: "locked",
    State.ASLEEP: "asleep",
    State.OFF: "switched off",
    State.OTHER_ACCOUNT: "another account in front, not watched",
    State.STOPPED: "the agent was stopped",
}
NEVER_SEEN = {
    State.DOWN: "the agent was ended from outside",
    State.SUSPENDED: "the agent was held still",
}


def coverage_lines(summary: CoverageSummary) -> Iterator[str]:
    """Yield sentences: the share that was watched first, then why not the rest, then the time without use."""
    share = summary.share_watched
    if share is None:
        yield "the device was not in use while the agent ran"
    else:
        yield f"watched {_percent(share)} of {duration(summary.in_use)} in use"
    for reason, seconds in sorted(summary.reasons.items(), key=lambda one: -one[1]):
        yield f"{duration(seconds)} in use not {'wholly ' if reason in PARTLY else ''}watched: {_reason(reason)}"
    for state, words in NEVER_SEEN.items():
        if summary.states.get(state):
            yield f"{duration(summary.states[state])} not seen at all: {words}"
    if summary.unexplained:
        yield f"{duration(summary.unexplained)} unexplained"
    rest = [
        f"{duration(summary.states[state])} {words}" for state, words in NOT_IN_USE.items() if summary.states.get(state)
    ]
    if rest:
        yield "not in use: " + "; ".join(rest)


def duration(seconds: int) -> str:
    """Say a length of time with one unit, or hours with minutes."""
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} minute{'s' if minutes != 1 else ''}"
    return f"{minutes // 60} h {minutes % 60:02d} min"


WORDS = {State.WATCHED: "watched", State.UNWATCHED: "in use, not watched", **NOT_IN_USE, **NEVER_SEEN}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Minutes that follow one another and were alike: seconds by state and by reason, and who could see."""

    since: datetime
    until: datetime
    states: Mapping[str, int]
    reasons: Mapping[str, int]
    sources: tuple[str, ...]
    """Sources that could see."""
    unexplained: int


def stretches(records: Iterable[CoverageRecord]) -> Iterator[Stretch]:
    """Yield the minutes of records, those that are alike and follow one another as one."""
    last: Stretch | None = None
    for one in (minute for record in records for minute in _minutes(record)):
        if last is not None and one.since == last.until and _kind(one) == _kind(last):
            last = Stretch(
                last.since, one.until, _sum(last.states, one.states), _sum(last.reasons, one.reasons), one.sources,
                last.unexplained + one.unexplained,
            )  # fmt: skip
        else:
            if last is not None:
                yield last
            last = one
    if last is not None:
        yield last


def stretch_line(one: Stretch) -> str:
    """Say in a line what the minutes of a stretch were."""
    since, until = one.since.astimezone(), one.until.astimezone()
    end = "" if f"{until:%H:%M}" == f"{since:%H:%M}" else f" to {until:%H:%M}"
    parts = [f"{WORDS[state]} {duration(one.states[state.value])}" for state in State if state.value in one.states]
    if one.unexplained:
        parts.append(f"unexplained {duration(one.unexplained)}")
    said = f"{since:%d %b %H:%M}{end}  {', '.join(parts)}"
    if one.reasons:
        said += f" ({'; '.join(map(_reason, one.reasons))})"
    return said + (f". Seeing: {', '.join(one.sources)}" if one.sources else "")


def _minutes(record: CoverageRecord) -> Iterator[Stretch]:
    first = first_minute(record.since)
    for number, unexplained in enumerate(record.unexplained):
        start = first + number * MINUTE
        yield Stretch(
            max(start, record.since), min(start + MINUTE, record.until),
            {state.value: column[number] for state, column in record.states.items() if column[number]},
            {name: column[number] for name, column in sorted(record.reasons.items()) if column[number]},
            tuple(name for name, column in sorted(record.sources.items()) if column[number]), unexplained,
        )  # fmt: skip


def _kind(one: Stretch) -> object:
    return set(one.states), set(one.reasons), one.sources, bool(one.unexplained)


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one[name] + other[name] for name in one}


def _reason(name: str) -> str:
    return REASONS.get(name, name.replace("-", " "))


def _percent(share: float) -> str:
    """Whole percents that never say 100 for less, nor 0 for more."""
    percent = round(share * 100)
    if percent == 100 and share < 1:
        percent = 99
    if percent == 0 and share > 0:
        percent = 1
    return f"{percent} %"
