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
        section = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", self.text, re.MULTILINE | re.DOTALL)[
            1
        ]
        return "\n".join(
            line.removeprefix("    ")
            for line in section.splitlines()
            if line.startswith("    ") or not line
        )

    def fenced(self, language):
        """Its blocks in this language, in their order, each with the last line before it."""
        found = re.findall(rf"([^\n]*)\n\n?```{language}\n(.*?)```", self.text, re.DOTALL)
        assert found, f"no ```{language}"
        return found


class Machine:
    """A machine of which a guide knows nothing but the usual places and commands."""

    def __init__(self, root, site):
        self.root, self.site, self.exported = root, site, {}
        self.credentials = []
        self.places = {
            "/etc/gatehouse/gatehouse.toml": str(site.gateway.config),
            "/etc/nginx/": f"{root}/nginx/",
        }
        for directory in ("bin", "nginx/sites-available", "nginx/sites-enabled"):
            (root / directory).mkdir(parents=True)
        self.command(
            "gatehouse",
            f'exec {shlex.quote(str(gatehouse_binary()))} "$@" --config {shlex.quote(str(site.gateway.config))}',
        )
        self.command(
            "nginx",
            f'exec /usr/sbin/nginx -p {site.nginx.root} -c {site.nginx.root}/nginx.conf "$@"',
        )
        self.place_systemctl()

    def place_systemctl(self):
        self.command(
            "systemctl",
            f'case "$*" in "reload gatehouse") kill -HUP {self.site.gateway.pid};; '
            f'"reload nginx") kill -HUP {self.site.nginx.pid};; *) exit 1;; esac',
        )

    def place_credentials(self):
        """The addresses of the stores are in files beside the configuration, and root's shell knows nothing of them."""
        directory = self.site.gateway.config.parent
        self.places["/etc/gatehouse"] = str(directory)
        self.credentials = [
            name
            for name in ("database_url", "redis_url")
            if self.site.gateway.env.get(name.upper())
        ]
        for name in self.credentials:
            (directory / name).write_text(self.site.gateway.env[name.upper()])

    def place_sudo(self, postgres):
        """Root becomes the database's administrator."""
        self.places["/run/postgresql"] = str(postgres.root)
        self.command(
            "sudo",
            f'[ "$1" = -u ] && user=$2 && shift 2 && exec env PGHOST={shlex.quote(str(postgres.root))} PGUSER="$user" "$@"',
        )

    def command(self, name, text):
        path = self.root / "bin" / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(self, text):
        for usual, here in self.places.items():
            text = text.replace(usual, here)
        # One shell runs all the way: what it has exported stays.
        self.exported.update(re.findall(r"^export (\w+)=(\S+)", text, re.MULTILINE))
        environment = {
            **os.environ,
            **(self.site.gateway.env or {}),
            **self.exported,
            "PATH": f"{self.root}/bin:{os.environ['PATH']}",
        }
        for address in self.credentials:
            environment.pop(address.upper(), None)
        return subprocess.run(
            ["sh", "-eu"], input=text, env=environment, capture_output=True, text=True, timeout=120
        )

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
