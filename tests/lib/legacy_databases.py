# SPDX-License-Identifier: Apache-2.0
"""Databases as the systems that are being replaced have left them: tables whose names ours have too, and rows in them."""

import os
import pathlib
import re
import sqlite3
import subprocess

from servers import Gateway, Stores

# UUIDs, one session in the user's row, and a table of sessions with raw ids.
UUIDS = """
CREATE TYPE user_role AS ENUM ('user', 'admin');
CREATE TYPE application_context AS ENUM ('web', 'telegram');
CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email varchar(255) NOT NULL UNIQUE, hashed_password varchar(255) NOT NULL,
  is_verified boolean NOT NULL DEFAULT false, role user_role NOT NULL DEFAULT 'user',
  created_at timestamp NOT NULL DEFAULT now(), last_login_at timestamp, session_id varchar(255));
CREATE INDEX users_session_id_idx ON users (session_id);
CREATE TABLE sessions (
  id varchar(255) PRIMARY KEY, user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  application_context application_context NOT NULL DEFAULT 'web', data jsonb, expires_at timestamp NOT NULL,
  created_at timestamp NOT NULL DEFAULT now(), last_activity timestamp DEFAULT now(), ip_address inet, user_agent text,
  revoked boolean NOT NULL DEFAULT false, revoked_at timestamp);
CREATE TABLE user_permissions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  permission varchar(100) NOT NULL, application_context application_context NOT NULL DEFAULT 'web', expires_at timestamp);
INSERT INTO users (email, hashed_password, role, session_id)
  SELECT 'user' || n || '@example.org', '$2b$12$' || repeat('x', 53), CASE mod(n, 5) WHEN 0 THEN 'admin' ELSE 'user' END::user_role,
    'raw-session-' || n FROM generate_series(1, 50) n;
INSERT INTO sessions (id, user_id, data, expires_at, ip_address)
  SELECT 'web-' || email, id, '{"theme": "dark"}', now() + interval '1 day', '192.0.2.7' FROM users;
INSERT INTO user_permissions (user_id, permission) SELECT id, 'orders.write' FROM users WHERE role = 'admin';
"""

# Integer ids, telephone numbers, a token in the user's row and more of them beside it.
INTEGERS = """
CREATE TABLE users (
  id {serial}, phone VARCHAR(20) UNIQUE, email VARCHAR(255) UNIQUE, hashed_password VARCHAR(255),
  auth_token VARCHAR(128) UNIQUE, "plan" VARCHAR(20) DEFAULT 'free');
CREATE TABLE user_sessions (
  id {serial}, user_id INTEGER NOT NULL REFERENCES users (id), auth_token VARCHAR(128) NOT NULL UNIQUE,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, last_seen_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE INDEX ix_user_sessions_user_id ON user_sessions (user_id);
INSERT INTO users (phone, email, auth_token) VALUES
  ('+380441234567', 'ann@example.org', 'old_token_xyz123'), ('+380447654321', 'it''s@example.org', NULL);
INSERT INTO user_sessions (user_id, auth_token) VALUES (1, 'token-of-the-phone'), (1, 'token-of-the-desk');
"""

POSTGRES = {"uuids": UUIDS, "integers": INTEGERS.format(serial="SERIAL PRIMARY KEY")}


def legacy_gateway(root, postgres, kind, name, **options):
    """A gateway, not started, whose DATABASE_URL is a database of that kind."""
    gateway = Gateway(root / name, Stores("development", postgres, None, name), options)
    postgres.execute("SET ROLE " + name + ";" + POSTGRES[kind], database=name)
    return gateway


def sqlite_file(path):
    path = pathlib.Path(path)
    with sqlite3.connect(path) as database:
        database.executescript(INTEGERS.format(serial="INTEGER PRIMARY KEY"))
    database.close()
    return path


def _dump(postgres, name, *options):
    command = ["pg_dump", *options, "-h", str(postgres.root), "-U", "postgres", name]
    text = subprocess.run(
        command, check=True, capture_output=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C"}
    ).stdout
    return re.sub(rb"\n\\(un)?restrict \w+\n", b"\n", text)  # a word that is another one each time


def dump_of_others(postgres, name):
    """Everything in the database that is not ours, as pg_dump writes it, rows and all."""
    return _dump(postgres, name, "--inserts", "--exclude-schema=gatehouse")


def dump_of_ours(postgres, name):
    return _dump(postgres, name, "--schema-only", "--schema=gatehouse")
