// SPDX-License-Identifier: Apache-2.0
// The demo behind nginx and a browser in front of it, for the tests beside this file: start, stop, and what a visitor
// does on every journey.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const top = fileURLToPath(new URL('../../', import.meta.url));
const patience = 20_000;

async function listen(server) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server.address().port;
}

async function freePort() {
    const probe = createServer();
    const port = await listen(probe);
    probe.close();
    await once(probe, 'close');
    return port;
}

/** tests/demo/run.py, and who may sign in there, as it tells itself. */
class Demo {
    async start() {
        const binary = process.env.GATEHOUSE_BINARY ?? `${top}build/release/gatehouse`;
        const environment = { ...process.env, GATEHOUSE_PORT: String(await freePort()) };
        this.process = spawn('/usr/bin/python3', [`${top}tests/demo/run.py`, binary],
            { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
        this.ended = once(this.process, 'exit');
        this.said = '';
        const ready = new Promise((resolve, reject) => {
            const read = (text) => {
                this.said += text;
                if (/^ready: .*\n/m.test(this.said) && /^for .*\n/m.test(this.said)) resolve();
            };
            this.process.stdout.setEncoding('utf8').on('data', read);
            this.process.stderr.setEncoding('utf8').on('data', read);
            this.ended.then(() => reject(new Error(`the demo did not start:\n${this.said}`)));
        });
        await ready;
        this.origin = /^ready: (\S+)\/ /m.exec(this.said)[1];
        this.user = this.account(/^ready: \S+ user: (\S+) password: (\S+)$/m);
        this.admin = this.account(/^for \/admin\/ user: (\S+) password: (\S+)$/m);
    }

    account(pattern) {
        const [, email, password] = pattern.exec(this.said);
        return { email, password };
    }

    async stop() {
        this.process.kill('SIGTERM');
        await this.ended;
    }
}

const demo = new Demo();
let browser;

export { demo };
export const url = (path) => demo.origin + path;

export async function start() {
    await demo.start();
    browser = await launch().catch(async (error) => {
        await demo.stop();
        throw error;
    });
}

function launch() {
    return chromium.launch({
        executablePath: '/usr/bin/chromium',
        chromiumSandbox: process.getuid() !== 0,
        // Pages that are kept for the back button are what a sign-out has to be proof against.
        ignoreDefaultArgs: ['--disable-back-forward-cache'],
        args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
            '--disable-component-update', '--disable-sync',
            '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost'],
    });
}

export async function stop() {
    await browser?.close();
    await demo.stop();
}

/** A page in a browser of its own: no cookie in it, none shared. Closed when the test ends. */
export async function visit(test, options = {}) {
    const context = await browser.newContext({ locale: 'en-US', ...options });
    context.setDefaultTimeout(patience);
    test.after(() => context.close());
    return context.newPage();
}

export const path = (page) => new URL(page.url()).pathname;

/** Fills in the form of the login page that is open. */
export async function submitLogin(page, { email, password }) {
    await page.getByLabel('E-mail').fill(email);
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
}

export async function signIn(page, account = demo.user) {
    await page.goto(url('/auth/login?rd=/app/'));
    await submitLogin(page, account);
    await page.waitForURL(url('/app/'));
    await assertSignedIn(page, account);
}

export async function assertSignedIn(page, account = demo.user) {
    const answer = await page.goto(url('/app/'));
    assert.equal(page.url(), url('/app/'));
    assert.equal(answer.status(), 200);
    assert.ok(await page.getByRole('cell', { name: account.email, exact: true }).isVisible());
}

export async function assertSignedOut(page) {
    await page.goto(url('/app/'));
    await assertLoginPage(page);
}

export async function assertLoginPage(page) {
    assert.equal(path(page), '/auth/login');
    assert.ok(await page.getByRole('heading', { name: 'Sign in' }).isVisible());
    assert.equal(await page.getByText('You see this because').count(), 0);
}

/** Serves one page that a stranger has written, on a port of its own. Its address on that host. */
export async function strangersPage(test, host, html) {
    const server = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(html));
    const port = await listen(server);
    test.after(() => {
        server.closeAllConnections();
        server.close();
    });
    return `http://${host}:${port}/`;
}
