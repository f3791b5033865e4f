-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- One-time tokens: what a link in a mail stands for. A row is deleted when its token is used.

CREATE TABLE one_time_tokens (
  id         TEXT NOT NULL PRIMARY KEY,                    -- SHA-256 of the token, which is nowhere stored
  purpose    TEXT NOT NULL,                                -- what its holder may do, and nothing else
  user_id    TEXT REFERENCES users (id) ON DELETE CASCADE, -- for whom; NULL: for somebody who has no account yet
  address    TEXT NOT NULL,                                -- where the token was sent, so its holder reads mail there
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX one_time_tokens_user ON one_time_tokens (user_id);       -- a new password ends them all
CREATE INDEX one_time_tokens_address ON one_time_tokens (address);    -- a newer token ends older ones
CREATE INDEX one_time_tokens_expires ON one_time_tokens (expires_at); -- the purge
