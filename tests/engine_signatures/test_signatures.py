"""Signatures of evasion: the shipped ones hold, the format is strict, and lint finds each mistake it names."""

import datetime
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import LibraryError
from engine.signatures.lint import EVERYDAY, SignatureCode, lint_signatures
from engine.signatures.match import SignatureSet
from engine.signatures.model import Trace, Where
from engine.signatures.parse import parse_signatures
from overt.signature_files import read_signatures, shipped_set

SHIPPED = shipped_set()
TODAY = datetime.date(2026, 11, 25)
ROOT = Path(__file__).parents[2]
HEAD = """format = "overt-signatures-1"
[signatures]
id = "own"
version = "1"
title = "Own"
review = 2030-01-01
licence = "Apache-2.0"
source = "Own"
"""
GOOD = '[[signature]]\nid = "one"\ncategory = "vpn"\nsays = "It runs."\nseverity = 2\n'
EXAMPLES = 'hit = ["process: somevpn"]\nmiss = ["process: other"]\n'


def lint(text: str) -> list[str]:
    return [one.code.value for one in lint_signatures(parse_signatures(HEAD + text, origin="own.toml"), TODAY)]


def test_the_shipped_signatures_have_nothing_wrong() -> None:
    """Every example comes out as written; none takes an everyday thing for a sign."""
    files = read_signatures()
    assert [problem for file in files for problem in lint_signatures(file, TODAY)] == []
    found = SignatureSet(files)
    tried = [(one, example.trace) for one in found.signatures for example in one.hits]
    assert len(tried) > 80
    for one, trace in tried:
        assert one.signature_id in {match.signature.signature_id for match in found.match(trace)}, trace
    assert {str(one.category) for one in found.signatures} >= {
        "anonymity", "vpn", "proxy", "virtual-machine", "remote-desktop", "wiping", "debugger", "private-browsing",
    }  # fmt: skip


def test_everyday_things_are_no_signs_to_all_of_them_together() -> None:
    """As lint looks at each alone, here at the whole set."""
    found = shipped_set()
    assert not [
        (where, value)
        for where, values in EVERYDAY.items()
        for value in values
        for program in (["chromium"] if where is Where.ARGUMENT else [""])
        if found.match(Trace(where, value, program))
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD, "recognises nothing"),
        (GOOD + 'process = ["*"]', "matches everything"),
        (GOOD + 'process = ["**?"]', "matches everything"),
        (GOOD + 'process = ["a"]\nargument = ["-x"]', "go together"),
        (GOOD + 'process = ["abc"]\nhit = ["abc"]', "without its place"),
        (GOOD + 'argument = ["-x"]\nof = ["abc"]\nhit = ["argument: -x"]', "without its program"),
        (GOOD + 'process = ["abc"]\nproces = ["abc"]', "did you mean `process`"),
        (GOOD + 'process = ["abc"]\n' + GOOD + 'process = ["abd"]', "twice"),
        (GOOD.replace("severity = 2", "severity = 6") + 'process = ["abc"]', "from 0 to 5"),
        (GOOD.replace('"vpn"', '"vpm"') + 'process = ["abc"]', "did you mean 'vpn'"),
        ("", "not 1 to"),
    ],
)
def test_what_is_no_signature_is_refused(text: str, says: str) -> None:
    """With line and column, and what to do."""
    with pytest.raises(LibraryError, match=r"own\.toml:\d+:\d+") as refused:
        parse_signatures(HEAD + text, origin="own.toml")
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (SignatureCode.EXAMPLE_FAILS, GOOD + 'process = ["somevpn"]\nhit = ["process: x"]\nmiss = ["process: y"]'),
        (SignatureCode.EXAMPLE_FAILS, GOOD + 'process = ["some*"]\nhit = ["process: some"]\nmiss = ["process: somer"]'),
        (SignatureCode.NO_HIT, GOOD + 'process = ["somevpn"]\nmiss = ["process: y"]'),
        (SignatureCode.NO_MISS, GOOD + 'process = ["somevpn"]\nhit = ["process: somevpn"]'),
        (SignatureCode.UNTRIED, GOOD + 'process = ["somevpn"]\nport = ["99"]\n' + EXAMPLES),
        (SignatureCode.TOO_SHORT, GOOD + 'process = ["somevpn", "nc*"]\n' + EXAMPLES),
        (SignatureCode.EVERYDAY, GOOD + 'process = ["somevpn", "bas*"]\n' + EXAMPLES),
        (SignatureCode.TWICE, GOOD + 'process = ["somevpn", "somevpn"]\n' + EXAMPLES),
        (SignatureCode.NOT_NORMAL, GOOD + 'process = ["SomeVPN"]\n' + EXAMPLES),
    ],
)  # fmt: skip
def test_lint_finds(code: SignatureCode, text: str) -> None:
    """One mistake, one code, and no other."""
    assert set(lint(text)) == {code}


def test_a_review_falls_due() -> None:
    """The day after its date."""
    file = parse_signatures(HEAD + GOOD + 'process = ["somevpn"]\n' + EXAMPLES, origin="own.toml")
    assert not lint_signatures(file, file.review)
    late = lint_signatures(file, file.review + datetime.timedelta(days=1))
    assert [one.code for one in late] == [SignatureCode.REVIEW_OVERDUE]


def test_every_code_is_explained() -> None:
    """docs/evasion-signatures.md names code and slug."""
    text = (ROOT / "docs" / "evasion-signatures.md").read_text()
    assert all(f"| {code.value} | {code.slug} |" in text for code in SignatureCode)


@given(st.sampled_from(list(Where)), st.text(max_size=60), st.text(max_size=10))
def test_whatever_was_seen_is_compared(where: Where, value: str, program: str) -> None:
    """Noise is no error; capitals and `.EXE` make no difference."""
    found = SHIPPED
    assert found.match(Trace(where, value, program)) == found.match(Trace(where, value.casefold(), program))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "overt", "evasion", *arguments], capture_output=True, text=True, check=False
    )


def test_the_commands(tmp_path: Path) -> None:
    """List, try and lint, with their exit codes."""
    assert "anonymity" in run("list").stdout
    tried = run("try", "process: Tor.exe")
    assert (tried.returncode, "hides which sites" in tried.stdout) == (1, True)
    assert run("try", "process: monitor").returncode == 0
    assert run("try", "monitor").returncode == 2
    assert run("lint").returncode == 0
    bad = tmp_path / "own.toml"
    bad.write_text(HEAD + GOOD + 'process = ["somevpn", "nc"]\n' + EXAMPLES)
    linted = run("lint", str(bad))
    assert linted.returncode == 1
    assert "S201 too-short" in linted.stdout
    assert "^" in linted.stdout
    missing = run("lint", str(tmp_path / "missing.toml"))
    assert (missing.returncode, "Traceback" in missing.stderr) == (2, False)
