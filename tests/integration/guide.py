# SPDX-License-Identifier: Apache-2.0
"""A guide of docs/, followed word for word on a machine where only the places are others."""

import os
import re
import shlex
import subprocess

from servers import TOP, gatehouse_binary

RESTART = "systemctl restart gatehouse"


class Guide:
    """What a guide says to do."""

    def __init__(self, name):
        self.text = (TOP / "docs" / name).read_text(encoding="utf-8")

    def commands(self, title):
        """Under a title: its indented lines."""
        section = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", self.text, re.MULTILINE | re.DOTALL)[1]
        return "\n".join(line.removeprefix("    ") for line in section.splitlines() if line.startswith("    ") or not line)


class Machine:
    """A machine of which a guide knows nothing but the usual places and commands."""

    def __init__(self, root, site):
        self.root, self.site = root, site
        for directory in ("bin", "nginx/sites-available", "nginx/sites-enabled"):
            (root / directory).mkdir(parents=True)
        self.command("gatehouse", f'exec {shlex.quote(str(gatehouse_binary()))} "$@" --config {shlex.quote(str(site.gateway.config))}')
        self.command("nginx", f'exec /usr/sbin/nginx -p {site.nginx.root} -c {site.nginx.root}/nginx.conf "$@"')
        self.place_systemctl()

    def place_systemctl(self):
        self.command("systemctl", f'case "$*" in "reload gatehouse") kill -HUP {self.site.gateway.pid};; '
                                  f'"reload nginx") kill -HUP {self.site.nginx.pid};; *) exit 1;; esac')

    def command(self, name, text):
        path = self.root / "bin" / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(self, text):
        text = text.replace("/etc/gatehouse/gatehouse.toml", str(self.site.gateway.config)).replace("/etc/nginx/", f"{self.root}/nginx/")
        environment = {**os.environ, **(self.site.gateway.env or {}), "PATH": f"{self.root}/bin:{os.environ['PATH']}"}
        return subprocess.run(["sh", "-eu"], input=text, env=environment, capture_output=True, text=True, timeout=120)

    def follow(self, text):
        """All of it; a restart is the only thing that is done here and not by the machine's shell."""
        said = ""
        for number, part in enumerate(text.split(RESTART)):
            if number:
                self.site.gateway.stop()
                self.site.gateway.start()
                self.place_systemctl()
            done = self.run(part)
            assert done.returncode == 0, f"{part}\n{done.stdout}{done.stderr}"
            said += done.stdout
        return said
