"""How many captures an hour may have, of words and pictures together. Pure: times are given."""

from datetime import datetime, timedelta

HOUR = timedelta(hours=1)


class Budget:
    """The captures of the last hour."""

    def __init__(self) -> None:
        """Begin with none."""
        self._spent: list[datetime] = []

    def spend(self, now: datetime) -> None:
        """Count a capture."""
        self._spent.append(now)

    def used_up_until(self, most: int, now: datetime) -> datetime | None:
        """Return until when an hour's budget of `most` captures is used up; None where something is left of it."""
        self._spent = [at for at in self._spent if now - at < HOUR]
        return None if len(self._spent) < most else self._spent[len(self._spent) - most] + HOUR

    def why_not(self, most: int, now: datetime) -> str | None:
        """Return in words why nothing more is captured; None where something is left."""
        again = self.used_up_until(most, now)
        return None if again is None else f"the budget of {most} captures an hour is used up until {again:%H:%M} UTC"
