// SPDX-License-Identifier: Apache-2.0
// Goal: a person who has forgotten the password gets back in, and one who is new gets an account, by the link of a mail,
// with and without JavaScript, in each language.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { demo, signIn, start, stop, submitLogin, url, visit } from './site.js';

before(start);
after(stop);

const notice = (page) => page.getByRole('status').innerText();
const alert = (page) => page.getByRole('alert').innerText();
const fresh = () => `herons over the lake ${Math.random()}`;
let newcomers = 0;

/** Asks for a mail, with the words of the page. */
async function ask(page, from, email, button) {
    await page.getByRole('link', { name: from }).click();
    await page.getByRole('textbox').fill(email);
    await page.getByRole('button', { name: button }).click();
    await page.waitForURL(/\?sent=1$/);
    return notice(page);
}

/** Opens the link of the newest mail with this subject, as somebody who reads mail in the same browser. */
async function followMail(page, email, subject) {
    const mail = page.getByRole('article').filter({ hasText: `To ${email}` }).filter({ hasText: subject }).first().getByRole('link');
    await page.goto(url('/inbox'));
    while (await mail.count() === 0) await page.reload();
    await mail.click();
}

async function choose(page, password, button) {
    await page.locator('input[name=new_password]').fill(password);
    await page.getByRole('button', { name: button }).click();
}

/** Registers, and signs in: the new account. */
async function register(page) {
    const account = { email: `newcomer${++newcomers}@example.org`, password: fresh() };
    await page.goto(url('/auth/login'));
    assert.match(await ask(page, 'Create an account', account.email, 'Continue'), /^A mail is on its way\./);
    await followMail(page, account.email, 'confirm your address');
    await page.waitForURL(url('/auth/register/finish'));
    assert.ok(await page.getByText(account.email).isVisible());
    await choose(page, account.password, 'Create the account');
    await page.waitForURL(url('/auth/login?notice=account_created'));
    assert.equal(await notice(page), 'Your account is ready. Sign in with your new password.');
    await submitLogin(page, account);
    await page.waitForURL(url('/'));
    return account;
}

for (const javaScriptEnabled of [true, false]) {
    test(`a new account and a forgotten password, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, async (t) => {
        const page = await visit(t, { javaScriptEnabled });
        const account = await register(page);
        const elsewhere = await visit(t, { javaScriptEnabled });
        await elsewhere.goto(url('/auth/login'));
        assert.match(await ask(elsewhere, 'Forgot password?', account.email, 'Send the link'), /a link is on its way/);
        await followMail(elsewhere, account.email, 'choose a new password');
        await elsewhere.waitForURL(url('/auth/password/reset'));
        await choose(elsewhere, 'password1234567', 'Save the new password');
        assert.match(await alert(elsewhere), /^The new password is one of the first/);
        const password = fresh();
        await choose(elsewhere, password, 'Save the new password');
        await elsewhere.waitForURL(url('/auth/login?notice=password_changed'));
        await page.goto(url('/app/'));
        assert.equal(new URL(page.url()).pathname, '/auth/login'); // the other browser is signed out
        await submitLogin(elsewhere, account);
        await elsewhere.getByRole('alert').waitFor();
        await signIn(elsewhere, { email: account.email, password });
        await followMail(elsewhere, account.email, 'your password was changed');
        await elsewhere.waitForURL(url('/auth/password/forgot'));
    });
}

/** The page of the account that this link leads to, with the password in its form. */
async function ownerForm(page, link, account) {
    await page.goto(url('/auth/me'));
    await page.getByRole('link', { name: link }).click();
    await page.getByLabel('Current password').fill(account.password);
}

for (const javaScriptEnabled of [true, false]) {
    test(`another address, taken back, and the end of the account, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, async (t) => {
        const page = await visit(t, { javaScriptEnabled });
        const account = await register(page);
        const moved = `moved.${account.email}`;
        await ownerForm(page, 'Change your e-mail address', account);
        await page.getByLabel('New e-mail address').fill(moved);
        await page.getByRole('button', { name: 'Send the link' }).click();
        await page.waitForURL(url('/auth/account/email?sent=1'));
        assert.match(await notice(page), /^A link is on its way to the new address\./);
        await followMail(page, moved, 'confirm your new address');
        await page.waitForURL(url('/auth/account/email/confirm'));
        assert.ok(await page.getByText(moved).isVisible());
        await page.getByRole('button', { name: 'Use this address' }).click();
        await page.waitForURL(url('/auth/me?notice=address_changed'));
        assert.equal(await notice(page), 'Your e-mail address is changed.');
        assert.ok(await page.getByText(moved).first().isVisible());

        const owner = await visit(t, { javaScriptEnabled });
        await followMail(owner, account.email, 'your e-mail address was changed');
        await owner.waitForURL(url('/auth/account/email/undo'));
        account.password = fresh();
        await choose(owner, account.password, 'Take it back');
        await owner.waitForURL(url('/auth/login?notice=password_changed'));
        await page.goto(url('/app/'));
        assert.equal(new URL(page.url()).pathname, '/auth/login'); // whoever has changed it is signed out
        await signIn(owner, account);

        await ownerForm(owner, 'Delete my account', { password: 'not the password' });
        await owner.getByRole('button', { name: 'Delete my account' }).click();
        assert.equal(await alert(owner), 'The current password is wrong.');
        await owner.getByLabel('Current password').fill(account.password);
        await owner.getByRole('button', { name: 'Delete my account' }).click();
        await owner.waitForURL(url('/auth/login?notice=account_deleted'));
        assert.equal(await notice(owner), 'Your account is deleted, and you are signed out everywhere.');
        await submitLogin(owner, account);
        await owner.getByRole('alert').waitFor();
    });
}

test('what is known of a person is a file', async (t) => {
    const page = await visit(t);
    const account = await register(page);
    await page.goto(url('/auth/me'));
    const [download] = await Promise.all([
        page.waitForEvent('download'), page.getByRole('link', { name: 'Download what we know about you' }).click()]);
    assert.equal(download.suggestedFilename(), 'account.json');
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    assert.equal(JSON.parse(Buffer.concat(chunks)).account.email, account.email);
});

test('the link of a mail works once, and the page says so', async (t) => {
    const page = await visit(t);
    const account = await register(page);
    await page.goto(url('/auth/logout'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.goto(url('/auth/login'));
    await ask(page, 'Forgot password?', account.email, 'Send the link');
    await followMail(page, account.email, 'choose a new password');
    await choose(page, fresh(), 'Save the new password');
    await page.waitForURL(/notice=password_changed/);
    await followMail(page, account.email, 'choose a new password');
    await page.waitForURL(url('/auth/password/reset'));
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'This link doesn’t work any more');
    await page.getByRole('link', { name: 'Send the link' }).click();
    await page.waitForURL(url('/auth/password/forgot'));
});

for (const [locale, forgot, send, said, subject] of [
    ['ru-RU', 'Забыли пароль?', 'Отправить ссылку', /^Если с этим адресом связан аккаунт/, 'новый пароль'],
    ['uk-UA', 'Забули пароль?', 'Надіслати посилання', /^Якщо з цією адресою пов’язано/, 'новий пароль']]) {
    test(`a forgotten password in ${locale}`, async (t) => {
        const page = await visit(t, { locale });
        await page.goto(url('/auth/login'));
        assert.match(await ask(page, forgot, demo.user.email, send), said);
        await followMail(page, demo.user.email, subject);
        await page.waitForURL(url('/auth/password/reset'));
        assert.equal(await page.locator('html').getAttribute('lang'), locale.slice(0, 2));
    });
}
