// SPDX-License-Identifier: Apache-2.0
// The buttons of the demo's first page. It asks the gateway as any page of an application may, and tests/demo/console.py for the rest.
const at = (id) => document.getElementById(id);
const json = { Accept: 'application/json', 'Content-Type': 'application/json' };
const sessions = { list: [], shown: '' };
let state;

async function get(path) {
    const answer = await fetch(path, { headers: { Accept: 'application/json' } });
    return { status: answer.status, body: await answer.json() };
}

async function post(path, fields = {}) {
    const answer = await fetch(path, { method: 'POST', headers: json, body: JSON.stringify(fields) });
    return { status: answer.status, body: await answer.json() };
}

function say(element, text, kind = '') {
    if (element.textContent !== text) element.textContent = text;
    element.className = kind;
}

/** While its work is going on a button cannot be pressed again. */
function on(button, work) {
    button.addEventListener('click', async () => {
        button.disabled = true;
        try {
            await work(button);
        } finally {
            button.disabled = false;
        }
        await refresh();
    });
}

const verdicts = {
    200: ['200: let in', 'good'],
    401: ['401: refused, without asking a store', 'good'],
    503: ['503: “I don’t know”. The cookie and the session stay', 'wait'],
};
const verdict = (status) => verdicts[status] ?? [String(status), 'bad'];

async function signIn({ dataset }) {
    const { email, password } = state.accounts[dataset.account];
    const { status, body } = await post('/auth/login', { identifier: email, password });
    if (status !== 200) say(at('who'), `${status}: ${body.error?.message}`, 'bad');
}

async function end(handle) {
    const { body } = await post('/demo/end', { handle });
    if (body.status !== 200) {
        say(at('ended'), `${body.status ?? 'error'}: ${body.answer?.error?.message ?? body.error}`, 'bad');
    } else if (!body.watched) {
        say(at('ended'), `Ended. Acknowledged, and nobody had come with that session yet, so nothing was measured.`, 'good');
    } else {
        say(at('ended'), `Acknowledged after ${body.acknowledged} ms, refused after ${body.refused} ms. Before, it was let in `
            + `${body.let_in_before} times; of ${body.asked_after} requests after the acknowledgement ${body.let_in_after} were let in.`,
        body.let_in_after === 0 ? 'good' : 'bad');
    }
}

async function burst() {
    const { body } = await post('/demo/burst');
    say(at('measured'), `${body.round_trip} µs each, there and back (the median), of which the gateway’s thread worked ${body.processor} µs. `
        + `${body.from_memory} of ${body.checks} came from memory; the last answer was ${body.status}.`);
}

/** The store's switch: what it does is said beside it. */
function showStores() {
    say(at('outage'), state.embedded
        ? 'The one store of this demo is an SQLite file. The switch takes every lock on that file, so that the gateway can neither read nor '
            + 'write. For about a second it still answers from memory; then a check is answered 503, never 401. Switch it on again, and '
            + 'everybody is still signed in. (With ./dev up, Redis and PostgreSQL stand in for each other.)'
        : 'A switch stops the processes of a store: connections stay, and nobody answers. Redis stands in for PostgreSQL, and PostgreSQL for '
            + 'Redis: you are let in all the same. Stop both, and after about a second a check is answered 503, never 401. Start one again, '
            + 'and everybody is still signed in.');
    for (const [name, stopped] of Object.entries(state.stores)) {
        let button = at('stores').querySelector(`[data-store="${name}"]`);
        if (!button) {
            button = Object.assign(document.createElement('button'), { type: 'button' });
            button.dataset.store = name;
            on(button, () => post('/demo/store', { name, stopped: !state.stores[name] }));
            at('stores').append(button);
        }
        button.setAttribute('aria-pressed', String(stopped));
        button.textContent = stopped ? `Start ${name} again` : `Stop ${name}`;
    }
}

function showSessions() {
    const shown = JSON.stringify(sessions.list.map(({ handle, current }) => [handle, current]));
    if (shown === sessions.shown) return; // a button that is just being pressed stays
    sessions.shown = shown;
    at('sessions').replaceChildren(...sessions.list.map((one) => {
        const row = document.createElement('li');
        const since = new Date(one.created_at * 1000).toLocaleTimeString();
        row.append(`${one.device || 'A device'}, since ${since}${one.current ? ': this browser' : ''}`);
        if (!one.current) {
            const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'End it there' });
            on(button, () => end(one.handle));
            row.append(button);
        }
        return row;
    }));
}

async function showPanels() {
    for (const panel of document.querySelectorAll('[data-panel]')) {
        const { status, body } = await get(panel.dataset.panel);
        const shown = body.headers ? Object.fromEntries(body.headers.filter(([name]) => name.startsWith('X-Auth-'))) : body;
        say(panel, JSON.stringify(shown, null, 2));
        say(document.querySelector(`[data-status="${panel.dataset.panel}"]`), String(status), status === 200 ? 'good' : 'wait');
    }
}

async function showWho() {
    const { status, body } = await get('/auth/me');
    if (status === 200) say(at('who'), `You are ${body.user.email}, as ${body.user.role}.`, 'good');
    else if (status === 401) say(at('who'), 'You are signed in nowhere in this browser.');
    else say(at('who'), 'The gateway does not know at the moment. You are not signed out.', 'wait');
    const known = await get('/auth/sessions');
    if (known.status === 200) sessions.list = known.body.sessions;
    if (known.status === 401) sessions.list = [];
    showSessions();
}

async function showOutage() {
    const { status } = await get('/app/');
    say(at('you'), ...(status === 401 ? ['401: not signed in', ''] : verdict(status)));
    const { body } = await post('/demo/forge');
    const worst = body.answers?.map((one) => one.status).find((one) => one !== 401) ?? 401;
    say(at('forged'), ...(worst === 401 ? verdict(401) : [String(worst), 'bad']));
}

let refreshing;
async function refresh() {
    state = (await get('/demo/state')).body;
    at('other').href = state.other;
    say(at('password'), state.accounts.ann.password);
    showStores();
    for (const [name, value] of Object.entries(state.numbers)) if (at(name)) say(at(name), value.toLocaleString('en'));
    await showWho();
    await Promise.all([showOutage(), showPanels()]);
}

/** Again and again, while somebody looks. */
async function watch() {
    if (!document.hidden && !refreshing) {
        refreshing = refresh().catch(() => say(at('who'), 'The demo does not answer.', 'bad'));
        await refreshing;
        refreshing = undefined;
    }
    setTimeout(watch, 2000);
}

for (const button of document.querySelectorAll('[data-account]')) on(button, signIn);
on(at('burst'), burst);
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh().catch(() => {}); });
await watch();
document.documentElement.dataset.ready = 'yes';
