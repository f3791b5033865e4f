// SPDX-License-Identifier: Apache-2.0
// Goal: the first page of the demo does what it says: one click signs in, a session is ended from another browser and refused from then
// on, a stopped store signs nobody out and lets no forged cookie in, the numbers move, and no page of a stranger can press a button.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertSignedIn, demo, start, stop, strangersPage, url, visit } from './site.js';

before(start);
after(stop);

const elsewhere = () => `${demo.origin.replace('127.0.0.1', 'localhost')}/`;
const button = (page, name) => page.getByRole('button', { name });
const shows = (page, id, pattern) => page.waitForFunction(
    ([name, source]) => new RegExp(source).test(document.getElementById(name).textContent), [id, pattern.source]);

async function open(page, address = url('/')) {
    await page.goto(address);
    await page.locator('html[data-ready=yes]').waitFor();
}

/** Opens the page and signs in with one click. */
async function enter(page, who = 'Ann', address = url('/')) {
    await open(page, address);
    await button(page, `Sign in as ${who}`).click();
    await shows(page, 'who', who === 'Ann' ? /^You are ann@example\.org, as user\.$/ : /^You are admin@example\.org, as admin\.$/);
}

const panel = async (page, path) => [
    await page.locator(`[data-status="${path}"]`).innerText(), JSON.parse(await page.locator(`[data-panel="${path}"]`).innerText())];
const panelShows = (page, path, status) => page.locator(`[data-status="${path}"]`).filter({ hasText: String(status) }).waitFor();

test('one click signs in, and the panels show what the application sees', async (t) => {
    const page = await visit(t);
    const errors = [];
    page.on('pageerror', (error) => errors.push(error));
    await open(page);
    await shows(page, 'who', /signed in nowhere/);
    assert.deepEqual(await panel(page, '/app/'),
        ['401', { error: { code: 'not_signed_in', message: 'Sign in first.', login: '/auth/login' } }]);
    await enter(page);
    await panelShows(page, '/app/', 200);
    const [, told] = await panel(page, '/app/');
    assert.equal(told['X-Auth-Email'], 'ann@example.org');
    await panelShows(page, '/admin/', 403);
    await enter(page, 'the administrator');
    await panelShows(page, '/admin/', 200);
    await panelShows(page, '/auth/me', 200);
    assert.equal((await panel(page, '/auth/me'))[1].user.email, 'admin@example.org');
    assert.match(await page.locator('#nginx').innerText(), /^location \^~ \/app\/ \{\n {4}auth_request \/auth\/verify;\n(.*\n){3}\}$/);
    assert.deepEqual(errors, []);
});

test('the password that the page shows is Ann’s, and mail arrives in the inbox', async (t) => {
    const page = await visit(t);
    await open(page);
    assert.equal(await page.locator('#password').innerText(), demo.user.password);
    await page.getByRole('link', { name: 'create an account' }).click();
    await page.waitForURL(url('/auth/register'));
    await open(page);
    await page.getByRole('link', { name: 'demo’s inbox' }).click();
    await page.getByRole('heading', { name: 'Mail' }).waitFor();
});

test('a session is ended from another browser, and the page measures it', async (t) => {
    const [here, there] = [await visit(t), await visit(t)];
    await enter(here);
    await here.evaluate(() => fetch('/auth/sessions/revoke-others',
        { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }));
    assert.equal(await here.locator('#other').getAttribute('href'), elsewhere());
    await enter(there, 'Ann', elsewhere());
    await panelShows(there, '/app/', 200);
    await button(here, 'End it there').click();
    await shows(here, 'ended', /^Acknowledged/);
    const said = await here.locator('#ended').innerText();
    const [, acknowledged, refused, before, asked, letIn] = new RegExp(
        'after (\\S+) ms, refused after (\\S+) ms\\. Before, it was let in (\\d+) times; '
        + 'of (\\d+) requests after the acknowledgement (\\d+) were let in').exec(said).map(Number);
    assert.ok(acknowledged > 0 && refused > 0 && refused < acknowledged + 1000, said);
    assert.ok(before > 0 && asked > 0 && letIn === 0, said);
    await shows(there, 'who', /signed in nowhere/);
    await shows(here, 'who', /^You are ann/);
    assert.equal(await button(here, 'End it there').count(), 0);
});

test('a stopped store signs nobody out, and no forged cookie in', async (t) => {
    const page = await visit(t);
    await enter(page);
    const cookie = async () => (await page.context().cookies()).find(({ name }) => name === 'gatehouse_web').value;
    const before = await cookie();
    await button(page, 'Stop the database file').click();
    await shows(page, 'you', /^503: “I don’t know”/);
    await shows(page, 'forged', /^401: refused, without asking a store$/);
    await shows(page, 'who', /You are not signed out\./);
    assert.equal(await button(page, 'Start the database file again').getAttribute('aria-pressed'), 'true');
    await open(page); // the page can be opened meanwhile
    await shows(page, 'you', /^503/);
    await button(page, 'Start the database file again').click();
    await shows(page, 'you', /^200/);
    await shows(page, 'who', /^You are ann/);
    await shows(page, 'forged', /^401/);
    assert.equal(await cookie(), before);
    await assertSignedIn(page);
});

test('the numbers are those of the gateway', async (t) => {
    const page = await visit(t);
    await enter(page);
    const checks = async () => Number((await page.locator('#checks_total').innerText()).replace(/\D/g, ''));
    const before = await checks();
    await button(page, 'Check 500 times').click();
    await shows(page, 'measured', /µs/);
    const said = await page.locator('#measured').innerText();
    const [, trip, worked, memory, all, status] = new RegExp(
        '^(\\d+) µs each.* worked (\\d+) µs\\. (\\d+) of (\\d+) came from memory; the last answer was (\\d+)\\.').exec(said).map(Number);
    assert.ok(worked > 0 && worked <= trip && trip < 50_000, said);
    assert.ok(memory > 250 && all === 500 && status === 204, said);
    await page.waitForFunction((least) => Number(document.getElementById('checks_total').textContent.replace(/\D/g, '')) >= least,
        before + 500);
});

// To a browser a page on 127.0.0.1 at another port is of the same site, so that only the comparison of the origin is left.
for (const host of ['localhost', '127.0.0.1']) {
    test(`no page of a stranger on ${host} presses a button`, async (t) => {
        const page = await visit(t);
        await enter(page);
        const target = url('/demo/store');
        const fields = '{"name":"the database file","stopped":true}';
        const requests = [];
        page.on('response', (answer) => {
            if (answer.url() === target) requests.push(answer.status());
        });
        await page.goto(await strangersPage(t, host, '<h1>Another site</h1>'));
        const tried = await page.evaluate(async ([to, body]) => {
            const send = (options) => fetch(to, { method: 'POST', body, credentials: 'include', ...options }).then(
                (answer) => answer.type, () => 'refused');
            return [await send({ mode: 'no-cors' }), await send({ mode: 'no-cors', headers: { 'Content-Type': 'text/plain' } }),
                await send({ headers: { 'Content-Type': 'application/json' } }), await fetch(to.replace('store', 'state')).then(
                    () => 'read', () => 'refused')];
        }, [target, fields]);
        assert.deepEqual(tried, ['opaque', 'opaque', 'refused', 'refused']);
        assert.ok(requests.length >= 2 && requests.every((status) => status === 403), String(requests));
        await open(page);
        assert.equal(await button(page, 'Stop the database file').count(), 1);
        await shows(page, 'you', /^200/);
    });
}

test('without JavaScript the page says how to sign in', async (t) => {
    const page = await visit(t, { javaScriptEnabled: false });
    await page.goto(url('/'));
    await page.getByRole('link', { name: 'sign in', exact: true }).click();
    assert.equal(new URL(page.url()).pathname, '/auth/login');
});

test('the page fits a phone, and its buttons a finger', async (t) => {
    const page = await visit(t, { viewport: { width: 320, height: 640 } });
    await enter(page);
    await panelShows(page, '/app/', 200);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
    const small = await page.evaluate(() => [...document.querySelectorAll('button')].filter(
        (one) => one.getBoundingClientRect().height < 44).map((one) => one.textContent));
    assert.deepEqual(small, []);
});
