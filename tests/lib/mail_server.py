# SPDX-License-Identifier: Apache-2.0
"""A real mail server for the tests, with TLS, logins and refusals, and the authority that signs its certificate."""

import asyncio
import collections
import email
import email.policy
import ssl
import subprocess

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from processes import free_port, wait_until

Received = collections.namedtuple("Received", "sender recipients message login encrypted")
USER, PASSWORD = "no-reply@example.org", "a password: of the mail server"


class Authority:
    """Signs certificates for localhost."""

    def __init__(self, root):
        root.mkdir()
        self.root, self.certificate, self.key = root, root / "ca.pem", root / "ca.key"
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self.openssl(
            "req",
            "-x509",
            *curve,
            "-days",
            "2",
            "-subj",
            "/CN=Tests",
            "-keyout",
            self.key,
            "-out",
            self.certificate,
        )
        self.openssl(
            "req",
            *curve,
            "-subj",
            "/CN=localhost",
            "-keyout",
            root / "server.key",
            "-out",
            root / "server.csr",
        )
        (root / "names").write_text("subjectAltName=DNS:localhost")
        self.openssl(
            "x509",
            "-req",
            "-days",
            "2",
            "-in",
            root / "server.csr",
            "-CA",
            self.certificate,
            "-CAkey",
            self.key,
            "-CAcreateserial",
            "-extfile",
            root / "names",
            "-out",
            root / "server.pem",
        )

    def openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.root / "server.pem", self.root / "server.key")
        return context


class MailServer:
    """Listens on 127.0.0.1 within `with`. `tls`: None, "starttls" or "smtps"."""

    def __init__(self, authority=None, tls=None, login=False):
        self.authority, self.tls, self.login, self.port = authority, tls, login, free_port()
        self.received, self.tried = [], []
        self.refusals = []  # replies to the next recipients, the first one first; None: accepted
        self.refuse_text = None
        self.hold = False  # no answer to a text
        self.controller = None

    @property
    def url(self):
        return f"{'smtps' if self.tls == 'smtps' else 'smtp'}://localhost:{self.port}"

    def options(self, **more):
        found = {
            "mail_url": self.url,
            "mail_from": "Acme <no-reply@example.org>",
            "mail_timeout": "10s",
            **more,
        }
        if self.tls:
            found = {
                "mail_ca_file": str(self.authority.certificate),
                "mail_tls": "required",
                **found,
            }
        return {"mail_user": USER, "mail_password": PASSWORD, **found} if self.login else found

    def __enter__(self):
        more = {}
        if self.tls == "starttls":
            more = {"tls_context": self.authority.context(), "require_starttls": True}
        if self.tls == "smtps":
            more = {"ssl_context": self.authority.context()}
        if self.login:
            more.update(
                auth_required=True,
                authenticator=self.judge,
                auth_require_tls=self.tls == "starttls",
            )
        self.controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ready_timeout=15, **more
        )
        self.controller.start()
        return self

    def __exit__(self, *exception):
        self.controller.stop()

    @staticmethod
    def judge(server, session, envelope, mechanism, data):
        del server, session, envelope, mechanism
        return AuthResult(
            success=(data.login.decode(), data.password.decode()) == (USER, PASSWORD),
            handled=False,
            auth_data=data,
        )

    async def handle_RCPT(
        self, server, session, envelope, address, options
    ):  # pylint: disable=invalid-name
        del server, session, options
        self.tried.append(address)
        refusal = self.refusals.pop(0) if self.refusals else None
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server, session, envelope):  # pylint: disable=invalid-name
        del server
        text = envelope.original_content
        if self.hold:
            self.tried.append("text")
            await asyncio.Event().wait()
        if self.refuse_text:
            return self.refuse_text
        message = email.message_from_bytes(text, policy=email.policy.default)
        login = session.auth_data.login.decode() if session.auth_data else None
        encrypted = self.tls == "smtps" or session.ssl is not None
        self.received.append(
            Received(envelope.mail_from, envelope.rcpt_tos, message, login, encrypted)
        )
        assert (
            max(map(len, text.split(b"\r\n"))) <= 78
            and text.isascii()
            and b"\n" not in text.replace(b"\r\n", b"")
        )
        return "250 taken as number 7"

    def wait_for(self, count=1):
        wait_until(lambda: len(self.received) >= count, f"{count} mails")
        return self.received
