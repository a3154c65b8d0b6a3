-- A small job queue, as an application might have it. Create it with: sqlite3 queue.db <schema.sql
CREATE TABLE work (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('new', 'busy', 'ok', 'broken')),
  kind TEXT NOT NULL,
  due_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  started_at TEXT,
  tries INTEGER NOT NULL DEFAULT 0,
  worker_pid INTEGER
);
CREATE INDEX work_state ON work (state);

INSERT INTO work (state, kind, due_at, created_at, started_at, tries, worker_pid) VALUES
  ('ok', 'review', '2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z', '2026-11-20T10:00:01Z', 1, NULL),
  ('broken', 'review', '2026-11-20T10:05:00Z', '2026-11-20T10:05:00Z', '2026-11-20T10:05:01Z', 3, NULL),
  ('busy', 'develop', '2026-11-20T10:10:00Z', '2026-11-20T10:10:00Z', '2026-11-20T10:10:01Z', 1, 1),
  ('new', 'develop', '2026-11-20T10:15:00Z', '2026-11-20T10:15:00Z', NULL, 0, NULL);
