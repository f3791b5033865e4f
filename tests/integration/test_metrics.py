# SPDX-License-Identifier: Apache-2.0
# Goal: what Prometheus reads from /auth/metrics is well formed, counts what people did, tells mode and strategy, and is for the
# machine itself alone.
import fcgi
from client import signed_in
from processes import wait_until
from prometheus_client.parser import text_string_to_metric_families as parse

WRONG = "not the password of anybody"


def metrics(site):
    """{(name, labels): value}; every family has a type and a text, and none comes twice."""
    answer = site.browser(address="127.0.0.1").get("/auth/metrics")
    assert (
        answer.status == 200
        and answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    )
    families = list(parse(answer.text))
    assert len({family.name for family in families}) == len(families)
    samples = [sample for family in families for sample in family.samples]
    assert all(family.type in ("counter", "gauge") and family.documentation for family in families)
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in samples
    }
    assert len(found) == len(samples)
    return found


def value(found, name, **labels):
    return found["gatehouse_" + name, tuple(sorted(labels.items()))]


def test_the_metrics_count_what_people_did(site):
    user = site.user()
    before = metrics(site)
    browser = signed_in(site, user)
    for _ in range(3):
        assert browser.get("/app/").status == 200
    assert browser.get("/admin/").status == 403
    assert site.browser().get("/app/").status == 302
    cookie = f"{site.cookie}={browser.cookies[site.cookie]}"
    assert browser.logout().status == 303
    assert site.browser().get("/app/", cookies=cookie).status == 302
    assert (
        site.browser()
        .post_json("/auth/login", {"identifier": user.email, "password": WRONG})
        .status
        == 401
    )
    after = metrics(site)
    rise = lambda name, **labels: value(after, name, **labels) - value(before, name, **labels)
    assert rise("checks_total", status="204", reason="live") == 3
    assert rise("checks_total", status="403", reason="live") == 1
    assert rise("checks_total", status="401", reason="no_token") == 1
    assert rise("checks_total", status="401", reason="revoked") == 1
    assert (
        rise("logins_total", outcome="ok") == 1
        and rise("logins_total", outcome="wrong_password") == 1
    )
    assert rise("requests_total") >= 9 and value(after, "memory_is_fresh") in (0, 1)


def test_junk_cookies_are_counted_and_not_logged_at_info(site):
    """What a stranger makes up costs no line in the log of a site that runs as it is shipped (log_level info)."""
    browser = signed_in(site, site.user())
    ended = f"{site.cookie}={browser.token}"
    assert browser.logout().status == 303
    junk = [
        (f"{site.cookie}=x", "foreign_token"),
        (f"{site.cookie}={'A' * 64}", "foreign_token"),
        (f"{site.cookie}={'A' * 64}; {site.cookie}={'B' * 64}", "cookie_conflict"),
        ("", "no_token"),
    ]
    before, seen = metrics(site), len(site.gateway.events("verify"))
    for cookies, _ in junk:
        assert site.browser().get("/app/", cookies=cookies).status == 302
    for _ in range(5):
        assert site.browser().get("/app/", cookies=ended).status == 302
    lines = wait_until(
        lambda: (new := site.gateway.events("verify")[seen:])[len(junk) + 4 :] and new,
        "every check is in the log",
    )
    assert [line["reason"] for line in lines[: len(junk)]] == [reason for _, reason in junk]
    assert {line["level"] for line in lines[: len(junk)]} == {"debug"}
    # The end of a session is written when a store tells of it, and not each time that memory repeats it.
    assert all(
        line["level"] == ("debug" if line["source"] == "near" else "info")
        for line in lines[len(junk) :]
    )
    after = metrics(site)
    for reason in {reason for _, reason in junk}:
        count = sum(1 for _, one in junk if one == reason)
        assert (
            value(after, "checks_total", status="401", reason=reason)
            - value(before, "checks_total", status="401", reason=reason)
            == count
        )


def test_the_metrics_tell_how_it_runs(site):
    found = metrics(site)
    info = [dict(labels) for (name, labels) in found if name == "gatehouse_info"]
    strategy = site.gateway.events("ready")[-1]["strategy"]
    assert [(one["mode"], one["strategy"]) for one in info] == [(site.stores.environment, strategy)]
    assert value(found, "ready", status="ok") == 1 and value(found, "ready", status="down") == 0
    stores = {
        dict(labels)["store"]: up
        for (name, labels), up in found.items()
        if name == "gatehouse_store_up"
    }
    assert stores == dict.fromkeys(["sql", "web", *(["redis"] if site.stores.redis else [])], 1)


def test_the_metrics_are_not_for_the_world(site):
    """By the address; and where the site has no location for them, they are not found."""
    with site.nginx.expect("access forbidden by rule"):
        assert (
            site.browser().get("/auth/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status
            == 403
        )
    assert fcgi.ask(site.gateway.socket, fcgi.facts("/auth/metrics")).status == 404
    assert (
        fcgi.ask(site.gateway.socket, fcgi.facts("/auth/metrics", HTTP_GATE_LOCAL="yes")).status
        == 404
    )
