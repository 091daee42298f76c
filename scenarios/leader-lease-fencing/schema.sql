-- Invoices of an order system, and what the billing workers need to elect a leader.

CREATE TABLE invoices (
  id         integer PRIMARY KEY,
  amount     integer NOT NULL CHECK (amount > 0),
  state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'charging', 'paid')),
  -- Fencing token of the last leader that wrote this row; the naive worker has none.
  fence_seen bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  paid_at    timestamptz
);

CREATE INDEX invoices_unpaid ON invoices (id) WHERE state <> 'paid';

-- Fencing tokens come from the database that checks them, so they keep growing when Redis loses its data.
CREATE SEQUENCE leadership_token;

-- One row per elected role: the newest grant.
CREATE TABLE leadership (
  role       text PRIMARY KEY,
  token      bigint NOT NULL,
  owner      text NOT NULL,
  granted_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO leadership (role, token, owner) VALUES ('billing', 0, 'nobody');
