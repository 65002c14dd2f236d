// One sealed record: fetch its head, check who signed it, open the parts that are asked for.

import { OpenerError, fromHex } from "./bytes.js";
import { openPart, parseHead, verifyHead } from "./envelope.js";
import { getBytes } from "./server.js";

const CAPTURE_FORMAT = "overt-capture-1";

export class SealedRecord {
  constructor(address, head, caseKey) {
    this.address = address;
    this.head = head;
    this.caseKey = caseKey;
  }

  /** Fetch a record's head and check the device's signature; throws OpenerError or RequestError. */
  static async fetch(session, { device, epoch, seq }) {
    const address = `/v1/records/${device}/${epoch}/${seq}`;
    const head = parseHead(await getBytes(`${address}/head`));
    const { context } = head;
    const here = context.device === device && context.epoch === epoch && context.seq === seq;
    if (!here) throw new OpenerError("format", "header.context", "the server sent another record");
    const deviceKey = session.devices[device];
    if (deviceKey === undefined) throw new OpenerError("signature", "header", "no key of this device is known");
    await verifyHead(head, fromHex(deviceKey));
    const caseKey = session.cases[context.case];
    if (caseKey === undefined) throw new OpenerError("recipient", "header", "you have no key of this case; log in again");
    return new SealedRecord(address, head, caseKey);
  }

  async part(name) {
    return openPart(this.head, this.caseKey, name, await getBytes(`${this.address}/parts/${name}`));
  }

  /** The words of the capture. */
  async meta() {
    const meta = JSON.parse(new TextDecoder().decode(await this.part("meta")));
    if (meta.format !== CAPTURE_FORMAT) throw new OpenerError("format", "meta", "not a capture");
    return meta;
  }

  /** Address of a picture part as this page may show it; release it with URL.revokeObjectURL. */
  async picture(name, mediaType) {
    return URL.createObjectURL(new Blob([await this.part(name)], { type: mediaType }));
  }
}
