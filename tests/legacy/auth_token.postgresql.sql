-- SPDX-License-Identifier: Apache-2.0
-- A system whose users log in by phone. Tokens are in user_sessions; users.auth_token has those of before, and stays at
-- logout. Everybody's password is "correct horse battery".
CREATE TABLE users (
    id SERIAL NOT NULL,
    phone VARCHAR(32) NOT NULL,
    hashed_password VARCHAR(255),
    auth_token VARCHAR(128),
    plan VARCHAR(32) DEFAULT 'free',
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_users_phone ON users (phone);
CREATE INDEX ix_users_auth_token ON users (auth_token);

CREATE TABLE user_sessions (
    id SERIAL NOT NULL,
    user_id INTEGER NOT NULL,
    auth_token VARCHAR(128) NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    last_seen_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES users (id),
    UNIQUE (auth_token)
);
CREATE INDEX idx_user_session_user_id ON user_sessions (user_id);
CREATE UNIQUE INDEX idx_user_session_auth_token ON user_sessions (auth_token);

INSERT INTO users (id, phone, hashed_password, plan) VALUES
    (42, '+7 (900) 123-45-67', '$2b$10$5afYHdihKCmMnk3w/MSsQuHZuayjP6pHDtl2JcS/hcQARQ8y/7I92', 'pro'),
    (7, '89007654321', '$2b$10$5afYHdihKCmMnk3w/MSsQuHZuayjP6pHDtl2JcS/hcQARQ8y/7I92', 'free'),
    (100, '+44 20 7946 0958', NULL, 'free');
