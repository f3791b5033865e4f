# SPDX-License-Identifier: Apache-2.0
"""Reads an nginx configuration as nginx does, with its includes, and finds the ways in which an auth_request gateway is
bypassed by accident. `python3 nginx_lint.py /etc/nginx/nginx.conf` prints what is wrong and exits 1."""

import re
import sys

from nginx_config import address_of, read


IDENTITY = {
    "X-Auth-User-Id": "$gate_user_id",
    "X-Auth-Email": "$gate_email",
    "X-Auth-Role": "$gate_role",
    "X-Auth-Permissions": "$gate_permissions",
    "X-Auth-Context": "$gate_context",
    "X-Auth-Session": "$gate_session",
    "X-Auth-Expires": "$gate_expires",
    "X-Auth-Theme": "$gate_theme",
    "X-Auth-Language": "$gate_language",
    "X-Auth-Legacy-Id": "$gate_legacy_id",
    "X-Auth-Phone": "$gate_phone",
}


CAUGHT = {"401": "@", "403": "@", "500": "@"}


NO_ERROR_PAGE = ("error_page", ["599", "/"])  # keeps those of the server { } out


UPSTREAMS = ("gatehouse_verify", "gatehouse_pages")


class Lint:
    def __init__(self, config):
        self.config, self.problems = config, []
        everything = list(config.every())
        self.servers = [
            d
            for d in everything
            if d.name == "server" and d.block is not None and d.parent.name == "http"
        ]
        self.locations = [d for d in everything if d.name == "location"]
        self.everything = everything

    def say(self, directive, rule, why):
        self.problems.append((rule, f"{directive} — {why}"))

    def run(self):
        for check in (
            self.check_everywhere,
            self.check_hosts,
            self.check_protected,
            self.check_regular_expressions,
            self.check_verify,
            self.check_gateway,
            self.check_headers,
            self.check_other_passes,
            self.check_upstreams,
        ):
            check()
        return self.problems

    # What may stand nowhere.
    def check_everywhere(self):
        forbidden = {
            ("satisfy", "any"): "one allowed address opens the door",
            ("underscores_in_headers", "on"): "a second spelling of every identity header",
            ("ignore_invalid_headers", "off"): "more spellings of every identity header",
            ("merge_slashes", "off"): "//admin/ would not be /admin/",
            ("absolute_redirect", "on"): "the Host header decides where people are sent",
        }
        for directive in self.everything:
            why = forbidden.get((directive.name, *directive.args[:1]))
            if why:
                self.say(directive, "forbidden", why)
            if directive.name in ("return", "rewrite") and re.search(
                r"\$(document_)?uri\b", " ".join(directive.args)
            ):
                self.say(
                    directive, "decoded-uri", "$uri is decoded: a %0d%0a in it becomes a header"
                )
            if directive.name == "rewrite" and re.search(r"\$\d", directive.args[1]):
                self.say(directive, "capture", "rewrite with captures")
            if directive.name == "map":
                for line in directive.block:
                    if line.name.startswith("~") and re.search(r"(?<!\\)\((?!\?[:=!])", line.name):
                        self.say(line, "capture", "map with a capturing group")
            if directive.name == "fastcgi_param" and "$tcpinfo" in " ".join(directive.args):
                self.say(directive, "tcpinfo", "a heap overflow in nginx")
            if directive.name == "include" and re.search(
                r"(fastcgi_params|fastcgi\.conf)$", directive.args[0]
            ):
                self.say(
                    directive,
                    "fastcgi-params",
                    "a later fastcgi_param does not replace one of these",
                )

    # Servers: what is not ours is refused, and none tells what the host header says.
    def check_hosts(self):
        if self.servers and not any(
            "default_server" in d.args for s in self.servers for d in s.own("listen")
        ):
            self.say(
                self.servers[0],
                "default-server",
                "without a default_server the first site answers for every host",
            )
        defaults = {
            address_of(d)
            for s in self.servers
            for d in s.own("listen")
            if "default_server" in d.args
        }
        for server in self.servers:
            default = any("default_server" in d.args for d in server.own("listen"))
            if defaults and not {address_of(d) for d in server.own("listen")} <= defaults:
                self.say(
                    server,
                    "default-server",
                    "listens where no default_server does: it answers there for every host",
                )
            returns = [d.args[0] for d in server.own("return")]
            if default and (not returns or returns[0] not in ("444", "421")):
                self.say(
                    server, "default-server", "the default_server must refuse: return 444 or 421"
                )
            if default and not server.effective("client_header_timeout"):
                self.say(
                    server,
                    "slow-header",
                    "needs client_header_timeout: that of the site does not count before its name is known",
                )
            if ["off"] != [d.args[0] for d in server.effective("server_tokens")]:
                self.say(server, "server-tokens", "needs server_tokens off")
            if any("ssl" in d.args for d in server.own("listen")):
                versions = {word for d in server.effective("ssl_protocols") for word in d.args}
                if not versions or versions - {"TLSv1.2", "TLSv1.3"}:
                    self.say(
                        server,
                        "tls",
                        "needs ssl_protocols TLSv1.2 TLSv1.3 (gatehouse-tls.conf), the default_server too",
                    )
            guarded = any(
                location.name in ("location", "auth_request") for location in server.every()
            )
            if guarded and ["off"] != [d.args[0] for d in server.effective("absolute_redirect")]:
                self.say(
                    server,
                    "absolute-redirect",
                    "needs absolute_redirect off (gatehouse-errors.conf)",
                )

    def is_protected(self, location):
        asked = location.effective("auth_request")
        return bool(asked) and asked[0].args[0] != "off"

    def targets(self):
        return {
            d.args[0] for d in self.everything if d.name == "auth_request" and d.args[0] != "off"
        }

    # Locations with auth_request: nothing runs before it, and nothing answers for it.
    def check_protected(self):
        for location in self.locations:
            own = location.own("auth_request")
            if own and own[0].args[0] == "off" and location.args[0] in ("~", "~*"):
                self.say(
                    location,
                    "open-by-regex",
                    "auth_request off belongs into an exact or prefix location",
                )
            if not self.is_protected(location) or location.args[0].startswith("@"):
                continue
            server = location
            while server.name != "server":
                server = server.parent
            for directive in [*location.block, *server.block]:
                if directive.name in ("return", "rewrite", "if"):
                    self.say(
                        directive, "before-auth", f"runs before auth_request of {location.args[-1]}"
                    )
            for directive in location.every():
                if directive.name == "if" and directive.parent is not location:
                    self.say(directive, "before-auth", "runs before auth_request")
            self.check_error_pages(location)
            self.check_cache(location)
            missing = set(IDENTITY.values()) | {"$gate_login", "$gate_cookie"}
            missing -= {d.args[0] for d in location.effective("auth_request_set")}
            if missing:
                self.say(
                    location,
                    "protect",
                    f"does not set {sorted(missing)}: include gatehouse-protect.conf",
                )
            if not any(
                d.args[:2] == ["Set-Cookie", "$gate_cookie"]
                for d in location.effective("add_header")
            ):
                self.say(
                    location,
                    "add-header",
                    "an add_header of its own has thrown away the renewed cookie",
                )
            if not any(
                d.args[:2] == ["Cache-Control", "$gate_caching"]
                for d in location.effective("add_header")
            ):
                self.say(
                    location,
                    "caching",
                    "a shared cache may keep an answer with a renewed cookie: include gatehouse-protect.conf",
                )
            for kind in ("proxy", "fastcgi", "uwsgi", "scgi"):
                hidden = [d.args[0].lower() for d in location.effective(f"{kind}_hide_header")]
                if location.own(f"{kind}_pass") and "cache-control" not in hidden:
                    self.say(
                        location,
                        "caching",
                        f"the application's Cache-Control stands beside the gateway's: {kind}_hide_header",
                    )

    # nginx prefers a regular expression to a prefix, unless the prefix has ^~.
    def check_regular_expressions(self):
        for server in self.servers:
            open_ones = [
                d
                for d in server.own("location")
                if d.args[0] in ("~", "~*") and not self.is_protected(d)
            ]
            for location in server.own("location"):
                if (
                    open_ones
                    and len(location.args) == 1
                    and not location.args[0].startswith("@")
                    and self.is_protected(location)
                ):
                    self.say(
                        location,
                        "regex-wins",
                        f"location {' '.join(open_ones[0].args)} takes pages of it: write ^~ before the path",
                    )

    def check_error_pages(self, location):
        caught = {}
        for page in location.effective("error_page"):
            codes = [word for word in page.args[:-1] if word.isdigit()]
            target = page.args[-1]
            for code in codes:
                caught[code] = target
                if code in CAUGHT and not (target.startswith("@") and "=" in page.args):
                    self.say(
                        page,
                        "error-page",
                        f"{code} must go to a named location: anything else is served",
                    )
        for code in CAUGHT:
            if code not in caught:
                self.say(
                    location, "error-page", f"{code} is not caught: include gatehouse-protect.conf"
                )

    def check_cache(self, location):
        for kind in ("fastcgi", "proxy", "uwsgi", "scgi"):
            for cache in location.effective(f"{kind}_cache"):
                if cache.args[0] != "off":
                    self.say(cache, "cache", "one person's answer would be given to another one")

    # Locations that auth_request asks.
    def check_verify(self):
        for target in sorted(self.targets()):
            found = [d for d in self.locations if d.args == ["=", target]]
            if not found:
                self.problems.append(
                    ("verify", f"auth_request {target}: there is no `location = {target}`")
                )
            for location in found:
                self.check_one_verify(location)

    def check_one_verify(self, location):
        if not location.own("internal"):
            self.say(location, "verify", "must be internal")
        if [d.args for d in location.own("fastcgi_pass")] != [["gatehouse_verify"]]:
            self.say(location, "verify", "must pass to gatehouse_verify")
        for name in ("limit_req", "limit_conn", "error_page", "return", "rewrite", "if", "deny"):
            for directive in location.own(name) or (
                location.effective(name) if name.startswith("limit") else []
            ):
                if (name, directive.args) != NO_ERROR_PAGE:
                    self.say(directive, "verify", "would answer for the gateway")
        if not location.own("error_page"):
            self.say(
                location,
                "verify",
                "an error_page of the server { } would answer for the gateway: include gatehouse-verify.conf",
            )
        for name, value in (
            ("fastcgi_pass_request_body", "off"),
            ("fastcgi_keep_conn", "on"),
            ("fastcgi_store", "$gate_nowhere"),
            ("fastcgi_intercept_errors", "off"),
        ):
            if [d.args[0] for d in location.own(name)] != [value]:
                self.say(location, "verify", f"needs {name} {value}: include gatehouse-verify.conf")
        self.check_cache(location)

    # Whatever passes to the gateway: the parameters, once each, the last one last.
    def check_gateway(self):
        for location in self.locations:
            if not any(d.args[0] in UPSTREAMS for d in location.own("fastcgi_pass")):
                continue
            names = [d.args[0] for d in location.own("fastcgi_param")]
            doubled = sorted({name for name in names if names.count(name) > 1})
            if doubled:
                self.say(location, "params", f"sent twice: {doubled}")
            if names[-1:] != ["GATE_END"]:
                self.say(location, "params", "GATE_END must be the last fastcgi_param")
            constants = {
                d.args[0]: d.args[1]
                for d in location.own("fastcgi_param")
                if d.args[0] in ("GATE_CONTEXT", "GATE_REQUIRE")
            }
            if not constants.get("GATE_CONTEXT"):
                self.say(location, "context", "needs fastcgi_param GATE_CONTEXT")
            if any("$" in value for value in constants.values()):
                self.say(location, "context", "GATE_CONTEXT and GATE_REQUIRE are constants")
            if [d.args[0] for d in location.effective("fastcgi_pass_request_headers")] != ["off"]:
                self.say(location, "params", "needs fastcgi_pass_request_headers off")
            ignored = {
                word for d in location.effective("fastcgi_ignore_headers") for word in d.args
            }
            if "X-Accel-Redirect" not in ignored:
                self.say(location, "accel", "a header of the gateway must not open internal files")

    # Every location that passes on to an application says who the visitor is, or that it is nobody.
    def check_headers(self):
        for location in self.locations:
            if not location.own("proxy_pass"):
                continue
            sent = {d.args[0].lower(): d.args[1] for d in location.effective("proxy_set_header")}
            protected = self.is_protected(location)
            for name, variable in IDENTITY.items():
                wanted = variable if protected else ""
                if sent.get(name.lower()) != wanted:
                    snippet = "identity" if protected else "clear"
                    self.say(
                        location,
                        "identity",
                        f"a client's {name} gets through: include gatehouse-{snippet}.conf",
                    )
                    break

    # Applications that speak another protocol than HTTP: a parameter of this name takes the place of the client's header.
    def check_other_passes(self):
        for location in self.locations:
            for kind in ("fastcgi", "uwsgi", "scgi"):
                if not any(d.args[0] not in UPSTREAMS for d in location.own(f"{kind}_pass")):
                    continue
                sent = {d.args[0]: d.args[1] for d in location.effective(f"{kind}_param")}
                protected = self.is_protected(location)
                for name, variable in IDENTITY.items():
                    parameter = "HTTP_" + name.upper().replace("-", "_")
                    if sent.get(parameter) != (variable if protected else ""):
                        self.say(
                            location,
                            "identity",
                            f"a client's {name} gets through: needs {kind}_param {parameter}",
                        )
                        break

    def check_upstreams(self):
        for directive in self.everything:
            if directive.name == "upstream" and directive.args[0] in UPSTREAMS:
                for server in directive.own("server"):
                    if not server.args[0].startswith("unix:"):
                        self.say(
                            server,
                            "socket",
                            "whoever reaches the port can speak FastCGI: use a unix socket",
                        )
                    if "max_fails=0" not in server.args:
                        self.say(
                            server,
                            "max-fails",
                            "needs max_fails=0: two gateways that fail in turn would both be avoided",
                        )


def lint(path):
    return Lint(read(path)).run()


if __name__ == "__main__":
    found = [problem for path in sys.argv[1:] for problem in lint(path)]
    for rule, text in found:
        print(f"{rule}: {text}")
    sys.exit(1 if found else 0)
