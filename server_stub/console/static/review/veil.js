// A thumbnail as a veil: brought down to a few grey dots as soon as it is opened, so that nothing more of it is in memory
// or on the screen. A page of them costs next to nothing to draw.

import { bearableType } from "../picture-bytes.js";

export const WIDTH = 24;
export const HEIGHT = 15;
const BROKEN = ["InvalidStateError", "EncodingError", "DataError", "RangeError"];
const supported = new Map(); // media type -> whether this browser decodes it without a Blob

/** The dots of an opened thumbnail; null where its bytes are no picture, or one that is too large. */
export async function veil(bytes) {
  const type = bearableType(bytes);
  if (type === null) return null;
  const size = { resizeWidth: WIDTH, resizeHeight: HEIGHT, resizeQuality: "medium" };
  const decoder = await decoderFor(bytes, type);
  try {
    if (decoder === null) return await createImageBitmap(new Blob([bytes], { type }), size);
    const { image } = await decoder.decode();
    return await createImageBitmap(image, size).finally(() => image.close());
  } catch (problem) {
    if (BROKEN.includes(problem.name)) return null;
    throw problem;
  } finally {
    decoder?.close();
  }
}

/** A decoder that needs no detour over a Blob, and less time; null where the browser has none for this kind. */
async function decoderFor(data, type) {
  if (globalThis.ImageDecoder === undefined) return null;
  if (!supported.has(type)) supported.set(type, ImageDecoder.isTypeSupported(type));
  return (await supported.get(type)) ? new ImageDecoder({ data, type, desiredWidth: 2 * WIDTH, desiredHeight: 2 * HEIGHT }) : null;
}

/** Draw it in grey; the canvas is `WIDTH` by `HEIGHT`. */
export function drawVeil(canvas, dots) {
  const pen = canvas.getContext("2d");
  pen.globalCompositeOperation = "source-over";
  pen.drawImage(dots, 0, 0);
  pen.globalCompositeOperation = "saturation";
  pen.fillStyle = "#888";
  pen.fillRect(0, 0, WIDTH, HEIGHT);
}
