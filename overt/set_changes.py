"""What a set changes on the devices of a case, in words: what the second person reads who approves it.

Compared is what devices would use: the set's file, and where it has none, what comes with this version of the agent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from agent.errors import PolicyError
from agent.policy import Policy
from engine.errors import EngineError
from engine.library.compile import compile_set
from engine.library.compiled import CompiledText, LibrarySet
from engine.signatures.model import Signature
from evidence import canonical
from evidence.canonical import Value
from libraries import shipped_signatures
from overt.hashes_errors import HashSetError
from overt.hashes_set import HashSet
from overt.hashes_set import read as read_hashes
from overt.library_compare import by_term, term_changes
from overt.library_compare_show import describe_change, some
from overt.library_shell import many
from overt.signature_files import read_signature_texts
from overt.update_set import HASH_SETS, LIBRARIES, POLICY, SIGNATURES, UpdateSet
from overt.visible import visible

MOST_TEXTS = 100
"""Of one term, or terms in one line; the rest is counted."""
MOST_BYTES = 24 * 1024
"""Of all lines, as a request spells them; the rest is counted."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """What changes with one file. `lines`: one for each term, number of the policy, or signature."""

    file: str
    said: str
    lines: tuple[str, ...] = ()


def spell(before: UpdateSet, after: UpdateSet) -> list[Value]:
    """Return what changes, for a request: file, sentence, lines, and how many `more` lines there was no room for.

    Nothing in a library's words reorders a line or looks like another one.

    Raises EngineError, PolicyError, HashSetError for an `after` that cannot be read.
    """
    left = MOST_BYTES
    told: list[Value] = []
    for change in changes(before, after):
        lines: list[Value] = []
        for line in map(visible, change.lines):
            left -= len(canonical.encode(line)) + 1
            if left < 0:
                break
            lines.append(line)
        more = len(change.lines) - len(lines)
        told.append({"file": visible(change.file), "said": visible(change.said), "lines": lines, "more": more})
    return told


def changes(before: UpdateSet, after: UpdateSet) -> list[FileChange]:
    """Return what changes, file by file; nothing for a file that is as it was. Raises as `spell`."""
    return [
        *_libraries(before, after),
        *_policy(_policy_before(before), after.policy()),
        *_signatures(before, after),
        *_hash_sets(before, after),
    ]


# --- word libraries ---


def _libraries(before: UpdateSet, after: UpdateSet) -> Iterator[FileChange]:
    ids = sorted(_stems(before, LIBRARIES, ".toml") | _stems(after, LIBRARIES, ".toml"))
    new = after.compile([one for one in ids if after.knows(one)])
    try:
        old = before.compile([one for one in ids if before.knows(one)])
    except EngineError:  # an older version of the agent could
        old = compile_set(())
        yield FileChange(LIBRARIES, "The libraries before cannot be read by this version; all are told as new.")
    lines = _term_lines(old, new)
    for library_id in dict.fromkeys([*ids, *lines]):
        file = f"{LIBRARIES}/{library_id}.toml"
        said = _version(library_id, old, new)
        there = (one.library(library_id) != library_id for one in (before, after))
        if library_id in lines or old.versions.get(library_id) != new.versions.get(library_id) or len(set(there)) > 1:
            own = after.library(library_id) != library_id or library_id not in new.versions
            source = "" if own else ", as it comes with the agent"
            yield FileChange(file, said + source, tuple(lines.get(library_id, ())))


def _version(library_id: str, old: LibrarySet, new: LibrarySet) -> str:
    was, now = old.versions.get(library_id), new.versions.get(library_id)
    terms = [many(sum(key[0] == library_id for key in by_term(one)), "term") for one in (old, new)]
    if now is None:
        return f"not there any more: it was version {was} with {terms[0]}"
    if was is None:
        return f"not there before: version {now} with {terms[1]}"
    step = f"version {was} → {now}" if was != now else f"version {now} as before"
    return f"{step}, {terms[1]}" + ("" if terms[0] == terms[1] else f" in place of {terms[0]}")


def _term_lines(old: LibrarySet, new: LibrarySet) -> dict[str, list[str]]:
    """Return a line for each term that differs, by library; terms of which the same rules alone differ in one line."""
    before, after, changed = by_term(old), by_term(new), term_changes(old, new)
    lines: dict[str, list[str]] = {}
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for library, term in changed.added:
        lines.setdefault(library, []).append(f"new: {term}, {_words(after[library, term])}")
    for library, term in changed.removed:
        lines.setdefault(library, []).append(f"gone: {term}, {_words(before[library, term])}")
    for one in changed.changed:
        library, term = one.key
        if one.texts_added or one.texts_removed or one.severity:
            lines.setdefault(library, []).append(f"changed: {term}, {describe_change(one, MOST_TEXTS)}")
        else:
            alike.setdefault((library, one.rules), []).append(term)
    for (library, rules), terms in alike.items():
        lines.setdefault(library, []).append(f"changed {', '.join(rules)}: of {some(terms, MOST_TEXTS)}")
    return lines


def _words(texts: Sequence[CompiledText]) -> str:
    written = list(dict.fromkeys(one.text for one in texts))
    return f"severity {texts[0].term.rules.severity}: {some(written, MOST_TEXTS)}"


# --- policy ---


def _policy_before(before: UpdateSet) -> Policy:
    try:
        return before.policy()
    except PolicyError:  # an older version of the agent could
        return Policy()


def _policy(old: Policy, new: Policy) -> Iterator[FileChange]:
    pairs = [(one.name, getattr(old, one.name), getattr(new, one.name)) for one in fields(Policy)]
    lines = tuple(f"{name.replace('_', ' ')}: {was} → {now}" for name, was, now in pairs if was != now)
    if lines:
        yield FileChange(POLICY, "when a capture is made, where the authority has no policy of its own", lines)


# --- signatures of evasion ---


def _signatures(before: UpdateSet, after: UpdateSet) -> Iterator[FileChange]:
    stems = _stems(before, SIGNATURES, ".toml") | _stems(after, SIGNATURES, ".toml")
    for stem in sorted(stems):
        new = _signatures_of(after, stem)
        try:
            old = _signatures_of(before, stem)
        except EngineError:  # an older version of the agent could
            old = {}
        lines = [
            *(f"new: {name}, severity {new[name].severity}: {new[name].says}" for name in new if name not in old),
            *(f"gone: {name}, severity {old[name].severity}: {old[name].says}" for name in old if name not in new),
            *(f"changed: {name}" for name in new if name in old and _rule(new[name]) != _rule(old[name])),
        ]
        if lines:
            words = f"{many(len(new), 'signature')} of evasion in place of {len(old)}"
            yield FileChange(f"{SIGNATURES}/{stem}.toml", words, tuple(lines))


def _signatures_of(update: UpdateSet, stem: str) -> dict[str, Signature]:
    file = None if update.folder is None else update.folder / SIGNATURES / f"{stem}.toml"
    source = file if file is not None and file.is_file() else shipped_signatures().get(stem)
    if source is None:
        return {}
    (found,) = read_signature_texts({stem: source.read_text(encoding="utf-8")})
    return {one.signature_id: one for one in found.signatures}


def _rule(one: Signature) -> tuple[object, ...]:
    return one.category, one.severity, one.says, one.patterns, one.of


# --- sets of hashes ---


def _hash_sets(before: UpdateSet, after: UpdateSet) -> Iterator[FileChange]:
    stems = _stems(before, HASH_SETS, ".set") | _stems(after, HASH_SETS, ".set")
    for stem in sorted(stems):
        new = _hashes_of(after, stem)
        try:
            old = _hashes_of(before, stem)
        except HashSetError:  # an older version of the agent could
            old = None
        if old is None or new is None or old.digest != new.digest or old.about != new.about:
            yield FileChange(f"{HASH_SETS}/{stem}.set", f"{_about(old)} → {_about(new)}")


def _hashes_of(update: UpdateSet, stem: str) -> HashSet | None:
    file = None if update.hash_sets is None else update.hash_sets / f"{stem}.set"
    return read_hashes(file) if file is not None and file.is_file() else None


def _about(one: HashSet | None) -> str:
    if one is None:
        return "none"
    number = sum(len(column.hashes) for column in one.columns.values())
    return f"version {one.about.version} of {one.about.source}, severity {one.about.severity}, {number:,} hashes"


def _stems(update: UpdateSet, kind: str, ending: str) -> set[str]:
    folder: Path | None = None if update.folder is None else update.folder / kind
    return set() if folder is None else {one.stem for one in folder.glob(f"*{ending}")}
