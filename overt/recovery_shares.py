"""The recovery key in shares of words: some of them together make it, fewer say nothing about it.

Shares are SLIP-0039 mnemonics (Shamir's secret sharing over GF(256), with checksums that find a misread word), made and
read by Trezor's reference implementation. They can be copied by hand and typed again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from evidence.keys import OpeningKey, key_id
from evidence.suite import SECRET_SIZE, suite_of_public
from overt.evidence_files import InputError, read_file, write_new

MOST_SHARES = 16
_SHARE_LIMIT = 8192
_WORDS = 33
"""Words of a share of 32 bytes."""


@dataclass(frozen=True, slots=True)
class Share:
    """One share: what is written on it, and where it was put."""

    file: Path
    words: str = field(repr=False)


def split(key: OpeningKey, out: Path, *, shares: int, needed: int) -> list[Share]:
    """Write a key's shares into a folder, one file each; every combination is tried before this returns.

    Raises InputError where the numbers make no sense or the files cannot be written.
    """
    if not 2 <= needed <= shares <= MOST_SHARES:
        raise InputError(
            f"{needed} of {shares} shares: at least two must be needed, and at most {MOST_SHARES} can be made",
            hint="Usual: --shares 3 --needed 2, so that one may be lost.",
        )
    (mnemonics,) = generate_mnemonics(1, [(needed, shares)], key.secret)
    for chosen in combinations(mnemonics, needed):
        if combine_mnemonics(chosen) != key.secret:
            raise InputError("the shares do not make the key again: nothing was written")
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = [Share(out / f"recovery-share-{number}.txt", words) for number, words in enumerate(mnemonics, 1)]
    for number, share in enumerate(made, 1):
        write_new(share.file, "\n".join(_page(key, share, number, shares, needed)).encode())
    return made


def join(files: Sequence[Path], public: bytes) -> OpeningKey:
    """Return the key that shares make; `public` is the half that it must have. Raises InputError."""
    words = [_words(file) for file in files]
    try:
        secret = combine_mnemonics(words)
    except MnemonicError as problem:
        raise InputError(
            f"these shares do not make a key: {problem}", hint="Check each word, and that none is given twice."
        ) from None
    key = OpeningKey.load(secret, suite_of_public(public)) if len(secret) == SECRET_SIZE else None
    if key is None or key.public != public:
        raise InputError(f"these shares make another key than {key_id(public)}", hint="They belong to another server.")
    return key


def _page(key: OpeningKey, share: Share, number: int, shares: int, needed: int) -> Iterator[str]:
    yield f"Overt recovery key {key.id}: share {number} of {shares}. Any {needed} together make the key."
    yield "Keep it apart from the others and from the server; copy it on paper. Alone it says nothing."
    yield ""
    yield share.words
    yield ""


def _words(file: Path) -> str:
    """Return the words out of a share's file: its line of lower-case words, alone or among what was printed with it."""
    text = read_file(file, limit=_SHARE_LIMIT).decode("utf-8", "replace")
    lines = [line.split() for line in text.splitlines()]
    found = [" ".join(words) for words in _joined(lines) if len(words) == _WORDS]
    if len(found) != 1:
        raise InputError(f"{file}: not a share of {_WORDS} words", hint="A share's words may stand on several lines.")
    return found[0]


def _joined(lines: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Yield lines of lower-case words, joined where they follow each other."""
    block: list[str] = []
    for words in [*lines, []]:
        if words and all(word.isascii() and word.isalpha() and word.islower() for word in words):
            block += words
        elif block:
            yield block
            block = []
