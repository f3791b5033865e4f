# SPDX-License-Identifier: Apache-2.0
# Goal: options of mail that cannot work are refused with a sentence that says what to write.

import pytest

from mail_sender import Sender


@pytest.mark.parametrize(
    "options, said",
    [
        ({"mail_url": "smtp://user:pass@mail.example.org"}, "they are mail_user and mail_password"),
        ({"mail_url": "mail.example.org"}, "must be smtp://HOST:587"),
        ({"mail_url": "smtp://mail.example.org"}, "mail_url needs mail_from"),
        (
            {"mail_url": "smtp://mail.example.org", "mail_from": "Acme"},
            "must be an address such as",
        ),
        (
            {"mail_url": "smtp://mail.example.org", "mail_from": "a@b.org", "mail_user": "x"},
            "mail_user needs mail_password",
        ),
        (
            {"mail_url": "smtp://mail.example.org", "mail_from": "a@b.org", "mail_tls": "none"},
            "plain text",
        ),
    ],
)
def test_config_check_explains(root, options, said):
    sender = Sender(root, "sqlite", None, {})
    sender.gateway.write_config(**options)
    done = sender.gateway.cli("config", "check", check=False)
    assert said in done.stdout + done.stderr
