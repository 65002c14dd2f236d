"""Any model with a card: its input is laid as the card says, and what does not fit is refused by name."""

import hashlib
from dataclasses import asdict, replace

import numpy as np
import pytest

from engine.errors import PictureError
from engine.image.classifier import Card, OnnxClassifier

# --- an ONNX file of one node, GlobalAveragePool: the mean of each channel (onnx.proto3, written by hand) ---


def field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


def tensor(name: bytes, shape: tuple[int, ...]) -> bytes:
    sizes = b"".join(field(1, field(1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, sizes)))


NODE = field(1, b"x") + field(2, b"y") + field(4, b"GlobalAveragePool")
GRAPH = field(1, NODE) + field(2, b"g") + field(11, tensor(b"x", (1, 3, 8, 8))) + field(12, tensor(b"y", (1, 3, 1, 1)))
MODEL = field(1, 8) + field(7, GRAPH) + field(8, field(1, b"") + field(2, 13))
CARD = Card(
    id="mean-red", version="1", licence="Apache-2.0", source="made for this test",
    sha256=hashlib.sha256(MODEL).hexdigest(), says="it is red", side=10, crop=8, colours="rgb", layout="nchw",
    mean=[0.0, 0.0, 0.0], scale=1 / 255, output=0, threshold=0.5,
)  # fmt: skip
RED = np.full((40, 60, 3), (0, 0, 255), np.uint8)


def test_the_score_is_that_of_the_output_named():
    """Channels in the order of the card, scaled as it says, with a sentence."""
    weight = OnnxClassifier(MODEL, CARD).weigh(RED)
    assert weight.score == pytest.approx(1.0)
    assert weight.explanation == "it is red, says the model mean-red 1 with a score of 1.00."
    assert OnnxClassifier(MODEL, replace(CARD, colours="bgr")).weigh(RED).score == pytest.approx(0.0)
    assert OnnxClassifier(MODEL, replace(CARD, mean=[51.0, 0.0, 0.0])).weigh(RED).score == pytest.approx(0.8)
    assert OnnxClassifier(MODEL, CARD).weigh(RED[..., 0]).score == pytest.approx(0.0)


def test_another_file_is_refused():
    """By digest, before it is read."""
    with pytest.raises(PictureError, match="card mean-red has digest"):
        OnnxClassifier(MODEL + b"\0", CARD)


def test_what_is_no_model_is_refused():
    """Also where the digest is right."""
    data = b"no model"
    with pytest.raises(PictureError, match="cannot be run"):
        OnnxClassifier(data, replace(CARD, sha256=hashlib.sha256(data).hexdigest()))


@pytest.mark.parametrize(
    ("change", "said"),
    [({"output": 3}, "is its card right"), ({"scale": 1.0}, "answers 255, which is no share")],
)
def test_a_card_that_does_not_fit_is_told(change, said):
    """An output that is not there; a scale that gives no share."""
    with pytest.raises(PictureError, match=said):
        OnnxClassifier(MODEL, replace(CARD, **change)).weigh(RED)


def toml(card: dict[str, object]) -> str:
    return "\n".join(f"{name} = {value!r}".replace("'", '"') for name, value in card.items())


def test_cards_are_read():
    """What was written is read back."""
    assert Card.read(toml(asdict(CARD))) == CARD


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"layout": "hwc"}, "layout: expected one of nchw, nhwc"),
        ({"crop": 11}, "crop and side"),
        ({"threshold": 2.0}, "mean and threshold"),
        ({"more": 1}, "more: not a field of a card"),
    ],
)
def test_cards_that_make_no_sense_are_refused(change, said):
    """The field is named."""
    with pytest.raises(PictureError, match=said):
        Card.read(toml(asdict(CARD) | change))


def test_a_card_without_a_field_is_refused():
    """It names the field, or says that it is no TOML."""
    told = asdict(CARD)
    del told["licence"]
    with pytest.raises(PictureError, match="licence: missing"):
        Card.read(toml(told))
    with pytest.raises(PictureError, match="not TOML"):
        Card.read("= =")
