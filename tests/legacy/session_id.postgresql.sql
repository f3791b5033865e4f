-- SPDX-License-Identifier: Apache-2.0
-- A system that keeps the token of a user's one session in users.session_id. With sessions in Redis, it is the same
-- table, and the column is empty. Everybody's password is "correct horse battery".
CREATE TYPE "UserRole" AS ENUM ('user', 'admin');

CREATE TABLE users (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    email VARCHAR(255) NOT NULL,
    hashed_password TEXT,
    is_verified BOOLEAN NOT NULL DEFAULT false,
    role "UserRole" NOT NULL DEFAULT 'user',
    created_at TIMESTAMPTZ(6) NOT NULL DEFAULT now(),
    last_login_at TIMESTAMPTZ(6),
    session_id VARCHAR(255)
);
CREATE UNIQUE INDEX users_email_key ON users (email);
CREATE INDEX users_email_idx ON users (email);
CREATE INDEX users_session_id_idx ON users (session_id);
CREATE INDEX users_role_idx ON users (role);
CREATE INDEX users_created_at_idx ON users (created_at);

INSERT INTO users (id, email, hashed_password, is_verified, role, created_at) VALUES
    ('6f9619ff-8b86-4d01-b42d-00cf4fc964ff', 'anna@example.org',
     '$2b$10$5afYHdihKCmMnk3w/MSsQuHZuayjP6pHDtl2JcS/hcQARQ8y/7I92', true, 'admin',
     '2024-03-01 12:30:45.678901+03'),
    ('0b5c6a52-3c1e-4f6e-9d57-5a2f1c0e7b11', 'Boris@Example.org',
     '$2b$10$5afYHdihKCmMnk3w/MSsQuHZuayjP6pHDtl2JcS/hcQARQ8y/7I92', false, 'user',
     '2024-12-31 23:59:59+00'),
    ('f0000000-0000-4000-8000-000000000003', 'vera@example.org', NULL, true, 'user', '2025-01-01 00:00:00+00');
