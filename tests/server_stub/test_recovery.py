"""The recovery key in several hands, cases given to new officers with it, and cases whose keys are destroyed."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from evidence.errors import EvidenceError, OpenError
from evidence.keys import OpeningKey
from evidence.pack import disclose
from evidence.suite import Suite, suite_of_public
from overt.cli import app
from overt.evidence_check import check_store
from overt.evidence_files import InputError
from overt.evidence_store import Store
from server_stub import cases
from server_stub.errors import UnacceptableError
from server_stub.server import entropy
from server_stub.setup import OfflineFolder
from tests.console.site import OFFICER, PASSPHRASE, CaseSite, Seed

NEW, NEW_PASSPHRASE = "lee", "five other plain words here"


@pytest.fixture(params=list(Suite), ids=lambda suite: suite.name)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CaseSite]:
    """Return a server whose keys are of either suite, with a capture under each of two case keys."""
    with closing(CaseSite(tmp_path, request.param)) as made:
        made.server.officers.add(NEW, NEW_PASSPHRASE, now=datetime.now(UTC), entropy=entropy, suite=request.param)
        made.add([Seed("A page", "a gun")])
        cases.rotate_key(made.server.database, made.case, now=datetime.now(UTC), entropy=entropy)
        made.use_newest_key()
        made.join_device()
        made.add([Seed("Another page", "another gun")])
        yield made


def recovery_file(site: CaseSite) -> Path:
    return OfflineFolder(site.folder.root.with_name("offline")).recovery_key_file


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["server", *map(str, words)])


def opened(site: CaseSite, officer: str, passphrase: str) -> int:
    """Return how many captures of the case an officer opens."""
    count = 0
    with closing(Store(site.folder.root)) as store:
        for device in store.devices():
            keys = store.case_keys(device, officer, passphrase)
            count += sum(bool(disclose(record, keys).words) for record in store.records(device))
    return count


def split(site: CaseSite, out: Path) -> list[Path]:
    done = run(
        "recovery", "split", "--data", site.folder.root, "--key", recovery_file(site), "--out", out, "--remove-key"
    )
    assert done.exit_code == 0, done.output
    return sorted(out.glob("*.txt"))


def test_the_keys_are_of_the_suite(site: CaseSite) -> None:
    """Every key that opens is of the suite that the server was made with: one weak one would undo the others."""
    suite = suite_of_public(site.folder.recovery_key())
    with closing(Store(site.folder.root)) as store:
        found = store.case_keys(store.devices()[0], OFFICER, PASSPHRASE)
    assert [key.suite for key in found] == [suite, suite]
    assert opened(site, OFFICER, PASSPHRASE) == 2


def test_two_of_three_people_give_a_case_to_a_new_officer(site: CaseSite, tmp_path: Path) -> None:
    """The whole key is gone; any two shares recover captures of before and after a change of key."""
    shares = split(site, tmp_path / "shares")
    assert len(shares) == 3
    assert not recovery_file(site).exists()
    for pair in combinations(shares, 2):
        done = run("recovery", "check", "--data", site.folder.root, "--share", pair[0], "--share", pair[1], "--json")
        assert len(json.loads(done.output)["key"]) == 16
    place = ["--case", site.case, "--officer", NEW, "--data", site.folder.root]
    done = run("recovery", "case", *place, "--share", shares[2], "--share", shares[0])
    assert done.exit_code == 0, done.output
    assert opened(site, NEW, NEW_PASSPHRASE) == 2


def test_one_share_recovers_nothing(site: CaseSite, tmp_path: Path) -> None:
    """Alone, or given twice, a share is refused in words, and the officer has nothing."""
    (share, *_) = split(site, tmp_path / "shares")
    place = ["--case", site.case, "--officer", NEW, "--data", site.folder.root]
    for given in ([share], [share, share]):
        done = run("recovery", "case", *place, *[word for one in given for word in ("--share", one)])
        assert done.exit_code == 2, done.output
        assert "do not make a key" in done.output
    with pytest.raises(InputError, match="no officer of case"):
        opened(site, NEW, NEW_PASSPHRASE)


def test_a_misread_word_is_found(site: CaseSite, tmp_path: Path) -> None:
    """Each share has a checksum; a share copied on several lines is read."""
    one, two, _ = split(site, tmp_path / "shares")
    words = next(line for line in one.read_text().splitlines() if len(line.split()) == 33).split()
    one.write_text("\n".join(" ".join(words[at : at + 11]) for at in (0, 11, 22)))
    good = run("recovery", "check", "--data", site.folder.root, "--share", one, "--share", two)
    assert good.exit_code == 0, good.output
    words[20] = "academic" if words[20] != "academic" else "acid"
    one.write_text(" ".join(words))
    bad = run("recovery", "check", "--data", site.folder.root, "--share", one, "--share", two)
    assert bad.exit_code == 2
    assert "checksum" in bad.output.lower()


def test_another_servers_key_is_refused(site: CaseSite) -> None:
    """The recovery key must be the one that the case was sealed to."""
    stranger = OpeningKey.generate(entropy, suite_of_public(site.folder.recovery_key()))
    with pytest.raises(OpenError):
        cases.recover(site.server.database, site.case, NEW, recovery_key=stranger, now=datetime.now(UTC))
    recovery_file(site).write_bytes(stranger.secret)
    done = run(
        "recovery",
        "case",
        "--case",
        site.case,
        "--officer",
        NEW,
        "--data",
        site.folder.root,
        "--key",
        recovery_file(site),
    )
    assert done.exit_code == 2
    assert "another server" in done.output


def test_a_shredded_case_opens_for_nobody(site: CaseSite) -> None:
    """No officer, no recovery key; nothing new is sealed to it; the chain still verifies."""
    with closing(Store(site.folder.root)) as store:
        records = [record for device in store.devices() for record in store.records(device)]
    recovery = OpeningKey.load(recovery_file(site).read_bytes(), suite_of_public(site.folder.recovery_key()))
    refused = run("case", "shred", "--case", site.case, "--data", site.folder.root)
    assert (refused.exit_code, opened(site, OFFICER, PASSPHRASE)) == (2, 2)
    done = run("case", "shred", "--case", site.case, "--data", site.folder.root, "--confirm", site.case, "--json")
    assert json.loads(done.output) == {"case": site.case, "keys": 2, "wraps": 4, "records": 2}
    with pytest.raises(InputError, match="no officer of case"):
        opened(site, OFFICER, PASSPHRASE)
    now = datetime.now(UTC)
    with pytest.raises(EvidenceError):
        disclose(records[0], [recovery])
    with pytest.raises(Exception, match="no key of case"):
        cases.recover(site.server.database, site.case, NEW, recovery_key=recovery, now=now)
    with pytest.raises(UnacceptableError, match="destroyed"):
        cases.rotate_key(site.server.database, site.case, now=now, entropy=entropy)
    with pytest.raises(UnacceptableError, match="destroyed"):
        site.join_device()
    checked = [step for _, _, steps in check_store(site.folder.root) for step in steps if step.checked]
    assert len(checked) >= 10
    assert not any(step.findings for step in checked)
    again = run("case", "shred", "--case", site.case, "--data", site.folder.root, "--confirm", site.case)
    assert again.exit_code == 2


def test_a_case_moves_to_the_other_suite(tmp_path: Path) -> None:
    """A case begun with X25519 goes on with X-Wing after `case rotate --suite`; both kinds of captures open."""
    with closing(CaseSite(tmp_path)) as site:
        site.add([Seed("A page", "a gun")])
        done = run("case", "rotate", "--case", site.case, "--data", site.folder.root, "--suite", "x-wing")
        assert done.exit_code == 0, done.output
        site.use_newest_key()
        site.join_device()
        site.add([Seed("Another page", "another gun")])
        with closing(Store(site.folder.root)) as store:
            found = store.case_keys(store.devices()[0], OFFICER, PASSPHRASE)
        assert [key.suite for key in found] == [Suite.X_WING, Suite.X25519]
        assert opened(site, OFFICER, PASSPHRASE) == 2
