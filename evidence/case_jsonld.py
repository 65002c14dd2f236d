"""The pack's contents as CASE/UCO JSON-LD, for case management systems that exchange it (caseontology.org)."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from evidence.fields import format_time
from evidence.header import Header
from evidence.pack import DATA, Entry

Node: TypeAlias = dict[str, object]

CONTEXT = {
    "kb": "urn:overt:",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def describe(entries: Sequence[Entry], *, made_at: datetime) -> Iterator[bytes]:
    """Yield the graph in pieces, a line a node.

    The tool, the device, one action and one file for each record, and where they come from.
    """
    yield b'{"@context": ' + _spell(CONTEXT) + b',\n"@graph": [\n'
    for number, node in enumerate(_nodes(entries, made_at)):
        yield (b",\n" if number else b"") + _spell(node)
    yield b"\n]}\n"


def _nodes(entries: Sequence[Entry], made_at: datetime) -> Iterator[Node]:
    if entries:
        yield from _frame(entries[0].header, made_at)
    for entry in entries:
        yield from _record(entry)


def _spell(node: Mapping[str, object]) -> bytes:
    return json.dumps(node, ensure_ascii=False).encode()


def _frame(first: Header, made_at: datetime) -> Iterator[Node]:
    fields = first.context.fields
    yield {
        "@id": _id("investigation", fields.case),
        "@type": "case-investigation:Investigation",
        "uco-core:name": fields.case,
        "uco-core:objectCreatedTime": _time(made_at),
    }
    yield {
        "@id": _id("device", fields.device),
        "@type": "uco-observable:Device",
        "uco-core:name": fields.device,
    }
    yield {"@id": _id("tool", "overt-agent"), "@type": "uco-tool:Tool", "uco-core:name": "Overt agent"}


def _record(entry: Entry) -> Iterator[Node]:
    fields = entry.header.context.fields
    name = f"{fields.device}-{fields.epoch}-{fields.seq}"
    yield {
        "@id": _id("action", name),
        "@type": "case-investigation:InvestigativeAction",
        "uco-core:name": fields.kind.value,
        "uco-action:startTime": _time(fields.time),
        "uco-action:instrument": {"@id": _id("tool", "overt-agent")},
        "uco-action:environment": {"@id": _id("device", fields.device)},
        "uco-action:result": [{"@id": _id("record", name)}, {"@id": _id("provenance", name)}],
    }
    yield {
        "@id": _id("record", name),
        "@type": "uco-observable:File",
        "uco-core:hasFacet": [
            {
                "@id": _id("file", name),
                "@type": "uco-observable:FileFacet",
                "uco-observable:fileName": f"{DATA}records/{entry.place}.overt",
                "uco-observable:sizeInBytes": {"@type": "xsd:integer", "@value": str(entry.size)},
            },
            {
                "@id": _id("content", name),
                "@type": "uco-observable:ContentDataFacet",
                "uco-observable:hash": [_hash(name, entry.digest)],
            },
        ],
    }
    yield {
        "@id": _id("provenance", name),
        "@type": "case-investigation:ProvenanceRecord",
        "case-investigation:exhibitNumber": f"{fields.epoch}/{fields.seq}",
        "uco-core:object": [{"@id": _id("record", name)}],
    }


def _hash(name: str, digest: str) -> Node:
    return {
        "@id": _id("hash", name),
        "@type": "uco-types:Hash",
        "uco-types:hashMethod": "SHA256",
        "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": digest},
    }


def _id(kind: str, name: str) -> str:
    """Return an address that ends with a UUID, as UCO asks for, and is the same in each export of the same things."""
    digest = hashlib.sha256(f"overt/{kind}/{name}".encode()).hexdigest()
    return f"kb:{kind}-{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def _time(moment: datetime) -> Node:
    return {"@type": "xsd:dateTime", "@value": format_time(moment)}
