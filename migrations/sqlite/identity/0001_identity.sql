-- SPDX-License-Identifier: Apache-2.0
-- Users, their sessions in every application, and their permissions, in a file of our own.
-- Instants are milliseconds since 1970 (UTC); identifiers are UUIDs in lower case.

CREATE TABLE users (
  id              TEXT NOT NULL PRIMARY KEY,                 -- public identity, the same in every database
  email           TEXT NOT NULL CHECK (length(email) <= 255), -- as it is shown; unique without regard to case (index below)
  phone           TEXT UNIQUE,                               -- E.164, where people log in by phone
  hashed_password TEXT,                                      -- argon2id or bcrypt string; NULL: no password login
  is_verified     INTEGER NOT NULL DEFAULT 0 CHECK (is_verified IN (0, 1)), -- the address has been confirmed
  role            TEXT NOT NULL DEFAULT 'user' CHECK (role <> ''), -- user, admin …
  disabled        INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)), -- may not log in; has no live session
  generation      INTEGER NOT NULL DEFAULT 1,                -- raised by every change of the user; a lower one is older
  created_at      INTEGER NOT NULL,                          -- when the account was made
  updated_at      INTEGER NOT NULL,                          -- when the user was changed last (logins do not count)
  last_login_at   INTEGER,                                   -- NULL: never
  session_id      TEXT                                       -- one raw session id of the old system; never written by us
) STRICT;

-- The only form in which an address is looked up: the expression must be the one in the queries.
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE INDEX users_session_id ON users (session_id) WHERE session_id IS NOT NULL;

CREATE TABLE sessions (
  id                  TEXT NOT NULL PRIMARY KEY CHECK (length(id) <= 255), -- base64url(SHA-256(token)): the token itself is never stored
  handle              TEXT NOT NULL UNIQUE,          -- public name (UUID), for pages and logs
  user_id             TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- whose
  application_context TEXT NOT NULL DEFAULT 'web',   -- the application in which alone it is worth something
  data                TEXT CHECK (data IS NULL OR json_valid(data)), -- free for the application
  expires_at          INTEGER NOT NULL,              -- absolute end; use never moves it
  created_at          INTEGER NOT NULL,              -- when the person logged in
  last_activity       INTEGER NOT NULL,              -- latest use that was written; a little late
  ip_address          TEXT,                          -- where the login came from
  user_agent          TEXT,                          -- and with which browser
  remember            INTEGER NOT NULL DEFAULT 0 CHECK (remember IN (0, 1)), -- the cookie outlives the browser
  revoked             INTEGER NOT NULL DEFAULT 0 CHECK (revoked IN (0, 1)),  -- ended before its time; never taken back
  revoked_at          INTEGER                        -- when
) STRICT, WITHOUT ROWID;

-- Live sessions of a user: list, log out everywhere, the limit for each context.
CREATE INDEX sessions_live ON sessions (user_id, application_context, created_at) WHERE revoked = false;
-- Sessions that ended lately: a cache that was away hears of them again.
CREATE INDEX sessions_ended ON sessions (revoked_at) WHERE revoked = true;
CREATE INDEX sessions_user_id ON sessions (user_id); -- deleting a user
CREATE INDEX sessions_expires_at ON sessions (expires_at); -- purge

CREATE TABLE user_permissions (
  -- of the grant: a random UUID
  id                  TEXT NOT NULL PRIMARY KEY DEFAULT (
    lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
          || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))),
  user_id             TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- who
  permission          TEXT NOT NULL CHECK (length(permission) BETWEEN 1 AND 100), -- may do what, for example orders.write
  application_context TEXT NOT NULL DEFAULT 'web', -- in which application
  granted_at          INTEGER NOT NULL,            -- since when
  granted_by          TEXT,                        -- by whom (UUID); NULL: by the command line
  expires_at          INTEGER,                     -- until when; NULL: until it is withdrawn
  UNIQUE (user_id, permission, application_context)
) STRICT;

CREATE INDEX user_permissions_context ON user_permissions (application_context, user_id);
