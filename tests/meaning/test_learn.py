"""Learning is measured on what was left out; what is stored comes back, and nothing else is taken."""

import json

import numpy as np
import pytest

from engine.meaning.classifier import MeaningError, from_values, values
from engine.meaning.learn import FOLDS, _folds, learn, training_digest
from tests.meaning.kit import WordCounts, learned, samples


def test_no_group_stands_on_both_sides_of_a_split() -> None:
    """And each fold has sentences of both labels."""
    found = samples()
    folds = _folds(found)
    by_group: dict[str, set[int]] = {}
    for one, fold in zip(found, folds.tolist(), strict=True):
        by_group.setdefault(one.group, set()).add(fold)
    assert all(len(one) == 1 for one in by_group.values())
    for fold in range(FOLDS):
        assert {one.meant for one, dealt in zip(found, folds, strict=True) if dealt == fold} == {True, False}


def test_labels_by_lot_are_measured_as_worthless() -> None:
    """Templates whose label says nothing about their words: an honest measure finds no skill in them."""
    draw = np.random.default_rng(0)
    words = [f"w{number}" for number in range(400)]
    found = [
        one.__class__(" ".join(draw.choice(words, 6)), one.meant, one.term_id, one.category, one.group)
        for one in samples()
    ]
    one = learn("guns", "x", found, WordCounts().embed([each.sentence for each in found])).categories["weapons"]
    assert one.measured.auc is not None
    assert 0.2 < one.measured.auc < 0.8


def test_what_is_stored_comes_back() -> None:
    """Through JSON; answers agree to what 16 bits can hold."""
    found = learned()
    again = from_values(json.loads(json.dumps(values(found))), "x")
    assert (again.library_id, again.embedder, again.training_sha256) == ("guns", "word counts", found.training_sha256)
    vector = WordCounts().embed(["hide the gun tonight"])[0]
    one, other = found.categories["weapons"].answer(vector), again.categories["weapons"].answer(vector)
    assert one.chance == pytest.approx(other.chance, abs=0.01)
    assert one.like == other.like
    assert again.categories["weapons"].measured == found.categories["weapons"].measured


def test_learning_is_the_same_each_time_and_the_training_set_is_known_by_its_hash() -> None:
    """The order of sentences makes no difference to the hash; another label does."""
    found = samples()
    again = learn("guns", WordCounts.name, found, WordCounts().embed([one.sentence for one in found]))
    assert values(learned()) == values(again)
    assert training_digest(found) == training_digest(found[::-1])
    assert training_digest(found) != training_digest(found[1:])


@pytest.mark.parametrize(
    "change",
    [
        {"format": "overt-meaning-2"},
        {"terms": 3},
        {"categories": {"weapons": {}}},
        {"training": {}},
        {"embedder": None, "categories": {"weapons": {"weights": "not base64!"}}},
    ],
)
def test_other_files_are_refused(change: dict[str, object]) -> None:
    """With the name of the file."""
    with pytest.raises(MeaningError, match=r"here\.json"):
        from_values({**values(learned()), **change}, "here.json")


def test_weights_that_are_no_numbers_are_refused() -> None:
    """Infinity in a weight would settle everything."""
    said = values(learned())
    said["categories"]["weapons"]["weights"] = "AHwAfA=="
    with pytest.raises(MeaningError):
        from_values(said, "here.json")


def test_too_little_teaches_nothing() -> None:
    """A few sentences, or many of one template, make no classifier."""
    few = [one for one in samples() if one.group in {"buy a {} now", "museum {} display"}] * 10
    assert not learn("guns", "x", few, WordCounts().embed([one.sentence for one in few])).categories
