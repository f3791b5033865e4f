-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- Lists of people by role and by age, and of those who have a permission: an administrator's questions. Their tables
-- change seldom, so that the indexes cost little.
--
-- Not on sessions, which every login writes: (application_context, user_id) is sessions_live and sessions_user_id, in
-- the order in which the gateway asks; revoked alone would have two values, and sessions_ended has those that are;
-- nothing asks for sessions by created_at alone. users (email) is users_email_key.

CREATE INDEX users_role ON gatehouse.users (role);
CREATE INDEX users_created_at ON gatehouse.users (created_at);
CREATE INDEX user_permissions_permission ON gatehouse.user_permissions (permission);
