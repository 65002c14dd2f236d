// Decisions as labelled examples for `overt evaluate`: JSON lines, made where the key is. docs/evaluation.md has the form.

const LABELS = {
  "no-concern": "clean",
  "false-alarm": "clean",
  intelligence: "fire",
  concern: "fire",
  breach: "fire",
};

/** One line for each decided capture, [{ name, meta, disposition }]; third parties' words are left out. */
export function spellLabels(captures) {
  return captures
    .filter(({ disposition }) => disposition in LABELS)
    .map(({ name, meta, disposition }) =>
      JSON.stringify({
        id: name,
        text: meta.text,
        label: LABELS[disposition],
        disposition,
        severity: meta.severity,
        source: meta.source,
        title: meta.title,
        url: meta.url,
        terms: [...new Set(meta.findings.map((one) => `${one.library_id}/${one.term_id}`))],
      }),
    )
    .map((line) => `${line}\n`)
    .join("");
}
