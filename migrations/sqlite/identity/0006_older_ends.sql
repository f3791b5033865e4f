-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- A session that was ended in the older system ends here, although the browser has lost the older cookie: what is needed
-- to ask the older system for its token.

ALTER TABLE legacy_tokens ADD COLUMN sealed TEXT;         -- the token itself, encrypted: the key ring opens it; NULL: written by an older release
ALTER TABLE legacy_tokens ADD COLUMN lives_until INTEGER; -- the older system keeps it until then, unless somebody ends it there; NULL: unknown, or without end

ALTER TABLE users ADD COLUMN legacy_cleared INTEGER NOT NULL DEFAULT 0; -- a logout here cleared the user's one token there: NULL there is no logout there
