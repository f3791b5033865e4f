# SPDX-License-Identifier: Apache-2.0
"""One nginx with one worker in front of many targets: a port for each, the shipped snippets for all."""

import os
import pathlib
import re

from processes import Process, children
from servers import TOP

SHIPPED = TOP / "nginx"
HERE = pathlib.Path(__file__).resolve().parent

MAIN = """\
{modules}{user}worker_processes 1;
pid {root}/nginx.pid;
error_log {root}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {root}/temp/body;
    proxy_temp_path {root}/temp/proxy;
    fastcgi_temp_path {root}/temp/fastcgi;
    uwsgi_temp_path {root}/temp/uwsgi;
    scgi_temp_path {root}/temp/scgi;
    access_log off;
    keepalive_requests 100000000;
    open_file_cache max=16;
    default_type text/plain;
{http}
{servers}
}}
"""
MODULES = "/usr/lib/nginx/modules"
LUA_MODULES = (
    f"load_module {MODULES}/ndk_http_module.so;\nload_module {MODULES}/ngx_http_lua_module.so;\n"
)
LUA_PATH = f'    lua_package_path "{HERE}/?.lua;;";\n'

# The same for every target; only the answer to the question differs. (A `return` in /app/ would come before the question.)
SERVER = """
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        include snippets/gatehouse-errors.conf;
        location = /auth/verify {{ {verify} }}
        {pages}
        location /app/ {{
            auth_request /auth/verify;
            include snippets/{protect}.conf;
            alias {root}/page/;
        }}
        location /who/ {{
            auth_request /auth/verify;
            include snippets/{protect}.conf;
            add_header X-Who "$gate_user_id $gate_email $gate_role $gate_permissions $gate_context $gate_session $gate_expires";
            alias {root}/page/;
        }}
    }}
"""
PAGES = "location ^~ /auth/ {{ fastcgi_param GATE_CONTEXT web; include snippets/gatehouse-pages-{name}.conf; }}"
FASTCGI = "fastcgi_param GATE_CONTEXT web; include snippets/gatehouse-verify-{name}.conf;"

# What the endpoint has to know and no more, on connections that are kept.
HTTP = """internal;
            proxy_pass http://{name}/check;
            proxy_http_version 1.1;
            proxy_pass_request_body off;
            proxy_pass_request_headers off;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            proxy_set_header Cookie $http_cookie;"""
HTTP_UPSTREAM = """
upstream {name} {{
    server unix:{socket};
    keepalive 256;
    keepalive_requests 1000000;
}}
"""

LUA = """internal;
            content_by_lua_block {{ require("check").answer("unix:{redis}") }}"""

# Lua needs no question to be asked: the check is a part of the location.
ACCESS_SERVER = """
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location /app/ {{
            access_by_lua_block {{ require("check").access("unix:{redis}", {pipelined}) }}
            add_header Cache-Control no-store always;
            alias {root}/page/;
        }}
        location /who/ {{
            access_by_lua_block {{ require("check").access("unix:{redis}", {pipelined}) }}
            add_header X-Who "$http_x_auth_user_id $http_x_auth_email $http_x_auth_role $http_x_auth_permissions $http_x_auth_context $http_x_auth_session $http_x_auth_expires";
            alias {root}/page/;
        }}
    }}
"""


# Whether its commands go in one write.
ACCESS = {"access": "false", "access-pipelined": "true"}


class BenchNginx(Process):
    def __init__(self, root, targets):
        self.root, self.targets = root, targets
        for directory in ("snippets", "temp", "page"):
            (root / directory).mkdir(parents=True)
        (root / "page" / "index.html").write_text("ok\n")
        self.lay_out()
        super().__init__(
            [
                "nginx",
                "-p",
                root,
                "-c",
                root / "nginx.conf",
                "-e",
                root / "error.log",
                "-g",
                "daemon off;",
            ],
            root / "nginx.log",
        )

    def start(self):
        super().start()
        self.wait_ready(lambda: (self.root / "nginx.pid").exists() and children(self.pid))
        return self

    @property
    def worker(self):
        return children(self.pid)[0]

    def lay_out(self):
        for path in SHIPPED.glob("gatehouse-*.conf"):
            (self.root / "snippets" / path.name).write_text(path.read_text())
        # What Lua answers comes from no upstream.
        protect = (SHIPPED / "gatehouse-protect.conf").read_text()
        (self.root / "snippets" / "lua-protect.conf").write_text(
            protect.replace("$upstream_http_", "$sent_http_")
        )
        http = (SHIPPED / "gatehouse-http.conf").read_text()
        upstreams = re.findall(r"^upstream .*?^}\n", http, re.MULTILINE | re.DOTALL)
        for upstream in upstreams:
            http = http.replace(upstream, "")
        for target in self.targets:
            if target.kind == "fastcgi":
                http += "".join(self.of_target(target, upstream) for upstream in upstreams)
                for kind in ("verify", "pages"):
                    text = (SHIPPED / f"gatehouse-{kind}.conf").read_text()
                    (self.root / "snippets" / f"gatehouse-{kind}-{target.name}.conf").write_text(
                        self.of_target(target, text)
                    )
            if target.kind == "http":
                http += HTTP_UPSTREAM.format(name=target.name, socket=target.socket)
        lua = any(target.in_nginx for target in self.targets)
        text = MAIN.format(
            modules=LUA_MODULES if lua else "",
            user="user root;\n" if os.geteuid() == 0 else "",
            root=self.root,
            http=http + (LUA_PATH if lua else ""),
            servers="".join(map(self.server, self.targets)),
        )
        (self.root / "nginx.conf").write_text(text)

    @staticmethod
    def of_target(target, text):
        """The shipped text, with the target's own upstreams and socket."""
        text = re.sub(
            r"^limit_.*\n", "", text, flags=re.MULTILINE
        )  # everybody asks from one address here
        text = re.sub(r"\b(gatehouse_(?:verify|pages))\b", rf"\1_{target.name}", text)
        return text.replace("unix:/run/gatehouse/gatehouse.sock", f"unix:{target.socket}")

    def server(self, target):
        redis = target.redis.socket if target.redis else None
        if target.kind in ACCESS:
            return ACCESS_SERVER.format(
                port=target.port, root=self.root, redis=redis, pipelined=ACCESS[target.kind]
            )
        verify = {"return": "internal; return 204;", "fastcgi": FASTCGI, "http": HTTP, "lua": LUA}[
            target.kind
        ]
        pages = PAGES.format(name=target.name) if target.gateway else ""
        protect = "lua-protect" if target.kind == "lua" else "gatehouse-protect"
        return SERVER.format(
            port=target.port,
            verify=verify.format(name=target.name, redis=redis),
            pages=pages,
            protect=protect,
            root=self.root,
        )
