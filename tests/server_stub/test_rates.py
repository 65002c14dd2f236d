"""How many requests a caller may make: never more than allowed in any minute, and what he is told holds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server_stub.errors import BusyError
from server_stub.rates import Caller, Rates
from server_stub.settings import RateSettings


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(allowed=st.integers(1, 20), waits=st.lists(st.floats(0, 90), max_size=80))
def test_who_waits_as_long_as_he_was_told_is_answered(allowed: int, waits: list[float]) -> None:
    """After any history: refused with a number of seconds, answered when they have passed; no clock minute is over."""
    clock = Clock()
    rates = Rates(RateSettings(address=allowed), clock=clock)
    answered: dict[int, int] = {}
    told: list[int] = []
    for wait in waits:
        clock.now += wait
        try:
            rates.count(Caller.ADDRESS, "here")
        except BusyError as busy:
            told.append(busy.seconds)
            clock.now += busy.seconds + 1e-6
            rates.count(Caller.ADDRESS, "here")
        minute = math.floor(clock.now / 60)
        answered[minute] = answered.get(minute, 0) + 1
    assert all(count <= allowed for count in answered.values())
    assert all(1 <= seconds <= 120 for seconds in told)


def test_callers_do_not_use_up_each_others_share_and_are_forgotten() -> None:
    """Two names, two kinds; who has not asked for two minutes takes no memory."""
    clock = Clock()
    rates = Rates(RateSettings(address=1, device=1), clock=clock)
    for caller, name in [(Caller.ADDRESS, "a"), (Caller.ADDRESS, "b"), (Caller.DEVICE, "a")]:
        rates.count(caller, name)
        with pytest.raises(BusyError):
            rates.count(caller, name)
    clock.now += 121
    rates.count(Caller.ADDRESS, "c")
    assert set(rates._counts) == {(Caller.ADDRESS, "c")}
