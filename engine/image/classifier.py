"""Any image classifier kept as ONNX, described by a card: how it wants its input, and which output is the score.

OpenCV runs the network, so that a model needs no library of its own. The bytes are given by the caller.
"""

import hashlib
import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import PictureError
from engine.image.pixels import colour
from engine.image.prefilter import Weight

LARGEST_SIDE = 2048
_CHOICES = {"colours": {"bgr", "rgb"}, "layout": {"nhwc", "nchw"}}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


_KINDS: dict[object, tuple[Callable[[object], bool], str]] = {
    str: (lambda value: isinstance(value, str), "words in quotes"),
    int: (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number"),
    float: (_is_number, "a number"),
    list[float]: (lambda value: isinstance(value, list) and all(map(_is_number, value)), "a list of numbers"),
}
"""What a field of each type may hold, and how that is said."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a model is and how it is asked. `docs/pictures.md` explains each field."""

    id: str
    version: str
    licence: str
    source: str
    """Who trained it and on what, in words for a person."""
    sha256: str
    """Digest of the model file, hex: another file is refused."""
    says: str
    """What a high score means, in the words of a finding: `is likely to show nudity`."""
    side: int
    """The picture is scaled to a square of this side first."""
    crop: int
    """What is kept of its middle; equal to `side` where nothing is cut."""
    colours: str
    layout: str
    mean: list[float]
    """Taken off each channel, in the order of `colours`, in 0 to 255."""
    scale: float
    """What is left is multiplied by this."""
    output: int
    """Which number of the network's answer is the score."""
    threshold: float
    """The score from which on the model's makers call it a yes, 0 to 1."""

    @classmethod
    def read(cls, text: str) -> "Card":
        """Read a card (TOML); raises `PictureError` that names the field."""
        try:
            told = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise PictureError(f"the model card is not TOML: {error}") from error
        names = {one.name for one in fields(cls)}
        wrong = sorted(names.symmetric_difference(told))
        if wrong:
            raise PictureError(f"model card, {wrong[0]}: {'missing' if wrong[0] in names else 'not a field of a card'}")
        for one in fields(cls):
            fits, expected = _KINDS[one.type]
            if not fits(told[one.name]):
                raise PictureError(f"model card, {one.name}: expected {expected}")
        card = cls(**told)
        card._check()
        return card

    def _check(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise PictureError(f"model card, {name}: expected one of {', '.join(sorted(choices))}")
        if not 1 <= self.crop <= self.side <= LARGEST_SIDE:
            raise PictureError(f"model card, crop and side: expected 1 ≤ crop ≤ side ≤ {LARGEST_SIDE}")
        if len(self.mean) != 3 or not 0 < self.threshold <= 1:
            raise PictureError(
                "model card, mean and threshold: expected three numbers, and a number above 0, at most 1"
            )


class OnnxClassifier:
    """A network and its card. Not to be shared between threads."""

    def __init__(self, model: bytes, card: Card) -> None:
        """Raises `PictureError` for a file that is not the card's, or that OpenCV cannot run."""
        found = hashlib.sha256(model).hexdigest()
        if found != card.sha256:
            raise PictureError(f"the model of card {card.id} has digest {found[:16]}…, not {card.sha256[:16]}…")
        try:
            self._net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
        except cv2.error as error:
            raise PictureError(f"the model of card {card.id} cannot be run: {error.err}") from error
        self._card = card

    @property
    def id(self) -> str:
        return self._card.id

    @property
    def version(self) -> str:
        return self._card.version

    @property
    def threshold(self) -> float:
        """The card's own threshold."""
        return self._card.threshold

    def weigh(self, pixels: NDArray[Any]) -> Weight:
        """Return the network's score; raises `PictureError` for what is no picture, or a card that is wrong."""
        card = self._card
        try:
            self._net.setInput(self._prepared(pixels))
            answer = np.asarray(self._net.forward()).ravel()
            score = float(answer[card.output])
        except (cv2.error, IndexError) as error:
            raise PictureError(f"the model of card {card.id} does not take such input: is its card right?") from error
        if not 0 <= score <= 1:
            raise PictureError(
                f"the model of card {card.id} answers {score:.3g}, which is no share: is its card right?"
            )
        return Weight(score, f"{card.says}, says the model {card.id} {card.version} with a score of {score:.2f}.")

    def _prepared(self, pixels: NDArray[Any]) -> NDArray[np.float32]:
        card = self._card
        square = cv2.resize(colour(pixels), (card.side, card.side), interpolation=cv2.INTER_AREA)
        edge = (card.side - card.crop) // 2
        inner = square[edge : edge + card.crop, edge : edge + card.crop]
        ordered = inner if card.colours == "bgr" else inner[..., ::-1]
        values = (ordered.astype(np.float32) - np.asarray(card.mean, np.float32)) * np.float32(card.scale)
        laid = values if card.layout == "nhwc" else values.transpose(2, 0, 1)
        return np.ascontiguousarray(laid[None])
