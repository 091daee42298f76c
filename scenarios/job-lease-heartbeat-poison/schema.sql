-- Tables of the job system. All times are the database's own.

CREATE TABLE jobs (
  id           text PRIMARY KEY,
  type         text NOT NULL,
  key          text NOT NULL,
  payload      jsonb,
  parent_id    text,
  -- Order among the jobs about one thing, for handlers that keep it.
  entity       text,
  seq          bigint,
  state        text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'dead')),
  run_at       timestamptz NOT NULL DEFAULT now(),
  attempts     integer NOT NULL DEFAULT 0,
  -- Claims in a row without a heartbeat or a failure: this is how a job looks that kills its workers.
  silent       integer NOT NULL DEFAULT 0,
  attempts_max integer NOT NULL,
  lease_owner  text,
  lease_until  timestamptz,
  fence        bigint NOT NULL DEFAULT 0,
  last_error   text,
  result       jsonb,
  dedup_key    text NOT NULL UNIQUE,
  created_at   timestamptz NOT NULL DEFAULT now(),
  finished_at  timestamptz
);

CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state = 'queued';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'running';

-- Jobs that were given up, with what a person needs to decide what to do.
CREATE TABLE dlq (
  job_id   text PRIMARY KEY,
  type     text NOT NULL,
  key      text NOT NULL,
  payload  jsonb,
  reason   text NOT NULL CHECK (reason IN ('permanent', 'attempts', 'crashes')),
  error    text NOT NULL,
  attempts integer NOT NULL,
  worker   text NOT NULL,
  at       timestamptz NOT NULL DEFAULT now()
);

-- Events of committed transactions that are still to be published.
CREATE TABLE outbox (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic      text NOT NULL,
  key        text NOT NULL,
  payload    jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at    timestamptz
);

CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;

-- Events that a consumer has dealt with.
CREATE TABLE inbox (
  consumer text NOT NULL,
  event_id text NOT NULL,
  at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, event_id)
);

-- Replies to requests that carried an idempotency key.
CREATE TABLE idempotency (
  key          text PRIMARY KEY,
  request_hash text NOT NULL,
  owner        text NOT NULL,
  owned_until  timestamptz NOT NULL,
  reply        jsonb,
  created_at   timestamptz NOT NULL DEFAULT now()
);

-- Recurring jobs: one row a schedule.
CREATE TABLE schedules (
  name     text PRIMARY KEY,
  type     text NOT NULL,
  payload  jsonb,
  every_ms bigint NOT NULL CHECK (every_ms > 0),
  next_at  timestamptz NOT NULL
);

-- What the billing workers produce: receipts and statements. No key is unique here: what is stored twice is sent twice.
CREATE TABLE papers (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key       text NOT NULL,
  text      text NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT now()
);
