# SPDX-License-Identifier: Apache-2.0
# Goal: the pages carry the operator's name, logo, colours, texts and templates through the shipped site; a mistake in these stops the
# start or refuses the reload, with a sentence, and never a request.
import gzip
import re
import signal

import pytest

from client import signed_in
from guide import Guide
from inbox import ORIGIN, Inbox, ask

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script><path d="M0 0h9v9z"/></svg>'
    + "\n" * 1200
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


class Brand:
    """A site with a name, and the files that its pages are made of."""

    def __init__(self, make_site, make_stores, root):
        self.folder = root / "brand-files"
        self.pages = self.folder / "pages"
        self.pages.mkdir(parents=True)
        mail = root / "brand-mail"
        mail.mkdir(mode=0o700)
        self.inbox = Inbox(mail)
        self.logo, self.icon = self.folder / "logo.svg", self.folder / "icon.png"
        self.logo.write_text(SVG)
        self.icon.write_bytes(PNG)
        options = {
            "brand_name": "Acme",
            "brand_logo": str(self.logo),
            "brand_icon": str(self.icon),
            "brand_accent": "#8a1f1f",
            "help_url": "https://acme.example/help",
            "pages_directory": str(self.pages),
            "context.web.display_name": "Acme Orders",
            "context.web.home": "/orders/",
            "mail_url": f"file://{mail}",
            "mail_from": "Acme <no-reply@example.org>",
            "context.web.url": ORIGIN,
        }
        self.site = make_site(
            "brand", make_stores("sqlite", ""), example="example-tls.conf", options=options
        )
        self.gateway = self.site.gateway

    def reload(self):
        seen = len(self.gateway.events("reload"))
        self.gateway.process.send_signal(signal.SIGHUP)
        return self.gateway.wait_event("reload", seen + 1)["outcome"]


@pytest.fixture(scope="module")
def brand(make_site, make_stores, root):
    return Brand(make_site, make_stores, root)


def file_of(page, kind):
    return re.search(rf'"(/auth/{kind}-[0-9a-f]+\.\w+)"', page.text)[1]


def test_the_name_is_on_every_page_and_in_mails(brand):
    browser = brand.site.browser()
    login = browser.get("/auth/login")
    assert "<title>Sign in · Acme</title>" in login.text and "Gatehouse" not in login.text
    assert 'continue to <span class="who">Acme Orders</span>' in login.text
    assert '<a href="https://acme.example/help">Help</a>' in login.text
    user = brand.site.user()
    account = signed_in(brand.site, user).get("/auth/me")
    assert "Back to Acme Orders" in account.text and 'href="/orders/"' in account.text
    ask(browser, "/auth/password/forgot", user.email)
    mail = brand.inbox.next(user.email)
    assert mail["Subject"] == "Acme Orders: choose a new password"
    assert "#8a1f1f" in mail.get_body(("html",)).get_content()


def test_a_logo_is_kept_for_ever_and_can_do_nothing(brand):
    browser = brand.site.browser()
    page = browser.get("/auth/login")
    logo = browser.get(file_of(page, "logo"), headers={"Accept-Encoding": "gzip"})
    assert logo.status == 200 and logo.header("Content-Type") == "image/svg+xml"
    assert gzip.decompress(logo.body).decode() == SVG
    assert logo.header("Cache-Control") == "public, max-age=31536000, immutable"
    assert (
        logo.header("Content-Security-Policy")
        == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    )
    assert logo.header("X-Content-Type-Options") == "nosniff"
    icon = browser.get(file_of(page, "icon"))
    assert icon.body == PNG and icon.header("Content-Type") == "image/png"
    style = browser.get(file_of(page, "style"))
    assert "--accent: #8a1f1f;" in style.text and "immutable" in style.header("Cache-Control")
    script = browser.get(file_of(page, "script"))
    assert script.header("Content-Type") == "text/javascript; charset=utf-8"
    policy = page.header("Content-Security-Policy")
    assert "unsafe" not in policy and "script-src 'self'" in policy


def test_a_reload_takes_new_files_and_refuses_broken_ones(brand):
    browser = brand.site.browser()
    before = browser.get("/auth/login")
    words, template = brand.pages / "messages.en.toml", brand.pages / "login.mustache"
    words.write_text('login_title = "Come in"\n')
    brand.logo.write_text(SVG.replace("M0 0", "M1 1"))
    assert brand.reload() == "ok"
    after = browser.get("/auth/login")
    assert "<h1>Come in</h1>" in after.text
    assert file_of(after, "logo") != file_of(before, "logo")
    for file, text, why in (
        (words, 'login_titel = "x"\n', "unknown text login_titel: did you mean login_title?"),
        (template, "<h1>{{title}}</h1>{{#error}}", "lacks"),
        (brand.logo, "no picture", "is neither SVG nor PNG"),
    ):
        good = file.read_text() if file.exists() else None
        file.write_text(text)
        assert brand.reload().startswith("refused")
        assert why in brand.gateway.events("pages")[-1]["message"]
        assert "<h1>Come in</h1>" in browser.get("/auth/login").text
        check = brand.gateway.cli("config", "check", check=False)
        assert check.returncode == 78 and why in check.stderr and str(file) in check.stderr
        file.unlink() if good is None else file.write_text(good)
    assert brand.reload() == "ok"


def test_a_broken_file_stops_the_start(brand):
    template = brand.pages / "layout.mustache"
    template.write_text("<p>{{{content}}}")
    try:
        done = brand.gateway.cli("serve", check=False)
        assert done.returncode == 78 and f"{template} lacks" in done.stderr
    finally:
        template.unlink()


def test_an_accent_that_cannot_be_read_is_refused(brand):
    try:
        brand.gateway.write_config(brand_accent="#f5c542")
        check = brand.gateway.cli("config", "check", check=False)
        assert check.returncode == 78
        better = re.search(r"brand_accent is #f5c542.*such as (#[0-9a-f]{6})", check.stderr)[1]
        assert brand.reload().startswith("refused")
        brand.gateway.write_config(brand_accent=better)
        assert brand.gateway.cli("config", "check").returncode == 0
    finally:
        brand.gateway.write_config(brand_accent="#8a1f1f")


def test_exported_files_can_be_used_as_they_are(brand, tmp_path):
    exported = tmp_path / "pages"
    said = brand.gateway.cli("pages", "export", str(exported)).stdout
    assert (exported / "login.mustache").exists() and str(exported) in said
    assert (exported / "messages.uk.toml").exists()
    again = brand.gateway.cli("pages", "export", str(exported), check=False)
    assert again.returncode != 0 and "exists already" in again.stderr
    try:
        brand.gateway.write_config(pages_directory=str(exported))
        assert brand.gateway.cli("config", "check").returncode == 0
        assert brand.reload() == "ok"
        assert "<h1>Sign in</h1>" in brand.site.browser().get("/auth/login").text
    finally:
        brand.gateway.write_config(pages_directory=str(brand.pages))
        brand.reload()


def test_what_the_guide_says_to_do_works(brand, tmp_path):
    guide = Guide("operations.md")
    options = "".join(
        text for _, text in guide.fenced("toml") if "brand_" in text or "pages_" in text
    )
    assert "brand_accent" in options and "pages_directory" in options
    words = (
        guide.commands("Your name on the pages").replace("/etc/gatehouse", str(tmp_path)).split()
    )
    assert words[0] == "gatehouse"
    brand.gateway.cli(*words[1:])
    (tmp_path / "logo.svg").write_text(SVG)
    config = tmp_path / "gatehouse.toml"
    config.write_text(
        options.replace("/etc/gatehouse", str(tmp_path)) + f'state_directory = "{tmp_path}"\n'
    )
    before, brand.gateway.config = brand.gateway.config, config
    try:
        assert brand.gateway.cli("config", "check").returncode == 0
    finally:
        brand.gateway.config = before


def test_password_managers_find_the_page(brand):
    answer = brand.site.browser().get("/.well-known/change-password")
    assert answer.status == 302 and answer.header("Location") == "/auth/password/change"


def test_the_address_of_the_pages_leads_on(brand):
    stranger = brand.site.browser().get("/auth/")
    assert stranger.status == 303 and stranger.header("Location") == "/auth/login"
    person = signed_in(brand.site, brand.site.user()).get("/auth/")
    assert person.status == 303 and person.header("Location") == "/auth/me"
