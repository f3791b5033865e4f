-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- What a person calls the device of a session.

ALTER TABLE gatehouse.sessions ADD COLUMN device_name text; -- NULL: nothing, so the browser names it
