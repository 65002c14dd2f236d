"""What the documents tell people to type exists: every command, every option; every link leads somewhere."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from overt.cli import app

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "evidence" / "SPEC.md"])
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(overt [^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def typed_commands(text: str) -> Iterator[str]:
    """Yield what people are told to type: `overt …` in shell blocks and between backticks."""
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            command = re.sub(r"^(?:\S*/)?overt ", "overt ", line.strip())
            if command.startswith("overt "):
                yield command.partition(" #")[0]
    yield from INLINE.findall(text)


def check(command: str) -> None:
    """Follow a command through the groups; its options must exist there."""
    words = shlex.split(command.split("|", maxsplit=1)[0] if "…|" not in command else command)[1:]
    node: Any = get_command(app)
    options = {"--help"}
    while words and not words[0].startswith("-") and hasattr(node, "get_command"):
        found = node.get_command(None, words[0].rstrip(",;."))
        if found is None:
            raise AssertionError(f"there is no command {words[0]!r} in {command!r}")
        node, words = found, words[1:]
    options |= {name for option in node.params for name in (*option.opts, *option.secondary_opts)}
    for word in words:
        name = word.partition("=")[0]
        if name.startswith("--"):
            assert name in options, f"{name} is no option in {command!r}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_in_documents_exist(path: Path) -> None:
    """Group, command and options of everything that is to be typed."""
    for command in typed_commands(path.read_text(encoding="utf-8")):
        check(command)


def test_the_documents_do_tell_commands() -> None:
    """Otherwise the test above would examine nothing."""
    found = [command for path in DOCUMENTS for command in typed_commands(path.read_text(encoding="utf-8"))]
    assert len(found) > 15


def test_a_wrong_command_would_be_found() -> None:
    """An option or a command that does not exist fails."""
    for wrong in ("overt agent run --hidden", "overt agent hide", "overt server run --data D --quiet"):
        with pytest.raises(AssertionError):
            check(wrong)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    """Every link to a file of the project has its file."""
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_the_table_of_the_verification_standard_holds() -> None:
    """Each state is one of four, each file that is named is there, and the sums are those of the rows."""
    text = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
    counts = dict.fromkeys(("met", "partly", "no", "n/a"), 0)
    seen: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not re.match(r"\d+\.\d+\.\d+", cells[0]) or len(cells) != 4:
            continue
        items, _, state, where = cells
        seen += items.split(", ")
        counts[state] += len(items.split(", "))
        for name in re.findall(r"`((?:\w+/)+[\w.-]+|pyproject\.toml)`", where):
            assert (ROOT / name).exists(), f"{items}: there is no {name}"
    last = re.findall(r"17\.\d\.\d", text.rpartition("## V17")[2])
    counts["n/a"] += len(last)
    assert len(seen) == len(set(seen))
    said = f"Of {sum(counts.values())} items: {counts['met']} met, {counts['partly']} partly, {counts['no']} no, "
    assert said + f"{counts['n/a']} not applicable." in text
