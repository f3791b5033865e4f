-- SPDX-License-Identifier: Apache-2.0
-- Taking over from an older system: whose its users are here, which of its tokens are other names of sessions of ours,
-- and which are over. Its tokens are kept as digests, as ours are.

ALTER TABLE gatehouse.users
  ADD COLUMN legacy_id     text UNIQUE, -- the user's id in the older system; NULL: was never there
  ADD COLUMN legacy_hash   text,        -- hashed_password as it was there when it was read last; NULL: there was none
  ADD COLUMN legacy_cutoff timestamptz; -- of its sessions only those count that provably began later; NULL: all

-- People who log in by phone may have no address: '' is none.
DROP INDEX gatehouse.users_email_key;
CREATE UNIQUE INDEX users_email_key ON gatehouse.users (lower(email COLLATE "C")) WHERE email <> '';

CREATE TABLE gatehouse.legacy_tokens (
  id                  varchar(255) PRIMARY KEY,  -- base64url(SHA-256(token of the older system))
  application_context text NOT NULL,             -- the application in which alone it is worth something
  session_id          varchar(255) REFERENCES gatehouse.sessions (id) ON DELETE SET NULL, -- another name of this session
  place               text NOT NULL,             -- where the older system had it: redis, sessions, users
  known_since         timestamptz NOT NULL,      -- it is not older than its first use here
  expires_at          timestamptz NOT NULL,      -- copies of it may be remembered until then
  ended_at            timestamptz                -- over, whatever the older system says; kept as long as that may say it
);

CREATE INDEX legacy_tokens_session ON gatehouse.legacy_tokens (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX legacy_tokens_ended ON gatehouse.legacy_tokens (ended_at) WHERE ended_at IS NOT NULL; -- a cache was away

CREATE TABLE gatehouse.strategies (
  node     text PRIMARY KEY,    -- a gateway
  strategy text NOT NULL,       -- as its configuration says it
  at       timestamptz NOT NULL -- when it said so last
);

CREATE FUNCTION gatehouse.end_names() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE gatehouse.legacy_tokens SET ended_at = clock_timestamp() WHERE session_id = OLD.id AND ended_at IS NULL;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NULL END;
END
$$;

CREATE FUNCTION gatehouse.tell_token() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO gatehouse.changes (context, session_id, expires_at)
  VALUES (NEW.application_context, NEW.id, NEW.expires_at);
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION gatehouse.end_names(), gatehouse.tell_token() FROM PUBLIC;

-- What ends a session ends all its names; a session that is deleted takes them with it, and they stay ended.
CREATE TRIGGER names_ended AFTER UPDATE OF revoked ON gatehouse.sessions
FOR EACH ROW WHEN (OLD.revoked = false AND NEW.revoked = true) EXECUTE FUNCTION gatehouse.end_names();
CREATE TRIGGER names_deleted BEFORE DELETE ON gatehouse.sessions
FOR EACH ROW EXECUTE FUNCTION gatehouse.end_names();

CREATE TRIGGER token_recorded AFTER INSERT ON gatehouse.legacy_tokens
FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION gatehouse.tell_token();
CREATE TRIGGER token_ended AFTER UPDATE OF ended_at ON gatehouse.legacy_tokens
FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION gatehouse.tell_token();
