-- The views: all of it can be dropped and folded again from the events.
-- Rows that change carry the span of log positions in which they held: [from_position, to_position).

CREATE TABLE IF NOT EXISTS case_file (
    division      text NOT NULL,
    case_id       text NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint,
    programme     text,                 -- NULL once the enrolment is void
    last_month    text,                 -- NULL while the case is open
    touches       text,                 -- the earliest month this version may change, NULL for none
    body          bytea NOT NULL,       -- msgpack of CaseFile
    PRIMARY KEY (division, case_id, from_position)
);
CREATE INDEX IF NOT EXISTS case_file_changes ON case_file (division, from_position);

-- Personal data in clear for the rules and the payout files; erased with the person's key.
CREATE TABLE IF NOT EXISTS person_file (
    person        text NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint,
    touches       text,
    body          bytea NOT NULL,       -- msgpack of PersonFile
    PRIMARY KEY (person, from_position)
);
CREATE INDEX IF NOT EXISTS person_file_changes ON person_file (from_position);

-- Which persons a case file may speak of; rows are only added.
CREATE TABLE IF NOT EXISTS membership (
    division text NOT NULL,
    case_id  text NOT NULL,
    person   text NOT NULL,
    PRIMARY KEY (division, case_id, person)
);
CREATE INDEX IF NOT EXISTS membership_person ON membership (person);

CREATE TABLE IF NOT EXISTS payment (
    division   text NOT NULL,
    month      text NOT NULL,
    programme  text NOT NULL,
    case_id    text NOT NULL,
    payee      text NOT NULL,
    person     text NOT NULL,
    account    text,
    insured    integer NOT NULL,
    amount_fen bigint NOT NULL,
    position   bigint NOT NULL,
    PRIMARY KEY (division, month, programme, case_id, payee)
);

-- Cancellations of returned payouts, with the log positions between which each held.
CREATE TABLE IF NOT EXISTS payment_cancellation (
    division      text NOT NULL,
    month         text NOT NULL,
    case_id       text NOT NULL,
    payee         text NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint
);
CREATE INDEX IF NOT EXISTS payment_cancellation_case ON payment_cancellation (division, case_id);

-- What became of payouts that came back: each later step, with the sum of its payout.
CREATE TABLE IF NOT EXISTS payment_step (
    division   text NOT NULL,
    month      text NOT NULL,
    programme  text NOT NULL,
    case_id    text NOT NULL,
    payee      text NOT NULL,
    version    integer NOT NULL,        -- of the payout's stream
    kind       text NOT NULL,           -- returned, reissued, cancelled or restored
    batch      text,                    -- the batch that sent it again
    stated_on  date NOT NULL,           -- the day it was recorded, or says itself
    amount_fen bigint NOT NULL,
    position   bigint NOT NULL,
    PRIMARY KEY (division, month, programme, case_id, payee, version)
);

CREATE TABLE IF NOT EXISTS payment_line (
    division   text NOT NULL,
    month      text NOT NULL,
    programme  text NOT NULL,
    case_id    text NOT NULL,
    payee      text NOT NULL,
    component  text NOT NULL,
    for_month  text NOT NULL,
    amount_fen bigint NOT NULL,
    position   bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS payment_line_case ON payment_line (division, case_id);

CREATE TABLE IF NOT EXISTS grain_allocation (
    division text NOT NULL,
    month    text NOT NULL,
    case_id  text NOT NULL,
    insured  integer NOT NULL,
    mass_g   bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (division, month, case_id)
);

-- Frozen rolls, kept by digest: what a close issues. Lines of JSON (ledger/entitlement/roll_lines.py), read at
-- each step of closing: not compressed.
CREATE TABLE IF NOT EXISTS kept_roll (
    batch   text NOT NULL,
    digest  text NOT NULL,
    payouts bytea NOT NULL,
    grain   bytea NOT NULL,
    PRIMARY KEY (batch, digest)
);
ALTER TABLE kept_roll ALTER COLUMN payouts SET STORAGE EXTERNAL, ALTER COLUMN grain SET STORAGE EXTERNAL;
-- The cases that stay to be settled after a roll. Two rolls may be the same and leave different cases open, so
-- these are kept for each log position at which the roll was read.
CREATE TABLE IF NOT EXISTS roll_reading (
    batch   text NOT NULL,
    digest  text NOT NULL,
    read_at bigint NOT NULL,
    PRIMARY KEY (batch, digest, read_at)
);
CREATE TABLE IF NOT EXISTS open_case (
    batch      text NOT NULL,
    digest     text NOT NULL,
    read_at    bigint NOT NULL,
    case_id    text NOT NULL,
    from_month text NOT NULL,
    PRIMARY KEY (batch, digest, read_at, case_id)
);
