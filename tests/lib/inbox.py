# SPDX-License-Identifier: Apache-2.0
"""What a person does with the mail of a site: ask for it, read it, follow its link, choose a password."""

import email
import email.policy
import re

from processes import wait_until

ORIGIN = "https://people.example.org"
LINK = re.compile(re.escape(ORIGIN) + r"/auth(/link\?token=([A-Za-z0-9_-]{64}))\s")


class Inbox:
    """What the gateway has written into the folder of outgoing mail."""

    def __init__(self, folder):
        self.folder, self.read = folder, set()

    def next(self, address, but="a new device"):
        """The next mail to the address that nobody has read, other than those about a login."""

        def found():
            return next((one for one in self.unread(address) if but not in one[1]["Subject"]), None)

        path, message = wait_until(found, f"a mail to {address}")
        self.read.add(path)
        return message

    def unread(self, address):
        paths = sorted(
            set(self.folder.glob("*.eml")) - self.read, key=lambda path: path.stat().st_mtime_ns
        )
        mails = [
            (path, email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
            for path in paths
        ]
        return [
            (path, message)
            for path, message in mails
            if message["To"].casefold() == address.casefold()
        ]

    def link(self, address):
        """The path of the link of the next mail, which must be the same in both of its parts."""
        message = self.next(address)
        found = LINK.search(message.get_body(("plain",)).get_content())
        assert found and found[1] in message.get_body(("html",)).get_content()
        return found[1]


def ask(browser, path, address, **more):
    form = browser.form(path, path)
    return browser.post(path, {**form.hidden, "identifier": address}, **more)


def follow(browser, link):
    """The page that the link leads to."""
    answer = browser.get("/auth" + link)
    assert answer.status == 303 and "token" not in answer.header("Location"), answer
    return answer.header("Location")


def choose(browser, path, password):
    form = browser.form(path, path)
    return browser.post(path, {**form.hidden, "new_password": password})
