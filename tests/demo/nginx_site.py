#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Lays out a directory from which nginx serves the shipped example site: the files of nginx/, with nothing changed but the
addresses, the server name, the log and the certificate. The demo and the integration tests start nginx through this."""

import argparse
import os
import pathlib
import re
import shutil

SHIPPED = pathlib.Path(__file__).resolve().parents[2] / "nginx"

# The part of nginx's configuration that belongs to the machine, not to a site: Debian has it in /etc/nginx/nginx.conf.
MAIN = """\
{user}worker_processes 1;
pid {root}/nginx.pid;
error_log {root}/error.log info;
events {{ worker_connections 2048; }}
http {{
    client_body_temp_path {root}/temp/body;
    proxy_temp_path {root}/temp/proxy;
    fastcgi_temp_path {root}/temp/fastcgi;
    uwsgi_temp_path {root}/temp/uwsgi;
    scgi_temp_path {root}/temp/scgi;
    types {{ text/html html; text/css css; }}
    default_type application/octet-stream;
    access_log off;
    include {root}/site.conf;
}}
"""


def substitutions(options, root):
    """Pairs of a pattern and what stands there instead. Each pattern must be found in the shipped files."""
    pairs = [
        (r"server unix:/run/gatehouse/gatehouse\.sock ", f"server unix:{options.gateway} "),
        (r"server 127\.0\.0\.1:8080;", f"server {options.app};"),
        (r"server_name app\.example\.org;", f"server_name {options.server_name};"),
        (r"listen 80\b", f"listen {options.listen}"),
        (r"/var/log/nginx/access\.log", f"{root}/access.log"),
    ]
    if options.tls_listen:
        pairs += [
            (r"listen 443\b", f"listen {options.tls_listen}"),
            (r"/etc/ssl/certs/app\.example\.org\.pem", str(options.certificate)),
            (r"/etc/ssl/private/app\.example\.org\.key", str(options.key)),
        ]
    return pairs


def lay_out(options):
    """Writes nginx.conf, site.conf and snippets/ into options.directory."""
    root = pathlib.Path(options.directory).resolve()
    for directory in ("snippets", "temp"):
        shutil.rmtree(root / directory, ignore_errors=True)
        (root / directory).mkdir(parents=True)
    pairs = substitutions(options, root)
    found = set()

    def changed(text):
        for pattern, replacement in pairs:
            text, count = re.subn(pattern, lambda _, new=replacement: new, text)
            if count:
                found.add(pattern)
        return text

    for snippet in SHIPPED.glob("gatehouse-*.conf"):
        (root / "snippets" / snippet.name).write_text(changed(snippet.read_text()))
    (root / "site.conf").write_text(changed((SHIPPED / options.example).read_text()))
    missing = [pattern for pattern, _ in pairs if pattern not in found]
    if missing:
        raise SystemExit(f"not in the shipped files any more: {missing}")
    user = "user root;\n" if os.geteuid() == 0 else ""
    (root / "nginx.conf").write_text(MAIN.format(root=root, user=user))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", help="where nginx.conf goes; made if it is not there")
    parser.add_argument("--example", default="example.conf", help="a file of nginx/ (example.conf)")
    parser.add_argument("--listen", default="127.0.0.1:8000", help="address:port for http")
    parser.add_argument("--tls-listen", help="address:port for https (example-tls.conf)")
    parser.add_argument("--certificate", help="for https")
    parser.add_argument("--key", help="for https")
    parser.add_argument("--server-name", default="127.0.0.1 localhost", help="names of the site")
    parser.add_argument("--gateway", required=True, help="path of the gateway's unix socket")
    parser.add_argument("--app", required=True, help="address:port of the application")
    return parser


if __name__ == "__main__":
    lay_out(arguments().parse_args())
