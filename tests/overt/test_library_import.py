"""`overt library import`: lists become libraries that parse, fire, and say what could not be carried over."""

from pathlib import Path

import pytest

from tests.overt.kit import Ran, overt

HEAD = (
    "--id", "lists", "--category", "test", "--licence", "CC0-1.0", "--source", "a list of 2026",
    "--owner", "tests", "--review", "2099-01-01",
)  # fmt: skip
PHRASES = """#listcategory: "Betting"
#noconvert
< roulette ><60>
< casino><30>
<poker ><110>
<blackjack><10>
< free spin >,< deposit ><50>
< charity raffle ><-40>
.Include</etc/lists/more>
no brackets at all
"""


def imported(tmp_path: Path, text: str | bytes, *options: str) -> tuple[Ran, Path]:
    """Write a list and import it."""
    file, out = tmp_path / "list.txt", tmp_path / "lists.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return overt("library", "import", file, *HEAD, "--out", out, *options), out


def fired(library: Path, text: str) -> list[tuple[str, int]]:
    """What the library fires on, by the real screening command."""
    ran = overt("screen", "--libraries", library, "--json", "--text", text)
    return [(one["matched"], one["severity"]) for one in ran.json_lines() if one["type"] == "finding"]


def test_a_plain_list_becomes_a_library_that_fires(tmp_path: Path) -> None:
    """Comments and blank lines are none of its words; a word that is there twice is counted once, and told."""
    ran, library = imported(tmp_path, "# mine\nGuns\n\nflick  knife\nguns\n")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "2 terms, 1 line twice in the list, 0 lines not carried over.\n"
    assert fired(library, "guns and a flick knife") == [("guns", 3), ("flick knife", 3)]


def test_phrase_lists_keep_spaces_weights_and_combinations(tmp_path: Path) -> None:
    """A space in the bracket is a word boundary; joined phrases need each other; what cannot be said is named."""
    ran, library = imported(tmp_path, PHRASES, "--format", "dansguardian", "--weight", "1=2", "--weight", "50=4")
    assert ran.code == 1
    assert [line.partition(".txt:")[2] for line in ran.err.splitlines()[:-1]] == [
        "8: not carried over: weighs against others: put it in an `allow` or a `score` by hand",
        "9: not carried over: takes in another file: import that file too",
        "10: not carried over: not written as <phrase>",
    ]
    assert fired(library, "roulette, casinos, videopoker, xblackjacks") == [
        ("roulette", 4),
        ("casino", 2),
        ("poker", 4),
        ("blackjack", 2),
    ]
    assert fired(library, "one free spin") == []
    assert fired(library, "a free spin with every deposit made") == [("free spin", 4)]


def test_tables_are_read_by_column(tmp_path: Path) -> None:
    """Words, severities and categories come from the columns named; other rows are left alone."""
    table = "word,level,kind,state\nbet,high,money,live\ntip,low,money,live\nold,low,money,gone\n"
    options = ("--format", "csv", "--column", "word", "--weight-column", "level", "--category-column", "kind")
    ran, library = imported(
        tmp_path, table, *options, "--only", "state=live", "--weight", "high=5", "--weight", "low=1"
    )
    assert ran.code == 0
    assert fired(library, "a bet, a tip, an old one") == [("bet", 5), ("tip", 1)]
    assert 'category = "money"' in library.read_text()


def test_without_out_the_library_is_printed(tmp_path: Path) -> None:
    """Standard output holds the library and nothing else; JSON lists with weights are read too."""
    file = tmp_path / "list.json"
    file.write_text('{"bet": 2, "tip": 1}')
    ran = overt("library", "import", file, *HEAD, "--format", "json", "--weight", "1=1")
    assert ran.code == 0
    assert ran.out.startswith('format = "overt-library-1"\n')
    assert ran.out.count("[[term]]") == 2


WRONG = [
    ("", [], "no line of it can be carried over (is --format plain right?)", "an empty list is no library"),
    (b"caf\xe9\n", [], "not UTF-8 at byte 3 (save it as UTF-8)", "another encoding is not guessed"),
    ("<gun><50>", ["--format", "dansguardian"], "for these weights of the list: 50 (1 entries)", "no severity guessed"),
    ("a,b\n1,2\n", ["--format", "csv"], "a CSV list needs --column", "no column guessed"),
    ("a,b\n1,2\n", ["--format", "csv", "--column", "c"], "the list has no column 'c'", "a column that is not there"),
    ("{", ["--format", "json"], "the list is not JSON", "broken JSON"),
    ("gun", ["--weight", "5"], "--weight 5: write it as NAME=VALUE", "half an option"),
    ("gun", ["--weight", "5=9"], "--weight: 9 is no severity (1 to 5)", "a severity that is none"),
    ("gun", ["--id", "No Id"], "id", "a head that the format refuses"),
]


@pytest.mark.parametrize(("text", "options", "says", "reason"), WRONG, ids=[row[3] for row in WRONG])
def test_wrong_lists_and_options_are_told(
    tmp_path: Path, text: str | bytes, options: list[str], says: str, reason: str
) -> None:
    """Exit code 2, one sentence, and no library is left behind."""
    ran, library = imported(tmp_path, text, *options)
    assert ran.code == 2, reason
    assert says in ran.err
    assert not library.exists()


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    """Somebody may have worked on it since."""
    _, library = imported(tmp_path, "gun")
    before = library.read_bytes()
    ran, _ = imported(tmp_path, "knife")
    assert ran.code == 2
    assert "is there already" in ran.err
    assert library.read_bytes() == before


SITES = """# a comment
casino.example
www.poker.example
http://bets.example/
.casino
bingo.example/room
192.0.2.7
not a site
"""


def test_lists_of_sites_become_domains(tmp_path: Path) -> None:
    """SquidGuard's `domains`: each fires on the site and what is below it; pages and numbers are named."""
    ran, library = imported(tmp_path, SITES, "--format", "domains")
    assert ran.code == 1
    assert ran.err.splitlines() == [
        f"{tmp_path}/list.txt:6: not carried over: is one page of a site: a library knows whole sites",
        f"{tmp_path}/list.txt:7: not carried over: is an address in numbers: a library knows names of sites",
        f"{tmp_path}/list.txt:8: not carried over: is no name of a site",
        "4 terms, 0 lines twice in the list, 3 lines not carried over.",
    ]
    text = "see https://live.casino.example/x, poker.example, my.casino and casino.example.org"
    assert fired(library, text) == [("casino.example", 3), ("poker.example", 3), ("casino", 3)]


EXPRESSIONS = r"""(^|[-\?+=/_.])(casino|poker)([-\?+=/_.]|$)
(roulette|blackjack)
free.?spin[sz]
[-/_]bingo
"""


def test_expressions_that_are_words_are_words(tmp_path: Path) -> None:
    """Edges make whole words, prefixes and suffixes; what is a real pattern is named."""
    ran, library = imported(tmp_path, EXPRESSIONS, "--format", "expressions")
    assert ran.code == 1
    assert "list.txt:3: not carried over: is more than a choice of words" in ran.err
    assert "5 terms, 0 lines twice in the list, 1 line not carried over." in ran.err
    assert fired(library, "http://x.example/casino/") == [("casino", 3)]
    assert fired(library, "casinos, blackjacks and a bingos") == [("blackjack", 3), ("bingo", 3)]


def test_a_table_that_breaks_is_told(tmp_path: Path) -> None:
    """A cell beyond all size is a broken table, not a crash."""
    ran, _ = imported(tmp_path, 'word\n"' + "x" * 200_000, "--format", "csv", "--column", "word")
    assert (ran.code, ran.out) == (2, "")
    assert "is no line of a table" in ran.err


def test_every_line_that_is_left_out_is_named(tmp_path: Path) -> None:
    """However many there are."""
    ran, _ = imported(tmp_path, "gun\n" + "a.*b\n" * 500)
    assert ran.err.count("not carried over: ") == 500
