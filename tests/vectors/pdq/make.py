"""Makes photos.json: the hashes that the published PDQ code computes. Needs the extra `peers`.

python -m tests.vectors.pdq.make
"""

import json
from pathlib import Path

import cv2
import numpy as np
import pdqhash

from tests.engine_image.conftest import load_photos
from tests.engine_image.test_hashing import SIZES


def main() -> None:
    """Write the vectors beside this file."""
    found = {}
    for name, picture in load_photos().items():
        for size in SIZES:
            scaled = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            bits, quality = pdqhash.compute(np.ascontiguousarray(scaled[..., ::-1]))
            digest = np.packbits(bits).tobytes().hex()
            found[f"{name} {size[0]}x{size[1]}"] = {"hash": digest, "quality": int(quality)}
    Path(__file__).with_name("photos.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
