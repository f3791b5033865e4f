# SPDX-License-Identifier: Apache-2.0
# Goal: only the exact token under the exact name opens the door, however the Cookie header is written; two different values
# close it; and every cookie of ours is set and deleted with the same strict attributes.
import base64

import pytest

from client import raw, raw_answer, signed_in

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(scope="module")
def live(site, people):
    """The tokens of two people who are signed in."""
    return signed_in(site, people["plain"]).token, signed_in(site, people["admin"]).token


def status(site, lines):
    head = [
        "GET /app/ HTTP/1.1",
        f"Host: {site.host}",
        "Accept: application/json",
        "Connection: close",
        *lines,
        "",
        "",
    ]
    return raw_answer(raw(site, "\r\n".join(head).encode("latin-1"))).status


def one_line(text):
    return [f"Cookie: {text}"]


def table(name, live, other):
    """What is sent, and the status it must give."""
    plain = base64.b64decode(live.translate(str.maketrans("-_", "+/")) + "==", validate=False).hex()
    return [
        ("CK-01 none", [], 401),
        ("CK-02 empty", one_line(""), 401),
        ("CK-02 spaces", one_line("   "), 401),
        ("CK-02 separators", one_line(";;;;"), 401),
        ("CK-03 name only", one_line(name), 401),
        ("CK-04 no value", one_line(f"{name}="), 401),
        ("CK-05 one less", one_line(f"{name}={live[:-1]}"), 401),
        ("CK-05 one more", one_line(f"{name}={live}A"), 401),
        ("CK-05 long", one_line(f"{name}={live * 60}"), 401),
        ("CK-07 quoted", one_line(f'{name}="{live}"'), 401),
        ("CK-08 percent", one_line(f"{name}=%{ord(live[0]):02X}{live[1:]}"), 401),
        ("CK-08 padded", one_line(f"{name}={live}="), 401),
        ("CK-08 hex", one_line(f"{name}={plain}"), 401),
        ("CK-08 case", one_line(f"{name}={live.swapcase()}"), 401),
        ("CK-09 spaces around", one_line(f" \t{name}={live} \t"), 200),
        ("CK-10 no space", one_line(f"a=1;{name}={live};b=2"), 200),
        ("CK-10 comma", one_line(f"a=1,{name}={live}"), 401),
        ("CK-10 empty pair", one_line(f"a=1; ;{name}={live}"), 200),
        ("CK-10 tab", one_line(f"a=1;\t{name}={live}"), 200),
        ("CK-11 in a value", one_line(f"a=b=c={name}={live}"), 401),
        ("CK-12 longer name", one_line(f"x{name}={live}"), 401),
        ("CK-12 longer name", one_line(f"{name}2={live}"), 401),
        ("CK-12 other case", one_line(f"{name.swapcase()}={live}"), 401),
        ("CK-12 space in name", one_line(f"{name} ={live}"), 401),
        ("CK-13 live, junk", one_line(f"{name}={live}; {name}=junk"), 401),
        ("CK-13 junk, live", one_line(f"{name}=junk; {name}={live}"), 401),
        ("CK-13 two people", one_line(f"{name}={live}; {name}={other}"), 401),
        ("CK-13 twice", one_line(f"{name}={live}; {name}={live}"), 200),
        ("CK-14 live, junk", [f"Cookie: {name}={live}", f"Cookie: {name}=junk"], 401),
        ("CK-14 junk, live", [f"Cookie: {name}=junk", f"Cookie: {name}={live}"], 401),
        ("CK-14 two people", [f"Cookie: {name}={live}", f"Cookie: {name}={other}"], 401),
        ("CK-14 twice", [f"Cookie: {name}={live}", f"Cookie: {name}={live}"], 200),
        ("CK-14 second line", ["Cookie: a=1", f"Cookie: {name}={live}"], 200),
        ("CK-15 late line", [*(f"X-{n}: {n}" for n in range(70)), f"Cookie: {name}={live}"], 200),
        ("CK-16 RFC 2965", one_line(f"$Version=1; {name}={live}; $Path=/"), 200),
        (
            "CK-17 many",
            one_line("; ".join(f"c{n}={n}" for n in range(600)) + f"; {name}={live}"),
            200,
        ),
        ("7 KiB", one_line(f"pad={'x' * 7000}; {name}={live}"), 200),
        ("CK-18 8100 bytes", one_line(f"{name}=" + "x" * 8060), 401),
        ("CK-18 9000 bytes", one_line(f"{name}=" + "x" * 9000), 400),
        ("CK-19 odd bytes", one_line(f"\xff\xfe=\x01; \xe9{name}={live}"), 401),
        ("CK-19 odd neighbour", one_line(f"\xff\xfe=\x01; {name}={live}"), 200),
        ("CK-20 other context", one_line(f"{name.replace('web', 'admin')}={live}"), 401),
        ("CK-25 Cookie2", [f"Cookie2: {name}={live}"], 401),
        ("CK-25 Set-Cookie", [f"Set-Cookie: {name}={live}"], 401),
        ("HT-20 hop by hop", [f"Cookie: {name}={live}", "Connection: Cookie"], 200),
        ("other prefix", one_line(f"__Secure-{name}={live}"), 401),
        (
            "swapped prefix",
            one_line(f"{name[7:] if name.startswith('__Host-') else '__Host-' + name}={live}"),
            401,
        ),
    ]


def test_cookie_header(site, live):
    wrong = []
    for label, lines, wanted in table(site.cookie, *live):
        got = status(site, lines)
        if got != wanted:
            wrong.append(f"{label}: {got} instead of {wanted}")
    assert not wrong


def test_in_query_is_no_cookie(site, live):
    browser = site.browser()
    assert browser.get(f"/app/?{site.cookie}={live[0]}", cookies="").status == 302


def test_every_changed_byte_is_refused(site, live):
    """One changed character at each place, over one kept connection each."""
    token, browser = live[0], site.browser()
    connection = browser.connect()
    wrong = []
    for place, old in enumerate(token):
        # The last character has spare bits in base64, so this tries all the neighbours of each.
        for new in {ALPHABET[(ALPHABET.index(old) + step) % 64] for step in (1, 2, 4, 32, 63)}:
            headers = {
                "Host": site.host,
                "Accept": "application/json",
                "Cookie": f"{site.cookie}={token[:place]}{new}{token[place + 1:]}",
            }
            connection.request("GET", "/app/", headers=headers)
            response = connection.getresponse()
            response.read()
            if response.status != 401:
                wrong.append((place, new, response.status))
    connection.close()
    assert not wrong
    assert browser.get("/app/", cookies=f"{site.cookie}={token}").status == 200


def attributes(line):
    first, *rest = [part.strip() for part in line.split(";")]
    return first.split("=", 1)[0], {part.lower() for part in rest}


@pytest.mark.parametrize("remember", [False, True])
def test_attributes(site, people, remember):
    strict = {"path=/", "httponly", "samesite=lax"} | (
        {"secure"} if site.scheme == "https" else set()
    )
    browser = site.browser()
    lines = browser.get("/auth/login").all("Set-Cookie")
    lines += browser.login(people["plain"], **({"remember": "1"} if remember else {})).all(
        "Set-Cookie"
    )
    given = {name: more for name, more in map(attributes, lines)}
    device = site.cookie.replace("web", "device")
    assert set(given) == {site.cookie, site.cookie.replace("web", "csrf"), device}
    for name, more in given.items():
        age = {part for part in more if part.startswith("max-age=")}
        assert more - age == strict, name
        kept = {
            site.cookie: "max-age=2592000",
            device: "max-age=31536000",
        }  # 30 days and a year, to the second
        lasts = name == device or (remember and name == site.cookie)
        assert age == ({kept[name]} if lasts else set()), name
    removed = {name: more for name, more in map(attributes, browser.logout().all("Set-Cookie"))}
    assert removed[site.cookie] == strict | {"max-age=0"} and device not in removed
    assert browser.token is None


def test_strangers_get_no_session(site):
    """Neither a page nor a refusal gives a session to somebody who has not signed in."""
    browser = site.browser()
    for path in ("/", "/app/", "/admin/", "/auth/login", "/auth/me", "/auth/sessions"):
        assert site.cookie not in browser.get(path).cookies()
