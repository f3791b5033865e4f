-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- Permissions that came from an older system, and by whom one was granted with a command.

ALTER TABLE gatehouse.users
  ADD COLUMN legacy_permissions text; -- JSON: the permissions there when they were read last; NULL: they never were

ALTER TABLE gatehouse.user_permissions
  ADD COLUMN from_legacy boolean NOT NULL DEFAULT false, -- taken over, and withdrawn when it is withdrawn there
  ADD COLUMN operator    text;                           -- login name of the operator who granted it; NULL: unknown
