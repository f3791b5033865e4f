# SPDX-License-Identifier: Apache-2.0
"""Clients of the tests: a browser that keeps cookies and reads forms, and one that sends bytes as they are.

Every password and token that passes through a browser is noted in SECRETS: none of them may be found in a log or a store."""

import html.parser
import http.client
import itertools
import json
import socket
import ssl
import urllib.parse

SECRETS = set()
# Each browser comes from an address of its own, so that the limits per address of one test do not meet another one.
ADDRESSES = (
    f"127.{a}.{b}.{c}" for a, b, c in itertools.product(range(1, 250), range(1, 250), range(1, 250))
)
JSON = {"Accept": "application/json"}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        return next(iter(self.all(name)), None)

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    def cookies(self):
        """name → value of every Set-Cookie line."""
        return dict(line.split(";")[0].split("=", 1) for line in self.all("Set-Cookie"))

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}>"


class Form:
    def __init__(self, action):
        self.action, self.fields, self.hidden = action, {}, {}


class FormReader(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "form":
            self.forms.append(Form(values.get("action")))
        elif tag in ("input", "button") and self.forms and values.get("name"):
            self.forms[-1].fields[values["name"]] = values
            if values.get("type") == "hidden":
                self.forms[-1].hidden[values["name"]] = values.get("value", "")


def forms(answer):
    return FormReader(answer.text).forms


class Browser:
    """One person's browser at one site: keeps cookies, follows nothing by itself."""

    def __init__(self, site, address=None):
        self.site, self.address, self.cookies = site, address or next(ADDRESSES), {}

    def connect(self):
        arguments = {"timeout": 20, "source_address": (self.address, 0)}
        if self.site.scheme == "http":
            return http.client.HTTPConnection("127.0.0.1", self.site.port, **arguments)
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, **arguments)
        connection.connect()
        connection.sock = self.site.tls().wrap_socket(
            connection.sock, server_hostname=self.site.name
        )
        return connection

    def request(self, method, path, body=None, headers=None, cookies=None):
        """One request; `cookies` instead of the jar's, as the text of the header."""
        connection = self.connect()
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            lines = {"Host": self.site.host, **(headers or {})}
            cookie = (
                cookies
                if cookies is not None
                else "; ".join(f"{k}={v}" for k, v in self.cookies.items())
            )
            if cookie:
                lines["Cookie"] = cookie
            if body is not None:
                body = body.encode() if isinstance(body, str) else body
                lines.setdefault("Content-Length", str(len(body)))
            for name, value in lines.items():
                for one in value if isinstance(value, (list, tuple)) else [value]:
                    connection.putheader(name, one)
            connection.endheaders(body)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        self.keep(answer)
        return answer

    def keep(self, answer):
        for line in answer.all("Set-Cookie"):
            (name, _, value), attributes = line.split(";")[0].partition("="), line.lower()
            if "max-age=0" in attributes.replace(" ", ""):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
                SECRETS.add(value)

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, fields, headers=None, **more):
        """A form, sent as a browser sends it from our own page."""
        page = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": self.site.origin,
            "Sec-Fetch-Site": "same-origin",
            **(headers or {}),
        }
        page = {name: value for name, value in page.items() if value is not None}
        note_secrets(fields)
        return self.request("POST", path, urllib.parse.urlencode(fields), page, **more)

    def post_json(self, path, fields, headers=None, **more):
        page = {
            "Content-Type": "application/json",
            **JSON,
            "Origin": self.site.origin,
            **(headers or {}),
        }
        page = {name: value for name, value in page.items() if value is not None}
        note_secrets(fields)
        return self.request("POST", path, json.dumps(fields), page, **more)

    def form(self, path, action=None):
        """The form of a page, by the end of its action."""
        answer = self.get(path)
        assert answer.status == 200, answer
        found = [
            form
            for form in forms(answer)
            if action is None or (form.action or path).endswith(action)
        ]
        assert found, f"no form {action} in {answer.text}"
        SECRETS.update(form.hidden["csrf"] for form in found if form.hidden.get("csrf"))
        return found[0]

    def login(self, user, target=None, **fields):
        """Through the form: GET the page, POST what it asks for."""
        path = "/auth/login" + ("?rd=" + urllib.parse.quote(target, safe="") if target else "")
        form = self.form(path)
        return self.post(
            "/auth/login",
            {**form.hidden, "identifier": user.email, "password": user.password, **fields},
        )

    def logout(self):
        form = self.form("/auth/logout", "/logout")
        return self.post("/auth/logout", form.hidden)

    @property
    def token(self):
        return self.cookies.get(self.site.cookie)


def note_secrets(fields):
    fields = dict(fields)
    for name in ("password", "current_password", "new_password", "csrf"):
        value = fields.get(name)
        if isinstance(value, str) and len(set(value)) >= 10:  # not one that a test has made of "x"
            SECRETS.add(value)


def signed_in(site, user, **more):
    """A browser in which `user` has just signed in."""
    browser = Browser(site, **more)
    answer = browser.login(user)
    assert answer.status == 303, answer
    return browser


def raw(site, data, timeout=10.0, address=None, until=None):
    """Sends bytes as they are and reads until the server closes, or has sent `until`; what came back."""
    with socket.create_connection(
        ("127.0.0.1", site.port), timeout, source_address=(address or next(ADDRESSES), 0)
    ) as plain:
        with site.tls().wrap_socket(
            plain, server_hostname=site.name
        ) if site.scheme == "https" else plain as link:
            link.sendall(data)
            parts = []
            try:
                while part := link.recv(65536):
                    parts.append(part)
                    if until and until in b"".join(parts):
                        break
            except (ConnectionResetError, ssl.SSLError):
                pass
            return b"".join(parts)


def raw_answer(data):
    """The first answer in these bytes."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0].startswith("HTTP/"):
        return Answer(0, [], data)
    headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
    return Answer(int(lines[0].split()[1]), headers, body)
