# SPDX-License-Identifier: Apache-2.0
# Goal: an old cookie is worth what the strategy says, behind the shipped nginx and on every older system: taken over once, the
# same session by either cookie, over for ever once it has ended here; and nobody is logged out because a store is away.
import concurrent.futures
import datetime
import itertools

import pytest

import fcgi
from client import JSON, forms, signed_in
from legacy_site import READING, STRATEGIES, TAKING, as_account, listed, told
from legacy_tables import now
from processes import wait_until

MONTH = 30 * 24 * 3600


@pytest.fixture
def user(old):
    return old.system.add_user()


def refused_everywhere(old, token):
    """Under every strategy, there and back."""
    verdicts = {}
    for strategy in [*STRATEGIES, *STRATEGIES[::-1]]:
        old.use(strategy)
        verdicts[strategy] = old.by_old(token).status
    return verdicts == dict.fromkeys(STRATEGIES, 401) or verdicts


def end_others(browser):
    page = browser.get("/auth/sessions")
    form = next(form for form in forms(page) if form.action.endswith("/revoke-others"))
    answer = browser.post("/auth/sessions/revoke-others", form.hidden)
    assert answer.status == 303, answer


@pytest.mark.parametrize("strategy", TAKING)
def test_lg01_taken_over_once_and_one_session_by_either_cookie(old, user, strategy):
    old.use(strategy)
    login = (now() - datetime.timedelta(hours=5)).replace(microsecond=0)
    token = old.system.login(user, login)
    browser = old.browser(token)
    first = browser.get("/app/", headers=JSON)
    who = told(first)
    assert old.access(user).items() <= who.items()
    assert [name for name in first.cookies()] == [
        old.cookie
    ], "ours, once, and the old one is left alone"
    assert old.system.holder(token) == user.id, "the old application still knows its own"
    assert browser.get("/app/", headers=JSON).cookies() == {}
    by_ours, by_old = old.by_ours(browser.token), old.by_old(token)
    assert told(by_ours) == told(by_old) == who and by_old.cookies() == {}
    assert len(rows := listed(browser)) == 1 and listed(old.browser(token)) == rows
    if old.system.KNOWS_LOGIN:
        assert rows[0]["created_at"] == login.timestamp()
        assert int(who["x-auth-expires"]) == login.timestamp() + MONTH, "no second month"


def test_lg01_under_mock_only_it_is_admitted_as_it_is(old, user):
    old.use("mock-only")
    token = old.system.login(user)
    answer = old.by_old(token)
    assert old.access(user).items() <= told(answer).items() and answer.cookies() == {}
    old.system.logout(token)
    if old.system.PRESET != "auth-token":  # which would let it in again itself
        assert old.by_old(token).status == 401


def test_lg01_under_production_only_what_was_taken_over_goes_on(old, user):
    old.use("gradual")
    taken = old.system.login(user)
    assert old.by_old(taken).status == 200
    not_taken = old.system.login(old.system.add_user())
    old.use("production-only")
    assert old.access(user).items() <= told(old.by_old(taken)).items()
    assert old.by_old(not_taken).status == 401
    old.use("gradual")
    assert old.by_old(not_taken).status == 200, "nothing was lost by asking too early"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_lg02_unknown_and_logged_out_are_refused_and_their_cookies_go(old, user, strategy):
    old.use(strategy)
    gone = old.system.login(user)
    old.system.logout(gone)
    for token in (
        "nobody-has-ever-had-this-" + strategy,
        *([] if old.system.PRESET == "auth-token" else [gone]),
    ):
        browser = old.browser(token)
        assert browser.get("/app/", headers=JSON).status == 401
        assert browser.get("/auth/login").status == 200 and old.system.COOKIE not in browser.cookies


@pytest.mark.systems(lambda system: system.lapse)
@pytest.mark.parametrize("strategy", READING)
def test_lg02_past_its_end(old, user, strategy):
    old.use(strategy)
    token = old.system.login(user)
    old.system.lapse(token)
    assert old.by_old(token).status == 401


@pytest.mark.parametrize("strategy", READING)
def test_lg02_of_another_context(old, user, strategy):
    """Neither at another door, nor from another part of the older system."""
    old.use(strategy)
    token = old.system.login(user)
    question = fcgi.facts(
        "/auth/verify", GATE_CONTEXT="admin", HTTP_COOKIE=f"{old.system.COOKIE}={token}"
    )
    assert fcgi.ask(old.gateway.socket, question).status == 401
    assert old.by_old(token).status == 200
    if old.system.PRESET == "sessions-2":
        elsewhere = old.system.login(user)
        old.system.tables.run(
            "UPDATE sessions SET application_context = 'admin' WHERE id = %s", elsewhere
        )
        assert old.by_old(elsewhere).status == 401


def test_lg05_of_two_users_ours_counts(old, user):
    for strategy in TAKING:
        old.use(strategy)
        mine, other = old.browser(old.system.login(user)), old.system.add_user()
        assert mine.get("/app/", headers=JSON).status == 200
        both = f"{old.cookie}={mine.token}; {old.system.COOKIE}={old.system.login(other)}"
        answer = old.browser().get("/app/", headers=JSON, cookies=both)
        assert old.access(user).items() <= told(answer).items() and answer.cookies() == {}


@pytest.mark.parametrize("strategy", READING)
def test_lg06_its_stores_away_is_no_refusal(old, user, strategy):
    """503 and the cookie stays; our own go on, and afterwards so does everybody."""
    known = None
    if strategy != "mock-only":
        old.use(strategy)
        known = old.browser(old.system.login(user))
        assert known.get("/app/", headers=JSON).status == 200
    old.use(strategy)
    token = old.system.login(other := old.system.add_user())
    browser = old.browser(token)
    with old.nginx.expect("auth request unexpected status: 503"), old.system.away():
        answer = browser.get("/app/", headers=JSON)
        assert answer.status == 503 and answer.cookies() == {}
        if known:
            assert old.access(user).items() <= told(known.get("/app/", headers=JSON)).items()
            assert old.by_ours(known.token).status == 200
    assert wait_until(
        lambda: browser.get("/app/", headers=JSON).status != 503, "the older system is back"
    )
    assert old.access(other).items() <= told(browser.get("/app/", headers=JSON)).items()


def test_lg08_a_planted_cookie_ends_with_the_victims_login(old):
    for strategy in TAKING:
        old.use(strategy)
        planted, victim = old.system.login(old.system.add_user()), old.system.add_user()
        browser = old.browser()
        form = browser.form("/auth/login")
        browser.cookies[old.system.COOKIE] = planted  # while the victim was typing
        answer = browser.post(
            "/auth/login",
            {**form.hidden, "identifier": victim.identifier, "password": victim.password},
        )
        assert answer.status == 303, answer
        who = told(browser.get("/app/", headers=JSON))
        assert old.access(victim).items() <= who.items()
        assert old.by_old(planted).status == 401


def test_lg09_many_tabs_at_once_are_one_session(old, user):
    for strategy in TAKING:
        old.use(strategy)
        token = old.system.login(user)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: old.by_old(token), range(8)))
        assert len({told(answer)["x-auth-session"] for answer in answers}) == 1
        given = [cookies[old.cookie] for answer in answers if (cookies := answer.cookies())]
        assert len(given) == 1
        assert told(old.by_ours(given[0]))["x-auth-session"] == told(answers[0])["x-auth-session"]


@pytest.mark.parametrize(
    "strategy, by",
    [("mock-only", "old"), *itertools.product(STRATEGIES[1:], ["ours", "old", "both"])],
)
def test_lg02_a_logout_ends_both_for_ever(old, user, strategy, by):
    old.use("gradual" if strategy == "production-only" else strategy)
    token = old.system.login(user)
    browser = old.browser(token)
    assert browser.get("/app/", headers=JSON).status == 200
    old.use(strategy)
    ours = browser.token
    if by != "both":
        browser.cookies.pop(old.cookie if by == "old" else old.system.COOKIE, None)
    assert browser.logout().status == 303
    assert browser.cookies.keys().isdisjoint(
        {old.cookie, old.system.COOKIE}
    ), "both cookies are gone"
    assert ours is None or old.by_ours(ours).status == 401
    assert refused_everywhere(old, token) is True
    if strategy != "production-only" and old.system.PRESET != "auth-token":
        assert old.system.holder(token) is None, "the old application was told"
    if old.system.PRESET == "auth-token":
        assert (
            old.system.holder(token) == user.id
        ), "users.auth_token stands there still, and is of no use"
        assert strategy == "production-only" or not old.system.in_row(token)


@pytest.mark.systems(lambda system: system.PRESET == "auth-token")
def test_lg02_a_token_of_before_user_sessions_is_over_for_ever_too(old, user):
    for strategy in READING:
        old.use(strategy)
        token = old.system.login_before(user)
        browser = old.browser(token)
        who = told(browser.get("/app/", headers=JSON))
        assert old.access(user).items() <= who.items()
        assert browser.logout().status == 303
        assert old.system.holder(token) == user.id
        assert refused_everywhere(old, token) is True


@pytest.mark.systems(lambda system: not system.ONE_EACH)
def test_lg02_end_all_others_reaches_old_tokens(old):
    for strategy in TAKING:
        old.use(strategy)
        user = old.system.add_user()
        long_ago = now() - datetime.timedelta(hours=1)
        unused, used = (old.system.login(user, long_ago) for _ in range(2))
        assert old.by_old(used).status == 200
        mine = signed_in(old, as_account(user))
        end_others(mine)
        assert mine.get("/app/", headers=JSON).status == 200
        assert [old.by_old(token).status for token in (used, unused)] == [401, 401]
        assert refused_everywhere(old, used) is True and refused_everywhere(old, unused) is True
        old.use(strategy)
        assert mine.get("/app/", headers=JSON).status == 200, "and the one that was kept is kept"


def test_lg02_after_the_date_nothing_is_asked(old, user):
    old.use("gradual")
    token = old.system.login(user)
    old.use("gradual", legacy_accept_until="2020-01-01")
    try:
        with old.system.away():  # whoever asked would not get an answer
            assert old.by_old(token).status == 401
    finally:
        old.use("gradual", legacy_accept_until="2099-01-01")
    assert old.by_old(token).status == 200
