# SPDX-License-Identifier: Apache-2.0
"""One nginx with one worker in front of every target: a port for each, the shipped snippets for all."""

import os
import re

from processes import Process
from servers import TOP

SHIPPED = TOP / "nginx"

MAIN = """\
{user}worker_processes 1;
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

# The same for every target; only the answer to the question differs. (A `return` in /app/ would come before the question.)
SERVER = """
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        include snippets/gatehouse-errors.conf;
        location = /auth/verify {{ {verify} }}
        {pages}
        location /app/ {{
            auth_request /auth/verify;
            include snippets/gatehouse-protect.conf;
            alias {root}/page/;
        }}
    }}
"""
PAGES = "location ^~ /auth/ {{ fastcgi_param GATE_CONTEXT web; include snippets/gatehouse-pages-{name}.conf; }}"


class BenchNginx(Process):
    def __init__(self, root, targets):
        self.root, self.targets = root, targets
        for directory in ("snippets", "temp", "page"):
            (root / directory).mkdir(parents=True)
        (root / "page" / "index.html").write_text("ok\n")
        self.lay_out()
        super().__init__(["nginx", "-p", root, "-c", root / "nginx.conf", "-e", root / "error.log", "-g", "daemon off;"],
                         root / "nginx.log")

    def lay_out(self):
        for path in SHIPPED.glob("gatehouse-*.conf"):
            (self.root / "snippets" / path.name).write_text(path.read_text())
        http = (SHIPPED / "gatehouse-http.conf").read_text()
        upstreams = re.findall(r"^upstream .*?^}\n", http, re.MULTILINE | re.DOTALL)
        for upstream in upstreams:
            http = http.replace(upstream, "")
        servers = []
        for target in self.targets:
            if target.socket:
                http += "".join(self.of_target(target, upstream) for upstream in upstreams)
                for kind in ("verify", "pages"):
                    text = (SHIPPED / f"gatehouse-{kind}.conf").read_text()
                    (self.root / "snippets" / f"gatehouse-{kind}-{target.name}.conf").write_text(self.of_target(target, text))
            servers.append(self.server(target))
        user = "user root;\n" if os.geteuid() == 0 else ""
        (self.root / "nginx.conf").write_text(MAIN.format(user=user, root=self.root, http=http, servers="".join(servers)))

    @staticmethod
    def of_target(target, text):
        """The shipped text, with the target's own upstreams and socket."""
        text = re.sub(r"\b(gatehouse_(?:verify|pages))\b", rf"\1_{target.name}", text)
        return text.replace("unix:/run/gatehouse/gatehouse.sock", f"unix:{target.socket}")

    def server(self, target):
        verify = "internal; return 204;"
        if target.socket:
            verify = f"fastcgi_param GATE_CONTEXT web; include snippets/gatehouse-verify-{target.name}.conf;"
        pages = PAGES.format(name=target.name) if target.gateway else ""
        return SERVER.format(port=target.port, verify=verify, pages=pages, root=self.root)
