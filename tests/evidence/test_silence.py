"""What silence means: made-up histories of each kind are told apart, in words; and what holds for any history."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.header import Kind
from evidence.silence import (
    DAY,
    HOUR,
    REPORTING,
    SEVERITIES,
    AliveHour,
    Away,
    Facts,
    Heard,
    Meaning,
    judge,
    silences,
    spell,
    usual_silence,
)

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
MIDNIGHT = NOON.replace(hour=0)
ENROLLED = NOON - 60 * DAY
TOLD = frozenset(SEVERITIES)


def evenings(days: Iterable[int], *, hours: Iterable[int] = range(16, 22), late: int = 0) -> list[AliveHour]:
    """Return the hours of evenings so many days before today, each alive all the time."""
    return [AliveHour(MIDNIGHT - day * DAY + hour * HOUR, 60, late) for day in days for hour in hours]


def facts(hours: list[AliveHour], *, now: datetime = NOON, kind: Kind = Kind.HEARTBEAT) -> Facts:
    """Return what is known when the last of these hours was the last that was heard."""
    end = max(hour.begin for hour in hours) + HOUR
    return Facts(now, ENROLLED, hours, Heard(end, end, kind))


def words(found: Facts) -> str:
    return " ".join(sign.words for sign in judge(found).signs)


def test_an_ordinary_night_is_no_news() -> None:
    """On every evening, silent since last night: usual, and nobody is told."""
    found = judge(facts(evenings(range(1, 36))))
    assert found.meaning is Meaning.USUAL
    assert found.severity == 0


def test_switched_off_beyond_the_routine() -> None:
    """Four days silent where a night is usual, after the event that an orderly end leaves."""
    dark = facts(evenings(range(4, 36)), kind=Kind.EVENT)
    assert judge(dark).meaning is Meaning.OFF
    assert "Silent for 3 days 14 hours." in words(dark)
    assert "90 % of its 28 silences lasted at most 18 hours; the longest lasted 18 hours." in words(dark)


def test_broken_off_is_no_verdict_on_who_did_it() -> None:
    """The same without an end: killed, power or network, and it says that it cannot tell."""
    dark = facts(evenings(range(4, 36)))
    assert judge(dark).meaning is Meaning.BROKE_OFF
    assert "killed, the power failed, or the network is away" in words(dark)


def test_a_weekend_person_is_judged_by_weekends() -> None:
    """Who uses it on Saturdays and Sundays only is silent for five days every week."""
    weekends = [day for day in range(3, 36) if (NOON - day * DAY).weekday() >= 5]
    assert judge(facts(evenings(weekends))).meaning is Meaning.USUAL
    assert judge(facts(evenings(weekends), now=NOON + 7 * DAY)).meaning is Meaning.BROKE_OFF


def test_a_noted_absence_explains_the_silence_and_its_end_starts_the_count() -> None:
    """Away: explained. The evening after it: usual still. Days after it: gone dark, counted from the return."""
    dark = facts(evenings(range(8, 40)))
    away = replace(dark, away=(Away(NOON - 8 * DAY, NOON + DAY),))
    assert judge(away).meaning is Meaning.AWAY
    assert judge(replace(away, now=NOON + DAY + 6 * HOUR)).meaning is Meaning.USUAL
    after = judge(replace(away, now=NOON + 4 * DAY))
    assert after.meaning is Meaning.BROKE_OFF
    assert "The time away that was noted ended 3 days ago." in " ".join(sign.words for sign in after.signs)


def test_an_absence_is_not_part_of_the_routine() -> None:
    """A fortnight's holiday does not make a later week of silence usual."""
    days = [*range(6, 12), *range(26, 45)]
    dark = facts(evenings(days))
    holiday = Away(MIDNIGHT - 26 * DAY, MIDNIGHT - 11 * DAY)
    assert judge(replace(dark, away=(holiday,))).meaning is Meaning.BROKE_OFF
    assert max(silences(dark)) > max(silences(replace(dark, away=(holiday,))))


def test_without_a_network_it_went_on_recording() -> None:
    """Heartbeats of yesterday evening came this morning: offline, not off."""
    hours = [*evenings(range(2, 36)), *evenings([1], late=60), AliveHour(NOON - HOUR, 60, 0)]
    found = facts(hours)
    assert judge(found).meaning is Meaning.OFFLINE
    assert "360 heartbeats arrived more than 15 minutes after they were made" in words(found)


def test_an_alarm_at_its_return_is_shown_and_not_interpreted() -> None:
    """Back after a night, with an event of severity 3 in the same hour."""
    hours = [*evenings(range(1, 36)), AliveHour(NOON - HOUR, 60, 0)]
    found = replace(facts(hours), alarms=(NOON - timedelta(minutes=50),))
    assert judge(found).meaning is Meaning.ALARM_AT_RETURN
    assert judge(found).severity == 4
    assert judge(replace(found, alarms=(NOON - 5 * HOUR,))).meaning is Meaning.REPORTING


def test_use_that_dropped_sharply_may_be_a_second_device() -> None:
    """Six hours an evening for weeks, then one: it reports all the time, and is told all the same."""
    hours = [*evenings(range(8, 36)), *evenings(range(1, 8), hours=[20]), AliveHour(NOON - HOUR, 60, 0)]
    found = facts(hours)
    assert judge(found).meaning is Meaning.USE_DROPPED
    assert "it was on for 1.0 hours a day; in the 28 days before, 6.0." in words(found)
    assert "second device" in words(found)
    assert judge(replace(found, away=(Away(NOON - 7 * DAY, NOON),))).meaning is Meaning.REPORTING, "most of it was away"


def test_too_little_history_is_said() -> None:
    """A device of five days: nothing is usual yet; after three days of silence somebody looks."""
    young = facts(evenings(range(2, 6)))
    assert judge(young).meaning is Meaning.USUAL
    assert judge(replace(young, now=NOON + 3 * DAY)).meaning is Meaning.CANNOT_TELL
    assert "Too little is known" in words(young)


def test_never_heard_and_ended() -> None:
    """Enrolled and silent: told after a day. Ended: nobody expects anything."""
    never = Facts(NOON, NOON - 2 * DAY, [], None)
    assert judge(never).meaning is Meaning.NEVER_HEARD
    assert judge(replace(never, enrolled_at=NOON - HOUR)).meaning is Meaning.USUAL
    assert judge(replace(never, ended_at=NOON - HOUR)).meaning is Meaning.ENDED


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(minutes=1), "1 minute"), (timedelta(minutes=119), "119 minutes"), (2 * HOUR, "2 hours"),
        (47 * HOUR, "47 hours"), (48 * HOUR, "2 days"), (50 * HOUR, "2 days 2 hours"), (8 * DAY + HOUR, "8 days"),
    ],
)  # fmt: skip
def test_lengths_in_words(length: timedelta, expected: str) -> None:
    """One unit, or days with hours while these matter."""
    assert spell(length) == expected


# --- what holds for any history ---


@st.composite
def histories(draw: st.DrawFn) -> Facts:
    """A person of some habit: days of the week, hours, luck; with times away, alarms and a network that fails."""
    random = Random(draw(st.integers(0, 10**6)))
    begin, length = draw(st.integers(0, 20)), draw(st.integers(1, 6))
    chance, age = draw(st.floats(0.05, 1)), draw(st.integers(1, 50))
    silent, now = draw(st.integers(0, 20 * 24)), NOON + draw(st.integers(0, 23)) * HOUR
    end = now - silent * HOUR
    hours = [
        AliveHour(when, random.randint(1, 60), random.choice((0, 0, 0, 30)))
        for day in range(age)
        for hour in range(begin, begin + length)
        if random.random() < chance and (when := MIDNIGHT - day * DAY + hour * HOUR) < end
    ]
    away = tuple(
        Away(NOON - since * DAY, NOON - since * DAY + days * DAY)
        for since, days in draw(st.lists(st.tuples(st.integers(-2, 30), st.integers(1, 14)), max_size=2))
    )
    alarms = tuple(hour.begin + timedelta(minutes=5) for hour in hours if random.random() < 0.05)
    last = None
    if hours:
        newest = max(hour.begin for hour in hours) + HOUR
        last = Heard(newest, newest, draw(st.sampled_from(list(Kind))))
    return Facts(now, now - age * DAY, hours, last, alarms, away)


@given(histories())
def test_every_judgement_says_why(found: Facts) -> None:
    """Some sentence always, never in the future, and the same for the same facts in another order."""
    judged = judge(found)
    assert judged.signs
    assert all(sign.words.endswith(".") for sign in judged.signs)
    assert judged.since <= found.now
    assert judge(replace(found, hours=list(reversed(found.hours)))) == judged


@given(histories(), st.integers(1, 400))
def test_longer_silence_is_never_less_worth_telling(found: Facts, hours: int) -> None:
    """What is told today is told later as well, unless it came back or somebody is away."""
    plain = replace(found, away=())
    before, after = judge(plain), judge(replace(plain, now=plain.now + hours * HOUR))
    if before.meaning in (Meaning.OFF, Meaning.BROKE_OFF, Meaning.CANNOT_TELL, Meaning.NEVER_HEARD):
        assert after.meaning is before.meaning


@given(histories())
def test_an_absence_now_is_always_an_explanation_of_silence(found: Facts) -> None:
    """While somebody is noted as away, no silence is told, and no drop that lies in that time."""
    away = replace(found, away=(Away(found.now - 60 * DAY, found.now + HOUR),))
    judged = judge(away)
    if found.last is not None and found.now - found.last.received_at > REPORTING:
        assert judged.meaning is Meaning.AWAY
    assert judged.meaning is not Meaning.USE_DROPPED


@given(histories(), st.integers(-500, 500))
def test_only_time_of_day_and_order_matter(found: Facts, days: int) -> None:
    """The same history some days earlier or later means the same."""
    by = days * DAY
    moved = replace(
        found,
        now=found.now + by,
        enrolled_at=found.enrolled_at + by,
        hours=[replace(one, begin=one.begin + by) for one in found.hours],
        last=None
        if found.last is None
        else replace(found.last, made_at=found.last.made_at + by, received_at=found.last.received_at + by),
        alarms=tuple(one + by for one in found.alarms),
        away=tuple(Away(one.since + by, one.until + by) for one in found.away),
    )
    assert judge(moved).meaning is judge(found).meaning


@given(st.lists(st.integers(1, 1000), min_size=1))
def test_nine_in_ten_silences_are_not_longer_than_the_usual_one(hours: list[int]) -> None:
    """At least nine in ten are within it, and it is one of them."""
    gaps = [hour * HOUR for hour in hours]
    usual = usual_silence(gaps)
    assert usual in gaps
    assert sum(gap <= usual for gap in gaps) * 10 >= len(gaps) * 9
