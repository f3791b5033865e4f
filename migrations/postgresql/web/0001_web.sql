-- SPDX-License-Identifier: Apache-2.0
-- The web application: what it keeps beside a session, and its own tables.
-- user_id refers to users.id in the identity database, which may be another one: no foreign keys there.

CREATE TABLE gatehouse.web_sessions (
  id            varchar(255) PRIMARY KEY,           -- the session's id in the identity database
  user_id       uuid NOT NULL,                      -- whose
  data          jsonb,                              -- free for the application
  preferences   jsonb,                              -- settings of the web pages
  theme         varchar(20),                        -- light, dark; NULL: as the browser says
  language      varchar(10),                        -- NULL: as the browser says
  expires_at    timestamptz NOT NULL,               -- with the session
  created_at    timestamptz NOT NULL DEFAULT now(), -- when the row was made
  last_activity timestamptz NOT NULL DEFAULT now()  -- latest use that was written
);

CREATE INDEX web_sessions_user_id ON gatehouse.web_sessions (user_id);
CREATE INDEX web_sessions_expires_at ON gatehouse.web_sessions (expires_at); -- purge

CREATE TABLE gatehouse.web_user_cache (
  user_id    uuid PRIMARY KEY,                  -- whose
  data       jsonb NOT NULL,                    -- what the web application likes to have at hand
  updated_at timestamptz NOT NULL DEFAULT now() -- age of that
);

CREATE TABLE gatehouse.orders (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- order number
  user_id       uuid NOT NULL,                        -- who ordered
  from_currency varchar(10) NOT NULL,                 -- code of what is given
  to_currency   varchar(10) NOT NULL,                 -- code of what is wanted
  amount        decimal(18, 8) NOT NULL,              -- in from_currency
  exchange_rate decimal(18, 8) NOT NULL,              -- to_currency for one from_currency, as agreed
  status        varchar(50) NOT NULL DEFAULT 'pending', -- pending, paid, done, cancelled …
  created_at    timestamptz NOT NULL DEFAULT now(),   -- when it was placed
  updated_at    timestamptz NOT NULL DEFAULT now()    -- latest change of status
);

CREATE INDEX orders_user_id ON gatehouse.orders (user_id, created_at);

CREATE TABLE gatehouse.payments (
  id             uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- payment number
  order_id       uuid NOT NULL REFERENCES gatehouse.orders (id) ON DELETE CASCADE, -- what it pays
  user_id        uuid NOT NULL,                        -- who pays
  payment_method varchar(100) NOT NULL,                -- card, transfer …
  amount         decimal(18, 8) NOT NULL,              -- in the order's from_currency
  status         varchar(50) NOT NULL DEFAULT 'pending', -- pending, settled, refused …
  created_at     timestamptz NOT NULL DEFAULT now()    -- when it was begun
);

CREATE INDEX payments_order_id ON gatehouse.payments (order_id);

CREATE TABLE gatehouse.exchange_rates (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- of this quotation
  from_currency varchar(10) NOT NULL,               -- code
  to_currency   varchar(10) NOT NULL,               -- code
  rate          decimal(18, 8) NOT NULL,            -- to_currency for one from_currency
  valid_from    timestamptz NOT NULL DEFAULT now(), -- since when
  valid_until   timestamptz,                        -- NULL: until the next one
  UNIQUE (from_currency, to_currency, valid_from)
);

CREATE TABLE gatehouse.analytics_events (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(), -- of the event
  user_id    uuid,                              -- NULL: a visitor
  event_type varchar(100) NOT NULL,             -- what happened
  event_data jsonb,                             -- details
  created_at timestamptz NOT NULL DEFAULT now() -- when
);

CREATE INDEX analytics_events_created_at ON gatehouse.analytics_events (created_at);
