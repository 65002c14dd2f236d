"""Takes out of a library's text what lint says can go without a change in what fires. Pure: text in, text out."""

import re
from collections.abc import Iterable

from engine.library.lint_codes import Problem

VALUE = re.compile(r"[ \t]*=[ \t]*[-+\w.]+")
"""What follows the key of a weight: ` = -4`."""
AFTER = re.compile(r"[ \t]*,(?:[ \t]*(?=[^\s#])|[ \t]*\n(?=[ \t]*\S))?")
BEFORE = re.compile(r",\s*$")
EMPTY = re.compile(r"[ \t]*[\w-]+[ \t]*=[ \t]*\[(?:\s|#[^\n]*)*\][ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")
"""A list in which nothing is left but comments, to the end of its line or of the file."""


def without(text: str, problems: Iterable[Problem]) -> str:
    """Return the text without the entries that can go; comments and the order of the rest stay."""
    spans = sorted({one.remove for one in problems if one.remove is not None}, reverse=True)
    for start, end in spans:
        text = _cut(text, start, end)
    return text


def _cut(text: str, start: int, end: int) -> str:
    value = VALUE.match(text, end)
    end = value.end() if value is not None else end
    after = AFTER.match(text, end)
    if after is None:  # the last of its list: the comma before it goes
        before = BEFORE.search(text, 0, start)
        return _without_empty_list(text[: before.start() if before else start] + text[end:], start)
    head, tail = text[:start], text[after.end() :]
    alone = head.rpartition("\n")[2].strip() == ""
    if "\n" in after.group() and alone:  # it had a line of its own: the next one keeps its indent
        return head[: head.rfind("\n") + 1] + tail
    if "\n" in after.group():
        return head.rstrip(" \t") + "\n" + tail
    return (head if alone else head.rstrip(" \t")) + tail if tail[:1] in " \t" else head + tail


def _without_empty_list(text: str, near: int) -> str:
    line = text.rfind("\n", 0, near) + 1
    empty = EMPTY.match(text, line)
    return text[:line] + text[empty.end() :] if empty is not None else text
