-- SPDX-License-Identifier: Apache-2.0
-- Taking over from an older system: whose its users are here, which of its tokens are other names of sessions of ours,
-- and which are over. Its tokens are kept as digests, as ours are.

ALTER TABLE users ADD COLUMN legacy_id TEXT;        -- the user's id in the older system; NULL: was never there
ALTER TABLE users ADD COLUMN legacy_hash TEXT;      -- hashed_password as it was there when it was read last; NULL: there was none
ALTER TABLE users ADD COLUMN legacy_cutoff INTEGER; -- of its sessions only those count that provably began later; NULL: all
CREATE UNIQUE INDEX users_legacy_id ON users (legacy_id);

-- People who log in by phone may have no address: '' is none.
DROP INDEX users_email_key;
CREATE UNIQUE INDEX users_email_key ON users (lower(email)) WHERE email <> '';

CREATE TABLE legacy_tokens (
  id                  TEXT NOT NULL PRIMARY KEY CHECK (length(id) <= 255), -- base64url(SHA-256(token of the older system))
  application_context TEXT NOT NULL,    -- the application in which alone it is worth something
  session_id          TEXT REFERENCES sessions (id) ON DELETE SET NULL, -- another name of this session
  place               TEXT NOT NULL,    -- where the older system had it: redis, sessions, users
  known_since         INTEGER NOT NULL, -- it is not older than its first use here
  expires_at          INTEGER NOT NULL, -- copies of it may be remembered until then
  ended_at            INTEGER           -- over, whatever the older system says; kept as long as that may say it
) STRICT, WITHOUT ROWID;

CREATE INDEX legacy_tokens_session ON legacy_tokens (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX legacy_tokens_ended ON legacy_tokens (ended_at) WHERE ended_at IS NOT NULL; -- a cache was away

CREATE TABLE strategies (
  node     TEXT NOT NULL PRIMARY KEY, -- a gateway
  strategy TEXT NOT NULL,             -- as its configuration says it
  at       INTEGER NOT NULL           -- when it said so last
) STRICT, WITHOUT ROWID;

-- What ends a session ends all its names; a session that is deleted takes them with it, and they stay ended.
CREATE TRIGGER names_ended AFTER UPDATE OF revoked ON sessions WHEN OLD.revoked = false AND NEW.revoked = true
BEGIN
  UPDATE legacy_tokens SET ended_at = CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)
  WHERE session_id = OLD.id AND ended_at IS NULL;
END;
CREATE TRIGGER names_deleted BEFORE DELETE ON sessions
BEGIN
  UPDATE legacy_tokens SET ended_at = CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)
  WHERE session_id = OLD.id AND ended_at IS NULL;
END;

CREATE TRIGGER token_recorded AFTER INSERT ON legacy_tokens WHEN NEW.ended_at IS NOT NULL
BEGIN
  INSERT INTO changes (context, session_id, expires_at) VALUES (NEW.application_context, NEW.id, NEW.expires_at);
END;
CREATE TRIGGER token_ended AFTER UPDATE OF ended_at ON legacy_tokens
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
BEGIN
  INSERT INTO changes (context, session_id, expires_at) VALUES (NEW.application_context, NEW.id, NEW.expires_at);
END;
