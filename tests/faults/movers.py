# SPDX-License-Identifier: Apache-2.0
"""What people and operators do in a run: `browse` asks about sessions all the time; a `Mover` ends sessions, begins others and changes
people, while the browsers have an eye on the session in question, and then looks whether every gateway knows of it."""

import contextlib
import secrets
import threading

from clients import Client, Operator
from history import DONE, now

WATCH = 1.3  # seconds for which an ended session is asked about until the first 401
FOLLOWED = 3  # of many sessions that ended at once
EVICTED = 0.3  # how often Redis has just forgotten the session
BURSTS = (1, 1, 2, 4, 8)
LATE = (0.0, 0.5)  # how long a change by hand is under way before it is committed
UNDER_WAY = (0.03, 0.1)  # how long a look-up is, at most, when the session ends
OPERATIONS = {
    "logout": 30,
    "logout_twice": 3,
    "logout_in_use": 3,
    "revoke_one": 14,
    "revoke_others": 6,
    "login": 8,
    "login_race": 5,
    "change_password": 3,
    "disable": 1,
    "disable_race": 1,
    "admin_revoke": 1.5,
    "admin_revoke_all": 0.5,
    "change_role": 1.5,
}
BY_HAND = {"disable_by_hand": 1.5}  # what gateways that read the feed also notice


def browse(plan, rng):
    """Checks until the plan's end, several at a time, mostly of the sessions that the movers are at."""
    client, pause, names = Client(plan.sockets), threading.Event(), list(plan.sockets)
    while now() < plan.until:
        wanted = [
            at if at >= 0 and rng.random() < 0.5 else rng.randrange(len(plan.sessions))
            for at in rng.choices(plan.targets, k=rng.choice(BURSTS))
        ]
        events = client.check_all([plan.sessions[at] for at in wanted], rng.choice(names))
        pause.wait(plan.pause * len(events) if events[-1].result > 0 else 0.01)
    client.close()
    return client.events


class Mover:
    """One thread. `people` are its own: nobody else changes them."""

    def __init__(self, plan, number, people, rng):
        self.plan, self.number, self.people, self.rng = plan, number, people, rng
        self.client, self.names = Client(plan.sockets), list(plan.sockets)
        self.operator = Operator(plan.world, self.client.events)
        self.pause = threading.Event()
        self.names_of = list(plan.operations), list(plan.operations.values())
        self.left = [[person, self.usable(person)] for person in people]
        self.second = Client(plan.sockets)  # for what happens at the same time

    def usable(self, person):
        sessions = [session for session in person.sessions if session.context != "brief"]
        self.rng.shuffle(sessions)
        return sessions

    def run(self):
        while now() < self.plan.until:
            operation = self.rng.choices(*self.names_of)[0]
            entry = self.rng.choice(self.left)
            if operation == "disable_by_hand" and len(self.left) < 3:
                continue
            if len(entry[1]) < 2:
                operation = "login"
            getattr(self, operation)(*entry)
            self.pause.wait(0.002)
        for client in (self.client, self.second):
            client.close()
        return self.client.events + self.second.events

    # Before and after.

    def any_node(self):
        return self.rng.choice(self.names)

    def aim(self, session):
        """The browsers look at it, every gateway has seen it, and Redis may have forgotten it."""
        self.plan.targets[self.number] = self.plan.index.get(session.id, -1)
        for name in self.names:
            self.client.check(session, name)
        self.pause.wait(self.rng.random() * 0.004)
        if self.rng.random() < EVICTED:
            self.forget(session)

    def forget(self, session):
        self.plan.world.forget(f"identity:session:{session.context}:{session.id}")

    def follow(self, sessions, event):
        """Asks every gateway until it refuses; at once, and the one that acknowledged first."""
        if event.result != DONE and self.rng.random() < 0.7:
            sessions = []  # nothing is promised: a few are watched all the same
        order = sorted(self.names, key=lambda name: name != event.node)
        for session in self.rng.sample(sessions, min(FOLLOWED, len(sessions))):
            until = now() + WATCH
            waiting = list(order)
            while waiting and now() < until and now() < self.plan.until + WATCH:
                waiting = [
                    name for name in waiting if self.client.check(session, name).result != 401
                ]
                if waiting:
                    self.pause.wait(0.002)

    # Operations: (person, sessions that live as far as we know).

    def logout(self, _, sessions):
        victim = sessions.pop()
        self.aim(victim)
        self.follow([victim], self.client.logout(victim, self.any_node()))

    def logout_twice(self, _, sessions):
        victim, other = sessions.pop(), self.any_node()
        self.aim(victim)
        with self.meanwhile(lambda: self.second.logout(victim, other)):
            event = self.client.logout(victim, self.any_node())
        self.follow([victim], event)

    def logout_in_use(self, _, sessions):
        """The others have to look it up just now: what they are told may be old when they hear it."""
        victim, node = sessions.pop(), self.any_node()
        self.aim(victim)
        self.forget(victim)

        def look_up():
            for name in self.names:
                if name != node:
                    self.second.check(victim, name)

        with self.meanwhile(look_up):
            self.pause.wait(self.rng.random() * self.rng.choice(UNDER_WAY))
            event = self.client.logout(victim, node)
        self.follow([victim], event)

    @contextlib.contextmanager
    def meanwhile(self, work):
        thread = threading.Thread(target=work)
        thread.start()
        yield
        thread.join()

    def revoke_one(self, _, sessions):
        victim = next((one for one in sessions[1:] if one.handle), None)
        if victim:
            sessions.remove(victim)
            self.aim(victim)
            self.follow([victim], self.client.revoke_one(sessions[0], victim, self.any_node()))

    def revoke_others(self, _, sessions):
        self.aim(sessions[0])
        event = self.client.revoke_others(sessions[-1], self.any_node())
        self.follow(sessions[:-1], event)
        if event.result != 401:
            del sessions[:-1]

    def login(self, person, sessions):
        for password in list(person.passwords):
            event, fresh = self.client.login(person, password, self.any_node())
            if fresh:
                person.passwords = [password]
                sessions.append(fresh)
                for name in self.names:
                    self.client.check(fresh, name)
            if event.result != 401:
                return

    def login_race(self, person, sessions):
        """Somebody signs in while everything is being ended."""
        if len(person.passwords) > 1:
            return self.login(person, sessions)
        delay, found = self.rng.random() * 0.03, []
        node, other = self.any_node(), self.any_node()

        def enter():
            self.pause.wait(delay)
            found.append(self.second.login(person, person.passwords[0], other)[1])

        with self.meanwhile(enter):
            event, fresh = self.to_new_password(person, sessions.pop(), node)
        self.follow([session for session in found if session], event)
        self.settle(event, fresh, sessions)
        return None

    def change_password(self, person, sessions):
        if len(person.passwords) > 1:
            return self.login(person, sessions)
        event, fresh = self.to_new_password(person, sessions.pop(), self.any_node())
        self.follow(sessions, event)
        self.settle(event, fresh, sessions)
        return None

    def to_new_password(self, person, session, node):
        self.aim(session)
        wanted = f"another password {secrets.token_hex(8)}"
        event, fresh = self.client.change_password(
            session, person, person.passwords[0], wanted, node
        )
        if event.result != 401:
            person.passwords = [wanted] if event.result == DONE else [wanted, *person.passwords]
        return event, fresh

    @staticmethod
    def settle(event, fresh, sessions):
        if event.result != 401:
            sessions.clear()
        if fresh:
            sessions.append(fresh)

    def disable(self, person, sessions):
        self.aim(sessions[0])
        self.follow(sessions, self.operator.disable(person))
        self.enable(person, sessions)

    def disable_race(self, person, sessions):
        """Somebody signs in while their account is closed."""
        delay, found, other = self.rng.random() * 0.1, [], self.any_node()

        def enter():
            self.pause.wait(delay)
            found.append(self.second.login(person, person.passwords[0], other)[1])

        self.aim(sessions[0])
        with self.meanwhile(enter):
            event = self.operator.disable(person)
        self.follow([session for session in found if session] or sessions, event)
        self.enable(person, sessions)

    def enable(self, person, sessions):
        sessions.clear()
        for _ in range(20):
            if self.operator.enable(person).result == DONE or now() > self.plan.until:
                break

    def disable_by_hand(self, person, sessions):
        """For good: enabled again, the sessions would be back."""
        self.aim(sessions[0])
        event = self.operator.disable_by_hand(person, self.rng.choice(LATE))
        self.left = [entry for entry in self.left if entry[0] is not person]
        self.follow(sessions, event)

    def admin_revoke(self, person, sessions):
        victim = next((one for one in sessions if one.handle), None)
        if victim:
            sessions.remove(victim)
            self.aim(victim)
            self.follow([victim], self.operator.revoke(person, victim))

    def admin_revoke_all(self, person, sessions):
        self.aim(sessions[0])
        self.follow(sessions, self.operator.revoke_all(person))
        sessions.clear()

    def change_role(self, person, sessions):
        role = "editor" if person.role == "user" else "user"
        if self.operator.set_role(person, role).result == DONE:
            person.role = role
        for name in self.names * 2:
            self.client.check(sessions[0], name)
            self.pause.wait(0.06)
