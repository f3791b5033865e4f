// SPDX-License-Identifier: Apache-2.0
// Goal: every page keeps its own content security policy, asks no other origin for anything, is styled, fits a phone and
// knows the dark.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { demo, signIn, start, stop, submitLogin, url, visit } from './site.js';

before(start);
after(stop);

const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const forStrangers = ['/auth/login', '/auth/login?notice=signed_out', '/auth/password/forgot', '/auth/password/forgot?sent=1',
    '/auth/register', '/auth/password/reset', '/auth/no-such-page'];
const forMembers = ['/auth/me', '/auth/sessions', '/auth/password/change', '/auth/preferences', '/auth/logout', '/auth/no-such-page',
    '/auth/account/email', '/auth/account/email?sent=1', '/auth/account/phone', '/auth/account/verify', '/auth/account/delete', '/admin/'];

/** What goes wrong while pages are shown. That a page has the status of an error is no complaint of this kind. */
function complaints(page) {
    const found = [];
    page.on('pageerror', (error) => found.push(`script: ${error}`));
    page.on('requestfailed', (request) => found.push(`failed: ${request.url()}`));
    page.on('request', (request) => {
        if (new URL(request.url()).origin !== demo.origin) found.push(`elsewhere: ${request.url()}`);
    });
    page.on('response', (answer) => {
        if (answer.status() >= 400 && !answer.request().isNavigationRequest()) found.push(`${answer.status()}: ${answer.url()}`);
    });
    page.on('console', (message) => {
        const ofStatus = message.text().startsWith('Failed to load resource: the server responded');
        if (['error', 'warning'].includes(message.type()) && !ofStatus) found.push(`console: ${message.text()}`);
    });
    return found;
}

/** Opens every page, as a stranger and as a member, and calls look(name) on each. */
async function tour(page, look) {
    const walk = async (addresses) => {
        for (const address of addresses) {
            await page.goto(url(address), { waitUntil: 'load' });
            await look(address);
        }
    };
    await walk(forStrangers);
    await page.goto(url('/auth/login'));
    await submitLogin(page, { email: demo.user.email, password: 'not the password' });
    await page.getByRole('alert').waitFor();
    await page.waitForLoadState('load'); // its style sheet may come later
    await look('a refused login');
    await signIn(page);
    await walk(forMembers);
}

const width = (page) => page.evaluate(() => document.documentElement.scrollWidth);
const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const rules = (page) => page.evaluate(() => [...document.styleSheets].reduce((sum, sheet) => sum + sheet.cssRules.length, 0));

test('the pages keep their policy and ask nobody else', async (t) => {
    const page = await visit(t);
    const found = complaints(page);
    const policies = new Map();
    page.on('response', (answer) => {
        const isPage = answer.request().isNavigationRequest() && !answer.headers().location;
        if (isPage) policies.set(answer.url(), answer.headers()['content-security-policy']);
    });
    await tour(page, async () => assert.ok(await rules(page) > 5, `${page.url()} is not styled`));
    assert.deepEqual(found, []);
    for (const address of [...forStrangers, ...forMembers]) {
        assert.match(policies.get(url(address)) ?? 'none sent', /default-src 'none'/, address);
    }
});

test('a breach of the policy is noticed', async (t) => {
    const page = await visit(t);
    const found = complaints(page);
    await page.route(url('/auth/login'), async (route) => {
        const answer = await route.fetch();
        const planted = '<script>document.title = "run"</script><img src="http://localhost:1/spy.png"></body>';
        await route.fulfill({ response: answer, body: (await answer.text()).replace('</body>', planted) });
    });
    await page.goto(url('/auth/login'));
    assert.notEqual(await page.title(), 'run');
    assert.ok(found.some((line) => /^console: .*script/i.test(line)), found.join('\n'));
    assert.ok(found.some((line) => /^(console|elsewhere|failed): .*spy\.png/.test(line)), found.join('\n'));
});

test('the pages fit a phone', async (t) => {
    const page = await visit(t, phone);
    await tour(page, async (name) => assert.equal(await width(page), phone.viewport.width, `${name} is too wide`));
    await page.evaluate(() => {
        const wide = document.createElement('p');
        Object.assign(wide.style, { width: '500px', height: '1px' });
        document.body.append(wide);
    });
    assert.ok(await width(page) > phone.viewport.width, 'what is too wide is not noticed');
});

test('the pages know the dark', async (t) => {
    const grounds = { light: new Map(), dark: new Map() };
    for (const colorScheme of ['light', 'dark']) {
        const page = await visit(t, { colorScheme });
        await tour(page, async (name) => grounds[colorScheme].set(name, await ground(page)));
    }
    for (const [name, light] of grounds.light) {
        const brightness = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
        const dark = grounds.dark.get(name);
        assert.ok(brightness(light) > 600 && brightness(dark) < 200, `${name}: ${light} by day, ${dark} in the dark`);
    }
});

test('the card stays where it is from page to page', async (t) => {
    const page = await visit(t, { viewport: { width: 1280, height: 500 } });
    await signIn(page);
    const places = new Map();
    for (const address of ['/auth/me', '/auth/sessions', '/auth/password/change', '/auth/preferences']) {
        await page.goto(url(address), { waitUntil: 'load' });
        places.set(address, await page.locator('main').evaluate((card) => {
            const { left, top, width } = card.getBoundingClientRect();
            return `${left} ${top} ${width}`;
        }));
    }
    assert.equal(new Set(places.values()).size, 1, JSON.stringify([...places]));
});

test('every target is large enough for a finger', async (t) => {
    const page = await visit(t, phone);
    await tour(page, async (name) => {
        const small = await page.evaluate(() => [...document.querySelectorAll('a, button, select, label.check, .field input')]
            .filter((target) => target.getBoundingClientRect().height < 44).map((target) => target.outerHTML));
        assert.deepEqual(small, [], name);
    });
});
