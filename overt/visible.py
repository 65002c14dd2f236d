"""Makes text that came from outside safe to print: nothing in it can steer a terminal or reorder a line."""

import re

UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff9-\ufffb]")
LINE_ENDS = re.compile(r"[ \t]*(?:\r\n|[\r\n\f\v\u2028\u2029])[ \t]*")


def visible(text: str) -> str:
    """Return the text on one line: line ends as ⏎, tabs as spaces, other controls as their code points."""
    text = LINE_ENDS.sub(" ⏎ ", text).replace("\t", " ")
    return UNSAFE.sub(lambda match: f"<U+{ord(match.group()):04X}>", text)


def squeezed(text: str) -> str:
    """Return `visible` text with runs of spaces as one, for words shown around a finding."""
    return re.sub(r" {2,}", " ", visible(text))
