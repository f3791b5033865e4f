# SPDX-License-Identifier: Apache-2.0
# Goal: docs/openapi.yaml and docs/api.md tell of every route and of every code that the program and nginx can answer, and of none that
# they cannot.
import re
import sys

from tree import ROOT, Tree

sys.path.insert(0, str(ROOT / "tests" / "lib"))

from interface import Interface  # noqa: E402 pylint: disable=wrong-import-position

TREE, INTERFACE = Tree(), Interface()
# What an operation of an owner is begun with.
SKELETON = {
    "GET": """\
    get:
      operationId: {name}
      tags: [account]
      summary: …
      responses:
        '200':
          description: …
          content:
            text/html: {{schema: {{type: string}}}}
            application/json: {{schema: {{type: object}}, examples: {{ann: {{value: {{status: …}}}}}}}}
        '303': {{$ref: '#/components/responses/ToLogin'}}
        '401': {{$ref: '#/components/responses/NotSignedIn'}}
        '503': {{$ref: '#/components/responses/Unavailable'}}
""",
    "POST": """\
    post:
      operationId: {name}
      tags: [account]
      summary: …
      requestBody:
        required: true
        content:
          application/json: {{schema: {{type: object}}, examples: {{done: {{value: {{field: …}}}}}}}}
          application/x-www-form-urlencoded: {{schema: {{$ref: '#/components/schemas/BareForm'}}}}
      responses:
        '200':
          description: …
          content:
            application/json: {{schema: {{type: object}}, examples: {{done: {{value: {{status: …}}}}}}}}
        '303': {{description: The same for the form}}
        '400': {{$ref: '#/components/responses/BadBody'}}
        '401': {{$ref: '#/components/responses/NotSignedIn'}}
        '403': {{$ref: '#/components/responses/NotOurs'}}
        '413': {{$ref: '#/components/responses/TooLarge'}}
        '415': {{$ref: '#/components/responses/NotTaken'}}
        '429': {{$ref: '#/components/responses/TooMany'}}
        '503': {{$ref: '#/components/responses/Unavailable'}}
""",
}


def routes():
    """The table of the program. A check takes any method: it is described as a GET."""
    found = re.findall(
        r'Route\{"(\w+)", "([^"]+)", endpoints::(\w+)', TREE.text("gateway/routes.cpp")
    )
    assert len(found) > 20
    return {("GET" if method == "ANY" else method, path): name for method, path, name in found}


def nginx_codes():
    text = TREE.text("nginx/gatehouse-errors.conf")
    return {
        (int(status), code)
        for status, code in re.findall(r"""return (\d+) '\{"error":\{"code":"(\w+)\"""", text)
    }


def source_codes():
    """Codes of errors in the sources: with the status where it stands beside the code, else with None."""
    pairs = set(nginx_codes())
    for path in TREE.ending(".cpp", ".h", under="gateway/endpoints/"):
        text = TREE.text(path) if not path.endswith("/metrics.cpp") else ""
        # Refusal{400, Error::incomplete, "incomplete", "…."}, json_error(503, "not_signed_out", "…."), {"forbidden", message_of(…)}
        for status, code in re.findall(
            r'(?:(\d{3}),\s*)?(?:[\w:]+,\s*)?"([a-z_]+)",\s*(?:"[^"]* [^"]*\."|message\b|message_of\()',
            text,
        ):
            pairs.add((int(status) if status else None, code))
        for code in re.findall(r'add\("code", "([a-z_]+)"\)', text):
            pairs.add((None, code))
    text = TREE.text("gateway/http/decoded_body.cpp")
    status = dict(re.findall(r"case BodyError::(\w+): return (\d{3});", text))
    for fault, code in re.findall(r'case BodyError::(\w+): return "([a-z_]+)";', text):
        pairs.add((int(status.get(fault, 400)), code))
    policy = TREE.text("gateway/accounts/password_policy.cpp")
    answered = TREE.text("gateway/endpoints/new_password.cpp")
    for verdict, code in re.findall(r'PasswordVerdict::(\w+): return "(password_[a-z_]+)"', policy):
        if re.search(
            rf"PasswordVerdict::{verdict}:\s*(return PasswordRefusal\{{422|break)", answered
        ):
            pairs.add((422, code))
    return {pair for pair in pairs if pair[1] not in ("hint", "message")}


def everywhere():
    """Of no operation: docs/api.md alone has them."""
    return {(405, "method_not_allowed")} | nginx_codes()


def described_codes():
    return {pair for one in INTERFACE.operations() for pair in INTERFACE.codes(one)}


def test_every_route_is_described_and_nothing_else():
    described = {(one.method, one.path): one.body["operationId"] for one in INTERFACE.operations()}
    missing = [
        f"  {path}:\n" + SKELETON[method].format(name=name)
        for (method, path), name in routes().items()
        if (method, path) not in described
    ]
    assert not missing, "docs/openapi.yaml lacks:\n" + "".join(missing)
    assert set(described) == set(routes()), "docs/openapi.yaml has routes that are not there"
    assert len(set(described.values())) == len(described), "operationId twice"


def test_the_codes_are_found_in_the_sources():
    assert {
        (400, "incomplete"),
        (401, "wrong_password"),
        (None, "not_signed_in"),
        (None, "invalid_credentials"),
        (404, "not_found"),
        (415, "unsupported_media_type"),
        (422, "password_too_common"),
        (429, "too_many_requests"),
        (503, "not_confirmed"),
    } <= source_codes()


def test_every_code_is_described_and_none_that_is_not_answered():
    codes = source_codes()
    assert {code for _, code in codes} == {code for _, code in described_codes() | everywhere()}
    with_status = {pair for pair in codes if pair[0]} - everywhere()
    assert with_status <= described_codes(), with_status - described_codes()


def test_the_page_names_every_route_and_code():
    page = TREE.text("docs/api.md")
    for method, path in routes():
        assert re.search(
            rf"^\| `{method}` \| `{re.escape(path)}` \|", page, re.MULTILINE
        ) or path in ("/verify"), f"docs/api.md: {method} {path} is missing"
    table = re.findall(r"^\| ([\d, ]+) \| `([a-z_]+)` \|", page, re.MULTILINE)
    told = {(int(status), code) for statuses, code in table for status in statuses.split(",")}
    assert told == described_codes() | everywhere()


def test_every_reference_leads_somewhere():
    def walk(node):
        if isinstance(node, dict):
            if "$ref" in node:
                INTERFACE.at(node)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(INTERFACE.whole)
    for one in INTERFACE.operations():
        for status, response in INTERFACE.responses(one).items():
            assert response["description"], f"{one} {status}"


def test_every_example_of_a_request_has_its_answer():
    assert len(list(INTERFACE.examples())) > 40
