# SPDX-License-Identifier: Apache-2.0
# Goal: a person gives a device a name and sees it wherever devices are listed; the name stays over a restart, is nobody else's
# business, and no link from elsewhere puts words on the page.
from client import JSON, signed_in

APP = {"User-Agent": "AcmeOrders/2.1 (iPhone; iOS 17.5)"}


def devices(browser):
    return browser.get("/auth/sessions", headers=JSON).json()["sessions"]


def handles(browser):
    """Of this device and of the other one."""
    listed = devices(browser)
    return next(one["handle"] for one in listed if one["current"]), next(
        one["handle"] for one in listed if not one["current"]
    )


def two_devices(site):
    user = site.user()
    there = site.browser()
    there.post(
        "/auth/login",
        {**there.form("/auth/login").hidden, "identifier": user.email, "password": user.password},
        headers=APP,
    )
    return signed_in(site, user), there


def token(browser):
    return browser.form("/auth/sessions").hidden["csrf"]


def give_name(browser, handle, name):
    return browser.post(
        "/auth/sessions/name", {"csrf": token(browser), "handle": handle, "name": name}
    )


def test_a_device_has_the_name_that_its_owner_gives(site):
    here, there = two_devices(site)
    own, other = handles(here)
    assert [one["device"] for one in devices(here) if not one["current"]] == [
        "AcmeOrders on iPhone"
    ]
    answer = give_name(here, other, "Кухонний <планшет>")
    assert answer.status == 303 and answer.header("Location") == "/auth/sessions?notice=named"
    page = here.get("/auth/sessions?notice=named").text
    assert "The name is saved." in page and "Кухонний &lt;планшет&gt;" in page
    assert {one["name"] for one in devices(there)} == {"", "Кухонний <планшет>"}
    site.gateway.stop()
    site.gateway.start()
    assert {one["name"] for one in devices(here)} == {"", "Кухонний <планшет>"}
    stranger, _ = two_devices(site)
    assert give_name(stranger, other, "mine").status == 404
    assert give_name(here, own, "").status == 303 and there.get("/app/").status == 200


def test_the_name_is_said_when_the_device_is_signed_out(site):
    here, there = two_devices(site)
    _, other = handles(here)
    give_name(here, other, "Kitchen tablet")
    form = here.form("/auth/sessions", "/auth/sessions/revoke")
    assert form.hidden["device"] == "Kitchen tablet"
    answer = here.post("/auth/sessions/revoke", form.hidden)
    assert answer.status == 303
    said = here.get(answer.header("Location")).text
    assert "Kitchen tablet is signed out, everywhere, as of now." in said
    assert there.get("/app/", headers=JSON).status == 401
    forged = here.get("/auth/sessions?notice=one_ended&device=Call+0900-555&seal=AAAA").text
    assert "0900" not in forged
