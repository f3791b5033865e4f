-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 1
-- What people like of the web pages has a table of its own. Until now it was three keys in the rows of web_user_cache,
-- which whoever took that for a cache could empty. Gateways of the version before still read and write those keys; two
-- triggers keep both places in step as long as such a gateway may be at work, and a later migration takes them away.

CREATE TABLE gatehouse.user_preferences (
  user_id     uuid PRIMARY KEY,                  -- whose
  theme       text,                              -- light, dark; NULL: as the browser says
  language    text,                              -- NULL: as the browser says
  preferences jsonb,                             -- an object of the web application's own
  updated_at  timestamptz NOT NULL DEFAULT now() -- when they were chosen
);

INSERT INTO gatehouse.user_preferences (user_id, theme, language, preferences, updated_at)
SELECT user_id, data ->> 'theme', data ->> 'language',
  CASE WHEN jsonb_typeof(data -> 'preferences') = 'object' THEN data -> 'preferences' END, updated_at
FROM gatehouse.web_user_cache
WHERE jsonb_typeof(data) = 'object' AND coalesce(data ->> 'theme', data ->> 'language', data ->> 'preferences') IS NOT NULL;

-- Whoever may use the one may use the other.
DO $$
DECLARE
  allowed record;
BEGIN
  FOR allowed IN
    SELECT a.privilege_type, a.grantee FROM pg_catalog.pg_class c, aclexplode(c.relacl) a
    WHERE c.relname = 'web_user_cache' AND c.relnamespace = CAST('gatehouse' AS regnamespace) AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT %s ON gatehouse.user_preferences TO %s', allowed.privilege_type,
      CASE allowed.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(allowed.grantee)) END);
  END LOOP;
END
$$;

-- A row of the cache that lacks a key of ours, because it was emptied or replaced, gets it back.
CREATE FUNCTION gatehouse.fill_cache() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF jsonb_typeof(NEW.data) = 'object' THEN
    NEW.data = coalesce((SELECT jsonb_build_object('theme', p.theme, 'language', p.language, 'preferences', p.preferences)
      FROM gatehouse.user_preferences p WHERE p.user_id = NEW.user_id), '{}') || NEW.data;
  END IF;
  RETURN NEW;
END
$$;

CREATE FUNCTION gatehouse.take_preferences() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  own jsonb = CASE WHEN jsonb_typeof(NEW.data -> 'preferences') = 'object' THEN NEW.data -> 'preferences' END;
BEGIN
  IF jsonb_typeof(NEW.data) <> 'object' OR (TG_OP = 'INSERT'
    AND coalesce(NEW.data ->> 'theme', NEW.data ->> 'language', NEW.data ->> 'preferences') IS NULL) THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.data ->> 'theme', NEW.data ->> 'language', NEW.data ->> 'preferences')
    IS NOT DISTINCT FROM (OLD.data ->> 'theme', OLD.data ->> 'language', OLD.data ->> 'preferences') THEN
    RETURN NULL;
  END IF;
  INSERT INTO gatehouse.user_preferences AS p (user_id, theme, language, preferences, updated_at)
  VALUES (NEW.user_id, NEW.data ->> 'theme', NEW.data ->> 'language', own, NEW.updated_at)
  ON CONFLICT (user_id) DO UPDATE
  SET theme = excluded.theme, language = excluded.language, preferences = excluded.preferences,
    updated_at = greatest(p.updated_at, excluded.updated_at)
  WHERE (p.theme, p.language, p.preferences) IS DISTINCT FROM (excluded.theme, excluded.language, excluded.preferences);
  RETURN NULL;
END
$$;

-- A row that is made here is older than any other, so that nothing the application has there is taken for out of date.
CREATE FUNCTION gatehouse.tell_cache() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  chosen jsonb = jsonb_build_object('theme', NEW.theme, 'language', NEW.language, 'preferences', NEW.preferences);
BEGIN
  INSERT INTO gatehouse.web_user_cache AS c (user_id, data, updated_at) VALUES (NEW.user_id, chosen, to_timestamp(0))
  ON CONFLICT (user_id) DO UPDATE
  SET data = CASE WHEN jsonb_typeof(c.data) = 'object' THEN c.data ELSE '{}' END || chosen
  WHERE (c.data ->> 'theme', c.data ->> 'language', c.data ->> 'preferences')
    IS DISTINCT FROM (chosen ->> 'theme', chosen ->> 'language', chosen ->> 'preferences');
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION gatehouse.fill_cache(), gatehouse.take_preferences(), gatehouse.tell_cache() FROM PUBLIC;

CREATE TRIGGER cache_filled BEFORE INSERT OR UPDATE OF data ON gatehouse.web_user_cache
FOR EACH ROW EXECUTE FUNCTION gatehouse.fill_cache();
CREATE TRIGGER cache_written AFTER INSERT OR UPDATE OF data ON gatehouse.web_user_cache
FOR EACH ROW EXECUTE FUNCTION gatehouse.take_preferences();
CREATE TRIGGER preferences_written AFTER INSERT OR UPDATE OF theme, language, preferences ON gatehouse.user_preferences
FOR EACH ROW EXECUTE FUNCTION gatehouse.tell_cache();

COMMENT ON TABLE gatehouse.user_preferences IS 'What people have chosen for the web pages. Not a cache: nothing else has it.';
COMMENT ON TABLE gatehouse.web_sessions IS 'What the web application keeps beside a session; made and purged by the gateway.';
COMMENT ON TABLE gatehouse.web_user_cache IS 'The web application''s cache of a person, which may be emptied. The gateway keeps theme, language and preferences in user_preferences; the keys of these names here are copies for older gateways.';
COMMENT ON TABLE gatehouse.orders IS 'The web application''s own: the gateway makes the table and never reads or writes it.';
COMMENT ON TABLE gatehouse.payments IS 'The web application''s own: the gateway makes the table and never reads or writes it.';
COMMENT ON TABLE gatehouse.exchange_rates IS 'The web application''s own: the gateway makes the table and never reads or writes it.';
COMMENT ON TABLE gatehouse.analytics_events IS 'The web application''s own: the gateway makes the table and never reads or writes it.';
