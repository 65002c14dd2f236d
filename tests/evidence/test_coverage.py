"""Coverage records: every record survives, nothing else is read, and the sums are those of the seconds."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import canonical
from evidence.coverage import MOST_MINUTES, CoverageRecord, State, minute_lengths, summarise
from evidence.errors import FormatError
from evidence.record import read_record

START = datetime(2026, 1, 31, 12, 0, 30, tzinfo=UTC)
RECORD = CoverageRecord(
    START,
    START + timedelta(minutes=2),
    {State.WATCHED: (30, 48, 0), State.UNWATCHED: (0, 12, 0), State.IDLE: (0, 0, 25)},
    {"screen-text": (30, 48, 30)},
    {"badge-lost": (0, 12, 0)},
)


@st.composite
def records(draw: st.DrawFn) -> CoverageRecord:
    """Any record that the format allows."""
    since = draw(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
    since = since.replace(microsecond=since.microsecond // 1000 * 1000)
    until = since + timedelta(milliseconds=draw(st.integers(1, 20 * 60_000)))
    lengths = minute_lengths(since, until)
    columns: dict[State, list[int]] = {state: [] for state in State}
    for length in lengths:
        left = length
        for state in State:
            seconds = draw(st.sampled_from((0, 0, left, draw(st.integers(0, left)))))
            columns[state].append(seconds)
            left -= seconds
    states = {state: tuple(column) for state, column in columns.items() if any(column)}
    free = {name: tuple(draw(st.integers(0, length)) for length in lengths) for name in ("typed", "screen-text")}
    kept = {name: column for name, column in free.items() if any(column)}
    return CoverageRecord(since, until, states, kept, kept)


@given(records())
def test_every_record_survives(record: CoverageRecord) -> None:
    """Written and read back, by its own format and among all others; seconds are neither lost nor made."""
    assert CoverageRecord.from_bytes(record.to_bytes()) == record
    assert read_record(record.to_bytes()) == record
    total = summarise([record])
    assert sum(total.states.values()) + total.unexplained == sum(record.lengths)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(1, 10**8))  # noqa: DTZ001
def test_minutes_add_up(since: datetime, milliseconds: int) -> None:
    """The lengths of the minutes are those of the span, each begun second counted whole."""
    lengths = minute_lengths(since, since + timedelta(milliseconds=milliseconds))
    assert all(0 < one <= 60 for one in lengths)
    assert 0 <= sum(lengths) - milliseconds / 1000 < 2


def test_what_it_says() -> None:
    """The example of SPEC.md, with five seconds that nobody explains."""
    total = summarise([RECORD, RECORD])
    assert total.in_use == 180
    assert total.share_watched == 156 / 180
    assert total.unexplained == 10
    assert total.reasons == {"badge-lost": 24}
    assert summarise([]).share_watched is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("states", {"watched": [[3, 60]]}),  # more than the begun minute has
        ("states", {"watched": [[1, 30], [1, 60], [1, 0]], "idle": [[1, 1], [2, 0]]}),  # together more
        ("states", {"watched": [[2, 1]]}),  # too few minutes
        ("states", {"watched": [[4, 1]]}),  # too many
        ("states", {"watched": [[10**12, 1]]}),
        ("states", {"watched": [[1, 1], [2, 1]]}),  # two runs that are one
        ("states", {"watched": [[3, 0]]}),  # left out instead
        ("states", {"watched": [[0, 1], [3, 2]]}),
        ("states", {"watched": [[3, -1]]}),
        ("states", {"watched": [[3, True]]}),
        ("states", {"watched": []}),
        ("states", {"asleep-walking": [[3, 1]]}),
        ("states", [[3, 1]]),
        ("reasons", {"no name": [[3, 1]]}),
        ("since", "2026-01-31T12:02:30.000Z"),  # not before `until`
        ("since", "2025-01-31T12:02:30.000Z"),  # far too long
        ("extra", 1),
    ],
)
def test_what_the_format_does_not_allow_is_refused(name: str, value: object) -> None:
    """Each with its place."""
    spelled = json.loads(RECORD.to_bytes()) | {name: value}
    with pytest.raises(FormatError):
        CoverageRecord.from_bytes(canonical.encode(spelled))


def test_a_month_fits_and_stays_small() -> None:
    """The longest record, of one state, is a few hundred bytes; one minute more is refused."""
    since = START.replace(second=0)
    month = CoverageRecord(since, since + timedelta(minutes=MOST_MINUTES), {State.OFF: (60,) * MOST_MINUTES})
    assert len(month.to_bytes()) < 300
    longer = CoverageRecord(since, since + timedelta(minutes=MOST_MINUTES + 1), {State.OFF: (60,) * (MOST_MINUTES + 1)})
    with pytest.raises(FormatError, match="until"):
        longer.to_bytes()


def test_a_second_over_a_minute_s_end_lies_in_both() -> None:
    """Fractions of a second count: half of it here, half of it there, each begun second whole."""
    since = datetime(2026, 6, 1, 12, 0, 59, 500_000, tzinfo=UTC)
    assert minute_lengths(since, since + timedelta(seconds=1)) == (1, 1)
