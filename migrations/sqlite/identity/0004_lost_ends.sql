-- SPDX-License-Identifier: Apache-2.0
-- Ends that no row of a session tells of: the row was deleted or renamed, its expiry was moved, or it was marked as
-- revoked with a date of long ago. A copy in Redis may outlive such an end if Redis could not be told at that moment, so
-- the change is kept as long as the session would have lived, and gateways replay it.

ALTER TABLE changes ADD COLUMN lost INTEGER NOT NULL DEFAULT 0 CHECK (lost IN (0, 1)); -- sessions and legacy_tokens do not tell

-- What was deleted in the last hour may be among those.
UPDATE changes SET lost = true WHERE session_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = changes.session_id AND s.revoked = true)
  AND NOT EXISTS (SELECT 1 FROM legacy_tokens t WHERE t.id = changes.session_id);

DROP INDEX changes_at;
CREATE INDEX changes_at ON changes (at) WHERE lost = false;       -- the purge; users that changed lately
CREATE INDEX changes_lost ON changes (session_id) WHERE lost = true;       -- the replay
CREATE INDEX changes_lost_until ON changes (expires_at) WHERE lost = true; -- its purge

DROP TRIGGER session_ended;
CREATE TRIGGER session_ended AFTER UPDATE OF revoked, expires_at, id, application_context ON sessions
WHEN OLD.revoked = false AND (
  NEW.revoked = true OR NEW.id <> OLD.id OR NEW.application_context <> OLD.application_context
  OR (julianday('now') - 2440587.5) * 86400000 BETWEEN NEW.expires_at AND OLD.expires_at - 1)
BEGIN
  INSERT INTO changes (context, session_id, expires_at, lost)
  VALUES (OLD.application_context, OLD.id, OLD.expires_at, NOT coalesce(
    NEW.revoked AND NEW.id = OLD.id AND NEW.application_context = OLD.application_context
    AND NEW.expires_at >= OLD.expires_at
    AND NEW.revoked_at > (julianday('now') - 2440587.5) * 86400000 - 60000, false));
  -- Revoked by hand, without a date.
  UPDATE sessions SET revoked_at = CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)
  WHERE id = NEW.id AND revoked = true AND revoked_at IS NULL;
END;

-- Also a session that was revoked before: deleting its row takes away what a replay would have found.
DROP TRIGGER session_deleted;
CREATE TRIGGER session_deleted AFTER DELETE ON sessions
WHEN OLD.expires_at > (julianday('now') - 2440587.5) * 86400000
BEGIN
  INSERT INTO changes (context, session_id, expires_at, lost)
  VALUES (OLD.application_context, OLD.id, OLD.expires_at, true);
END;

DROP TRIGGER token_recorded;
CREATE TRIGGER token_recorded AFTER INSERT ON legacy_tokens WHEN NEW.ended_at IS NOT NULL
BEGIN
  INSERT INTO changes (context, session_id, expires_at, lost) VALUES (NEW.application_context, NEW.id, NEW.expires_at,
    NEW.ended_at <= (julianday('now') - 2440587.5) * 86400000 - 60000);
END;
DROP TRIGGER token_ended;
CREATE TRIGGER token_ended AFTER UPDATE OF ended_at ON legacy_tokens
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
BEGIN
  INSERT INTO changes (context, session_id, expires_at, lost) VALUES (NEW.application_context, NEW.id, NEW.expires_at,
    NEW.ended_at <= (julianday('now') - 2440587.5) * 86400000 - 60000);
END;
