-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- When an operator has unlocked an account: gateways count its failed logins anew from then on.

ALTER TABLE gatehouse.users ADD COLUMN unlocked_at timestamptz; -- NULL: never
CREATE INDEX users_unlocked ON gatehouse.users (unlocked_at) WHERE unlocked_at IS NOT NULL; -- every gateway asks for the latest
