"""Publishes a set of libraries for a case: four eyes where they are demanded, since it changes what is captured.

What a second person approves is the difference: these files in place of that set, and what that changes, in words.
The words are made again when it is published: they are of these files, or it is not what was approved. Where another
set was published in between, it is another difference, and is asked for anew.
"""

import hashlib
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence import canonical
from evidence.canonical import Value
from server_stub import approvals, updates
from server_stub.access import Principal, Right, demand, note
from server_stub.approvals import Kind, Wish
from server_stub.errors import NotFoundError
from server_stub.folder import ServerFolder
from server_stub.server import Server
from server_stub.tables import Case
from server_stub.updates import Published


def asked_for(folder: ServerFolder, case: str, files: Mapping[str, bytes], changes: Sequence[Value]) -> Wish:
    """Return what a second person has to approve before these files are a case's set.

    `changes`: what they change in words and rules. The server reads no libraries; who publishes says it.
    """
    before = updates.newest_files(folder, case)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    published = updates.published(folder, case)
    details = canonical.encode(
        {
            "format": "overt-request-1",
            "kind": Kind.LIBRARIES.value,
            "subject": case,
            "replaces": 0 if published is None else published.version,
            "new": _spell(digests, [name for name in digests if name not in before]),
            "changed": _spell(digests, [name for name in digests if before.get(name, digests[name]) != digests[name]]),
            "same": sorted(name for name, digest in digests.items() if before.get(name) == digest),
            "removed": sorted(before.keys() - digests.keys()),
            "changes": changes,
        }
    )
    return Wish(Kind.LIBRARIES, case, details, "")


def _spell(digests: Mapping[str, str], names: Sequence[str]) -> list[Value]:
    return [{"name": name, "sha256": digests[name]} for name in sorted(names)]


def publish(
    server: Server,
    principal: Principal,
    case: str,
    files: Mapping[str, bytes],
    *,
    changes: Sequence[Value],
    targets_key: Ed25519PrivateKey,
    request: str | None = None,
) -> Published:
    """Publish files by name as the next set of a case. `changes`: as for `asked_for`.

    Raises:
        NotFoundError: no such case, or the account does not administer; the try is noted.
        UnacceptableError: four eyes are needed and `request` is no approved request for exactly this; or as
            `updates.publish`.
        SetupError: as `updates.publish`.
    """
    demand(server.database, principal, Right.ADMINISTER, action="publish-libraries", subject=case)
    with server.database.writing() as session:
        if session.get(Case, case) is None:
            raise NotFoundError(f"there is no case {case}", hint="overt server case list names them.")
        approvals.spend(session, request, asked_for(server.folder, case, files, changes), at=principal.at)
        done = updates.publish(server.folder, case, files, targets_key=targets_key, now=principal.at)
        note(session, principal, "publish-libraries", f"{case} set {done.version}")
    return done
