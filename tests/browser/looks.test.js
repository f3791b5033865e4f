// SPDX-License-Identifier: Apache-2.0
// Goal: every state of every page can be read and used by everybody: axe finds nothing in both themes and on a phone, nothing is
// wider than 320 pixels or than the window with text of twice the size. A picture of each state stays in build/results/pages/.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { demo, path, signIn, start, stop, submitLogin, url, visit } from './site.js';

before(start);
after(stop);

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const pictures = fileURLToPath(new URL('../../build/results/pages/', import.meta.url));
const desk = { width: 1280, height: 900 };
const phone = { width: 320, height: 700 };

/** What axe finds wrong. The policy of the pages keeps its script out of them, so it comes from the browser itself. */
async function violations(page) {
    const devtools = await page.context().newCDPSession(page);
    const { executionContextId } = await isolatedWorld(devtools);
    await devtools.send('Runtime.evaluate', { expression: readFileSync(axe, 'utf8'), contextId: executionContextId });
    const { result } = await devtools.send('Runtime.evaluate', {
        expression: `axe.run(document, { resultTypes: ['violations'] }).then((r) => JSON.stringify(r.violations.map(
            (v) => v.id + ': ' + v.nodes.map((n) => n.html + ' ' + n.failureSummary).join(' | '))))`,
        contextId: executionContextId, awaitPromise: true,
    });
    await devtools.detach();
    return JSON.parse(result.value);
}

async function isolatedWorld(devtools) {
    const { frameTree } = await devtools.send('Page.getFrameTree');
    return devtools.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
}

/** Every state of the pages that a visitor can bring about; calls look(name) in each. */
async function everyState(page, look) {
    const open = async (name, address) => {
        await page.goto(url(address), { waitUntil: 'load' });
        await look(name);
    };
    await open('login', '/auth/login');
    await open('login-ru', '/auth/login?lang=ru');
    await open('login-uk', '/auth/login?lang=uk');
    await open('login-signed-out', '/auth/login?notice=signed_out');
    await open('forgot', '/auth/password/forgot');
    await open('forgot-sent', '/auth/password/forgot?sent=1');
    await open('register', '/auth/register');
    await open('dead-link', '/auth/password/reset');
    await open('not-found', '/auth/nothing');
    await page.goto(url('/auth/login'));
    await submitLogin(page, { email: demo.user.email, password: 'not the password' });
    await page.getByRole('alert').waitFor();
    await look('login-refused');
    await signIn(page);
    for (const [name, address] of [['account', '/auth/'], ['devices', '/auth/sessions'], ['password', '/auth/password/change'],
        ['preferences', '/auth/preferences'], ['logout', '/auth/logout']]) await open(name, address);
    await passwordStates(page, look);
    await page.goto(url('/auth/preferences'));
    await page.locator('main button').click();
    await page.getByRole('status').waitFor();
    await look('preferences-saved');
    await open('forbidden', '/admin/');
    await deviceStates(page, look);
}

async function passwordStates(page, look) {
    for (const [name, current, fresh] of [['password-wrong', 'not the password', 'herons over the lake'],
        ['password-common', demo.user.password, 'password1234567']]) {
        await page.goto(url('/auth/password/change'));
        await page.locator('#current').fill(current);
        await page.locator('#new').fill(fresh);
        await page.locator('main button.primary').click();
        await page.getByRole('alert').waitFor();
        await look(name);
    }
}

async function deviceStates(page, look) {
    await page.goto(url('/auth/sessions'), { waitUntil: 'load' });
    await look('devices-many');
    await page.locator('summary').last().click();
    await look('devices-details');
    await page.getByLabel('Your name for this device').last().fill('Kitchen tablet');
    await page.getByRole('button', { name: /^Save the name: / }).last().click();
    await page.getByText('Kitchen tablet', { exact: true }).first().waitFor();
    await look('devices-named');
    await page.locator('.rows:not(.here) > li > form button').first().click();
    await page.getByRole('status').waitFor();
    await look('devices-ended');
}

/** Signs in elsewhere: twice with equal devices. */
async function otherDevices(t) {
    for (const userAgent of ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15) Firefox/128.0', 'Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0',
        'Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0']) await signIn(await visit(t, { userAgent }));
}

const width = (page) => page.evaluate(() => document.documentElement.scrollWidth);

/** Notes what is wrong with the state that is open, and keeps a picture of it. */
async function judge(page, name, kind, found) {
    await page.waitForLoadState('load');
    for (const line of await violations(page)) found.push(`${name} ${kind}: ${line}`);
    const wide = await width(page);
    if (wide > page.viewportSize().width) found.push(`${name} ${kind}: ${wide} pixels wide`);
    await page.screenshot({ path: `${pictures}${name}-${kind}.png`, fullPage: true });
}

for (const [kind, options] of [['desk', { viewport: desk }], ['desk-dark', { viewport: desk, colorScheme: 'dark' }],
    ['phone', { viewport: phone }], ['phone-dark', { viewport: phone, colorScheme: 'dark' }]]) {
    test(`nobody is kept out: ${kind}`, async (t) => {
        mkdirSync(pictures, { recursive: true });
        await otherDevices(t);
        const page = await visit(t, options);
        const found = [];
        await everyState(page, (name) => judge(page, name, kind, found));
        assert.deepEqual(found, []);
    });
}

test('text of twice the size fits', async (t) => {
    await otherDevices(t);
    const page = await visit(t, { viewport: { width: 640, height: 900 } });
    const found = [];
    await everyState(page, async (name) => {
        await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
        if (await width(page) > 640) found.push(`${name}: ${await width(page)}`);
        await page.screenshot({ path: `${pictures}${name}-large.png`, fullPage: true });
    });
    assert.deepEqual(found, []);
});

test('a violation is noticed', async (t) => {
    const page = await visit(t);
    await page.goto(url('/auth/login'));
    await page.evaluate(() => document.querySelector('label[for=identifier]').remove());
    assert.ok((await violations(page)).some((line) => line.startsWith('label')));
});

test('a password can be shown, and is hidden when it is sent', async (t) => {
    const page = await visit(t);
    await page.goto(url('/auth/login'));
    const field = page.locator('#password');
    const peek = page.getByRole('button', { name: 'Show the password' });
    await field.fill('not the password');
    assert.equal(await field.getAttribute('type'), 'password');
    await peek.click();
    assert.equal(await field.getAttribute('type'), 'text');
    assert.equal(await peek.getAttribute('aria-pressed'), 'true');
    await peek.click();
    assert.equal(await field.getAttribute('type'), 'password');
    const without = await visit(t, { javaScriptEnabled: false });
    await without.goto(url('/auth/login'));
    assert.equal(await without.locator('button.peek').isVisible(), false);
});

test('the keyboard gets past the navigation', async (t) => {
    const page = await visit(t);
    await signIn(page);
    await page.goto(url('/auth/me'));
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    assert.equal(new URL(page.url()).hash, '#content');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
});

test('a stranger chooses the language of every page on the way in', async (t) => {
    const page = await visit(t);
    await page.goto(url('/auth/login?rd=/app/'));
    await page.getByRole('link', { name: 'Українська' }).click();
    assert.equal(await page.locator('html').getAttribute('lang'), 'uk');
    await page.getByRole('link', { name: 'Забули пароль?' }).click();
    assert.equal(path(page), '/auth/password/forgot');
    assert.equal(await page.locator('html').getAttribute('lang'), 'uk');
    await page.goto(url('/auth/login?lang=uk&rd=%2Fapp%2F'));
    await page.locator('#identifier').fill(demo.user.email);
    await page.locator('#password').fill('not the password');
    await page.getByRole('button', { name: 'Увійти' }).click();
    await page.getByRole('alert').waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'uk');
    await page.locator('#password').fill(demo.user.password);
    await page.getByRole('button', { name: 'Увійти' }).click();
    await page.waitForURL(url('/app/'));
});
