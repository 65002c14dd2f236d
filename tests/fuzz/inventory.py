"""What reads bytes, text or a file, found in the source; and where each is fuzzed (tests/test_architecture.py asks)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz import evidence_parsers, other_parsers

ROOT = Path(__file__).parents[2]
PACKAGES = ("evidence", "agent", "server_stub", "overt", "engine/library", "engine/signatures", "engine/image",
            "engine/documents", "engine/evaluate", "engine/meaning")  # fmt: skip
NAME = re.compile(r"(parse|read|rows|decode|load|import_list|unpad|unwrap|open_|from_|check_|verify_|join)")
RAW = re.compile(r"\b(bytes|str|Path|SignedHeaders)\b")
FUZZED = {name.partition(" ")[0] for name in evidence_parsers.TARGETS | other_parsers.TARGETS}
THROUGH = {
    "overt.hashes_work:import_list": "overt.hashes_read:rows",
    "overt.commands.library_import:import_list": "overt.library_import.entries:read_entries",
    "overt.agent_status:read_status": "agent.state:StateFolder.status",
    "overt.picture_files:decode": "overt.picture_files:decode_bytes",
    "overt.signature_files:read_signature_texts": "engine.signatures.parse:parse_signatures",
    "overt.signature_files:read_signatures": "engine.signatures.parse:parse_signatures",
    "overt.library_files:load_person": "engine.library.person:parse_person",
    "overt.evidence_files:read_authority_file": "evidence.authority:read_authority",
    "overt.evidence_files:read_all": "evidence.verification:verify_records",
    "evidence.pack_verification:read_withdrawals": "evidence.authority:check_withdrawal",
    "engine.library.parse:load": "engine.library.parse:parse",
    "engine.library.parse:check_top": "engine.library.parse:parse",
    "engine.library.fields:read_table": "engine.library.parse:parse",
    "engine.evaluate.tally:Tally.from_values": "overt.evaluation.resume:load",
    "engine.meaning.classifier:from_values": "overt.meaning.files:parse_meaning",
    **{f"engine.documents.{one}": "engine.documents.read:read" for one in (
        "archive:open_zip", "decode:Decoder.decode", "jsonlines:read_json_lines", "lines:read_lines",
        "mail:read_message", "mailbox:read_mailbox", "markup:read_html", "pdf:read_pdf", "plain:read_plain",
        "tables:read_table", "word:read_word", "read:_File.read", "read:_File.decoded",
    )},
}  # fmt: skip
"""Parsers that another one's fuzz goes through."""
NONE = {
    "overt.evidence_files:read_file": "bytes of a file, as they are",
    "overt.evidence_check:check_pack": "a folder; tests/evidence/test_attack_matrix.py changes each of its files",
    "overt.evidence_check:check_store": "a server's database and blobs; tests/faults and test_attack_matrix.py",
    "overt.hashes_set:read": "a set with a digest over all of it; tests/hashes/test_read.py damages it",
    "overt.hashes_set:read_about": "the same file",
    "overt.library_files:load": "ids and paths of libraries, each read by engine.library.parse",
    "overt.library_compile:read": "the same",
    "overt.update_set:UpdateSet.load": "ids within a set whose signatures were checked by tuf",
    "overt.evidence_store:Store.check_export": "no input: an approval in the database",
    "agent.person_window:rows": "lines of a window",
    "overt.demo.officer:open_captures": "no input: what the demo itself made",
    "server_stub.account_codes:AccountCodes.join": "a code that is looked up by its hash",
    "server_stub.officers:check_passphrase": "a passphrase, compared",
    "server_stub.transfer.rows_in:RowsIn.check_handovers": "no input: what the rows said, each hand-over fuzzed apart",
    "server_stub.teams:join": "puts an officer into a team",
    "overt.demo.play:open_in_console": "no input: what the demo itself made",
    "server_stub.blobs:Blobs.read": "bytes of a blob, as they are",
    "server_stub.blobs_folder:BlobFolder.read": "the same",
    "server_stub.blobs_s3:BlobBucket.read": "the same",
    "server_stub.cases:open_case": "makes a case",
    "server_stub.permission:check_permitted": "a digest that was checked before; looks it up",
    "server_stub.updates:read": "names of files in a published set; tests/server_stub tries others",
    "server_stub.approvals:check_approved": "looks an approval up by its id",
    "engine.image.hashing:from_hashes": "two hashes whose sizes the caller checked",
    "overt.commands.evidence:open_envelope": "a command over evidence.envelope",
    "overt.commands.evidence:verify_envelopes": "a command over evidence.verification",
    "overt.commands.evaluate:CorpusByDefault.parse_args": "arguments of the command line, read by click",
}
"""What has such a name and reads nothing that somebody else wrote, or is tried in another way."""


def parsers() -> Iterator[str]:
    """Yield `module:function` of every public function that is named like a parser and takes something raw."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
            for qualified, node in _functions(ast.parse(path.read_text(encoding="utf-8")), ""):
                if NAME.match(node.name) and _takes_raw(node):
                    yield f"{module}:{qualified}"


def _functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield f"{prefix}{node.name}", node


def _takes_raw(node: ast.FunctionDef) -> bool:
    taken = [one.annotation for one in (*node.args.args, *node.args.kwonlyargs) if one.annotation is not None]
    return any(RAW.search(ast.unparse(one)) for one in taken)
