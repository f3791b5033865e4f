-- SPDX-License-Identifier: Apache-2.0
-- The change feed: sessions that ended before their time, users that are no longer what they were. Triggers fill it, in
-- the transaction of the change: whoever makes a change, with whatever program, cannot forget to tell.

CREATE TABLE gatehouse.changes (
  seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,   -- in order of writing, which is not the order of commits
  xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),        -- the transaction: readers find late commits by it
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),    -- when it was written; for the purge
  context    text,                                              -- an ended session: its application,
  session_id varchar(255),                                      -- its stored id
  expires_at timestamptz,                                       -- and how long it would have lived
  user_id    uuid,                                              -- or a changed user,
  generation bigint,                                            -- and since which generation it is what it is now
  CHECK ((context IS NULL) = (session_id IS NULL) AND (expires_at IS NULL) = (session_id IS NULL)),
  CHECK ((user_id IS NULL) <> (session_id IS NULL) AND (generation IS NULL) = (user_id IS NULL))
);

CREATE INDEX changes_xid ON gatehouse.changes (xid); -- the look
CREATE INDEX changes_at ON gatehouse.changes (at);   -- the purge; users that changed lately

CREATE TABLE gatehouse.nodes (
  node      text PRIMARY KEY,    -- a gateway that reads the feed
  looked_at timestamptz NOT NULL -- it has acted upon everything that was committed by then
);

-- They run with the rights of their owner: who may change a session needs no right on the feed, and gets none.

CREATE FUNCTION gatehouse.tell_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO gatehouse.changes (context, session_id, expires_at)
  VALUES (OLD.application_context, OLD.id, OLD.expires_at);
  RETURN NULL;
END
$$;

CREATE FUNCTION gatehouse.tell_all_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO gatehouse.changes (context, session_id, expires_at)
  SELECT application_context, id, expires_at FROM gatehouse.sessions
  WHERE revoked = false AND expires_at > clock_timestamp();
  RETURN NULL;
END
$$;

CREATE FUNCTION gatehouse.tell_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO gatehouse.changes (user_id, generation) VALUES (NEW.id, NEW.generation);
  RETURN NULL;
END
$$;

CREATE FUNCTION gatehouse.raise_generation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.generation = OLD.generation + 1;
  RETURN NEW;
END
$$;

CREATE FUNCTION gatehouse.change_permissions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE gatehouse.users SET generation = generation + 1
  WHERE id IN (OLD.user_id, NEW.user_id);
  RETURN NULL;
END
$$;

CREATE FUNCTION gatehouse.change_all_permissions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE gatehouse.users SET generation = generation + 1
  WHERE id IN (SELECT user_id FROM gatehouse.user_permissions);
  RETURN NULL;
END
$$;

-- Nobody else hangs them on a table of his own.
REVOKE ALL ON FUNCTION gatehouse.tell_session(), gatehouse.tell_all_sessions(), gatehouse.tell_user(),
  gatehouse.change_permissions(), gatehouse.change_all_permissions() FROM PUBLIC;

-- Revoked; or set to end now; or no longer to be found under its name. Activity is none of that and costs nothing here.
CREATE TRIGGER session_ended AFTER UPDATE OF revoked, expires_at, id, application_context ON gatehouse.sessions
FOR EACH ROW WHEN (OLD.revoked = false AND (
  NEW.revoked = true OR NEW.id <> OLD.id OR NEW.application_context <> OLD.application_context
  OR (OLD.expires_at > clock_timestamp() AND NEW.expires_at <= clock_timestamp())))
EXECUTE FUNCTION gatehouse.tell_session();

-- By hand, or with its user. The purge deletes those that are over anyway.
CREATE TRIGGER session_deleted AFTER DELETE ON gatehouse.sessions
FOR EACH ROW WHEN (OLD.revoked = false AND OLD.expires_at > clock_timestamp())
EXECUTE FUNCTION gatehouse.tell_session();

CREATE TRIGGER sessions_truncated BEFORE TRUNCATE ON gatehouse.sessions
FOR EACH STATEMENT EXECUTE FUNCTION gatehouse.tell_all_sessions();

-- A statement that changes what a check sees, and does not say so itself; and one that would turn the count back.
CREATE TRIGGER user_changes BEFORE UPDATE OF email, role, is_verified, disabled, generation ON gatehouse.users
FOR EACH ROW WHEN (NEW.generation < OLD.generation OR (NEW.generation = OLD.generation AND (
  NEW.email <> OLD.email OR NEW.role <> OLD.role OR NEW.is_verified <> OLD.is_verified
  OR NEW.disabled <> OLD.disabled)))
EXECUTE FUNCTION gatehouse.raise_generation();

-- Of no columns: those that another trigger sets do not count as set.
CREATE TRIGGER user_changed AFTER UPDATE ON gatehouse.users
FOR EACH ROW WHEN (NEW.generation > OLD.generation)
EXECUTE FUNCTION gatehouse.tell_user();

CREATE TRIGGER permissions_changed AFTER INSERT OR UPDATE OR DELETE ON gatehouse.user_permissions
FOR EACH ROW EXECUTE FUNCTION gatehouse.change_permissions();

CREATE TRIGGER permissions_truncated BEFORE TRUNCATE ON gatehouse.user_permissions
FOR EACH STATEMENT EXECUTE FUNCTION gatehouse.change_all_permissions();
