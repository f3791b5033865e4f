-- SPDX-License-Identifier: Apache-2.0
-- The web application: what it keeps beside a session, and its own tables.
-- user_id refers to users.id in the identity database, which may be another file: no foreign keys there.
-- Instants are milliseconds since 1970 (UTC); identifiers are UUIDs in lower case; amounts are decimal numbers as text,
-- because a binary fraction cannot hold them.

CREATE TABLE web_sessions (
  id            TEXT NOT NULL PRIMARY KEY,            -- the session's id in the identity database
  user_id       TEXT NOT NULL,                        -- whose
  data          TEXT CHECK (data IS NULL OR json_valid(data)),        -- free for the application
  preferences   TEXT CHECK (preferences IS NULL OR json_valid(preferences)), -- settings of the web pages
  theme         TEXT CHECK (length(theme) <= 20),     -- light, dark; NULL: as the browser says
  language      TEXT CHECK (length(language) <= 10),  -- NULL: as the browser says
  expires_at    INTEGER NOT NULL,                     -- with the session
  created_at    INTEGER NOT NULL,                     -- when the row was made
  last_activity INTEGER NOT NULL                      -- latest use that was written
) STRICT, WITHOUT ROWID;

CREATE INDEX web_sessions_user_id ON web_sessions (user_id);
CREATE INDEX web_sessions_expires_at ON web_sessions (expires_at); -- purge

CREATE TABLE web_user_cache (
  user_id    TEXT NOT NULL PRIMARY KEY,             -- whose
  data       TEXT NOT NULL CHECK (json_valid(data)), -- what the web application likes to have at hand
  updated_at INTEGER NOT NULL                       -- age of that
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
  id            TEXT NOT NULL PRIMARY KEY,       -- order number
  user_id       TEXT NOT NULL,                   -- who ordered
  from_currency TEXT NOT NULL CHECK (length(from_currency) <= 10), -- code of what is given
  to_currency   TEXT NOT NULL CHECK (length(to_currency) <= 10),   -- code of what is wanted
  amount        TEXT NOT NULL,                   -- in from_currency
  exchange_rate TEXT NOT NULL,                   -- to_currency for one from_currency, as agreed
  status        TEXT NOT NULL DEFAULT 'pending', -- pending, paid, done, cancelled …
  created_at    INTEGER NOT NULL,                -- when it was placed
  updated_at    INTEGER NOT NULL                 -- latest change of status
) STRICT;

CREATE INDEX orders_user_id ON orders (user_id, created_at);

CREATE TABLE payments (
  id             TEXT NOT NULL PRIMARY KEY,       -- payment number
  order_id       TEXT NOT NULL REFERENCES orders (id) ON DELETE CASCADE, -- what it pays
  user_id        TEXT NOT NULL,                   -- who pays
  payment_method TEXT NOT NULL CHECK (length(payment_method) <= 100), -- card, transfer …
  amount         TEXT NOT NULL,                   -- in the order's from_currency
  status         TEXT NOT NULL DEFAULT 'pending', -- pending, settled, refused …
  created_at     INTEGER NOT NULL                 -- when it was begun
) STRICT;

CREATE INDEX payments_order_id ON payments (order_id);

CREATE TABLE exchange_rates (
  id            TEXT NOT NULL PRIMARY KEY, -- of this quotation
  from_currency TEXT NOT NULL CHECK (length(from_currency) <= 10), -- code
  to_currency   TEXT NOT NULL CHECK (length(to_currency) <= 10),   -- code
  rate          TEXT NOT NULL,             -- to_currency for one from_currency
  valid_from    INTEGER NOT NULL,          -- since when
  valid_until   INTEGER,                   -- NULL: until the next one
  UNIQUE (from_currency, to_currency, valid_from)
) STRICT;

CREATE TABLE analytics_events (
  id         TEXT NOT NULL PRIMARY KEY,          -- of the event
  user_id    TEXT,                               -- NULL: a visitor
  event_type TEXT NOT NULL CHECK (length(event_type) <= 100), -- what happened
  event_data TEXT CHECK (event_data IS NULL OR json_valid(event_data)), -- details
  created_at INTEGER NOT NULL                    -- when
) STRICT;

CREATE INDEX analytics_events_created_at ON analytics_events (created_at);
