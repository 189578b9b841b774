#include "prediction/experiment_migrations.h"

#include <array>

namespace quoin {
namespace {

// The partial index makes two experiments on one model impossible, whoever starts them.
constexpr const char* experiments_sql = R"sql(
CREATE TABLE experiments (
    id TEXT PRIMARY KEY,
    product TEXT NOT NULL,
    model TEXT NOT NULL,
    champion INTEGER NOT NULL,
    challenger INTEGER NOT NULL,
    terms TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    state TEXT NOT NULL CHECK (state IN ('running', 'promoting', 'stopping', 'promoted', 'stopped')),
    step INTEGER NOT NULL,
    conclusion TEXT NOT NULL DEFAULT '',
    figures TEXT NOT NULL DEFAULT '',
    actor TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_experiment_at_a_time ON experiments (model) WHERE state IN ('running', 'promoting', 'stopping');
CREATE TABLE exposures (
    experiment TEXT NOT NULL REFERENCES experiments (id),
    shadow INTEGER NOT NULL CHECK (shadow IN (0, 1)),
    entity TEXT NOT NULL,
    prediction_id TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    step INTEGER NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (experiment, entity, shadow)
) STRICT, WITHOUT ROWID;
CREATE INDEX open_exposures ON exposures (experiment, asked_at) WHERE settled = 0;
)sql";

// A value is a number or a text, so its column has no type.
constexpr const char* outcomes_sql = R"sql(
CREATE TABLE outcomes (
    id TEXT PRIMARY KEY,
    product TEXT NOT NULL,
    entity TEXT NOT NULL,
    prediction_id TEXT NOT NULL,
    actual ANY NOT NULL,
    occurred INTEGER NOT NULL,
    received INTEGER NOT NULL,
    joined INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outcomes_by_entity ON outcomes (product, entity, occurred);
CREATE INDEX unjoined_outcomes ON outcomes (received) WHERE joined = 0;
CREATE TABLE losses (
    sequence INTEGER PRIMARY KEY,
    experiment TEXT NOT NULL,
    shadow INTEGER NOT NULL,
    entity TEXT NOT NULL,
    prediction_id TEXT NOT NULL,
    outcome_id TEXT NOT NULL,
    share REAL NOT NULL,
    champion REAL,
    challenger REAL,
    at INTEGER NOT NULL,
    UNIQUE (experiment, entity, shadow)
) STRICT;
CREATE INDEX losses_in_order ON losses (experiment, sequence);
CREATE TABLE observed (
    prediction_id TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    version TEXT NOT NULL,
    loss_name TEXT NOT NULL,
    loss REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE observed_sums (
    model TEXT NOT NULL,
    version TEXT NOT NULL,
    loss_name TEXT NOT NULL,
    outcomes INTEGER NOT NULL,
    loss_sum REAL NOT NULL,
    PRIMARY KEY (model, version, loss_name)
) STRICT, WITHOUT ROWID;
CREATE TABLE positions (
    consumer TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace

std::span<const Migration> experiment_migrations() {
    static const std::array<Migration, 2> migrations{{
        {"prediction/101_experiments", experiments_sql},
        {"prediction/102_outcomes", outcomes_sql},
    }};
    return migrations;
}

}  // namespace quoin
