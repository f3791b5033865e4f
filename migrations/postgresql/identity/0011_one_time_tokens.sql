-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- One-time tokens: what a link in a mail stands for. A row is deleted when its token is used.

CREATE TABLE gatehouse.one_time_tokens (
  id         varchar(255) PRIMARY KEY,                                -- SHA-256 of the token, which is nowhere stored
  purpose    text NOT NULL,                                           -- what its holder may do, and nothing else
  user_id    uuid REFERENCES gatehouse.users (id) ON DELETE CASCADE,  -- for whom; NULL: for somebody who has no account yet
  address    text NOT NULL,                                           -- where the token was sent, so its holder reads mail there
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);

CREATE INDEX one_time_tokens_user ON gatehouse.one_time_tokens (user_id);       -- a new password ends them all
CREATE INDEX one_time_tokens_address ON gatehouse.one_time_tokens (address);    -- a newer token ends older ones
CREATE INDEX one_time_tokens_expires ON gatehouse.one_time_tokens (expires_at); -- the purge
