"""A set of libraries as it is published and as a device uses it: read, compiled, and tried before anybody relies on
it.

A folder: libraries/ID.toml, signatures/ID.toml, hash-sets/NAME.set, policy.toml, each of them optional. What a set
does not bring is what came with this version.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from agent.policy import Policy, parse_policy
from engine.errors import EngineError
from engine.library.compile import compile_set
from engine.library.selftest import ANY_TIME
from engine.observation import Provenance, TextObservation
from engine.signatures.match import SignatureSet
from engine.text.screen import TextScreener
from libraries import shipped, shipped_signatures
from overt import library_test
from overt.library_files import Loaded, load
from overt.signature_files import read_signature_texts

if TYPE_CHECKING:
    from engine.library.compiled import LibrarySet

LIBRARIES, SIGNATURES, HASH_SETS, POLICY = "libraries", "signatures", "hash-sets", "policy.toml"
MOST_EVERYDAY = 0.1
"""Share of everyday sentences that a set may capture: one that matches nearly everything is no library."""
LONGEST_CANARY = 5.0
"""Seconds of processor time in which the everyday sentences must be screened."""


class SetRefusedError(EngineError):
    """A set that must not be used, and why."""


@dataclass(frozen=True, slots=True)
class UpdateSet:
    """A set in a folder; without one, what came with this version."""

    folder: Path | None = None
    version: int = 0

    def library(self, library_id: str) -> str:
        """Return what names a library for `library_files.load`: the set's file, or the id of a shipped one."""
        file = None if self.folder is None else self.folder / LIBRARIES / f"{library_id}.toml"
        return str(file) if file is not None and file.is_file() else library_id

    def knows(self, library_id: str) -> bool:
        """Return whether there is a word library of this id."""
        return library_id in shipped() or self.library(library_id) != library_id

    def load(self, ids: Sequence[str]) -> Loaded:
        """Read libraries with what they require; raises EngineError."""
        return load([self.library(one) for one in ids])

    def compile(self, ids: Sequence[str]) -> "LibrarySet":
        """Compile libraries; none named: an empty set. Raises EngineError."""
        return self.load(ids).compile() if ids else compile_set(())

    @property
    def hash_sets(self) -> Path | None:
        """The folder of its sets of hashes; None where it has none."""
        folder = None if self.folder is None else self.folder / HASH_SETS
        return folder if folder is not None and folder.is_dir() else None

    def signatures(self) -> SignatureSet:
        """Return signatures of evasion: the shipped ones, with those of the set in the place of theirs."""
        texts = {name: file.read_text(encoding="utf-8") for name, file in shipped_signatures().items()}
        folder = None if self.folder is None else self.folder / SIGNATURES
        if folder is not None and folder.is_dir():
            texts |= {file.stem: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.toml"))}
        return SignatureSet(read_signature_texts(texts))

    def policy(self) -> Policy:
        """Return the numbers that decide; raises PolicyError."""
        file = None if self.folder is None else self.folder / POLICY
        return parse_policy(file.read_text(encoding="utf-8")) if file is not None and file.is_file() else Policy()


def try_out(update: UpdateSet, ids: Sequence[str]) -> "LibrarySet":
    """Compile a set's libraries and try them: own examples, then everyday sentences. Raises EngineError, PolicyError.

    `ids` are those that will be used together.
    """
    policy = update.policy()
    update.signatures()
    if not ids:
        return compile_set(())
    loaded = update.load(ids)
    _run_examples(loaded)
    compiled = loaded.compile()
    _screen_everyday(TextScreener(compiled), policy)
    return compiled


def _run_examples(loaded: Loaded) -> None:
    for tested in library_test.run(loaded):
        if tested.result.failures:
            first = tested.result.failures[0]
            raise SetRefusedError(f"{first.place}: an example does not come out as written: {first.what}")
        if tested.untested:
            raise SetRefusedError(f"library {tested.result.library_id} has no example: nothing shows that it works")


def _screen_everyday(screener: TextScreener, policy: Policy) -> None:
    sentences = (files("overt") / "everyday.txt").read_text(encoding="utf-8").splitlines()
    begun = time.process_time()
    hits = 0
    for sentence in sentences:
        observation = TextObservation(sentence, Provenance.VISIBLE_WINDOW, "canary", ANY_TIME)
        hits += screener.screen(observation).severity >= policy.floor
        if time.process_time() - begun > LONGEST_CANARY:
            raise SetRefusedError(f"it takes more than {LONGEST_CANARY:.0f} s for {len(sentences)} everyday sentences")
    if hits > MOST_EVERYDAY * len(sentences):
        raise SetRefusedError(f"it would capture {hits} of {len(sentences)} everyday sentences: it matches everything")
