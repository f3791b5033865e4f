-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- A gateway that refused a reload says why: whoever asked for the reload waits for the answer.

ALTER TABLE strategies ADD COLUMN refused TEXT;       -- why; NULL: its last reload was accepted
ALTER TABLE strategies ADD COLUMN refused_at INTEGER; -- when, in milliseconds since 1970
