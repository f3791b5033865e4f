// SPDX-License-Identifier: Apache-2.0
// The application that has had its sessions to itself, written as its documents have it: the token of a user's session is in
// users.session_id, or sessions are rows of a table with a copy of each in Redis (session:<id>). It knows nothing of a gateway.
//
//   node server.js row|table [REDIS-SOCKET]    the database is in PGHOST, PGUSER, PGDATABASE; prints "ready PORT"
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import process from "node:process";

import bcrypt from "bcryptjs";
import Redis from "ioredis";
import pg from "pg";

const SECONDS = 24 * 3600;
const COOKIE = /(?:^|; )sessionId=([^;]+)/;

const [place, redisSocket] = process.argv.slice(2);
const database = new pg.Pool({ max: 4 });
const redis = redisSocket ? new Redis({ path: redisSocket }) : null;

async function one(statement, ...values) {
    return (await database.query(statement, values)).rows[0];
}

// One session for each user.
const row = {
    async create(id, user) {
        await one("UPDATE users SET session_id = $1, last_login_at = now() WHERE id = $2", id, user.id);
    },
    async find(id) {
        return one("SELECT id, email FROM users WHERE session_id = $1", id);
    },
    async remove(id) {
        await one("UPDATE users SET session_id = NULL WHERE session_id = $1", id);
    },
};

const table = {
    async create(id, user) {
        const expires = new Date(Date.now() + SECONDS * 1000);
        await one("INSERT INTO sessions (id, user_id, expires_at) VALUES ($1, $2, $3)", id, user.id, expires);
        await redis?.setex(`session:${id}`, SECONDS, JSON.stringify({ user_id: user.id, expires_at: expires.getTime() }));
    },
    async find(id) {
        const copy = JSON.parse((await redis?.get(`session:${id}`)) ?? "null");
        if (copy && copy.expires_at > Date.now()) return one("SELECT id, email FROM users WHERE id = $1", copy.user_id);
        const live = "SELECT u.id, u.email FROM sessions s JOIN users u ON u.id = s.user_id " +
            "WHERE s.id = $1 AND NOT s.revoked AND s.expires_at > now()";
        return (await one(live, id)) ?? row.find(id);
    },
    async remove(id) {
        await one("UPDATE sessions SET revoked = true, revoked_at = now() WHERE id = $1", id);
        await redis?.del(`session:${id}`);
    },
};

const sessions = { row, table }[place];

async function body(request) {
    let text = "";
    for await (const part of request) text += part;
    return JSON.parse(text || "{}");
}

const actions = {
    async "POST /login"(request) {
        const { email, password } = await body(request);
        const user = await one("SELECT id, email, hashed_password FROM users WHERE email = $1", email);
        if (!user?.hashed_password || !(await bcrypt.compare(password, user.hashed_password))) return { status: 401 };
        const id = randomBytes(32).toString("hex");
        await sessions.create(id, user);
        return { status: 200, user, cookie: `sessionId=${id}; HttpOnly; Path=/; Max-Age=${SECONDS}; SameSite=Lax` };
    },
    async "GET /me"(request, id) {
        const user = id && (await sessions.find(id));
        return user ? { status: 200, user } : { status: 401 };
    },
    async "POST /logout"(request, id) {
        if (id) await sessions.remove(id);
        return { status: 200, cookie: "sessionId=; HttpOnly; Path=/; Max-Age=0; SameSite=Lax" };
    },
};

async function answer(request, response) {
    const id = COOKIE.exec(request.headers.cookie ?? "")?.[1];
    const action = actions[`${request.method} ${request.url}`];
    const { status, user, cookie } = action ? await action(request, id) : { status: 404 };
    if (cookie) response.setHeader("Set-Cookie", cookie);
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(user ? { id: user.id, email: user.email } : {}));
}

const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
        console.error(error);
        response.writeHead(500).end();
    });
});
server.listen(0, "127.0.0.1", () => console.log(`ready ${server.address().port}`));
process.on("SIGTERM", () => process.exit(0));
