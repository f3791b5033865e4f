-- SPDX-License-Identifier: Apache-2.0
-- The change feed: sessions that ended before their time, users that are no longer what they were. Triggers fill it, in
-- the transaction of the change: whoever makes a change, with whatever program, cannot forget to tell.

CREATE TABLE changes (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT, -- in order of commits: there is one writer at a time
  at         INTEGER NOT NULL DEFAULT (CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)), -- for the purge
  context    TEXT,    -- an ended session: its application,
  session_id TEXT,    -- its stored id
  expires_at INTEGER, -- and how long it would have lived
  user_id    TEXT,    -- or a changed user,
  generation INTEGER, -- and since which generation it is what it is now
  CHECK ((context IS NULL) = (session_id IS NULL) AND (expires_at IS NULL) = (session_id IS NULL)),
  CHECK ((user_id IS NULL) <> (session_id IS NULL) AND (generation IS NULL) = (user_id IS NULL))
) STRICT;

CREATE INDEX changes_at ON changes (at); -- the purge; users that changed lately

CREATE TABLE nodes (
  node      TEXT NOT NULL PRIMARY KEY, -- a gateway that reads the feed
  looked_at INTEGER NOT NULL           -- it has acted upon everything that was committed by then
) STRICT, WITHOUT ROWID;

-- Revoked; or set to end now; or no longer to be found under its name. Activity is none of that and costs nothing here.
CREATE TRIGGER session_ended AFTER UPDATE OF revoked, expires_at, id, application_context ON sessions
WHEN OLD.revoked = false AND (
  NEW.revoked = true OR NEW.id <> OLD.id OR NEW.application_context <> OLD.application_context
  OR (julianday('now') - 2440587.5) * 86400000 BETWEEN NEW.expires_at AND OLD.expires_at - 1)
BEGIN
  INSERT INTO changes (context, session_id, expires_at) VALUES (OLD.application_context, OLD.id, OLD.expires_at);
END;

-- By hand, or with its user. The purge deletes those that are over anyway.
CREATE TRIGGER session_deleted AFTER DELETE ON sessions
WHEN OLD.revoked = false AND OLD.expires_at > (julianday('now') - 2440587.5) * 86400000
BEGIN
  INSERT INTO changes (context, session_id, expires_at) VALUES (OLD.application_context, OLD.id, OLD.expires_at);
END;

-- Also where foreign keys are not enforced, as in the shell.
CREATE TRIGGER user_deleted AFTER DELETE ON users
BEGIN
  DELETE FROM sessions WHERE user_id = OLD.id;
  DELETE FROM user_permissions WHERE user_id = OLD.id;
END;

-- A statement that changes what a check sees, and does not say so itself; and one that would turn the count back.
CREATE TRIGGER user_changes AFTER UPDATE OF email, role, is_verified, disabled, generation ON users
WHEN NEW.generation < OLD.generation OR (NEW.generation = OLD.generation AND (
  NEW.email <> OLD.email OR NEW.role <> OLD.role OR NEW.is_verified <> OLD.is_verified
  OR NEW.disabled <> OLD.disabled))
BEGIN
  UPDATE users SET generation = OLD.generation + 1 WHERE id = NEW.id;
END;

CREATE TRIGGER user_changed AFTER UPDATE OF generation ON users WHEN NEW.generation > OLD.generation
BEGIN
  INSERT INTO changes (user_id, generation) VALUES (NEW.id, NEW.generation);
END;

CREATE TRIGGER permission_granted AFTER INSERT ON user_permissions
BEGIN
  UPDATE users SET generation = generation + 1 WHERE id = NEW.user_id;
END;

CREATE TRIGGER permission_changed AFTER UPDATE ON user_permissions
BEGIN
  UPDATE users SET generation = generation + 1 WHERE id IN (OLD.user_id, NEW.user_id);
END;

CREATE TRIGGER permission_withdrawn AFTER DELETE ON user_permissions
BEGIN
  UPDATE users SET generation = generation + 1 WHERE id = OLD.user_id;
END;
