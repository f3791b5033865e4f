-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- A session that was ended in the older system ends here, although the browser has lost the older cookie: what is needed
-- to ask the older system for its token.

ALTER TABLE gatehouse.legacy_tokens
  ADD COLUMN sealed      text,        -- the token itself, encrypted: the key ring opens it; NULL: written by an older release
  ADD COLUMN lives_until timestamptz; -- the older system keeps it until then, unless somebody ends it there; NULL: unknown, or without end

ALTER TABLE gatehouse.users
  ADD COLUMN legacy_cleared boolean NOT NULL DEFAULT false; -- a logout here cleared the user's one token there: NULL there is no logout there
