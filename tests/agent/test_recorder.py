"""What the recorder says of the time: a clock that was set back does not make a record that no server may keep."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from agent.ballast import Ballast
from agent.clock import SystemClock
from agent.recorder import Origins, Recorder
from evidence import envelope
from evidence.envelope import Part
from evidence.header import Kind
from evidence.permission import objection_to_time
from tests.agent.rig import DEVICE, Rig


class SetClock(SystemClock):
    """A clock that somebody sets; a second goes by at each look."""

    def __init__(self) -> None:
        super().__init__()
        self.ran = 0
        self.set_by = timedelta(0)
        self.begun = datetime.now(UTC)

    def now(self) -> datetime:
        self.ran += 10**9
        return self.begun + timedelta(seconds=self.ran / 1e9) + self.set_by

    def monotonic_ns(self) -> int:
        return self.ran


@pytest.mark.parametrize("at_start", [True, False])
def test_a_clock_that_is_set_back_makes_no_record_that_is_refused(rig: Rig, at_start: bool) -> None:
    """A year back: a capture is still from within the authority, and its time goes on with what went by."""
    clock, spool, authority = SetClock(), rig.open_spool(), rig.write_authority()
    if at_start:
        clock.set_by = timedelta(days=-365)
    recorder = Recorder(
        authority, Origins(DEVICE, "boot-1", "0.0.0", "0" * 64), spool, device_key=rig.device_key, clock=clock,
        entropy=secrets.token_bytes, ballast=Ballast(rig.state.spool, 2**16),
    )  # fmt: skip
    for _ in range(3):
        recorder.capture([Part("meta", b"{}")], severity=3, group="a")
        clock.set_by = timedelta(days=-365)
    heads = [envelope.parse(path.read_bytes()) for path in sorted((rig.state.spool / "records").glob("*.ovt"))]
    fields = [one.header.context.fields for one in heads]
    assert [one.kind for one in fields] == [Kind.CAPTURE] * 3
    assert all(not objection_to_time(one, authority.terms, None) for one in fields)
    times = [one.time for one in fields]
    assert timedelta(0) < times[1] - times[0] < times[2] - times[0] < timedelta(minutes=1)
