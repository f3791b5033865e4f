// SPDX-License-Identifier: Apache-2.0
// Goal: what a visitor does in a browser works: signing in and out, the list of sessions, the change of password; and
// nothing of it comes back by the back button, on another device, or because another site asks for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
    assertLoginPage, assertSignedIn, assertSignedOut, demo, path, signIn, start, stop, strangersPage, submitLogin, url, visit,
} from './site.js';

before(start);
after(stop);

const row = (page) => page.getByRole('listitem');
const thisDevice = (page) => page.getByText('This device', { exact: true });
const notice = (page) => page.getByRole('status').innerText();
const alert = (page) => page.getByRole('alert').innerText();

test('a protected page leads through the login and back to itself', async (t) => {
    const page = await visit(t);
    await page.goto(url('/app/?page=2'));
    await assertLoginPage(page);
    assert.equal(new URL(page.url()).searchParams.get('rd'), '/app/?page=2');
    await submitLogin(page, demo.user);
    await page.waitForURL(url('/app/?page=2'));
    await page.reload();
    assert.equal(page.url(), url('/app/?page=2'));
    assert.ok(await page.getByRole('cell', { name: demo.user.email, exact: true }).isVisible());
    const [session] = (await page.context().cookies()).filter(({ name }) => name === 'gatehouse_web');
    assert.deepEqual([session.httpOnly, session.sameSite, session.path], [true, 'Lax', '/']);
    assert.ok(!(await page.evaluate(() => document.cookie)).includes('gatehouse_web'));
});

test('the administration is for administrators', async (t) => {
    const user = await visit(t);
    await signIn(user);
    assert.equal((await user.goto(url('/admin/'))).status(), 403);
    assert.ok(await user.getByRole('heading', { name: 'You don’t have access' }).isVisible());
    const admin = await visit(t);
    await signIn(admin, demo.admin);
    assert.equal((await admin.goto(url('/admin/'))).status(), 200);
    assert.ok(await admin.getByRole('cell', { name: demo.admin.email, exact: true }).isVisible());
});

test('after signing out, no way back shows the protected page', async (t) => {
    const page = await visit(t);
    await signIn(page);
    await page.getByRole('link', { name: 'Sign out' }).click();
    await page.waitForURL(url('/auth/logout'));
    assert.ok(await page.getByText(demo.user.email).isVisible());
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(url('/auth/login?notice=signed_out'));
    assert.equal(await notice(page), 'You are signed out.');
    const wasShown = ['/auth/logout', '/app/'];
    for (const former of wasShown) {
        await page.goBack({ waitUntil: 'commit' });
        await page.getByRole('heading').waitFor();
        assert.notEqual(path(page), former);
        await assertLoginPage(page);
    }
    await assertSignedOut(page);
});

test('opening the sign-out page and staying ends nothing', async (t) => {
    const page = await visit(t);
    await signIn(page);
    await page.goto(url('/auth/logout?rd=/app/'));
    await page.getByRole('link', { name: 'Stay signed in' }).click();
    await page.waitForURL(url('/app/'));
    await assertSignedIn(page);
});

test('a wrong password and an unknown account read the same, and the e-mail stays', async (t) => {
    const page = await visit(t);
    await page.goto(url('/auth/login'));
    assert.ok(await page.getByLabel('E-mail').evaluate((field) => field === document.activeElement));
    const said = [];
    for (const email of [demo.user.email, 'nobody@example.org']) {
        await submitLogin(page, { email, password: 'not the password' });
        await page.locator(`input[name=identifier][value="${email}"]`).waitFor();
        said.push(await alert(page));
        const password = page.getByRole('textbox', { name: 'Password' });
        assert.equal(await password.inputValue(), '');
        assert.ok(await password.evaluate((field) => field === document.activeElement));
        for (const field of [password, page.getByLabel('E-mail')]) {
            assert.equal(await field.getAttribute('aria-invalid'), 'true');
            assert.equal(await field.getAttribute('aria-describedby'), await page.getByRole('alert').getAttribute('id'));
        }
    }
    assert.match(said[0], /^Wrong e-mail or password\.$/);
    assert.equal(said[0], said[1]);
    await assertSignedOut(page);
});

test('a script of the application is told who is there, and where to sign in', async (t) => {
    const page = await visit(t);
    const ask = () => page.evaluate(async () => {
        const answer = await fetch('/auth/me');
        return [answer.status, answer.redirected, await answer.json()];
    });
    await page.goto(url('/'));
    const [status, redirected, { error }] = await ask();
    assert.deepEqual([status, redirected, error.code, error.login], [401, false, 'not_signed_in', '/auth/login']);
    await signIn(page);
    const [known, , { user }] = await ask();
    assert.deepEqual([known, user.email], [200, demo.user.email]);
});

test('signing in and out needs no JavaScript', async (t) => {
    const page = await visit(t, { javaScriptEnabled: false });
    await signIn(page);
    await page.getByRole('link', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(url('/auth/login?notice=signed_out'));
    await assertSignedOut(page);
});

/** Signs in, and out everywhere else: what the other tests have left. */
async function onlySession(page) {
    await signIn(page);
    await page.goto(url('/auth/sessions'));
    if (await row(page).count() > 1) await endOthers(page);
}

async function endOthers(page) {
    await page.getByRole('button', { name: /^Sign out (all \d+|1 device)$/ }).click();
    await page.waitForURL(url('/auth/sessions?notice=others_ended'));
    assert.equal(await notice(page), 'All other devices are signed out.');
}

test('a session can be ended from another one', async (t) => {
    const [here, there] = [await visit(t), await visit(t)];
    await onlySession(here);
    await signIn(there);
    await here.goto(url('/auth/sessions'));
    assert.equal(await row(here).count(), 2);
    const own = row(here).filter({ has: thisDevice(here) });
    assert.equal(await own.count(), 1);
    assert.equal(await own.getByRole('button').count(), 0);
    await row(here).filter({ hasNot: thisDevice(here) }).getByRole('button', { name: /^Sign out: Chrome on \w+, / }).click();
    await here.waitForURL(/\/auth\/sessions\?notice=one_ended&device=/);
    assert.match(await notice(here), /^Chrome on \w+ is signed out, everywhere, as of now\.$/);
    assert.equal(await row(here).count(), 1);
    await assertSignedOut(there);
    assert.equal(await notice(there), 'Your session has ended. Please sign in again.');
    await assertSignedIn(here);
});

test('equal devices are told apart by their names', async (t) => {
    const [here, second, third] = [await visit(t), await visit(t), await visit(t)];
    await onlySession(here);
    await signIn(second);
    await signIn(third);
    await here.goto(url('/auth/sessions'));
    assert.match(await row(here).first().innerText(), /This device/);
    assert.ok(await here.getByRole('heading', { name: 'Other devices (2)' }).isVisible());
    const buttons = here.getByRole('button', { name: /^Sign out: / });
    const names = await buttons.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
    assert.equal(new Set(names).size, 2, names.join());
});

test('all other sessions can be ended at once', async (t) => {
    const [here, second, third] = [await visit(t), await visit(t), await visit(t)];
    await onlySession(here);
    await signIn(second);
    await signIn(third);
    await here.goto(url('/auth/sessions'));
    assert.equal(await row(here).count(), 3);
    await endOthers(here);
    assert.equal(await row(here).count(), 1);
    assert.ok(await here.getByText('You’re not signed in anywhere else.').isVisible());
    await assertSignedOut(second);
    await assertSignedOut(third);
    await assertSignedIn(here);
});

async function submitPassword(page, current, fresh) {
    await page.getByRole('textbox', { name: 'Current password' }).fill(current);
    await page.getByRole('textbox', { name: 'New password' }).fill(fresh);
    await page.getByRole('button', { name: 'Change password' }).click();
}

test('a changed password ends the other sessions, and only it opens new ones', async (t) => {
    const [here, there, later] = [await visit(t), await visit(t), await visit(t)];
    await signIn(here);
    await signIn(there);
    await here.getByRole('link', { name: 'Devices' }).click();
    await here.getByRole('link', { name: 'Password' }).click();
    const { email, password: old } = demo.user;
    await submitPassword(here, old, 'short');
    assert.equal(await here.getByRole('textbox', { name: 'New password' }).evaluate((field) => field.validity.tooShort), true);
    await submitPassword(here, old, `${email} has a dog`);
    await here.getByRole('alert').waitFor();
    assert.equal(await alert(here), 'The new password must not contain your e-mail address.');
    assert.equal(await here.getByRole('textbox', { name: 'New password' }).getAttribute('aria-invalid'), 'true');
    assert.ok(await here.getByRole('textbox', { name: 'Current password' }).evaluate((field) => field === document.activeElement));
    await assertSignedIn(there);

    demo.user.password = 'four lanterns beside a gate';
    await here.goto(url('/auth/password/change'));
    await submitPassword(here, old, demo.user.password);
    await here.waitForURL(url('/auth/sessions?notice=password_changed'));
    assert.match(await notice(here), /^Your password is changed\./);
    assert.equal(await row(here).count(), 1);
    await assertSignedIn(here);
    await assertSignedOut(there);
    assert.equal(await notice(there), 'Your session has ended. Please sign in again.');
    await later.goto(url('/auth/login'));
    await submitLogin(later, { email, password: old });
    await later.getByRole('alert').waitFor();
    await assertSignedOut(later);
    await signIn(later);
});

/** A page that sends a form elsewhere as soon as it is opened. */
function trap(target, fields) {
    const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
    return `<!doctype html><form method="post" action="${target}">${inputs.join('')}</form>
        <script>document.forms[0].submit()</script>`;
}

const csrfOf = (page) => page.locator('form input[name=csrf]').first().inputValue();

// The second host is the same site to a browser, which sends our cookies along: only the check of the origin is left.
// The forms are complete, with a token that a thief would have to know.
for (const host of ['localhost', '127.0.0.1']) {
    test(`a form on ${host} at another port can neither sign in nor out`, async (t) => {
        const page = await visit(t);
        await page.goto(url('/auth/login'));
        const login = { csrf: await csrfOf(page), identifier: demo.admin.email, password: demo.admin.password };
        await springs(page, await strangersPage(t, host, trap(url('/auth/login'), login)), '/auth/login');
        await assertSignedOut(page);
        await signIn(page);
        await page.goto(url('/auth/logout'));
        const logout = { csrf: await csrfOf(page) };
        await springs(page, await strangersPage(t, host, trap(url('/auth/logout'), logout)), '/auth/logout');
        await assertSignedIn(page);
    });
}

/** Opens the trap and waits for the answer to its form: refused. */
async function springs(page, address, target) {
    const answered = page.waitForResponse((answer) => answer.request().method() === 'POST' && answer.url() === url(target));
    await page.goto(address, { waitUntil: 'commit' });
    assert.equal((await answered).status(), 403);
    await page.waitForURL(url(target));
}
