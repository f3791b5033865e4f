// SPDX-License-Identifier: Apache-2.0
// A check as one writes it with Fastify and ioredis, for comparison: the session is read from Redis, parsed, judged, and its
// life in Redis is extended. It is set up to be fast: unix sockets on both sides, no logger, what waits for Redis in one
// turn of the loop goes in one write (auto-pipelining), and the answer does not wait for EXPIRE.
//
//   node fastify.js SOCKET REDIS-SOCKET    prints "ready" when it listens; ends with SIGTERM
import { chmodSync } from "node:fs";
import process from "node:process";

import Fastify from "fastify";
import Redis from "ioredis";

const IDLE_SECONDS = 24 * 3600;
const COOKIE = /(?:^|; )gatehouse_web=([^;]+)/;

const [socket, redisSocket] = process.argv.slice(2);
const redis = new Redis({ path: redisSocket, enableAutoPipelining: true });
const app = Fastify({ logger: false });

async function findSession(cookies) {
    const token = COOKIE.exec(cookies ?? "")?.[1];
    if (!token) return null;
    const key = `session:${token}`;
    const text = await redis.get(key);
    if (!text) return null;
    const session = JSON.parse(text);
    if (session.expires <= Date.now() / 1000) return null;
    redis.expire(key, IDLE_SECONDS).catch(() => {}); // the next request tries again
    return session;
}

app.get("/check", async (request, reply) => {
    const session = await findSession(request.headers.cookie);
    if (!session) return reply.code(401).send();
    return reply
        .code(204)
        .headers({
            "Cache-Control": "no-store",
            "X-Auth-User-Id": session.user,
            "X-Auth-Email": session.email,
            "X-Auth-Role": session.role,
            "X-Auth-Permissions": session.permissions,
            "X-Auth-Context": session.context,
            "X-Auth-Session": session.handle,
            "X-Auth-Expires": session.expires,
        })
        .send();
});

await app.listen({ path: socket });
chmodSync(socket, 0o666);
console.log("ready");
