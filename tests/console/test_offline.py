"""Decisions without a network, kept through a crash of the page, each sent once. The benchmark does a thousand."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.console import pace
from tests.console.browser import logged_in, running
from tests.console.many import ManySite
from tests.console.officer import Console

pytestmark = pytest.mark.screen

NUMBER = 120


def test_no_decision_is_lost_or_doubled_without_a_network(tmp_path: Path) -> None:
    """Decided offline, the page crashed, the network back: all of them arrive, each once, in the record too."""
    with closing(ManySite(tmp_path)) as site:
        site.fill(NUMBER)
        with running(site) as address, logged_in(site, address) as page:
            console = Console(site, page, address)
            made = pace.decide_offline(console, NUMBER)
            assert len(console.decisions()) == len(set(made)) == NUMBER
            assert {one.id for one in console.decisions()} == set(made)
            kinds = [one.disposition for one in console.decisions()]
            assert kinds.count("breach") == kinds.count("no-concern") == NUMBER // 2
            assert len(console.audited("decide-breach")) == NUMBER // 2
            assert page.inner_text("#empty") == "Nothing waits for a decision."
