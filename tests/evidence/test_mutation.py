"""What the mutation run found is explained: enough changes were noticed, and each of the others has its reason."""

import json
import re
import tomllib
from pathlib import Path

from tests.mutation import PAGE, SURVIVORS

ROOT = Path(__file__).parents[2]
REASONS = tomllib.loads((Path(__file__).parent / "survivors.toml").read_text(encoding="utf-8"))["reason"]
LEAST = 0.85
ROW = re.compile(
    r"^\| (?P<name>\S+) \| (?P<changes>\d+) \| (?P<noticed>\d+) \| (?P<untried>\d+) \| [\d.]+% \|$", re.MULTILINE
)


def reason(where: str, change: str) -> int | None:
    """Return the number of the first reason that fits."""
    for number, one in enumerate(REASONS):
        if re.fullmatch(one["where"], where) and re.search(one["change"], change):
            return number
    return None


def test_each_change_that_was_not_noticed_has_a_reason() -> None:
    """And no reason is left over."""
    survivors = json.loads(SURVIVORS.read_text(encoding="utf-8"))
    found = {(where, change): reason(where, change) for where, changes in survivors.items() for change in changes}
    assert found
    assert [place for place, number in found.items() if number is None] == []
    assert set(found.values()) == set(range(len(REASONS)))
    assert all(len(one["why"]) > 20 for one in REASONS)


def test_enough_changes_were_noticed() -> None:
    """What was not tried counts as not noticed; the page and the list of survivors are of one run."""
    columns = ("changes", "noticed", "untried")
    found = ROW.finditer(PAGE.read_text(encoding="utf-8"))
    rows = {row["name"].strip("`*"): [int(row[column]) for column in columns] for row in found}
    modules = {path.stem for path in (ROOT / "evidence").glob("*.py")}
    assert len(rows) > 30
    assert rows.keys() <= modules | {"all"}, "of a module that is gone: make mutation"
    changes, noticed, untried = rows["all"]
    assert noticed / changes >= LEAST
    survivors = json.loads(SURVIVORS.read_text(encoding="utf-8"))
    assert changes - noticed - untried == sum(map(len, survivors.values()))
