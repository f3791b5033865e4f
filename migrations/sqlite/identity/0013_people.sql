-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- A phone number that somebody has typed, and what an invitation gives.

-- E.164. Nobody has proven that it is theirs, so it is no login name, and several people may have the same one.
ALTER TABLE users ADD COLUMN claimed_phone TEXT;
-- JSON: the role and the permissions of an invitation. NULL: nothing.
ALTER TABLE one_time_tokens ADD COLUMN grants TEXT;
