// What a decrypted picture really is. The watched computer wrote its bytes: its type and its size are read from them, and
// what is no picture of a known kind, or would take too much memory when it is drawn, is not given to the browser.

import { OpenerError } from "./bytes.js";

export const MOST_PIXELS = 100_000_000; // three times an 8K screen

/** A Blob of a PNG, JPEG or WebP picture of a bearable size. Throws OpenerError for everything else. */
export function pictureBlob(data) {
  const found = measure(data);
  if (found === null) throw new OpenerError("format", "picture", "no picture of a kind that is shown here");
  if (found.width * found.height > MOST_PIXELS) {
    throw new OpenerError("format", "picture", `too large to be shown: ${found.width} by ${found.height}`);
  }
  return new Blob([data], { type: found.type });
}

/** The media type of a picture that may be drawn; null for what is none, or is too large. */
export function bearableType(data) {
  const found = measure(data);
  return found === null || found.width * found.height > MOST_PIXELS ? null : found.type;
}

/** { type, width, height } from the bytes themselves; null for no PNG, JPEG or WebP. */
export function measure(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  try {
    return png(view) ?? webp(view) ?? jpeg(view);
  } catch (problem) {
    if (problem instanceof RangeError) return null; // it ends in its own head
    throw problem;
  }
}

function png(view) {
  if (view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a || view.getUint32(12) !== 0x49484452) return null;
  return { type: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
}

function webp(view) {
  if (view.getUint32(0) !== 0x52494646 || view.getUint32(8) !== 0x57454250) return null;
  const kind = view.getUint32(12);
  const type = "image/webp";
  const three = (at) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  if (kind === 0x56503858) return { type, width: three(24) + 1, height: three(27) + 1 }; // VP8X
  if (kind === 0x5650384c) { // VP8L: 14 bits each, after a signature byte
    const bits = view.getUint32(21, true);
    return { type, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (kind === 0x56503820) return { type, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  return null;
}

/** Walk along the segments to the start of the frame (SOF). */
function jpeg(view) {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    while (view.getUint8(at) === 0xff && view.getUint8(at + 1) === 0xff) at += 1; // fill bytes
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { type: "image/jpeg", height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    if (marker === 0xd9 || marker === 0xda || view.getUint16(at + 2) < 2) return null;
  }
}
