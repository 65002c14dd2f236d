"""Where faces are: BlazeFace (full range, 192 x 192) run by OpenCV. The model's bytes are given by the caller.

Used for one purpose only: skin that belongs to a face makes a portrait, and a portrait is no sign of anything.
Nobody is recognised, and nothing about a face is kept.
"""

from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import PictureError
from engine.image.pixels import colour
from engine.image.regions import Region

_SIDE = 192
_GRID = 48
_OUTPUTS = ("reshaped_classifier_face_4", "reshaped_regressor_face_4")
_SURE = 0.6
_SAME = 0.3


class Faces(Protocol):
    """Finds faces in a picture."""

    def find(self, pixels: NDArray[Any]) -> list[Region]:
        """Return one rectangle a face, from the brow to the chin."""
        ...


class NoFaces:
    """Where no model is installed: finds none."""

    def find(self, pixels: NDArray[Any]) -> list[Region]:
        """Return nothing."""
        return []


class BlazeFace:
    """The detector. Not to be shared between threads: OpenCV keeps state in a network."""

    def __init__(self, model: bytes) -> None:
        """Take the bytes of `face_detection_full_range.tflite`; raises `PictureError` where it is no such model."""
        try:
            self._net = cv2.dnn.readNetFromTFLite(np.frombuffer(model, np.uint8))
            names = set(self._net.getLayerNames())
        except cv2.error as error:
            raise PictureError("the face model could not be read: expected face_detection_full_range.tflite") from error
        if not names.issuperset(_OUTPUTS):
            raise PictureError("the face model has other outputs: expected face_detection_full_range.tflite")
        at = (np.arange(_GRID) + 0.5) / _GRID
        self._anchors = np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)

    def find(self, pixels: NDArray[Any]) -> list[Region]:
        """Return one rectangle a face; raises `PictureError` for an array that is no picture."""
        picture = colour(pixels)
        scale = _SIDE / max(picture.shape[:2])
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        left, top = (_SIDE - size[0]) // 2, (_SIDE - size[1]) // 2
        square = np.zeros((_SIDE, _SIDE, 3), np.uint8)
        square[top : top + size[1], left : left + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        scores, boxes = self._run(square)
        boxes -= (left, top, 0, 0)
        kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), _SURE, _SAME)
        return [Region(*(int(value / scale) for value in boxes[i])) for i in np.asarray(kept, int).ravel()]

    def _run(self, square: NDArray[np.uint8]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return scores and boxes (left, top, width, height in the square) of what is likely a face."""
        half = (127.5,) * 3
        self._net.setInput(cv2.dnn.blobFromImage(square, 1 / 127.5, (_SIDE, _SIDE), half, swapRB=True))
        logits, boxes = self._net.forward(list(_OUTPUTS))
        scores = 1 / (1 + np.exp(-np.clip(logits.ravel(), -80, 80)))
        sure = np.flatnonzero(scores > _SURE)
        found = boxes.reshape(len(scores), -1)[sure, :4].astype(float)
        centres = found[:, :2] + self._anchors[sure] * _SIDE
        return scores[sure], np.concatenate([centres - found[:, 2:] / 2, found[:, 2:]], axis=1)
