// SPDX-License-Identifier: Apache-2.0
// Goal: what docs/integrate.md gives a page that fetches does what the guide says: without a session the person signs in and
// comes back, during an outage the page waits, and the script's logout signs out.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { assertSignedOut, demo, signIn, start, stop, submitLogin, url, visit } from './site.js';

before(start);
after(stop);

const guide = readFileSync(new URL('../../docs/integrate.md', import.meta.url), 'utf8');
const block = (title, begin) => {
    const section = guide.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
    return [...section.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code).find((code) => code.startsWith(begin));
};
/** Calls as the guide's page does; `then` is what comes of the answer. */
const call = (address, then = '') => `(() => { ${block('A page that fetches', 'async function call')} return call('${address}')${then}; })()`;

test('a page that fetches leads a stranger to the login, and back', async (t) => {
    const page = await visit(t);
    await page.goto(url('/some/page?a=1#part'));
    await page.evaluate(`void ${call('/app/list')}`);
    await page.waitForURL(/\/auth\/login\?rd=/);
    await submitLogin(page, demo.user);
    await page.waitForURL(url('/some/page?a=1#part'));
    const told = await page.evaluate(call('/app/list', '.then((answer) => answer.json())'));
    assert.deepEqual(told.headers.find(([name]) => name === 'X-Auth-Email'), ['X-Auth-Email', demo.user.email]);
});

test('a page that fetches waits where nobody knows', async (t) => {
    const page = await visit(t);
    await signIn(page);
    const asked = [];
    await page.route(url('/app/list'), (route) => {
        asked.push(Date.now());
        return asked.length > 1 ? route.continue() : route.fulfill({ status: 503, headers: { 'Retry-After': '1' }, body: '{}' });
    });
    assert.equal(await page.evaluate(call('/app/list', '.then((answer) => answer.status)')), 200);
    assert.ok(asked.length === 2 && asked[1] - asked[0] >= 900, `${asked}`);
});

test('the logout of a script is that of the guide', async (t) => {
    const page = await visit(t);
    await signIn(page);
    const logout = /(fetch\(.*\));/.exec(block('Signing out', 'await fetch'))[1];
    assert.deepEqual(await page.evaluate(`${logout}.then((answer) => answer.json())`), { status: 'signed_out' });
    await assertSignedOut(page);
});

test('the form of the guide signs out', async (t) => {
    const page = await visit(t);
    await signIn(page);
    const form = /```html\n(<form.*?)\n```/s.exec(guide)[1];
    await page.evaluate((html) => { document.body.innerHTML = html; }, form);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(url('/auth/login?notice=signed_out'));
    await assertSignedOut(page);
});
