-- SPDX-License-Identifier: Apache-2.0
-- The tables of the multi-session plan, as its application makes them: users have a phone number, a token and a plan,
-- and nothing to log in with here.
CREATE TABLE users (
    id INTEGER NOT NULL,
    phone VARCHAR(32),
    auth_token VARCHAR(128),
    plan VARCHAR(32),
    PRIMARY KEY (id)
);

CREATE TABLE IF NOT EXISTS user_sessions (
    id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    auth_token VARCHAR(128) NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    last_seen_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES users (id),
    UNIQUE (auth_token)
);
CREATE INDEX IF NOT EXISTS idx_user_session_user_id ON user_sessions (user_id);
CREATE UNIQUE INDEX IF NOT EXISTS idx_user_session_auth_token ON user_sessions (auth_token);

INSERT INTO users (id, phone, auth_token, plan) VALUES (42, '+79001234567', 'old_token_xyz123', 'pro'), (43, '+79001234568', NULL, 'free');
