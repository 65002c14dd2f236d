"""Two library sets on the same documents: which are captured by one only, and what that costs and saves."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from engine.evaluate.batch import screen_all
from engine.evaluate.burden import Assumptions
from engine.evaluate.distinct import Distinct
from engine.evaluate.intervals import Share, wilson
from engine.evaluate.significance import mcnemar
from engine.evaluate.tally import CAPTURED, Label, near_duplicate
from engine.observation import TextObservation
from engine.text.screen import TextScreener
from engine.verdict import Verdict

USUAL = Assumptions()


@dataclass(slots=True)
class Paired:
    """Documents by (label, captured by the old set, captured by the new one); label "" where there is none."""

    counts: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    characters: int = 0
    old_groups: Distinct = field(default_factory=Distinct)
    """Captures of the old set, near-duplicates folded; so for the new one."""
    new_groups: Distinct = field(default_factory=Distinct)

    def document(self, text: str, label: str, old: Verdict, new: Verdict) -> None:
        """Count one document."""
        captured = []
        for verdict, groups in ((old, self.old_groups), (new, self.new_groups)):
            found = [one for one in verdict.findings if one.severity >= CAPTURED]
            captured.append(bool(found))
            if found:
                groups.add(near_duplicate(text, found))
        self.counts[label, captured[0], captured[1]] += 1
        self.characters += len(text)

    def screen(
        self, screeners: Sequence[TextScreener], batch: Sequence[TextObservation], labels: Iterable[str]
    ) -> None:
        """Screen documents with both sets and count them."""
        old, new = (screen_all(one, batch) for one in screeners)
        for seen, label, before, after in zip(batch, labels, old, new, strict=True):
            self.document(seen.text, label, before, after)

    def count(self, *, old: bool | None = None, new: bool | None = None, label: Label | None = None) -> int:
        """Return how many documents were captured so; None: either way."""
        return sum(
            n
            for (name, by_old, by_new), n in self.counts.items()
            if old in (None, by_old) and new in (None, by_new) and (label is None or name == label.value)
        )

    @property
    def documents(self) -> int:
        """All documents."""
        return self.count()

    @property
    def labelled(self) -> bool:
        """Whether any document has a label."""
        return any(name for name, _, _ in self.counts)

    @property
    def chance(self) -> float | None:
        """How likely such a difference is if the sets were equally often captured (McNemar, exact)."""
        return mcnemar(self.count(old=True, new=False), self.count(old=False, new=True))

    def recall(self, *, new: bool) -> Share | None:
        """Of the documents labelled fire, those captured by the old or the new set."""
        caught = self.count(new=True, label=Label.FIRE) if new else self.count(old=True, label=Label.FIRE)
        return wilson(caught, self.count(label=Label.FIRE))

    def false_flags(self, *, new: bool) -> int:
        """Documents labelled clean or low that the old or the new set captures."""
        labels = (Label.CLEAN, Label.LOW)
        return sum(self.count(new=True, label=one) if new else self.count(old=True, label=one) for one in labels)

    @property
    def recall_falls(self) -> bool:
        """Whether the new set captures fewer of the documents labelled fire."""
        return self.count(new=True, label=Label.FIRE) < self.count(old=True, label=Label.FIRE)

    def minutes_a_day(self, assumed: Assumptions = USUAL) -> tuple[float, float] | None:
        """Return an officer's minutes of review a day with the old and the new set; None without text."""
        if not self.characters:
            return None
        a_day = assumed.hours_a_day * assumed.people * assumed.characters_an_hour / self.characters
        minutes = assumed.seconds_a_group / 60 * a_day
        return self.old_groups.count() * minutes, self.new_groups.count() * minutes
