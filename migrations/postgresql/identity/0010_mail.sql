-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- Mail that waits to be sent. A row has no text: the gateway that sends the mail writes the text at that moment. A mail
-- is tried again until it is sent or given up. Copying and merging databases leaves these rows out (merge_tables.cpp).

CREATE TABLE gatehouse.mail (
  id                  uuid PRIMARY KEY,                   -- also the left part of the Message-ID
  kind                text NOT NULL CHECK (kind <> ''),   -- what the mail says, such as reset_password
  user_id             uuid REFERENCES gatehouse.users (id) ON DELETE CASCADE, -- whom it is about; NULL: nobody with an account
  recipient           text NOT NULL CHECK (recipient <> ''), -- an e-mail address
  language            text NOT NULL,                      -- en, ru, uk
  application_context text NOT NULL,                      -- the application that it is written for
  facts               json CHECK (json_typeof(facts) = 'object'), -- what the text names, such as a device
  queued_at           timestamptz NOT NULL,               -- since when it waits
  due_at              timestamptz,                        -- when it is tried next; NULL: it was sent or given up
  node                text,                               -- the gateway that is sending it; no other takes it before due_at
  tries               integer NOT NULL DEFAULT 0,         -- how often a gateway has taken it
  last_error          text,                               -- why the last try failed
  sent_at             timestamptz,                        -- when a mail server accepted it
  given_up_at         timestamptz                         -- when Gatehouse stopped to try
);

CREATE INDEX mail_due ON gatehouse.mail (due_at) WHERE due_at IS NOT NULL; -- what is sent next
CREATE INDEX mail_unsent ON gatehouse.mail (queued_at, id) WHERE sent_at IS NULL; -- lists, counts, the purge of given-up mail
CREATE INDEX mail_sent ON gatehouse.mail (sent_at) WHERE sent_at IS NOT NULL; -- purge
-- How much mail an account or an address got lately. The first one is also for deleting a user.
CREATE INDEX mail_user ON gatehouse.mail (user_id, queued_at) WHERE user_id IS NOT NULL;
CREATE INDEX mail_recipient ON gatehouse.mail (lower(recipient COLLATE "C"), queued_at) WHERE user_id IS NULL;
