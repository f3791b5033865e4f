-- SPDX-License-Identifier: Apache-2.0
-- A system that keeps sessions in a table and deletes those that were logged out; its moments have no zone, and its
-- users no role. Everybody's password is "correct horse battery".
CREATE TABLE users (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    email VARCHAR(255) UNIQUE NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    email_verified BOOLEAN DEFAULT false,
    created_at TIMESTAMP DEFAULT NOW(),
    updated_at TIMESTAMP DEFAULT NOW()
);

CREATE TABLE sessions (
    id VARCHAR(255) PRIMARY KEY,
    user_id UUID NOT NULL,
    application_context VARCHAR(50) NOT NULL DEFAULT 'web',
    session_data JSONB,
    expires_at TIMESTAMP NOT NULL,
    created_at TIMESTAMP DEFAULT NOW(),
    updated_at TIMESTAMP DEFAULT NOW(),
    CONSTRAINT fk_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE user_permissions (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL,
    permission VARCHAR(100) NOT NULL,
    application_context VARCHAR(50) NOT NULL DEFAULT 'web',
    granted_at TIMESTAMP DEFAULT NOW(),
    CONSTRAINT fk_user_perm FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    UNIQUE (user_id, permission, application_context)
);

CREATE INDEX idx_sessions_app_context ON sessions (application_context, user_id);
CREATE INDEX idx_sessions_expires ON sessions (expires_at);
CREATE INDEX idx_user_permissions_context ON user_permissions (application_context, user_id);

INSERT INTO users (id, email, password_hash, email_verified, created_at) VALUES
    ('6f9619ff-8b86-4d01-b42d-00cf4fc964ff', 'anna@example.org',
     '$2b$10$5afYHdihKCmMnk3w/MSsQuHZuayjP6pHDtl2JcS/hcQARQ8y/7I92', true, '2024-03-01 09:30:45.678901'),
    ('0b5c6a52-3c1e-4f6e-9d57-5a2f1c0e7b11', 'Boris@Example.org',
     '$2b$10$5afYHdihKCmMnk3w/MSsQuHZuayjP6pHDtl2JcS/hcQARQ8y/7I92', false, '2024-12-31 23:59:59'),
    ('f0000000-0000-4000-8000-000000000003', 'vera@example.org', '', true, '2025-01-01 00:00:00');
