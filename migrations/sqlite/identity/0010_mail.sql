-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- Mail that waits to be sent. A row has no text: the gateway that sends the mail writes the text at that moment. A mail
-- is tried again until it is sent or given up. Copying and merging databases leaves these rows out (merge_tables.cpp).
-- Instants are milliseconds since 1970 (UTC).

CREATE TABLE mail (
  id                  TEXT NOT NULL PRIMARY KEY,          -- a UUID; also the left part of the Message-ID
  kind                TEXT NOT NULL CHECK (kind <> ''),   -- what the mail says, such as reset_password
  user_id             TEXT REFERENCES users (id) ON DELETE CASCADE, -- whom it is about; NULL: nobody with an account
  recipient           TEXT NOT NULL CHECK (recipient <> ''), -- an e-mail address
  language            TEXT NOT NULL,                      -- en, ru, uk
  application_context TEXT NOT NULL,                      -- the application that it is written for
  facts               TEXT CHECK (facts IS NULL OR (json_valid(facts) AND json_type(facts) = 'object')), -- what the text names
  queued_at           INTEGER NOT NULL,                   -- since when it waits
  due_at              INTEGER,                            -- when it is tried next; NULL: it was sent or given up
  node                TEXT,                               -- the gateway that is sending it; no other takes it before due_at
  tries               INTEGER NOT NULL DEFAULT 0,         -- how often a gateway has taken it
  last_error          TEXT,                               -- why the last try failed
  sent_at             INTEGER,                            -- when a mail server accepted it
  given_up_at         INTEGER                             -- when Gatehouse stopped to try
) STRICT;

CREATE INDEX mail_due ON mail (due_at) WHERE due_at IS NOT NULL; -- what is sent next
CREATE INDEX mail_unsent ON mail (queued_at, id) WHERE sent_at IS NULL; -- lists, counts, the purge of given-up mail
CREATE INDEX mail_sent ON mail (sent_at) WHERE sent_at IS NOT NULL; -- purge
-- How much mail an account or an address got lately. The first one is also for deleting a user.
CREATE INDEX mail_user ON mail (user_id, queued_at) WHERE user_id IS NOT NULL;
CREATE INDEX mail_recipient ON mail (lower(recipient), queued_at) WHERE user_id IS NULL;

-- Also where foreign keys are not enforced, as in the shell.
CREATE TRIGGER user_deleted_with_mail AFTER DELETE ON users
BEGIN
  DELETE FROM mail WHERE user_id = OLD.id;
END;
