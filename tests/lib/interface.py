# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml, as the tests read it: its operations, the answers that each may have, and the examples."""

import dataclasses
import pathlib

import jsonschema
import yaml

TOP = pathlib.Path(__file__).resolve().parents[2]
DESCRIPTION = TOP / "docs" / "openapi.yaml"
METHODS = ("get", "post", "put", "delete", "patch")


@dataclasses.dataclass
class Operation:
    method: str
    path: str
    body: dict

    def __str__(self):
        return f"{self.method} {self.path}"


@dataclasses.dataclass
class Example:
    """A request, and the answer that belongs to it."""

    operation: Operation
    name: str
    status: int
    media: str  # of the answer; "Location": it is a redirect
    answer: object
    told: dict  # x-as, x-times
    schema: dict
    request_media: str = None
    request: object = None
    query: dict = dataclasses.field(default_factory=dict)

    def __str__(self):
        return f"{self.operation} {self.status} {self.name}"


class Interface:
    def __init__(self, path=DESCRIPTION):
        self.whole = yaml.safe_load(path.read_text(encoding="utf-8"))

    def at(self, node):
        """What stands there, or where its $ref leads."""
        while isinstance(node, dict) and "$ref" in node:
            found = self.whole
            for word in node["$ref"].removeprefix("#/").split("/"):
                found = found[word]
            node = found
        return node

    def operations(self):
        for path, methods in self.whole["paths"].items():
            for method, body in methods.items():
                yield Operation(method.upper(), path, body)

    def operation(self, method, path):
        return next(one for one in self.operations() if (one.method, one.path) == (method, path))

    def responses(self, operation):
        return {int(code): self.at(body) for code, body in operation.body["responses"].items()}

    def codes(self, operation):
        """Pairs of a status and a code that the operation may answer."""
        return {
            (status, code)
            for status, response in self.responses(operation).items()
            for code in response.get("x-codes", ())
        }

    def examples(self):
        for operation in self.operations():
            yield from self.examples_of(operation)

    def examples_of(self, operation):
        requests = {
            name: (media, example["value"])
            for media, content in operation.body.get("requestBody", {}).get("content", {}).items()
            for name, example in content.get("examples", {}).items()
        }
        for status, response in self.responses(operation).items():
            for media, content in self.contents(response):
                for name, example in content.get("examples", {}).items():
                    media_sent, sent = requests.pop(name, (None, None))
                    query = {
                        parameter["name"]: parameter["examples"][name]["value"]
                        for parameter in map(self.at, operation.body.get("parameters", ()))
                        if name in parameter.get("examples", {})
                    }
                    told = {word: value for word, value in example.items() if word[:2] == "x-"}
                    yield Example(
                        operation,
                        name,
                        status,
                        media,
                        example["value"],
                        told,
                        self.at(content["schema"]),
                        media_sent,
                        sent,
                        query,
                    )
        assert not requests, f"{operation}: no answer for the examples {sorted(requests)}"

    def contents(self, response):
        """Media types with their content; a redirect is one of them."""
        yield from response.get("content", {}).items()
        location = self.at(response.get("headers", {}).get("Location"))
        if location:
            yield "Location", location

    def check(self, value, schema):
        resolver = jsonschema.RefResolver("", self.whole)
        jsonschema.Draft202012Validator(schema, resolver=resolver).validate(value)
