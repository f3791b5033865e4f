-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 1
-- What people like of the web pages has a table of its own. Until now it was three keys in the rows of web_user_cache,
-- which whoever took that for a cache could empty. Gateways of the version before still read and write those keys;
-- triggers keep both places in step as long as such a gateway may be at work, and a later migration takes them away.
-- orders, payments, exchange_rates and analytics_events are the web application's own: the gateway makes these tables
-- and never reads or writes them.

CREATE TABLE user_preferences (
  user_id     TEXT NOT NULL PRIMARY KEY, -- whose
  theme       TEXT,                      -- light, dark; NULL: as the browser says
  language    TEXT,                      -- NULL: as the browser says
  preferences TEXT CHECK (preferences IS NULL OR json_valid(preferences)), -- an object of the web application's own
  updated_at  INTEGER NOT NULL           -- when they were chosen
) STRICT, WITHOUT ROWID;

INSERT INTO user_preferences (user_id, theme, language, preferences, updated_at)
SELECT user_id, CAST(data ->> 'theme' AS TEXT), CAST(data ->> 'language' AS TEXT),
  CASE WHEN json_type(data, '$.preferences') = 'object' THEN data -> 'preferences' END, updated_at
FROM web_user_cache
WHERE json_type(data) = 'object' AND coalesce(data ->> 'theme', data ->> 'language', data ->> 'preferences') IS NOT NULL;

-- Keys that are not there say nothing: somebody has emptied or replaced the row.
CREATE TRIGGER cache_made AFTER INSERT ON web_user_cache WHEN json_type(NEW.data) = 'object'
BEGIN
  UPDATE user_preferences
  SET theme = CASE WHEN json_type(NEW.data, '$.theme') IS NULL THEN theme ELSE CAST(NEW.data ->> 'theme' AS TEXT) END,
    language = CASE WHEN json_type(NEW.data, '$.language') IS NULL THEN language ELSE CAST(NEW.data ->> 'language' AS TEXT) END,
    preferences = CASE json_type(NEW.data, '$.preferences') WHEN 'object' THEN NEW.data -> 'preferences' ELSE preferences END,
    updated_at = max(updated_at, NEW.updated_at)
  WHERE user_id = NEW.user_id
    AND coalesce(NEW.data ->> 'theme', NEW.data ->> 'language', NEW.data ->> 'preferences') IS NOT NULL;
  INSERT INTO user_preferences (user_id, theme, language, preferences, updated_at)
  SELECT NEW.user_id, CAST(NEW.data ->> 'theme' AS TEXT), CAST(NEW.data ->> 'language' AS TEXT),
    CASE WHEN json_type(NEW.data, '$.preferences') = 'object' THEN NEW.data -> 'preferences' END, NEW.updated_at
  WHERE coalesce(NEW.data ->> 'theme', NEW.data ->> 'language', NEW.data ->> 'preferences') IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM user_preferences p WHERE p.user_id = NEW.user_id);
  UPDATE web_user_cache
  SET data = json_set(data, '$.theme', p.theme, '$.language', p.language, '$.preferences', json(p.preferences))
  FROM user_preferences p WHERE p.user_id = NEW.user_id AND web_user_cache.user_id = NEW.user_id
    AND (data ->> 'theme' IS NOT p.theme OR data ->> 'language' IS NOT p.language OR data ->> 'preferences' IS NOT p.preferences);
END;

CREATE TRIGGER cache_changed AFTER UPDATE OF data ON web_user_cache
WHEN json_type(NEW.data) = 'object' AND (NEW.data ->> 'theme' IS NOT OLD.data ->> 'theme'
  OR NEW.data ->> 'language' IS NOT OLD.data ->> 'language' OR NEW.data ->> 'preferences' IS NOT OLD.data ->> 'preferences')
BEGIN
  UPDATE user_preferences
  SET theme = CASE WHEN json_type(NEW.data, '$.theme') IS NULL THEN theme ELSE CAST(NEW.data ->> 'theme' AS TEXT) END,
    language = CASE WHEN json_type(NEW.data, '$.language') IS NULL THEN language ELSE CAST(NEW.data ->> 'language' AS TEXT) END,
    preferences = CASE json_type(NEW.data, '$.preferences') WHEN 'object' THEN NEW.data -> 'preferences' ELSE preferences END,
    updated_at = max(updated_at, NEW.updated_at)
  WHERE user_id = NEW.user_id;
  INSERT INTO user_preferences (user_id, theme, language, preferences, updated_at)
  SELECT NEW.user_id, CAST(NEW.data ->> 'theme' AS TEXT), CAST(NEW.data ->> 'language' AS TEXT),
    CASE WHEN json_type(NEW.data, '$.preferences') = 'object' THEN NEW.data -> 'preferences' END, NEW.updated_at
  WHERE NOT EXISTS (SELECT 1 FROM user_preferences p WHERE p.user_id = NEW.user_id);
END;

-- A row that is made here is older than any other, so that nothing the application has there is taken for out of date.
CREATE TRIGGER preferences_made AFTER INSERT ON user_preferences
BEGIN
  INSERT INTO web_user_cache (user_id, data, updated_at)
  SELECT NEW.user_id, '{}', 0 WHERE NOT EXISTS (SELECT 1 FROM web_user_cache c WHERE c.user_id = NEW.user_id);
  UPDATE web_user_cache
  SET data = json_set(CASE WHEN json_type(data) = 'object' THEN data ELSE '{}' END,
    '$.theme', NEW.theme, '$.language', NEW.language, '$.preferences', json(NEW.preferences))
  WHERE user_id = NEW.user_id AND (data ->> 'theme' IS NOT NEW.theme OR data ->> 'language' IS NOT NEW.language
    OR data ->> 'preferences' IS NOT NEW.preferences);
END;

CREATE TRIGGER preferences_changed AFTER UPDATE OF theme, language, preferences ON user_preferences
BEGIN
  UPDATE web_user_cache
  SET data = json_set(CASE WHEN json_type(data) = 'object' THEN data ELSE '{}' END,
    '$.theme', NEW.theme, '$.language', NEW.language, '$.preferences', json(NEW.preferences))
  WHERE user_id = NEW.user_id AND (data ->> 'theme' IS NOT NEW.theme OR data ->> 'language' IS NOT NEW.language
    OR data ->> 'preferences' IS NOT NEW.preferences);
END;
