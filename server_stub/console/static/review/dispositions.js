// What a capture can turn out to be, with the key that says so.

export const DISPOSITIONS = [
  { key: "1", name: "no-concern", label: "No concern", help: "true, and nothing to follow up" },
  { key: "2", name: "false-alarm", label: "False alarm", help: "it should not have fired; names the term" },
  { key: "3", name: "intelligence", label: "Intelligence", help: "worth knowing, no action now" },
  { key: "4", name: "concern", label: "Concern", help: "to be followed up with the person" },
  { key: "5", name: "breach", label: "Breach", help: "against a condition of the order" },
  { key: "6", name: "third-party", label: "Third party", help: "somebody else’s: marked for deletion" },
];

export const labelOf = (name) => DISPOSITIONS.find((one) => one.name === name)?.label ?? name;
