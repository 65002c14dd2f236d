"""What axe-core finds on a page."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


CONTRAST = {"runOnly": ["color-contrast"]}
"""What differs between day and night, and nothing else."""


def serious(page: Any, rules: dict[str, list[str]] = RULES) -> list[str]:
    """Return what axe-core finds serious or critical on a page, with the first place of each."""
    found = Axe().run(page, options=rules).response
    assert found["passes"], "nothing was examined"
    return [
        f"{one['id']}: {one['nodes'][0]['target']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
