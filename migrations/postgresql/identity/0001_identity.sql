-- SPDX-License-Identifier: Apache-2.0
-- Users, their sessions in every application, and their permissions.
-- Everything is in the schema gatehouse: tables of other applications are never touched.

CREATE TABLE gatehouse.users (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- public identity, the same in every database
  email           varchar(255) NOT NULL,                      -- as it is shown; unique without regard to case (index below)
  phone           text UNIQUE,                                -- E.164, where people log in by phone
  hashed_password text,                                       -- argon2id or bcrypt string; NULL: no password login
  is_verified     boolean NOT NULL DEFAULT false,             -- the address has been confirmed
  role            text NOT NULL DEFAULT 'user' CHECK (role <> ''), -- user, admin …
  disabled        boolean NOT NULL DEFAULT false,             -- may not log in; has no live session
  generation      bigint NOT NULL DEFAULT 1,                  -- raised by every change of the user; a lower one is older
  created_at      timestamptz NOT NULL DEFAULT now(),         -- when the account was made
  updated_at      timestamptz NOT NULL DEFAULT now(),         -- when the user was changed last (logins do not count)
  last_login_at   timestamptz,                                -- NULL: never
  session_id      varchar(255)                                -- one raw session id of the old system; never written by us
);

-- The only form in which an address is looked up: the expression must be the one in the queries.
CREATE UNIQUE INDEX users_email_key ON gatehouse.users (lower(email COLLATE "C"));
CREATE INDEX users_session_id ON gatehouse.users (session_id) WHERE session_id IS NOT NULL;

CREATE TABLE gatehouse.sessions (
  id                  varchar(255) PRIMARY KEY,           -- base64url(SHA-256(token)): the token itself is never stored
  handle              uuid NOT NULL UNIQUE,               -- public name, for pages and logs
  user_id             uuid NOT NULL REFERENCES gatehouse.users (id) ON DELETE CASCADE, -- whose
  application_context text NOT NULL DEFAULT 'web',        -- the application in which alone it is worth something
  data                jsonb,                              -- free for the application
  expires_at          timestamptz NOT NULL,               -- absolute end; use never moves it
  created_at          timestamptz NOT NULL DEFAULT now(), -- when the person logged in
  last_activity       timestamptz NOT NULL DEFAULT now(), -- latest use that was written; a little late
  ip_address          inet,                               -- where the login came from
  user_agent          text,                               -- and with which browser
  remember            boolean NOT NULL DEFAULT false,     -- the cookie outlives the browser
  revoked             boolean NOT NULL DEFAULT false,     -- ended before its time; never taken back
  revoked_at          timestamptz                         -- when
) WITH (fillfactor = 80); -- room beside a row for its next last_activity, which no index contains

-- Live sessions of a user: list, log out everywhere, the limit for each context.
CREATE INDEX sessions_live ON gatehouse.sessions (user_id, application_context, created_at) WHERE revoked = false;
-- Sessions that ended lately: a cache that was away hears of them again.
CREATE INDEX sessions_ended ON gatehouse.sessions (revoked_at) WHERE revoked = true;
CREATE INDEX sessions_user_id ON gatehouse.sessions (user_id); -- deleting a user
CREATE INDEX sessions_expires_at ON gatehouse.sessions (expires_at); -- purge

CREATE TABLE gatehouse.user_permissions (
  id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- of the grant
  user_id             uuid NOT NULL REFERENCES gatehouse.users (id) ON DELETE CASCADE, -- who
  permission          varchar(100) NOT NULL CHECK (permission <> ''), -- may do what, for example orders.write
  application_context text NOT NULL DEFAULT 'web',                -- in which application
  granted_at          timestamptz NOT NULL DEFAULT now(),         -- since when
  granted_by          uuid,                                       -- by whom; NULL: by the command line
  expires_at          timestamptz,                                -- until when; NULL: until it is withdrawn
  UNIQUE (user_id, permission, application_context)
);

CREATE INDEX user_permissions_context ON gatehouse.user_permissions (application_context, user_id);
