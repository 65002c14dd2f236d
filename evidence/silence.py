"""What a device's silence may mean, told from what a server can see without opening anything.

The clear headers say when a device was alive (a heartbeat each minute), when each record arrived, and how severe an
event was; officers say when somebody is away. From these, and from what is usual for this very device, follow a meaning
in words and the evidence for it (FIELD R15, R17, R29). What only the sealed words tell (that the agent was killed, that
the system was shut down) is said as a guess, with what would settle it. It ranks and explains; an officer decides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise
from statistics import mean

from evidence.header import Kind

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ROUTINE = timedelta(days=28)
"""How far back a device's own routine is read."""
RECENT = timedelta(days=7)
"""The last days, which are compared with the routine before them."""
LATE = timedelta(minutes=15)
"""A heartbeat that took longer to arrive was made without a network."""
REPORTING = timedelta(minutes=30)
"""Heard within this: the device reports."""
LEAST_SILENCE = timedelta(hours=6)
"""No silence below this is told, whatever the routine."""
LEAST_HISTORY = timedelta(days=10)
"""With fewer days than this nothing is usual yet."""
UNKNOWN_SILENCE = timedelta(days=3)
"""What is told of a device without a routine."""
USUAL_SHARE = 0.9
"""The usual silence: so many of its silences were shorter."""
BEYOND = 1.5
"""A silence is beyond the routine when it is this many times the usual one."""
DROP = 0.4
"""Use has dropped sharply when the last days have at most this share of what was usual."""
LEAST_USUAL_HOURS = 1.0
"""Hours a day below which nothing can drop sharply."""
LEAST_RECENT_DAYS = 5
"""Days, not counting those away, that the last week must have for a comparison."""
LEAST_LATE = 10
"""Heartbeats that must have been late before a device was without a network: a few always are."""
ALARM = 3
"""Severity of the event that an agent leaves which was ended from outside (`agent-cut-off`)."""
RETURN_TOLD = timedelta(days=2)
"""For so long after its return a device's silence is still told."""


class Meaning(Enum):
    """What a device's silence, or its quiet, seems to be."""

    REPORTING = "reporting"
    USUAL = "usual"
    """Silent, and no longer than it often is."""
    AWAY = "away"
    """Silent while an officer has noted that the person is away."""
    OFF = "off"
    """Silent beyond its routine after what looks like an orderly end."""
    BROKE_OFF = "broke-off"
    """Silent beyond its routine, without an end: killed, power cut, or no network. Nobody can tell yet."""
    OFFLINE = "offline"
    """It went on recording without a network and delivered later."""
    ALARM_AT_RETURN = "alarm-at-return"
    """It came back and soon recorded an alarm: the agent may have been killed."""
    USE_DROPPED = "use-dropped"
    """It reports, and is on far less than it was: possibly there is a second device."""
    CANNOT_TELL = "cannot-tell"
    """Silent for days, and there is too little history to say whether that is usual."""
    NEVER_HEARD = "never-heard"
    ENDED = "ended"
    """Nothing is expected any more: the authority ended, or the device was revoked."""


SEVERITIES = {
    Meaning.OFF: 3,
    Meaning.BROKE_OFF: 4,
    Meaning.ALARM_AT_RETURN: 4,
    Meaning.USE_DROPPED: 4,
    Meaning.CANNOT_TELL: 3,
    Meaning.NEVER_HEARD: 3,
}
"""How urgent each meaning is, on the scale of captures; a meaning that is not here needs nobody."""


@dataclass(frozen=True, slots=True)
class AliveHour:
    """One hour of the UTC clock in which the device was alive."""

    begin: datetime
    beats: int
    """Heartbeats made in it; about one a minute."""
    late: int
    """Those that arrived more than LATE after they were made."""


@dataclass(frozen=True, slots=True)
class Away:
    """A time in which an officer has noted that the person is away."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """The newest record of a device, as its clear header says it."""

    made_at: datetime
    received_at: datetime
    kind: Kind


@dataclass(frozen=True, slots=True)
class Facts:
    """What a server knows of one device. `hours` are those of the last weeks, one entry an hour, in any order."""

    now: datetime
    enrolled_at: datetime
    hours: Sequence[AliveHour]
    last: Heard | None
    """None where nothing came yet."""
    alarms: Sequence[datetime] = ()
    """When events of severity ALARM or more were made, in the last weeks."""
    away: Sequence[Away] = ()
    ended_at: datetime | None = None
    """From when on nothing is expected of it; None while it is to report."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One piece of evidence: a sentence, and the moment that it is about where there is one."""

    words: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What it seems to be, since when, and why."""

    meaning: Meaning
    since: datetime
    signs: tuple[Sign, ...]

    @property
    def severity(self) -> int:
        """0 where nobody needs to look."""
        return SEVERITIES.get(self.meaning, 0)


def judge(facts: Facts) -> Judgement:
    """Say what a device's silence or quiet seems to be."""
    last = facts.last
    if facts.ended_at is not None and facts.ended_at <= facts.now:
        words = "Nothing is expected of it here any more: its authority ended, or it was revoked or given away."
        return Judgement(Meaning.ENDED, facts.ended_at, (Sign(words, facts.ended_at),))
    if last is None:
        return _never_heard(facts)
    if facts.now - last.received_at > REPORTING:
        found = _silent(facts, last)
    else:
        reports = Judgement(Meaning.REPORTING, last.received_at, (Sign("It reports.", last.received_at),))
        found = _returned(facts, last) or reports
    if found.meaning in (Meaning.REPORTING, Meaning.USUAL, Meaning.OFFLINE):
        return _dropped(facts, last) or found
    return found


# --- silent now ---


def _never_heard(facts: Facts) -> Judgement:
    waited = facts.now - facts.enrolled_at
    meaning = Meaning.NEVER_HEARD if waited > DAY else Meaning.USUAL
    sign = Sign(f"Enrolled {spell(waited)} ago, and nothing came yet.", facts.enrolled_at)
    return Judgement(meaning, facts.enrolled_at, (sign,))


def _silent(facts: Facts, last: Heard) -> Judgement:
    since = last.received_at
    signs = [Sign(f"Silent for {spell(facts.now - since)}.", since)]
    away = next((one for one in facts.away if one.since <= facts.now < one.until), None)
    if away is not None:
        signs.append(Sign("An officer noted that the person is away; until then.", away.until))
        return Judgement(Meaning.AWAY, since, tuple(signs))
    length = facts.now - since
    back = max((one.until for one in facts.away if since < one.until <= facts.now), default=None)
    if back is not None:
        length = facts.now - back
        signs.append(Sign(f"The time away that was noted ended {spell(length)} ago.", back))
    gaps = silences(facts)
    if last.made_at - _first(facts) < LEAST_HISTORY or not gaps:
        signs.append(Sign("Too little is known of this device to say what is usual for it."))
        meaning = Meaning.CANNOT_TELL if length > UNKNOWN_SILENCE else Meaning.USUAL
        return Judgement(meaning, since, tuple(signs))
    usual = usual_silence(gaps)
    signs.append(_routine_sign(gaps, usual))
    if length <= max(LEAST_SILENCE, usual * BEYOND):
        return Judgement(Meaning.USUAL, since, tuple(signs))
    return _gone_dark(last, since, signs)


def _routine_sign(gaps: Sequence[timedelta], usual: timedelta) -> Sign:
    share, longest = round(USUAL_SHARE * 100), spell(max(gaps))
    return Sign(
        f"In the four weeks before, {share} % of its {len(gaps)} silences lasted at most {spell(usual)}; "
        f"the longest lasted {longest}."
    )


def _gone_dark(last: Heard, since: datetime, signs: list[Sign]) -> Judgement:
    if last.kind is Kind.EVENT:
        words = "Its last record is an event, which is what an orderly end leaves: it seems to have been switched off."
        return Judgement(Meaning.OFF, since, (*signs, Sign(words, last.made_at)))
    words = (
        f"Its last record is no event but a {last.kind.value}: it broke off without an orderly end. The agent was "
        "killed, the power failed, or the network is away; what it records at its return will tell."
    )
    return Judgement(Meaning.BROKE_OFF, since, (*signs, Sign(words, last.made_at)))


# --- reporting now ---


def _returned(facts: Facts, last: Heard) -> Judgement | None:
    """A silence that ended lately, where something is to be said of it."""
    for gap in reversed([one for one in _gaps(facts) if facts.now - one[1] <= RETURN_TOLD]):
        alarm = next((one for one in sorted(facts.alarms) if gap[1] <= one < gap[1] + HOUR), None)
        if alarm is not None:
            words = (
                "Within an hour of its return it recorded an event of severity 3 or more: open it to read what ended."
            )
            signs = (Sign(f"It was silent for {spell(gap[1] - gap[0])}.", gap[0]), Sign(words, alarm))
            return Judgement(Meaning.ALARM_AT_RETURN, gap[0], signs)
    late = [hour for hour in facts.hours if hour.late and facts.now - hour.begin <= RETURN_TOLD]
    beats = sum(hour.late for hour in late)
    if beats < LEAST_LATE:
        return None
    begin = min(hour.begin for hour in late)
    words = f"{beats} heartbeats arrived more than {spell(LATE)} after they were made: it recorded without a network."
    return Judgement(Meaning.OFFLINE, begin, (Sign(words, begin), Sign("It reports again.", last.received_at)))


def _dropped(facts: Facts, last: Heard) -> Judgement | None:
    """Whether the device is on far less than it was."""
    today = facts.now.replace(hour=0, minute=0, second=0, microsecond=0)
    border = today - RECENT
    recent, before = _daily(facts, border, today), _daily(facts, border - ROUTINE, border)
    if len(recent) < LEAST_RECENT_DAYS or len(before) < LEAST_HISTORY.days:
        return None
    now, usual = mean(recent), mean(before)
    if usual < LEAST_USUAL_HOURS or now > DROP * usual:
        return None
    low = sorted(before)[len(before) // 5]
    lower = sum(1 for one in recent if one < low)
    signs = (
        Sign(
            f"In the last {len(recent)} days it was on for {now:.1f} hours a day; in the {len(before)} days before, "
            f"{usual:.1f}.",
            border,
        ),
        Sign(f"{lower} of the {len(recent)} days were shorter than four in five of the days before."),
        Sign("That may be harmless. It may also mean a second device: ask, and look.", last.received_at),
    )
    return Judgement(Meaning.USE_DROPPED, border, signs)


# --- the routine ---


def silences(facts: Facts) -> list[timedelta]:
    """Return the silences of at least two hours in the four weeks before the newest record, without times away."""
    if facts.last is None:
        return []
    since = facts.last.made_at - ROUTINE
    return [end - begin for begin, end in _gaps(facts) if end > since and not _is_away(facts, begin, end)]


def usual_silence(gaps: Sequence[timedelta]) -> timedelta:
    """Return the silence that nine in ten are not longer than; `gaps` is not empty."""
    return sorted(gaps)[max(0, -(-len(gaps) * 9 // 10) - 1)]


def _gaps(facts: Facts) -> Iterator[tuple[datetime, datetime]]:
    """Yield from when until when no hour had a heartbeat, between two hours that had some."""
    begins = sorted(hour.begin for hour in facts.hours)
    for before, after in pairwise(begins):
        if after - before > HOUR:
            yield before + HOUR, after


def _first(facts: Facts) -> datetime:
    return min((hour.begin for hour in facts.hours), default=facts.now)


def _daily(facts: Facts, since: datetime, until: datetime) -> list[float]:
    """Return the hours alive of each day (UTC) between two midnights, without days away and before the enrolment."""
    sums: dict[datetime, float] = {}
    day = max(since, _first(facts).replace(hour=0))
    while day < until:
        if not _is_away(facts, day, day + DAY):
            sums[day] = 0.0
        day += DAY
    for hour in facts.hours:
        day = hour.begin.replace(hour=0)
        if day in sums:
            sums[day] += min(1.0, hour.beats / 60)
    return list(sums.values())


def _is_away(facts: Facts, begin: datetime, end: datetime) -> bool:
    return any(one.since < end and one.until > begin for one in facts.away)


def spell(length: timedelta) -> str:
    """Say a length of time as people do: minutes, hours, or days."""
    minutes = round(length / timedelta(minutes=1))
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    hours = round(length / HOUR)
    if hours < 48:
        return f"{hours} hours"
    return f"{hours // 24} days" + (f" {hours % 24} hours" if hours % 24 and hours < 24 * 7 else "")
