-- SPDX-License-Identifier: Apache-2.0
-- Ends that no row of a session tells of: the row was deleted, truncated or renamed, its expiry was moved, or it was
-- marked as revoked with a date of long ago. A copy in Redis may outlive such an end if Redis could not be told at that
-- moment, so the change is kept as long as the session would have lived, and gateways replay it.

ALTER TABLE gatehouse.changes
  ADD COLUMN lost boolean NOT NULL DEFAULT false; -- sessions and legacy_tokens do not tell that this session ended then

-- What was deleted in the last hour may be among those.
UPDATE gatehouse.changes c SET lost = true WHERE c.session_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM gatehouse.sessions s WHERE s.id = c.session_id AND s.revoked = true)
  AND NOT EXISTS (SELECT 1 FROM gatehouse.legacy_tokens t WHERE t.id = c.session_id);

DROP INDEX gatehouse.changes_at;
CREATE INDEX changes_at ON gatehouse.changes (at) WHERE lost = false;        -- the purge; users that changed lately
CREATE INDEX changes_lost ON gatehouse.changes (session_id COLLATE "C") WHERE lost = true; -- the replay
CREATE INDEX changes_lost_until ON gatehouse.changes (expires_at) WHERE lost = true;  -- its purge

-- Revoked by hand, without the date by which a replay finds it.
CREATE FUNCTION gatehouse.date_revocation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.revoked_at = clock_timestamp();
  RETURN NEW;
END
$$;
CREATE TRIGGER session_dated BEFORE UPDATE OF revoked ON gatehouse.sessions
FOR EACH ROW WHEN (OLD.revoked = false AND NEW.revoked = true AND NEW.revoked_at IS NULL)
EXECUTE FUNCTION gatehouse.date_revocation();

-- A revocation of long ago that is told only now (the database was away) is not found by its date either.
CREATE OR REPLACE FUNCTION gatehouse.tell_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO gatehouse.changes (context, session_id, expires_at, lost)
  VALUES (OLD.application_context, OLD.id, OLD.expires_at, NOT coalesce(
    NEW.revoked AND NEW.id = OLD.id AND NEW.application_context = OLD.application_context
    AND NEW.expires_at >= OLD.expires_at AND NEW.revoked_at > clock_timestamp() - interval '1 minute', false));
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION gatehouse.tell_all_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO gatehouse.changes (context, session_id, expires_at, lost)
  SELECT application_context, id, expires_at, true FROM gatehouse.sessions WHERE expires_at > clock_timestamp();
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION gatehouse.tell_token() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO gatehouse.changes (context, session_id, expires_at, lost)
  VALUES (NEW.application_context, NEW.id, NEW.expires_at, NEW.ended_at <= clock_timestamp() - interval '1 minute');
  RETURN NULL;
END
$$;

-- TRUNCATE sessions CASCADE empties this table as well.
CREATE FUNCTION gatehouse.tell_all_tokens() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO gatehouse.changes (context, session_id, expires_at, lost)
  SELECT application_context, id, expires_at, true FROM gatehouse.legacy_tokens WHERE expires_at > clock_timestamp();
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION gatehouse.date_revocation(), gatehouse.tell_all_tokens() FROM PUBLIC;

CREATE TRIGGER tokens_truncated BEFORE TRUNCATE ON gatehouse.legacy_tokens
FOR EACH STATEMENT EXECUTE FUNCTION gatehouse.tell_all_tokens();

-- Also a session that was revoked before: deleting its row takes away what a replay would have found.
DROP TRIGGER session_deleted ON gatehouse.sessions;
CREATE TRIGGER session_deleted AFTER DELETE ON gatehouse.sessions
FOR EACH ROW WHEN (OLD.expires_at > clock_timestamp()) EXECUTE FUNCTION gatehouse.tell_session();
