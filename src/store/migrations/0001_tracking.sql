-- Tracking: experiments, runs, what runs hold, logged models, and the history of changes.
--
-- Conventions
--   * Times are Unix milliseconds, UTC.
--   * `run`, `experiment` and `logged_model` have integer ids that never leave the store; the text id is what the
--     world sees (an experiment's integer id is its public id).
--   * Keys of metrics, params and tags are interned in `key` and never removed.
--   * `position` orders what was written first to what was written last, over the whole workspace.
--   * `revision` is the workspace revision of the commit that last changed the row.
--   * What runs hold is clustered by (experiment, key, run), so that one column of the runs table is one range; the
--     index by run leads from a run to its rows.

CREATE TABLE workspace (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    created_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

CREATE TABLE key (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE experiment (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    artifact_location TEXT NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

CREATE TABLE experiment_tag (
    experiment_id INTEGER NOT NULL REFERENCES experiment (id),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (experiment_id, key)
) STRICT, WITHOUT ROWID;

-- `deleted`: 0 in use, 1 put in the bin itself, 2 put there with its experiment (and restored with it).
-- `status`: RUNNING, SCHEDULED, FINISHED, FAILED, KILLED.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    experiment_id INTEGER NOT NULL REFERENCES experiment (id),
    name TEXT NOT NULL,
    user TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    artifact_uri TEXT NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1, 2)),
    deleted_at INTEGER,
    revision INTEGER NOT NULL
) STRICT;

CREATE INDEX run_by_start ON run (experiment_id, deleted, started_at DESC, run_id);
CREATE INDEX run_by_revision ON run (revision);

CREATE TABLE param (
    experiment_id INTEGER NOT NULL,
    key_id INTEGER NOT NULL REFERENCES key (id),
    run_id INTEGER NOT NULL REFERENCES run (id),
    value TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (experiment_id, key_id, run_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX param_by_run ON param (run_id);

CREATE TABLE tag (
    experiment_id INTEGER NOT NULL,
    key_id INTEGER NOT NULL REFERENCES key (id),
    run_id INTEGER NOT NULL REFERENCES run (id),
    value TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (experiment_id, key_id, run_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX tag_by_run ON tag (run_id);

-- Every point of every metric. NaN cannot be stored as a number: it is `is_nan = 1` with value 0, and sorts below
-- all numbers of its step and time. Infinities are stored as such. An exact duplicate is the same row. The series' row
-- in metric_summary holds the references to run and key; to check them for each point costs a third of its insert.
CREATE TABLE metric_point (
    run_id INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    step INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    is_nan INTEGER NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (run_id, key_id, step, timestamp, is_nan DESC, value)
) STRICT, WITHOUT ROWID;

-- What is known of a series without reading its points, kept at each insert. `last_*` is the greatest point by
-- (step, timestamp, value) and `first_*` the least; their values are NULL for NaN. `min_*` and `max_*` are NULL while
-- all points are NaN. `in_order`: timestamps never fall while steps rise. `paged`: points covered by metric_page.
CREATE TABLE metric_summary (
    experiment_id INTEGER NOT NULL,
    key_id INTEGER NOT NULL REFERENCES key (id),
    run_id INTEGER NOT NULL REFERENCES run (id),
    position INTEGER NOT NULL,
    count INTEGER NOT NULL,
    nan_count INTEGER NOT NULL,
    paged INTEGER NOT NULL,
    in_order INTEGER NOT NULL,
    first_step INTEGER NOT NULL,
    first_timestamp INTEGER NOT NULL,
    first_value REAL,
    last_step INTEGER NOT NULL,
    last_timestamp INTEGER NOT NULL,
    last_value REAL,
    min_step INTEGER,
    min_timestamp INTEGER,
    min_value REAL,
    max_step INTEGER,
    max_timestamp INTEGER,
    max_value REAL,
    PRIMARY KEY (experiment_id, key_id, run_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX metric_summary_by_run ON metric_summary (run_id);

-- The min-max pyramid of long series: a page covers a closed range of (step, timestamp) and holds, packed, the
-- extremes of short blocks of consecutive points. Pages of a series do not overlap; what no page covers is read
-- point by point. `built_count`: the points it was built from, to tell when it has grown so much that it is rebuilt.
CREATE TABLE metric_page (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES run (id),
    key_id INTEGER NOT NULL REFERENCES key (id),
    first_step INTEGER NOT NULL,
    first_timestamp INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    last_timestamp INTEGER NOT NULL,
    count INTEGER NOT NULL,
    built_count INTEGER NOT NULL,
    blocks BLOB NOT NULL,
    UNIQUE (run_id, key_id, first_step, first_timestamp)
) STRICT;

-- How many runs of an experiment have a key, so that the list of columns needs no scan. `kind`: 0 metric, 1 param,
-- 2 tag. `varied` = 0: all values that were ever written are the one whose hash is `value_hash`; 1: some differed then.
CREATE TABLE key_use (
    experiment_id INTEGER NOT NULL REFERENCES experiment (id),
    kind INTEGER NOT NULL CHECK (kind IN (0, 1, 2)),
    key_id INTEGER NOT NULL REFERENCES key (id),
    run_count INTEGER NOT NULL,
    value_hash INTEGER NOT NULL,
    varied INTEGER NOT NULL,
    PRIMARY KEY (experiment_id, kind, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE dataset (
    id INTEGER PRIMARY KEY,
    experiment_id INTEGER NOT NULL REFERENCES experiment (id),
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    source_type TEXT NOT NULL,
    source TEXT NOT NULL,
    schema TEXT,
    profile TEXT,
    UNIQUE (experiment_id, name, digest)
) STRICT;

CREATE TABLE run_dataset (
    run_id INTEGER NOT NULL REFERENCES run (id),
    dataset_id INTEGER NOT NULL REFERENCES dataset (id),
    position INTEGER NOT NULL,
    PRIMARY KEY (run_id, dataset_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX run_dataset_by_dataset ON run_dataset (dataset_id);

-- Tags of an input, such as `mlflow.data.context`.
CREATE TABLE run_dataset_tag (
    run_id INTEGER NOT NULL,
    dataset_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (run_id, dataset_id, key),
    FOREIGN KEY (run_id, dataset_id) REFERENCES run_dataset (run_id, dataset_id)
) STRICT, WITHOUT ROWID;

-- Models that a run read (by their public id, which need not exist here) and wrote.
CREATE TABLE run_model_input (
    run_id INTEGER NOT NULL REFERENCES run (id),
    model_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (run_id, model_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_model_output (
    run_id INTEGER NOT NULL REFERENCES run (id),
    model_id TEXT NOT NULL,
    step INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (run_id, model_id)
) STRICT, WITHOUT ROWID;

-- `status`: UNSPECIFIED, PENDING, READY, FAILED. `deleted`: 0 in use, 1 in the bin.
CREATE TABLE logged_model (
    id INTEGER PRIMARY KEY,
    model_id TEXT NOT NULL UNIQUE,
    experiment_id INTEGER NOT NULL REFERENCES experiment (id),
    name TEXT NOT NULL,
    artifact_uri TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    model_type TEXT NOT NULL,
    source_run_id TEXT,
    deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    revision INTEGER NOT NULL
) STRICT;

CREATE INDEX logged_model_by_creation ON logged_model (experiment_id, deleted, created_at DESC, model_id);
CREATE INDEX logged_model_by_run ON logged_model (source_run_id);

CREATE TABLE logged_model_param (
    model_id INTEGER NOT NULL REFERENCES logged_model (id),
    key_id INTEGER NOT NULL REFERENCES key (id),
    value TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (model_id, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE logged_model_tag (
    model_id INTEGER NOT NULL REFERENCES logged_model (id),
    key_id INTEGER NOT NULL REFERENCES key (id),
    value TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (model_id, key_id)
) STRICT, WITHOUT ROWID;

-- Metrics that name a logged model; each is also a metric of its run. No dataset: empty name and digest.
CREATE TABLE logged_model_metric (
    model_id INTEGER NOT NULL REFERENCES logged_model (id),
    key_id INTEGER NOT NULL REFERENCES key (id),
    step INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    is_nan INTEGER NOT NULL,
    value REAL NOT NULL,
    run_id INTEGER NOT NULL REFERENCES run (id),
    dataset_name TEXT NOT NULL,
    dataset_digest TEXT NOT NULL,
    PRIMARY KEY (model_id, key_id, step, timestamp, is_nan DESC, value, run_id, dataset_name, dataset_digest)
) STRICT, WITHOUT ROWID;

-- Who changed what, when and through which door: one row for each call that changed experiments, runs, their tags
-- and params, inputs or logged models (not for each metric point). Rows are only ever added.
CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    channel TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE INDEX history_by_subject ON history (subject, subject_id);

CREATE TRIGGER history_keeps_rows BEFORE DELETE ON history
BEGIN
    SELECT RAISE(ABORT, 'the history cannot be deleted');
END;

CREATE TRIGGER history_keeps_words BEFORE UPDATE ON history
BEGIN
    SELECT RAISE(ABORT, 'the history cannot be changed');
END;
