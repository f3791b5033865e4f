#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The demo application. It shows, on every page, who nginx says the visitor is. It checks nothing itself: that is the point.

Pages: / (public), /app/ (signed in), /admin/ (administrators), /inbox (the mail that the gateway has written into a folder). With
--console the public page is that of console.py, and /demo/ is what it asks for. `Accept: application/json` gives the request as it
arrived, for tests. A path that ends in /status/NNN answers with that status, as a real application might, one that ends in
/cache/NNN with that max-age, one that ends in /public/NNN for everybody; the others say nothing about caching."""

import argparse
import email
import email.policy
import hashlib
import html
import json
import pathlib
import re
import string
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import console

HERE = pathlib.Path(__file__).resolve().parent
LOCATION = re.compile(r"^    (location \^~ /app/ \{\n.*?^    \})", re.MULTILINE | re.DOTALL)
IDENTITY = (
    "X-Auth-User-Id",
    "X-Auth-Email",
    "X-Auth-Role",
    "X-Auth-Permissions",
    "X-Auth-Context",
    "X-Auth-Session",
    "X-Auth-Expires",
    "X-Auth-Theme",
    "X-Auth-Language",
    "X-Auth-Legacy-Id",
    "X-Auth-Phone",
)
SECRET = ("cookie", "authorization")
PAGES = {
    "/": (
        "Public page",
        "Anybody may read this. Nobody is known here, not even to somebody who claims to be someone.",
    ),
    "/app/": ("Your page", "You see this because you are signed in."),
    "/admin/": ("Administration", "You see this because your role is <b>admin</b>."),
}
PAGE = string.Template(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title · Demo behind Gatehouse</title>
<style>
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d9dee6; --card: #fff; --ground: #f3f5f8; --mark: #2456c9; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf2; --soft: #9aa6b6; --line: #2c3644; --card: #171e28; --ground: #0f141b; --mark: #8db1ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; align-items: baseline; padding: 1rem 1.5rem; background: var(--card);
  border-bottom: 1px solid var(--line); }
header strong { margin-right: auto; }
a { color: var(--mark); text-underline-offset: .2em; }
a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
main { max-width: 46rem; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
p { color: var(--soft); margin: 0 0 1.5rem; }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  border-spacing: 0; overflow: hidden; }
caption { text-align: left; font-weight: 600; padding: 0 0 .5rem; }
th, td { text-align: left; vertical-align: top; padding: .55rem .9rem; border-top: 1px solid var(--line); font-size: .93rem; }
th { width: 40%; font-weight: 500; color: var(--soft); }
td { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
td.none { color: var(--soft); font-family: inherit; }
article { padding: 1rem 1.2rem; margin: 0 0 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
article h2 { font-size: 1.05rem; margin: 0; }
article p { white-space: pre-line; overflow-wrap: anywhere; margin: .3rem 0 0; }
</style>
</head>
<body>
<header><strong>Demo behind Gatehouse</strong>$links</header>
<main>
<h1>$title</h1>
<p>$text</p>
$content
</main>
</body>
</html>
"""
)


def links(path):
    def link(target, label):
        current = ' aria-current="page"' if target == path else ""
        return f'<a href="{target}"{current}>{label}</a>'

    return "".join(
        (
            link("/", "Public"),
            link("/app/", "Protected"),
            link("/admin/", "Administration"),
            link("/auth/sessions", "Devices"),
            link("/auth/preferences", "Preferences"),
            link("/inbox", "Mail"),
            link("/auth/login?rd=/app/", "Sign in"),
            link("/auth/logout", "Sign out"),
        )
    )


def page(path, headers):
    """The page at `path` for a request with these headers, as HTML."""
    title, text = PAGES.get(path, ("A page", "One of the application's other pages."))

    def row(name):
        value = headers.get(name)
        cell = (
            '<td class="none">not sent</td>' if value is None else f"<td>{html.escape(value)}</td>"
        )
        return f'<tr><th scope="row">{name}</th>{cell}</tr>'

    table = f"<table><caption>What nginx told this application about you</caption>{''.join(map(row, IDENTITY))}</table>"
    return PAGE.substitute(title=title, text=text, links=links(path), content=table)


def first_page():
    """What the demo opens on, with the lines of the shipped site."""
    site = (HERE.parents[1] / "nginx" / "example.conf").read_text(encoding="utf-8")
    lines = LOCATION.search(site)[1].replace("\n    ", "\n")
    text = (HERE / "console.html").read_text(encoding="utf-8")
    return string.Template(text).substitute(links=links("/"), nginx=html.escape(lines))


def inbox(folder):
    """The mail in the folder, the newest first, as a page. Its links can be followed."""
    paths = (
        sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        if folder
        else []
    )

    def article(path):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        text = html.escape(message.get_body(("plain",)).get_content().strip())
        text = re.sub(
            r"https?://[^\s<]+", lambda found: f'<a href="{found[0]}">{found[0]}</a>', text
        )
        return f"<article><h2>{html.escape(message['Subject'])}</h2><p>To {html.escape(message['To'])}</p><p>{text}</p></article>"

    text = "Mail that the gateway has sent to anybody. In a demo it goes into a folder, and this page shows the folder."
    return PAGE.substitute(
        title="Mail",
        text=text if paths else text + " There is none yet.",
        links=links("/inbox"),
        content="".join(map(article, paths)),
    )


def echo(request, body):
    """The request as it arrived, without what could be used to act as the visitor."""
    headers = [
        [name, "(hidden)" if name.lower() in SECRET else value]
        for name, value in request.headers.items()
    ]
    return json.dumps(
        {
            "method": request.command,
            "path": request.path,
            "headers": headers,
            "body_bytes": len(body),
            "body_sha256": hashlib.sha256(body).hexdigest(),
        }
    )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""
    # An answer leaves in one piece. With two, the kernel holds the second one back until nginx has confirmed the first: 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def answer(self):
        body = self.body()
        path = self.path.partition("?")[0]
        cache = re.search(r"/(cache|public)/(\d+)$", path)
        if self.server.console:
            self.server.console.note(self.headers)
        status, kind, text = self.content(path, body)
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if cache:
            self.send_header(
                "Cache-Control",
                ("public, " if cache[1] == "public" else "") + f"max-age={cache[2]}",
            )
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def content(self, path, body):
        """Status, type and text."""
        status = re.search(r"/status/([2-5]\d\d)$", path)
        if self.server.console and path.startswith("/demo/"):
            return self.of_the_console(path, body)
        if "application/json" in self.headers.get("Accept", ""):
            return int(status[1]) if status else 200, "application/json", echo(self, body)
        if path == "/inbox":
            text = inbox(self.server.inbox)
        elif path == "/" and self.server.console:
            text = first_page()
        else:
            text = page(path, self.headers)
        return int(status[1]) if status else 200, "text/html; charset=utf-8", text

    def of_the_console(self, path, body):
        if path == "/demo/console.js":
            return 200, "text/javascript", (HERE / "console.js").read_text(encoding="utf-8")
        try:
            if self.command == "POST":
                said = self.server.console.act(path, self.headers, body)
            elif path == "/demo/state":
                said = self.server.console.state(self.headers)
            else:
                raise console.Refused(404, "no such page")
            return 200, "application/json", json.dumps(said)
        except console.Refused as refused:
            return refused.status, "application/json", json.dumps({"error": str(refused)})

    def __getattr__(self, name):
        # Every method, known or not, is answered alike: what may be done is not this application's business.
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, *_):
        """nginx keeps the access log."""


class Server(ThreadingHTTPServer):
    inbox = console = None
    daemon_threads = True
    request_queue_size = 256


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--listen", default="127.0.0.1:0", metavar="ADDRESS:PORT", help="port 0: a free one"
    )
    parser.add_argument(
        "--inbox", type=pathlib.Path, metavar="FOLDER", help="where the gateway writes mail"
    )
    parser.add_argument(
        "--console", type=pathlib.Path, metavar="FILE", help="what run.py tells of the demo"
    )
    asked = parser.parse_args()
    host, _, port = asked.listen.rpartition(":")
    server = Server((host, int(port)), Handler)
    server.inbox = asked.inbox
    server.console = console.Console(asked.console) if asked.console else None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"ready {server.server_address[0]}:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    finally:
        if server.console:
            server.console.release()


if __name__ == "__main__":
    main()
