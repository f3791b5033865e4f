-- SPDX-License-Identifier: Apache-2.0
-- min_binary: 3
-- A gateway that refused a reload says why: whoever asked for the reload waits for the answer.

ALTER TABLE gatehouse.strategies
  ADD COLUMN refused    text,        -- why; NULL: its last reload was accepted
  ADD COLUMN refused_at timestamptz; -- when
