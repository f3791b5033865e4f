// SPDX-License-Identifier: Apache-2.0
// Goal: a person chooses theme and language in the page, with and without JavaScript, and sees the pages follow, here
// and in another browser; whatever the browser itself would say.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { demo, signIn, start, stop, url, visit } from './site.js';

before(start);
after(stop);

const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const isDark = async (page) => (await ground(page)).match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) < 200;
const language = (page) => page.evaluate(() => document.documentElement.lang);
const heading = (page) => page.getByRole('heading', { level: 1 }).innerText();

/** Chooses by what the options are worth: what they are called depends on the language. */
async function choose(page, choice) {
    await page.goto(url('/auth/preferences'));
    for (const [name, value] of Object.entries(choice)) await page.locator(`select[name=${name}]`).selectOption(value);
    await page.locator('form button[type=submit]').click();
    await page.waitForURL(url('/auth/preferences?notice=saved'));
    await page.waitForLoadState('load'); // its style sheet may come later
    assert.ok(await page.getByRole('status').isVisible());
}

const told = (page, name) => page.getByRole('row', { name: new RegExp(`^${name} `) }).getByRole('cell').innerText();

for (const javaScriptEnabled of [true, false]) {
    test(`the pages follow, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async (t) => {
        const page = await visit(t, { javaScriptEnabled, colorScheme: 'light', locale: 'en-US' });
        await signIn(page);
        await choose(page, { theme: 'auto', language: 'auto' });
        assert.deepEqual([await heading(page), await isDark(page)], ['Preferences', false]);
        assert.equal(await page.getByLabel('Appearance').inputValue(), 'auto');

        await choose(page, { theme: 'dark', language: 'uk' });
        assert.deepEqual([await heading(page), await language(page), await isDark(page)], ['Налаштування', 'uk', true]);
        assert.deepEqual([await page.locator('#theme').inputValue(), await page.locator('#language').inputValue()], ['dark', 'uk']);
        for (const path of ['/auth/me', '/auth/sessions', '/auth/password/change', '/auth/logout']) {
            await page.goto(url(path), { waitUntil: 'load' });
            assert.deepEqual([await language(page), await isDark(page)], ['uk', true], path);
        }
        await page.goto(url('/app/'));
        assert.deepEqual([await told(page, 'X-Auth-Theme'), await told(page, 'X-Auth-Language')], ['dark', 'uk']);
    });
}

test('what one has chosen is there in another browser, and nobody else has it', async (t) => {
    const here = await visit(t, { colorScheme: 'dark', locale: 'en-US' });
    await signIn(here);
    await choose(here, { theme: 'light', language: 'ru' });
    assert.equal(await isDark(here), false, 'though the browser likes the dark');
    const there = await visit(t, { colorScheme: 'dark', locale: 'uk-UA' });
    await there.goto(url('/auth/login?rd=/app/'), { waitUntil: 'load' });
    assert.deepEqual([await language(there), await isDark(there)], ['uk', true], 'nobody is known yet');
    await there.locator('#identifier').fill(demo.user.email);
    await there.locator('#password').fill(demo.user.password);
    await there.locator('form button[type=submit]').click();
    await there.waitForURL(url('/app/'));
    await there.goto(url('/auth/me'), { waitUntil: 'load' });
    assert.deepEqual([await language(there), await isDark(there)], ['ru', false]);
    const admin = await visit(t, { colorScheme: 'dark', locale: 'en-US' });
    await signIn(admin, demo.admin);
    await admin.goto(url('/auth/me'), { waitUntil: 'load' });
    assert.deepEqual([await language(admin), await isDark(admin)], ['en', true]);
    await choose(here, { theme: 'auto', language: 'auto' });
    assert.deepEqual([await language(here), await isDark(here)], ['en', true]);
});

test('every choice has its name and can be made by keyboard', async (t) => {
    const page = await visit(t);
    await signIn(page);
    await choose(page, { theme: 'auto', language: 'auto' });
    await page.getByRole('link', { name: 'Preferences' }).click();
    await page.getByLabel('Appearance').focus();
    await page.keyboard.type('Dark');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'language');
    await page.keyboard.press('End');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(url('/auth/preferences?notice=saved'));
    assert.deepEqual([await language(page), await page.locator('#theme').inputValue()], ['uk', 'dark']);
});

test('a form that was open for too long keeps what was chosen', async (t) => {
    const page = await visit(t);
    await signIn(page);
    await choose(page, { theme: 'auto', language: 'auto' });
    await page.goto(url('/auth/preferences'));
    await page.locator('input[name=csrf]').evaluate((field) => { field.value = 'of yesterday'; });
    await page.getByLabel('Appearance').selectOption('dark');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').waitFor();
    assert.match(await page.getByRole('alert').innerText(), /^This page was open for too long\./);
    assert.equal(await page.locator('#theme').inputValue(), 'dark');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(url('/auth/preferences?notice=saved'));
    assert.equal(await page.locator('#theme').inputValue(), 'dark');
    await choose(page, { theme: 'auto', language: 'auto' });
});
