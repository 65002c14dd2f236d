// The index of groups as the server sends it: one short list of numbers a group, made into rows here.

const FORMAT = "overt-queue-1";

/** Rows out of the server's index. Times are ISO strings, `left` is how many captures are undecided. */
export function readIndex(index) {
  if (index.format !== FORMAT) throw new Error(`not ${FORMAT}`);
  return index.rows.map(([id, device, epoch, seq, severity, captures, undecided, first, last, assignee, escalated]) => ({
    id,
    ...index.devices[device],
    epoch,
    seq,
    severity,
    captures,
    left: undecided,
    first,
    last,
    assignee: assignee < 0 ? null : index.officers[assignee],
    escalated: escalated === 1,
    decided: null, // what was decided here and may still be on its way
    points: 0,
  }));
}

/** Take from a newer index what changed: new rows, new captures in known ones. Returns the rows that are new. */
export function takeNews(rows, newer) {
  const known = new Map(rows.map((row) => [row.id, row]));
  const added = [];
  for (const row of newer) {
    const old = known.get(row.id);
    if (old === undefined) added.push(row);
    else Object.assign(old, row, { points: old.points, decided: row.left === 0 ? old.decided : null });
  }
  rows.push(...added);
  return added;
}

export const nameOf = ({ device, epoch, seq }) => `${device}/${epoch}/${seq}`;

export const placeOf = ({ device, epoch, seq }) => ({ device, epoch, seq });
