"""A time-stamping authority (RFC 3161) on this computer: openssl behind a small web server, with its own keys."""

import subprocess
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIGURATION = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class TimeAuthority:
    """The authority; `certificate` is what a reader trusts. `broken` makes it answer nonsense."""

    def __init__(self, folder: Path) -> None:
        """Make keys and certificates, and listen on a free port."""
        folder.mkdir()
        self.folder = folder
        self.broken = False
        self.certificate = folder / "authority.pem"
        (folder / "serial").write_text("01\n")
        (folder / "openssl.cnf").write_text(CONFIGURATION.format(folder=folder))
        self._make_certificates()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, query: bytes) -> bytes:
        """Return the answer to a query."""
        if self.broken:
            return b"no time today"
        (self.folder / "query").write_bytes(query)
        command = [
            "openssl", "ts", "-reply", "-config", "openssl.cnf", "-section", "here", "-queryfile", "query",
            "-signer", "signer.pem", "-inkey", "signer.key",
        ]  # fmt: skip
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=True).stdout

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                answer = authority.answer(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def _make_certificates(self) -> None:
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = _builder("A time authority's root", "A time authority's root", root_key.public_key())
        root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        signer = _builder("A time authority's root", "A time authority", key.public_key())
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        signer = signer.add_extension(usage, critical=True)
        for name, certificate in (("authority", root), ("signer", signer)):
            signed = certificate.sign(root_key, hashes.SHA256())
            (self.folder / f"{name}.pem").write_bytes(signed.public_bytes(Encoding.PEM))
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / "signer.key").write_bytes(pem)


def _builder(issuer: str, subject: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (issuer, subject)]
    return (
        x509.CertificateBuilder()
        .issuer_name(names[0])
        .subject_name(names[1])
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
    )
