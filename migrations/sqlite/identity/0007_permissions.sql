-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- Permissions that came from an older system, and by whom one was granted with a command.

ALTER TABLE users ADD COLUMN legacy_permissions TEXT; -- JSON: the permissions there when they were read last; NULL: never

-- Taken over, and withdrawn when it is withdrawn there.
ALTER TABLE user_permissions ADD COLUMN from_legacy INTEGER NOT NULL DEFAULT 0 CHECK (from_legacy IN (0, 1));
ALTER TABLE user_permissions ADD COLUMN operator TEXT; -- login name of the operator who granted it; NULL: unknown
