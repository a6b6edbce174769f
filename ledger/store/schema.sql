-- What stands beside the library's events table in the same schema.

-- The end of the log per division, per programme of a division, for closes, and under '*' of the whole: read and
-- written under the append lock only.
CREATE TABLE IF NOT EXISTS log_head (
    division    text PRIMARY KEY,
    position    bigint NOT NULL,
    recorded_at timestamptz NOT NULL
);

-- One key a person, wrapped by the master key. Deleting a row erases what was sealed with it.
CREATE TABLE IF NOT EXISTS person_key (
    person  text PRIMARY KEY,
    wrapped bytea NOT NULL
);
