// One sealed record: fetch its head, check who signed it, open the parts that are asked for.

import { OpenerError, fromHex } from "./bytes.js";
import { importVerifyingKey, openPart, parseHead, verifyHead } from "./envelope.js";
import { pictureBlob } from "./picture-bytes.js";
import { CAPTURE_FORMAT, readWords } from "./sealed-words.js";
import { getBytes } from "./server.js";

const verifyingKeys = new Map(); // hex -> CryptoKey, imported once

async function verifyingKey(hex) {
  if (!verifyingKeys.has(hex)) verifyingKeys.set(hex, await importVerifyingKey(fromHex(hex)));
  return verifyingKeys.get(hex);
}

export class SealedRecord {
  constructor(address, head, caseKey) {
    this.address = address;
    this.head = head;
    this.caseKey = caseKey;
  }

  /** Fetch a record's head and check the device's signature; throws OpenerError or RequestError. */
  static async fetch(session, { device, epoch, seq }) {
    const bytes = await getBytes(`/v1/records/${device}/${epoch}/${seq}/head`);
    return SealedRecord.read(session, { device, epoch, seq }, bytes);
  }

  /** Check a head that was fetched; throws OpenerError. */
  static async read(session, { device, epoch, seq }, bytes) {
    const head = parseHead(bytes);
    const { context } = head;
    const here = context.device === device && context.epoch === epoch && context.seq === seq;
    if (!here) throw new OpenerError("format", "header.context", "the server sent another record");
    const deviceKey = session.devices[device];
    if (deviceKey === undefined) throw new OpenerError("signature", "header", "no key of this device is known");
    await verifyHead(head, await verifyingKey(deviceKey));
    const named = context.recipients.map((one) => one.key);
    const caseKey = session.cases[context.case]?.find((key) => named.includes(key.id));
    if (caseKey === undefined) throw new OpenerError("recipient", "header", "you have no key of this case; log in again");
    return new SealedRecord(`/v1/records/${device}/${epoch}/${seq}`, head, caseKey);
  }

  get case() {
    return this.head.context.case;
  }

  /** Open the ciphertext of a part that was fetched. */
  open(name, ciphertext) {
    return openPart(this.head, this.caseKey, name, ciphertext);
  }

  async part(name) {
    return this.open(name, await getBytes(`${this.address}/parts/${name}`));
  }

  /** What the record says, opened and checked; throws OpenerError. */
  async words(ciphertext) {
    return readWords(new TextDecoder().decode(await this.open("meta", ciphertext)));
  }

  /** The same; null where it cannot be opened, or is not of its form. */
  async wordsIfReadable(ciphertext) {
    try {
      return await this.words(ciphertext);
    } catch (problem) {
      if (!(problem instanceof OpenerError)) throw problem;
      return null;
    }
  }

  /** The words of the capture. */
  async meta() {
    return this.openMeta(await getBytes(`${this.address}/parts/meta`));
  }

  /** The words of the capture, out of a ciphertext that was fetched. */
  async openMeta(ciphertext) {
    const meta = await this.words(ciphertext);
    if (meta.format !== CAPTURE_FORMAT) throw new OpenerError("format", "meta", "not a capture");
    return meta;
  }

  /** Address of a picture part as this page may show it; release it with URL.revokeObjectURL. Throws OpenerError. */
  async picture(name) {
    return URL.createObjectURL(pictureBlob(await this.part(name)));
  }
}
