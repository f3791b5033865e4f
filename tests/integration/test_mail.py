# SPDX-License-Identifier: Apache-2.0
# Goal: a mail that waits in the database reaches a real mail server once, encrypted and with a login, whatever happened to the server
# or to a gateway meanwhile; and an operator sees what waits, why, and what to do.

import concurrent.futures
import email
import email.policy
import json
import pathlib
import re
import signal
import stat
import subprocess

import pytest

from guide import Guide
from mail_sender import NAMES, Sender, numbers, second_of
from mail_server import PASSWORD, USER, Authority, MailServer
from processes import free_port, wait_until
from servers import gatehouse_binary


@pytest.fixture(scope="module")
def authority(root):
    return Authority(root / "authority")


@pytest.fixture(scope="module")
def make_sender(root, postgres):
    made = []

    def make(setup="postgresql", start=True, **options):
        sender = Sender(
            root, setup, postgres, {"context.web.url": "https://app.example.org", **options}
        )
        made.append(sender.gateway)
        if start:
            sender.gateway.start()
        return sender

    yield make
    for gateway in made:
        gateway.stop()


@pytest.mark.parametrize("setup", ["sqlite", "postgresql"])
@pytest.mark.parametrize("tls", ["starttls", "smtps"])
def test_a_mail_arrives_encrypted_and_with_a_login(make_sender, authority, setup, tls):
    with MailServer(authority, tls, login=tls == "starttls") as server:
        sender = make_sender(setup, **server.options())
        mail = sender.queue("ann@example.org")
        [received] = server.wait_for()
        sender.wait_sent(mail)
    assert received.sender == "no-reply@example.org" and received.recipients == ["ann@example.org"]
    assert received.encrypted and received.login == (USER if tls == "starttls" else None)
    message = received.message
    assert message["To"] == "ann@example.org" and message["From"] == "Acme <no-reply@example.org>"
    assert message["Auto-Submitted"] == "auto-generated" and mail in message["Message-ID"]
    assert "password of your account" in message.get_body(("plain",)).get_content()
    told = sender.gateway.wait_event("mail_sent")
    assert (told["mail"], told["kind"], told["tries"]) == (
        mail,
        "password_changed",
        1,
    ) and "taken as number 7" in told["answer"]
    log = sender.gateway.log_text()
    assert "ann@example.org" not in log and PASSWORD not in log
    assert len(server.received) == 1


@pytest.mark.parametrize("setup", ["sqlite", "postgresql"])
def test_a_temporary_refusal_is_tried_again(make_sender, authority, setup):
    with MailServer(authority, "starttls") as server:
        server.refusals = ["451 <ann@example.org> is greylisted"]
        sender = make_sender(setup, **server.options())
        mail = sender.queue()
        told = sender.gateway.wait_event("mail_postponed")
        assert told["answer"] == "451 <(recipient)> is greylisted" and told["tries"] == 1
        [listed] = wait_until(
            lambda: [one for one in sender.listed() if one["error"]], "the try is noted"
        )
        assert (listed["mail"], listed["tries"], listed["given_up"]) == (mail, 1, False) and listed[
            "due_at"
        ] > listed["queued_at"]
        assert "451" in listed["error"] and listed["recipient"] == "ann@example.org"
        shown = sender.gateway.cli("mail", "queue").stdout
        assert mail in shown and "try 1, next" in shown and "451" in shown
        assert server.received == []
        assert "Mails due now: 1." in sender.gateway.cli("mail", "retry", mail).stdout
        server.wait_for()
        sender.wait_sent(mail)
        assert sender.gateway.wait_event("mail_sent")["tries"] == 2
        assert sender.listed() == []


def test_a_postponed_mail_comes_by_itself(make_sender, authority):
    with MailServer(authority, "starttls") as server:
        server.refuse_text = "452 no room"
        sender = make_sender(**server.options())
        mail = sender.queue()
        sender.gateway.wait_event("mail_postponed")
        server.refuse_text = None
        wait_until(lambda: server.received, "the second try, after 10 s", timeout=40)
        sender.wait_sent(mail)


def test_a_refused_recipient_is_given_up(make_sender, authority):
    with MailServer(authority, "starttls") as server:
        server.refusals = ["550 <ann@example.org> is nobody"]
        sender = make_sender(**server.options())
        mail, other = sender.queue(), sender.queue("bob@example.org")
        told = sender.gateway.wait_event("mail_given_up")
        assert told["level"] == "error" and told["mail"] == mail and "ann@" not in json.dumps(told)
        sender.wait_sent(other)  # one refusal stops nobody else
        [listed] = sender.listed()
        assert listed["mail"] == mail and listed["given_up"] and listed["due_at"] is None
        assert "given up after try 1" in sender.gateway.cli("mail", "queue").stdout
        wait_until(lambda: numbers(sender.gateway)["mail_lost"] == 1, "it is counted")
        found = numbers(sender.gateway)
        assert (
            found["mails_sent"],
            found["mails_given_up"],
            found["mails_postponed"],
            found["mail_waiting"],
        ) == (1, 1, 0, 0)
        assert (
            "Mails due now: 1." in sender.gateway.cli("mail", "retry").stdout
        )  # the address exists now
        sender.wait_sent(mail)
        assert [one.recipients for one in server.received] == [
            ["bob@example.org"],
            ["ann@example.org"],
        ]


def test_a_mail_that_has_waited_for_a_day_is_given_up(make_sender):
    sender = make_sender(
        mail_url=f"smtp://127.0.0.1:{free_port()}", mail_from="a@example.org", start=False
    )
    mail = sender.queue()
    day = "interval '25 hours'" if sender.postgres else 25 * 3600 * 1000
    sender.sql(f"UPDATE mail SET queued_at = queued_at - {day} WHERE id = ?", mail)
    sender.gateway.start()
    told = sender.gateway.wait_event("mail_given_up")
    assert told["mail"] == mail and "host and port of mail_url" in told["hint"]


def test_a_stranger_s_certificate_gets_nothing(make_sender, authority, root):
    other = Authority(root / f"authority{next(NAMES)}")
    with MailServer(authority, "starttls", login=True) as server:
        sender = make_sender(**server.options(mail_ca_file=str(other.certificate)))
        mail = sender.queue()
        told = sender.gateway.wait_event("mail_postponed")
        assert "mail_ca_file" in told["hint"] and "certificate" in told["answer"]
        failed = sender.gateway.cli("mail", "test", "ann@example.org", check=False)
        assert (
            failed.returncode == 75
            and "mail_ca_file" in failed.stderr
            and PASSWORD not in failed.stderr
        )
        assert server.received == [] and server.tried == []
        sender.gateway.stop()
        sender.gateway.write_config(mail_ca_file=str(authority.certificate))
        sender.gateway.start()
        sender.gateway.cli("mail", "retry")
        sender.wait_sent(mail)


def test_a_certificate_for_another_host_is_refused(make_sender, authority):
    with MailServer(authority, "starttls") as server:
        sender = make_sender(
            start=False, **server.options(mail_url=f"smtp://127.0.0.1:{server.port}")
        )
        failed = sender.gateway.cli("mail", "test", "ann@example.org", check=False)
        assert (
            failed.returncode == 75
            and "valid for the host of mail_url" in failed.stderr
            and server.tried == []
        )


def test_without_tls_nothing_is_sent_unless_the_option_says_so(make_sender):
    with MailServer() as server:
        sender = make_sender(start=False, **server.options(mail_tls="required"))
        failed = sender.gateway.cli("mail", "test", "ann@example.org", check=False)
        assert failed.returncode == 75 and "offers no TLS" in failed.stderr and server.tried == []
        sender.gateway.options.pop("mail_tls")  # this host: none
        sender.gateway.write_config()
        assert "taken as number 7" in sender.gateway.cli("mail", "test", "ann@example.org").stdout
        assert len(server.received) == 1


def test_a_refused_login_is_the_operator_s_to_mend(make_sender, authority):
    with MailServer(authority, "starttls", login=True) as server:
        sender = make_sender(**server.options(mail_password="another"))
        mail = sender.queue()
        told = sender.gateway.wait_event("mail_postponed")
        assert told["hint"] == "check mail_user and mail_password" and told["answer"].startswith(
            "535"
        )
        assert not sender.is_sent(mail) and server.tried == []
        sender.gateway.stop()
        credentials = sender.gateway.root / "credentials"
        credentials.mkdir()
        (credentials / "mail_password").write_text(PASSWORD + "\n")
        del sender.gateway.env["GATEHOUSE_MAIL_PASSWORD"]
        sender.gateway.env["CREDENTIALS_DIRECTORY"] = str(credentials)
        sender.gateway.start()
        assert PASSWORD not in sender.gateway.cli("config", "show").stdout
        sender.gateway.cli("mail", "retry")
        sender.wait_sent(mail)


def test_a_server_that_is_away_and_comes_back(make_sender, authority):
    server = MailServer(authority, "starttls")
    sender = make_sender(**server.options())
    mails = [sender.queue() for _ in range(3)]
    told = sender.gateway.wait_event("mail_postponed", count=3, timeout=30)
    assert "host and port of mail_url" in told["hint"]
    with server:
        assert "Mails due now: 3." in sender.gateway.cli("mail", "retry").stdout
        server.wait_for(3)
        for mail in mails:
            sender.wait_sent(mail)
        assert len(server.received) == 3


def test_a_server_that_hangs_holds_up_nobody(make_sender, authority):
    with MailServer(authority, "starttls") as server:
        server.hold = True
        sender = make_sender(**server.options(mail_timeout="2s"))
        mail = sender.queue()
        wait_until(lambda: "text" in server.tried, "the mail is being sent")
        assert numbers(sender.gateway)["status"] in ("ok", "degraded")  # the loop answers meanwhile
        assert (
            sender.gateway.cli("mail", "retry", mail, check=False).returncode == 65
        )  # it is being sent
        told = sender.gateway.wait_event("mail_postponed")
        assert "mail_timeout" in told["hint"] and "timeout" in told["answer"]
        server.hold = False
        sender.gateway.cli("mail", "retry")
        sender.wait_sent(mail)


@pytest.mark.parametrize("setup", ["sqlite", "postgresql"])
def test_two_gateways_send_each_mail_once(make_sender, authority, root, setup):
    with MailServer(authority, "starttls") as server:
        sender = make_sender(setup, start=False, **server.options())
        recipients = [f"user{number}@example.org" for number in range(30)]
        for recipient in recipients:
            sender.queue(recipient)
        second = second_of(sender, root)
        try:
            with concurrent.futures.ThreadPoolExecutor() as pool:
                list(pool.map(lambda gateway: gateway.start(), [sender.gateway, second]))
            wait_until(
                lambda: sender.sql("SELECT count(*) FROM mail WHERE sent_at IS NULL")[0][0] == 0,
                "all are sent",
                timeout=60,
            )
            assert sorted(one.recipients[0] for one in server.received) == sorted(recipients)
            shares = [len(gateway.events("mail_sent")) for gateway in (sender.gateway, second)]
            assert sum(shares) == 30 and min(shares) > 0
        finally:
            second.stop()


def test_a_gateway_that_is_killed_while_sending_loses_no_mail(make_sender, authority, root):
    with MailServer(authority, "starttls") as server:
        server.hold = True
        sender = make_sender(**server.options())
        mail = sender.queue()
        wait_until(lambda: "text" in server.tried, "the mail is being sent")
        sender.gateway.stop(signal.SIGKILL)
        server.hold = False
        second = second_of(sender, root).start()
        try:
            second.wait_event("ready")
            assert not sender.is_sent(mail)  # the claim counts
            sender.make_due(mail)
            sender.wait_sent(mail)
            assert len(server.received) == 1 and second.wait_event("mail_sent")["tries"] == 2
        finally:
            second.stop()


def test_a_stop_waits_for_the_mail_under_way(make_sender, authority):
    with MailServer(authority, "starttls") as server:
        sender = make_sender(**server.options())
        mails = [sender.queue() for _ in range(20)]
        server.wait_for()
        sender.gateway.stop()
        noted = [mail for mail in mails if sender.is_sent(mail)]
        assert 0 < len(noted) == len(server.received)


def test_mail_into_a_folder(make_sender, root):
    folder = root / f"folder{next(NAMES)}"
    sender = make_sender(
        mail_url=f"file://{folder}", mail_from="Гостьовий дім <no-reply@example.org>"
    )
    mail = sender.queue()
    told = sender.gateway.wait_event("mail_postponed")
    assert "No such file" in told["answer"] and "make the directory" in told["hint"]
    folder.mkdir()
    sender.gateway.cli("mail", "retry")
    sender.wait_sent(mail)
    [file] = folder.iterdir()
    assert file.name == f"{mail}.eml" and stat.S_IMODE(file.stat().st_mode) == 0o600
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    [sender_address] = message["From"].addresses
    assert (sender_address.display_name, sender_address.addr_spec) == (
        "Гостьовий дім",
        "no-reply@example.org",
    )
    assert (
        message.defects == [] and message["From"].defects == () and message["Date"].datetime.tzinfo
    )
    # The letter of `mail test` has both parts.
    said = sender.gateway.cli("mail", "test", "ann@example.org").stdout
    path = re.search(r"written to (\S+\.eml)", said)[1]
    message = email.message_from_bytes(pathlib.Path(path).read_bytes(), policy=email.policy.default)
    assert message.get_content_type() == "multipart/alternative" and not any(
        part.defects for part in message.walk()
    )
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert "`gatehouse mail test`" in message.get_body(("plain",)).get_content()
    assert "<code>gatehouse mail test</code>" in message.get_body(("html",)).get_content()


def test_without_a_mail_server_nothing_is_sent(make_sender):
    sender = make_sender()
    mail = sender.queue()
    assert not any(name.startswith("mail") for name in numbers(sender.gateway))
    assert (
        "mail_url is not set"
        in sender.gateway.cli("mail", "test", "a@example.org", check=False).stderr
    )
    said = sender.gateway.cli("mail", "retry")
    assert "mail_url is not set here" in said.stderr and "due now: 1" in said.stdout
    assert sender.listed()[0]["mail"] == mail


def test_late_mail_is_a_warning(make_sender):
    sender = make_sender(
        mail_url=f"smtp://127.0.0.1:{free_port()}", mail_from="a@example.org", start=False
    )
    mail = sender.queue()
    ago = "interval '10 minutes'"
    sender.sql(f"UPDATE mail SET queued_at = queued_at - {ago} WHERE id = ?", mail)
    sender.gateway.start()
    wait_until(lambda: "mail_is_late" in numbers(sender.gateway)["warnings"], "the warning")
    found = numbers(sender.gateway)
    assert found["mail_waiting"] == 1 and found["mail_oldest_seconds"] >= 600


def test_the_guide_word_for_word(make_sender, authority):
    guide = Guide("operations.md")
    [options] = [text for _, text in guide.fenced("toml") if "mail_url" in text]
    with MailServer(authority, "starttls", login=True) as server:
        sender = make_sender(start=False)
        assert options.count("mail.example.org:587") == 1
        options = options.replace("mail.example.org:587", f"localhost:{server.port}")
        more = f'mail_tls = "required"\nmail_ca_file = "{authority.certificate}"\n'  # the name is this host's, the authority ours
        sender.gateway.config.write_text(sender.gateway.config.read_text() + options + more)
        commands = (
            guide.commands("Mail")
            .replace("/etc/gatehouse", str(sender.gateway.root))
            .replace("PASSWORD", PASSWORD)
        )
        program = f'gatehouse() {{ {gatehouse_binary()} "$@" --config {sender.gateway.config}; }}'
        environment = {**sender.gateway.env, "CREDENTIALS_DIRECTORY": str(sender.gateway.root)}
        done = subprocess.run(
            ["bash", "-euc", f"{program}\n{commands}"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "taken as number 7" in done.stdout and "Mails due now: 0." in done.stdout
        [received] = server.received
    assert received.login == USER and received.recipients == ["ann@example.org"]
