# SPDX-License-Identifier: Apache-2.0
"""Who uses the gateways: one `Client` speaks FastCGI to all of them over kept connections, as nginx does, and notes every event."""

import json
import socket
import subprocess

import psycopg2

import fcgi
from history import CLOSED, DONE, NOT_CONFIRMED, TIMED_OUT, UNSURE, Event, Recorder, now
from tokens import stored_id
from world import Session

PATIENCE = 4.0  # seconds; a gateway that is stopped for a while answers after it
SHOWN = {
    "X-Auth-User-Id": "who",
    "X-Auth-Context": "where",
    "X-Auth-Session": "handle",
    "X-Auth-Expires": "expires",
    "X-Auth-Email": "email",
    "X-Auth-Role": "role",
    "X-Auth-Permissions": "permissions",
}


class Gate:
    """A kept connection to one gateway. One that turns out to be dead is made anew, once, as nginx does."""

    def __init__(self, path):
        self.path, self.link, self.kept, self.data = path, None, False, b""

    def ask(self, data):
        """A Reply, CLOSED or TIMED_OUT."""
        self.send(data)
        return self.reply(now() + PATIENCE)

    def send(self, data):
        self.data, self.kept = data, self.link is not None
        try:
            if not self.kept:
                self.link = fcgi.Connection(self.path, PATIENCE)
            self.link.send(data)
        except OSError:
            self.close()

    def reply(self, until):
        reply = self.receive(until)
        if reply == CLOSED and self.kept:
            self.send(self.data)
            reply = self.receive(until)
        return reply

    def receive(self, until):
        if self.link is None:
            return CLOSED
        try:
            self.link.socket.settimeout(max(0.05, until - now()))
            reply = self.link.reply()
        except socket.timeout:
            reply = TIMED_OUT
        except OSError:
            reply = None
        if reply is None or reply == TIMED_OUT:
            self.close()
        return CLOSED if reply is None else reply

    def close(self):
        if self.link:
            self.link.close()
        self.link = None


def cookie(session):
    return f"__Host-gatehouse_{session.context}={session.token}"


def check_request(session):
    return fcgi.request(fcgi.facts(context=session.context, HTTP_COOKIE=cookie(session)))


def post_request(path, context, fields, session=None):
    body = json.dumps(fields)
    return fcgi.request(
        fcgi.facts(
            path,
            "POST",
            context,
            HTTP_ACCEPT="application/json",
            CONTENT_TYPE="application/json",
            CONTENT_LENGTH=str(len(body)),
            HTTP_COOKIE=cookie(session) if session else "",
        ),
        body,
    )


class Client:
    """`sockets`: node name → path."""

    def __init__(self, sockets):
        self.sockets, self.gates = sockets, {}
        self.events = Recorder()
        self.requests, self.told = (
            {},
            {},
        )  # per session: its check, made once; and what was said last, told once

    def gate(self, node, number=0):
        key = node, number
        if key not in self.gates:
            self.gates[key] = Gate(self.sockets[node])
        return self.gates[key]

    def close(self):
        for gate in self.gates.values():
            gate.close()

    def check(self, session, node):
        return self.check_all([session], node)[0]

    def check_all(self, sessions, node):
        """All at the same time, each on a connection of its own."""
        gates, starts = [self.gate(node, number) for number in range(len(sessions))], []
        for session, gate in zip(sessions, gates):
            request = self.requests.get(session.id)
            if request is None:
                request = self.requests[session.id] = check_request(session)
            starts.append(now())
            gate.send(request)
        until = now() + PATIENCE
        return [
            self.checked(session, node, start, gate.reply(until))
            for session, start, gate in zip(sessions, starts, gates)
        ]

    def checked(self, session, node, start, reply):
        end = now()
        result, facts = (reply, None) if isinstance(reply, int) else (reply.status, None)
        if result == 204:
            facts = {
                name: value for header, name in SHOWN.items() for value in [reply.header(header)]
            }
            if self.told.get(session.id) == facts:
                facts = self.told[session.id]
            self.told[session.id] = facts
        event = Event(
            "check", session.id, session.user, session.context, node, start, end, result, facts
        )
        self.events.append(event)
        return event

    def post(self, op, node, path, session, fields, **facts):
        """A request that changes something: its event and the reply, if there is one."""
        context = session.context if session else "web"
        start = now()
        reply = self.gate(node).ask(post_request(path, context, fields, session))
        end = now()
        if isinstance(reply, int):
            return self.note(op, session, node, (start, end), reply, facts), None
        if reply.status >= 400:
            facts["code"] = said(reply).get("error", {}).get("code")
        return self.note(op, session, node, (start, end), reply.status, facts), reply

    def note(self, op, session, node, times, result, facts):
        event = Event(
            op,
            session.id if session else "",
            facts.pop("person", None) or session.user,
            session.context if session else "web",
            node,
            *times,
            result,
            facts or None,
        )
        self.events.append(event)
        return event

    def logout(self, session, node):
        return self.post("logout", node, "/auth/logout", session, {})[0]

    def revoke_one(self, session, victim, node):
        return self.post(
            "revoke_one",
            node,
            "/auth/sessions/revoke",
            session,
            {"handle": victim.handle},
            victim=victim.id,
        )[0]

    def revoke_others(self, session, node):
        return self.post("revoke_others", node, "/auth/sessions/revoke-others", session, {})[0]

    def login(self, person, password, node):
        """The event, and the new session if there is one."""
        event, reply = self.post(
            "login",
            node,
            "/auth/login",
            None,
            {"identifier": person.email, "password": password},
            person=person.id,
            password=password,
        )
        fresh = new_session(reply, person)
        if fresh:
            self.events[-1] = event = event._replace(session=fresh.id)
        return event, fresh

    def change_password(self, session, person, current, fresh_password, node):
        """Likewise. The new session is a login of its own."""
        event, reply = self.post(
            "password",
            node,
            "/auth/password/change",
            session,
            {"current_password": current, "new_password": fresh_password},
            current=current,
            fresh_password=fresh_password,
        )
        fresh = new_session(reply, person)
        if fresh:
            self.events[-1] = event = event._replace(facts={**event.facts, "fresh": fresh.id})
            self.events.append(
                event._replace(
                    op="login",
                    session=fresh.id,
                    result=DONE,
                    facts={"password": fresh_password, "asked": False},
                )
            )
        return event, fresh


def code_of(command):
    """As an answer of a gateway would say it, if it says the same; else the exit status."""
    return (
        NOT_CONFIRMED if "recorded in the database, but" in command.stderr else command.returncode
    )


def said(reply):
    try:
        return json.loads(reply.body)
    except ValueError:
        return {}


def new_session(reply, person):
    if reply is None or reply.status not in (200, 303):
        return None
    name, _, token = (reply.header("Set-Cookie") or "").split(";")[0].partition("=")
    return Session(stored_id(token), token, person.id, name.rpartition("_")[2]) if token else None


class Operator:
    """The command line, and psql, somewhere where both stores can be reached directly."""

    def __init__(self, world, events):
        self.world, self.gateway, self.events = world, world.operator, events

    def run(self, op, person, words, stdin="", **facts):
        start = now()
        try:
            done = self.gateway.cli(*words, stdin=stdin, check=False)
            result, told = (
                (DONE, {})
                if done.returncode == 0
                else (UNSURE, {"code": code_of(done), "said": done.stderr[-300:]})
            )
            if done.returncode < 0:
                result = CLOSED
        except subprocess.TimeoutExpired as error:
            result, told = TIMED_OUT, {"said": str(error)}
        event = Event(
            op, user=person.id, start=start, end=now(), result=result, facts={**facts, **told}
        )
        self.events.append(event)
        return event

    def disable(self, person):
        return self.run("disable", person, ["user", "disable", person.email])

    def by_hand(self, op, person, statement, values, **facts):
        """SQL of the operator's own, of which no gateway is told."""
        start, result, told = now(), DONE, {}
        try:
            self.world.sql(f"SET statement_timeout = 1000; BEGIN; {statement}; COMMIT", values)
        except psycopg2.Error as error:
            result, told = UNSURE, {"said": str(error)}
        event = Event(
            op,
            user=person.id,
            start=start,
            end=now(),
            result=result,
            facts={"direct": True, **facts, **told},
        )
        self.events.append(event)
        return event

    def disable_by_hand(self, person, thoughtful=0.0):
        """The sessions stay in the table. `thoughtful`: so many seconds before the commit, in which others commit."""
        wait = "; SELECT pg_sleep(%s)" if thoughtful else ""
        return self.by_hand(
            "disable",
            person,
            f"UPDATE gatehouse.users SET disabled = true WHERE id = %s{wait}",
            (person.id, thoughtful) if thoughtful else (person.id,),
        )

    def enable(self, person):
        return self.run("enable", person, ["user", "enable", person.email])

    def revoke(self, person, victim):
        return self.run(
            "admin_revoke",
            person,
            ["session", "revoke", person.email, victim.handle],
            victim=victim.id,
        )

    def revoke_all(self, person):
        return self.run(
            "admin_revoke", person, ["session", "revoke", person.email, "--all"], all=True
        )

    def set_role(self, person, role):
        return self.run(
            "profile",
            person,
            ["user", "role", person.email, role],
            **{**person.profile(), "role": role},
        )
