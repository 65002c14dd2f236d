"""Coverage in plain words, for the person, the officer and the court: how much of the time in use could be seen."""

from collections.abc import Iterator

from evidence.coverage import CoverageSummary, State

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
        yield f"{duration(seconds)} in use not watched: {REASONS.get(reason, reason)}"
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


def _percent(share: float) -> str:
    """Whole percents that never say 100 for less, nor 0 for more."""
    percent = round(share * 100)
    if percent == 100 and share < 1:
        percent = 99
    if percent == 0 and share > 0:
        percent = 1
    return f"{percent} %"
