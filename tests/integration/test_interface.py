# SPDX-License-Identifier: Apache-2.0
# Goal: docs/openapi.yaml and docs/api.md are true. Every example of a request gets the answer that stands beside it, with the status and
# the schema that it has there; what anybody can do wrong with a request is answered with a status and a code that the operation lists; and
# the commands of the page do what it says.
import json
import re
import subprocess
import urllib.parse

import jsonschema
import pytest

from client import JSON, SECRETS, note_secrets, signed_in
from guide import Guide
from inbox import ORIGIN, Inbox, ask, follow
from interface import Interface
from processes import wait_until
from servers import NAME, Stores, demo_module

INTERFACE = Interface()
EXAMPLES = list(INTERFACE.examples())
OPERATIONS = [one for one in INTERFACE.operations() if not one.body.get("x-internal")]
POSTS = [one for one in OPERATIONS if one.method == "POST"]
FORM = "application/x-www-form-urlencoded"
# What stands in the examples for things that a test makes anew.
PASSWORD, ADDRESS, ELSEWHERE = (
    "a long walk by the sea",
    "ann@example.org",
    "5b1f2f3c-3c0e-4c8e-8a57-1f3a9d0e6b21",
)


def make(make_site, stores, root, name, example):
    """A site that offers everything."""
    folder = root / f"{name}-mail"
    folder.mkdir(mode=0o700)
    options = {
        "mail_url": f"file://{folder}",
        "mail_from": "Acme <no-reply@example.org>",
        "context.web.url": ORIGIN,
        "context.web.registration": "open",
    }
    site = make_site(name, stores, example=example, options=options)
    site.inbox = Inbox(folder)
    return site


@pytest.fixture(scope="module", name="site")
def site_with_everything(make_site, make_stores, root):
    stores = make_stores("postgresql+redis", "gate_interface")
    return make(make_site, stores, root, "interface", "example-tls.conf")


@pytest.fixture(scope="module")
def embedded(make_site, root):
    return make(make_site, Stores("mock"), root, "interface-embedded", "example.conf")


class Visitor:
    """Who asks, as `x-as` says, and what the examples' names for things mean to this visitor."""

    def __init__(self, site, who):
        self.user = site.user("orders.write")
        self.browser = site.browser(address="127.0.0.1" if who == "monitoring" else None)
        self.means = {ADDRESS: self.user.email, PASSWORD: self.user.password}
        if who == "ann":
            self.sign_in(site)
        elif who in ("reset", "register"):
            self.follow_link(site, who)

    def sign_in(self, site):
        self.browser = signed_in(site, self.user)
        signed_in(site, self.user)
        listed = self.browser.get("/auth/sessions", headers=JSON).json()["sessions"]
        (self.means[ELSEWHERE],) = [one["handle"] for one in listed if not one["current"]]

    def follow_link(self, site, what):
        first = {"reset": "/auth/password/forgot", "register": "/auth/register"}[what]
        address = self.user.email if what == "reset" else "new." + self.user.email
        assert ask(self.browser, first, address).status == 303
        follow(self.browser, site.inbox.link(address))

    def said(self, value):
        """A value of an example as this visitor would send it."""
        text = json.dumps(value)
        for name, meaning in self.means.items():
            text = text.replace(name, meaning)
        return json.loads(text)


def who_asks(example):
    needs = example.operation.body.get("security", INTERFACE.whole["security"])
    return example.told.get("x-as", "ann" if needs[0].get("session") is not None else "stranger")


def send(example, visitor, site):
    path = "/auth" + example.operation.path
    if example.query:
        path += "?" + urllib.parse.urlencode(example.query)
    browser, fields = visitor.browser, visitor.said(example.request)
    if example.operation.method == "GET":
        page = example.media in ("Location", "text/html")
        return browser.get(path, headers={} if page else JSON)
    if example.request_media == FORM:
        if "csrf" in fields:
            fields["csrf"] = browser.form(path).hidden["csrf"]
        more = {} if example.media in ("Location", "text/html") else JSON
        return browser.post(path, fields, headers=more)
    return browser.post_json(path, fields or {})


def same_shape(answer, example):
    """The same fields, and where programs read a word the same word."""
    if isinstance(example, dict) and isinstance(answer, dict):
        for name, value in example.items():
            assert name in answer, f"{name} is missing in {answer}"
            if name in ("code", "message", "status", "rd", "login", "theme", "ended"):
                assert answer[name] == value, name
            same_shape(answer[name], value)
    elif isinstance(example, list) and isinstance(answer, list):
        for one, other in zip(answer, example):
            same_shape(one, other)
    else:
        assert type(answer) is type(example), (answer, example)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_is_answered_as_it_says(site, example):
    visitor = Visitor(site, who_asks(example))
    for _ in range(example.told.get("x-times", 1)):
        answer = send(example, visitor, site)
    assert answer.status == example.status, answer
    if example.media == "Location":
        assert answer.header("Location") == example.answer
        return
    assert answer.header("Content-Type") == f"{example.media}; charset=utf-8"
    if example.media != "application/json":
        assert example.answer in answer.text
        return
    INTERFACE.check(answer.json(), example.schema)
    INTERFACE.check(example.answer, example.schema)
    same_shape(answer.json(), visitor.said(example.answer))


def test_an_answer_that_does_not_fit_is_noticed():
    schema = INTERFACE.at({"$ref": "#/components/schemas/Me"})
    with pytest.raises(jsonschema.ValidationError):
        INTERFACE.check({"user": {}}, schema)
    with pytest.raises(AssertionError):
        same_shape({"error": {"code": "b"}}, {"error": {"code": "a"}})


# What anybody can do wrong, whatever the route is: content type, body, and headers beside it.
WRONG = {
    "no body": ("application/json", "", {}),
    "no JSON": ("application/json", "{", {}),
    "a list": ("application/json", "[1]", {}),
    "an object in it": ("application/json", '{"identifier":{}}', {}),
    "twice": ("application/json", '{"a":"1","a":"2"}', {}),
    "too many": ("application/json", json.dumps({f"f{n}": "x" for n in range(40)}), {}),
    "too long": ("application/json", json.dumps({"a": "x" * 20000}), {}),
    "in another form": ("text/plain", "a=1", {}),
    "nothing of use": ("application/json", "{}", {}),
    "no token": (FORM, "a=1", {}),
    "of another site": ("application/json", "{}", {"Origin": "https://evil.example"}),
    "of a neighbour": ("application/json", "{}", {"Sec-Fetch-Site": "same-site"}),
}


@pytest.mark.parametrize("who", ["stranger", "ann"])
@pytest.mark.parametrize("operation", POSTS, ids=str)
def test_what_is_wrong_is_answered_as_the_operation_lists(site, operation, who):
    visitor = Visitor(site, who)
    for wrong, (media, body, more) in WRONG.items():
        if who == "ann" and not visitor.browser.token:  # what was wrong there has signed her out
            visitor = Visitor(site, who)
        headers = {"Content-Type": media, "Origin": site.origin, **JSON, **more}
        answer = visitor.browser.request("POST", "/auth" + operation.path, body, headers)
        assert answer.status in INTERFACE.responses(operation), (wrong, answer)
        if answer.status >= 400:
            INTERFACE.check(answer.json(), INTERFACE.at({"$ref": "#/components/schemas/Error"}))
            pair = (answer.status, answer.json()["error"]["code"])
            assert pair in INTERFACE.codes(operation), (wrong, pair)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_the_statuses_of_an_operation_are_those_that_it_lists(site, operation):
    """Bare requests of strangers and of ann, for a page and for JSON."""
    for who in ("stranger", "ann", "monitoring"):
        visitor = Visitor(site, who)
        for headers in ({}, JSON):
            answer = visitor.browser.request(
                operation.method, "/auth" + operation.path, headers=headers
            )
            assert answer.status in INTERFACE.responses(operation), (who, headers, answer)


FIELDS = {
    "identifier": ADDRESS,
    "password": PASSWORD,
    "current_password": PASSWORD,
    "new_password": "another walk in the woods",
    "handle": ELSEWHERE,
    "theme": "dark",
}


def test_an_outage_is_answered_as_the_operations_list(embedded):
    """Nothing can be read from the embedded store, and nothing written: every operation that needs it says so, and none says that somebody is
    signed out."""
    visitors = {who: Visitor(embedded, who) for who in ("ann", "reset", "register", "monitoring")}
    store = demo_module("console").LockedFile(embedded.gateway.root / "state" / "gatehouse.db")
    store.stop()
    try:
        wait_until(
            lambda: visitors["ann"].browser.get("/app/", headers=JSON).status == 503,
            "what is remembered counts no more",
        )
        said = {}
        for operation in OPERATIONS:
            needs = operation.body.get("security", INTERFACE.whole["security"])[0]
            link = "reset" if "reset" in operation.path else "register"
            visitor = visitors[link if "link" in needs else "ann"]
            browser = (
                visitors["monitoring"].browser if operation.path == "/ready" else visitor.browser
            )
            path, fields = "/auth" + operation.path, visitor.said(FIELDS)
            answer = (
                browser.post_json(path, fields)
                if operation.method == "POST"
                else browser.get(path, headers=JSON)
            )
            assert answer.status in INTERFACE.responses(operation), answer
            if answer.status >= 400 and operation.path != "/ready":
                pair = (answer.status, answer.json()["error"]["code"])
                assert pair in INTERFACE.codes(operation), pair
                said[str(operation)] = pair[1]
    finally:
        store.go_on()
    assert "not_signed_in" not in said.values(), said
    assert said["POST /logout"] == "not_signed_out"
    unavailable = {name for name, code in said.items() if code == "unavailable"}
    assert {
        "POST /login",
        "GET /me",
        "POST /password/change",
        "POST /password/forgot",
        "POST /password/reset",
        "POST /register/finish",
        "POST /preferences",
    } <= unavailable, said
    wait_until(
        lambda: visitors["ann"].browser.get("/app/", headers=JSON).status == 200,
        "she is let in again",
    )


def test_the_commands_of_the_page(site, tmp_path):
    """curl is told where the host of the page is, and which certificate it has."""
    user = site.user()
    commands = Guide("api.md").commands(r"From which pages a POST may come \(CSRF\)")
    note_secrets({"password": user.password})
    for name, meaning in (
        (f"https://{NAME}/", f"{site.origin}/"),
        (ADDRESS, user.email),
        (PASSWORD, user.password),
        (
            "curl -s",
            f"curl -s -w '\\n%{{http_code}}\\n' --cacert {site.nginx.root}/certificate.pem "
            f"--resolve {NAME}:{site.port}:127.0.0.1",
        ),
    ):
        assert name in commands
        commands = commands.replace(name, meaning)
    done = subprocess.run(
        ["sh", "-eu"],
        input=commands,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    SECRETS.update(re.findall(r"\t([\w-]{40,})$", (tmp_path / "jar").read_text(), re.MULTILINE))
    login, status, me, status_me, logout, status_out = done.stdout.split("\n")[:6]
    assert (status, status_me, status_out) == ("200", "200", "200"), done.stdout
    assert json.loads(login)["user"] == {
        "id": json.loads(me)["user"]["id"],
        "email": user.email,
        "role": "user",
    }
    assert json.loads(logout) == {"status": "signed_out"}
