# SPDX-License-Identifier: Apache-2.0
# Goal: the shipped nginx files avoid every known way around auth_request, and the lint that says so notices when they do not:
# each rule is shown a configuration that breaks it.
import argparse
import re
import subprocess

import pytest

from nginx_lint import lint, read
from servers import TOP, demo_module

EXAMPLES = ("example.conf", "example-tls.conf")


@pytest.fixture
def laid_out(tmp_path):
    def make(example="example.conf"):
        options = argparse.Namespace(
            directory=tmp_path,
            example=example,
            gateway="/run/gatehouse/gatehouse.sock",
            app="127.0.0.1:8080",
            listen="80",
            server_name="app.example.org",
            tls_listen=None,
            certificate="c.pem",
            key="k.pem",
        )
        if "tls" in example:
            options.tls_listen = "443"
        demo_module("nginx_site").lay_out(options)
        return tmp_path

    return make


@pytest.mark.parametrize("example", EXAMPLES)
def test_shipped_files_are_clean(laid_out, example):
    assert lint(laid_out(example) / "nginx.conf") == []


def test_both_examples_are_the_same_site(laid_out):
    def locations(example):
        config = read(laid_out(example) / "nginx.conf")
        found = [
            d for d in config.every() if d.name == "location" and d.place.startswith("site.conf")
        ]
        return [(d.args, [(c.name, c.args) for c in d.every()]) for d in found]

    assert len(locations("example.conf")) >= 9
    assert locations("example.conf") == locations("example-tls.conf")


# rule, file, what is there, what stands there in the bad sample
APP = "location ^~ /app/ {\n"
BAD = [
    ("before-auth", "site.conf", APP, APP + '        return 200 "secret";\n'),
    ("before-auth", "site.conf", APP, APP + "        if ($arg_x = 1) { return 200; }\n"),
    ("before-auth", "site.conf", APP, APP + "        rewrite ^ /pub/x last;\n"),
    (
        "before-auth",
        "site.conf",
        "    # Public. Whoever",
        "    if ($arg_x = 1) { return 200; }\n    # Public. Whoever",
    ),
    (
        "before-auth",
        "site.conf",
        APP,
        APP + "        location /app/sub/ { if ($arg_x) { return 200; } proxy_pass http://app; }\n",
    ),
    ("caching", "snippets/gatehouse-protect.conf", "add_header Cache-Control", "#"),
    (
        "caching",
        "site.conf",
        APP,
        APP
        + "        location /app/sub/ { proxy_hide_header X-Powered-By; proxy_pass http://app; }\n",
    ),
    ("error-page", "site.conf", APP, APP + "        error_page 401 = /login.html;\n"),
    ("error-page", "site.conf", APP, APP + "        error_page 403 /denied.html;\n"),
    ("error-page", "snippets/gatehouse-protect.conf", "error_page 500 =", "#"),
    ("forbidden", "site.conf", APP, APP + "        satisfy any; allow 127.0.0.1; deny all;\n"),
    ("forbidden", "nginx.conf", "access_log off;", "underscores_in_headers on;"),
    ("forbidden", "nginx.conf", "access_log off;", "ignore_invalid_headers off;"),
    ("forbidden", "nginx.conf", "access_log off;", "merge_slashes off;"),
    (
        "forbidden",
        "snippets/gatehouse-errors.conf",
        "absolute_redirect off",
        "absolute_redirect on",
    ),
    ("absolute-redirect", "snippets/gatehouse-errors.conf", "absolute_redirect off;", ""),
    ("server-tokens", "snippets/gatehouse-errors.conf", "server_tokens off;", ""),
    ("cache", "snippets/gatehouse-verify.conf", "internal;", "internal; fastcgi_cache zone;"),
    ("cache", "site.conf", APP, APP + "        proxy_cache zone;\n"),
    ("cache", "nginx.conf", "access_log off;", "proxy_cache zone;"),
    (
        "identity",
        "site.conf",
        APP,
        APP + "        location /app/sub/ { proxy_set_header X-Mine 1; proxy_pass http://app; }\n",
    ),
    ("identity", "site.conf", "include snippets/gatehouse-clear.conf;", ""),
    (
        "identity",
        "site.conf",
        "include snippets/gatehouse-clear.conf;",
        "include snippets/gatehouse-identity.conf;",
    ),
    (
        "identity",
        "snippets/gatehouse-identity.conf",
        "X-Auth-Role        $gate_role",
        "X-Auth-Role $http_x_auth_role",
    ),
    ("identity", "snippets/gatehouse-clear.conf", 'proxy_set_header X-Auth-Expires     "";', ""),
    ("identity", "snippets/gatehouse-clear.conf", 'proxy_set_header X-Auth-Theme       "";', ""),
    ("identity", "snippets/gatehouse-clear.conf", 'proxy_set_header X-Auth-Legacy-Id   "";', ""),
    ("identity", "snippets/gatehouse-clear.conf", 'proxy_set_header X-Auth-Phone       "";', ""),
    ("protect", "snippets/gatehouse-protect.conf", "auth_request_set $gate_legacy_id", "#"),
    (
        "identity",
        "snippets/gatehouse-identity.conf",
        "X-Auth-Language    $gate_language",
        "X-Auth-Language $http_x_auth_language",
    ),
    (
        "identity",
        "site.conf",
        APP,
        APP + "        location /app/php/ { fastcgi_pass unix:/run/php.sock; }\n",
    ),
    (
        "identity",
        "site.conf",
        APP,
        APP
        + '        location /app/py/ { uwsgi_param HTTP_X_AUTH_USER_ID ""; uwsgi_pass unix:/run/py.sock; }\n',
    ),
    ("protect", "snippets/gatehouse-protect.conf", "auth_request_set $gate_theme", "#"),
    ("add-header", "site.conf", APP, APP + "        location /app/sub/ { add_header X-Mine 1; }\n"),
    ("protect", "snippets/gatehouse-protect.conf", "auth_request_set $gate_role", "#"),
    (
        "fastcgi-params",
        "snippets/gatehouse-params.conf",
        "fastcgi_param REQUEST_URI",
        "include fastcgi_params;\nfastcgi_param REQUEST_URI",
    ),
    ("params", "snippets/gatehouse-params.conf", "fastcgi_pass_request_headers off;", ""),
    ("params", "snippets/gatehouse-params.conf", "fastcgi_param GATE_END 1;", ""),
    (
        "params",
        "snippets/gatehouse-params.conf",
        "GATE_END 1;",
        'GATE_END 1; fastcgi_param HTTP_COOKIE "";',
    ),
    (
        "context",
        "site.conf",
        "fastcgi_param GATE_CONTEXT web;",
        "fastcgi_param GATE_CONTEXT $host;",
    ),
    ("context", "site.conf", "fastcgi_param GATE_CONTEXT web;", ""),
    ("accel", "snippets/gatehouse-params.conf", "X-Accel-Redirect", "X-Accel-Buffering"),
    ("verify", "snippets/gatehouse-verify.conf", "internal;", ""),
    ("verify", "snippets/gatehouse-verify.conf", "internal;", "internal; limit_req zone=z;"),
    ("verify", "snippets/gatehouse-verify.conf", "fastcgi_pass_request_body off;", ""),
    ("verify", "snippets/gatehouse-verify.conf", "fastcgi_store", "#"),
    ("verify", "snippets/gatehouse-verify.conf", "error_page 599 /;", ""),
    (
        "verify",
        "snippets/gatehouse-verify.conf",
        "error_page 599 /;",
        "error_page 502 = /sorry.html;",
    ),
    ("verify", "snippets/gatehouse-verify.conf", "fastcgi_intercept_errors off;", ""),
    ("verify", "site.conf", "location = /auth/verify {", "location /auth/verify {"),
    (
        "decoded-uri",
        "snippets/gatehouse-errors.conf",
        "return 302 $gate_login;",
        "return 302 /auth/login?rd=$uri;",
    ),
    (
        "capture",
        "site.conf",
        "    # Public. Whoever",
        "    location /old/ { rewrite ^/old/(.*)$ /new/$1 last; }\n    # Public. Whoever",
    ),
    ("capture", "nginx.conf", "access_log off;", 'map $host $x { default ""; "~^(a)b" $1; }'),
    (
        "tcpinfo",
        "snippets/gatehouse-params.conf",
        "$remote_addr;",
        "$remote_addr; fastcgi_param RTT $tcpinfo_rtt;",
    ),
    ("regex-wins", "site.conf", "    " + APP, "    location ~ \\.css$ { }\n    location /app/ {\n"),
    ("open-by-regex", "site.conf", APP, APP + "        location ~ \\.css$ { auth_request off; }\n"),
    ("default-server", "site.conf", "listen 80 default_server;", "listen 80;"),
    ("default-server", "site.conf", "    return 444;", ""),
    ("default-server", "site.conf", "    listen 80;\n", "    listen 80;\n    listen [::]:80;\n"),
    ("tls", "site.conf", "listen 80 default_server;", "listen 80 default_server; listen 443 ssl;"),
    (
        "tls",
        "site.conf",
        "listen 80 default_server;",
        "listen 80 default_server; listen 443 ssl; ssl_protocols TLSv1.1 TLSv1.2;",
    ),
    ("slow-header", "site.conf", "client_header_timeout 10s;", ""),
    (
        "max-fails",
        "snippets/gatehouse-http.conf",
        "# server unix:/run/gatehouse/2.sock max_fails=0;",
        "server unix:/run/gatehouse/2.sock;",
    ),
    (
        "socket",
        "snippets/gatehouse-http.conf",
        "unix:/run/gatehouse/gatehouse.sock",
        "127.0.0.1:9000",
    ),
]


@pytest.mark.parametrize(
    "rule, file, good, bad", BAD, ids=[f"{index}-{row[0]}" for index, row in enumerate(BAD)]
)
def test_bad_samples_are_caught(laid_out, rule, file, good, bad):
    root = laid_out()
    path = root / file
    text = path.read_text()
    assert good in text, "the sample no longer fits the shipped file"
    path.write_text(text.replace(good, bad, 1))
    assert rule in {found for found, _ in lint(root / "nginx.conf")}


@pytest.mark.parametrize(
    "line", ["underscores_in_headers on;", "ignore_invalid_headers off;", "merge_slashes off;"]
)
def test_nginx_refuses_look_alikes(laid_out, line):
    """With one of these lines X_Auth_User_Id would reach an application as X-Auth-User-Id, or //admin/ be a public path: nginx itself
    refuses a configuration that has it beside the shipped files."""
    config = laid_out() / "nginx.conf"
    command = ["nginx", "-t", "-p", config.parent, "-c", config, "-e", config.parent / "error.log"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    config.write_text(config.read_text().replace("access_log off;", line, 1))
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode != 0 and f'"{line.split()[0]}" directive is duplicate' in said.stderr


def test_every_rule_has_a_bad_sample():
    text = (TOP / "tests/integration/nginx_lint.py").read_text()
    assert set(re.findall(r'self\.say\([^,]+,\s*"([a-z-]+)"', text)) == {rule for rule, *_ in BAD}
