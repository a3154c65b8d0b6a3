-- River 0.43 (riverqueue/river, MPL-2.0) on SQLite after its main migrations up to 7: the columns, the indexes and the
-- checks on the state of the jobs table. Rewritten from the names and types there.
CREATE TABLE river_job (
  id integer PRIMARY KEY,
  args blob NOT NULL DEFAULT (jsonb('{}')),
  attempt integer NOT NULL DEFAULT 0,
  attempted_at timestamp,
  attempted_by blob,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  errors blob,
  finalized_at timestamp,
  kind text NOT NULL,
  metadata blob NOT NULL DEFAULT (jsonb('{}')),
  priority integer NOT NULL DEFAULT 1,
  queue text NOT NULL DEFAULT 'default',
  state text NOT NULL DEFAULT 'available' CHECK (state IN ('available', 'cancelled', 'completed', 'discarded',
    'pending', 'retryable', 'running', 'scheduled')),
  scheduled_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  tags blob NOT NULL DEFAULT (jsonb('[]')),
  unique_key blob,
  unique_states integer,
  max_attempts integer NOT NULL DEFAULT 25,
  CHECK ((finalized_at IS NOT NULL) = (state IN ('cancelled', 'completed', 'discarded')))
);
CREATE INDEX river_job_kind ON river_job (kind);
CREATE INDEX river_job_state_and_finalized_at_index ON river_job (state, finalized_at) WHERE finalized_at IS NOT NULL;
CREATE INDEX river_job_prioritized_fetching_index ON river_job (state, queue, priority, scheduled_at, id);
