#include "registry/migrations.h"

#include <array>

namespace quoin {
namespace {

constexpr const char* runs_sql = R"sql(
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    status TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed'))
) STRICT;
CREATE INDEX runs_by_model ON runs (model, started);
CREATE TABLE run_parameters (
    run_id TEXT NOT NULL REFERENCES runs (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_metrics (
    run_id TEXT NOT NULL REFERENCES runs (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_artifacts (
    run_id TEXT NOT NULL REFERENCES runs (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;
)sql";

// The partial index makes two versions in production impossible, whatever the code above it does. A value of NULL is a metric that
// was not a number: SQLite has no NaN.
constexpr const char* versions_sql = R"sql(
CREATE TABLE versions (
    model TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number > 0),
    run_id TEXT REFERENCES runs (id),
    artifact TEXT NOT NULL,
    card_html TEXT NOT NULL DEFAULT '',
    card_markdown TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('None', 'Staging', 'Production', 'Archived')),
    source TEXT NOT NULL,
    PRIMARY KEY (model, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_version_in_production ON versions (model) WHERE stage = 'Production';
CREATE TABLE version_metrics (
    model TEXT NOT NULL,
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (model, number, position),
    FOREIGN KEY (model, number) REFERENCES versions (model, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE version_gates (
    model TEXT NOT NULL,
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    gate TEXT NOT NULL,
    measured REAL,
    bound REAL,
    passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
    message TEXT NOT NULL,
    PRIMARY KEY (model, number, position),
    FOREIGN KEY (model, number) REFERENCES versions (model, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE aliases (
    model TEXT NOT NULL,
    alias TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (model, alias),
    FOREIGN KEY (model, number) REFERENCES versions (model, number)
) STRICT, WITHOUT ROWID;
)sql";

// The insert trigger also stops INSERT OR REPLACE, which deletes the old line without firing the delete trigger.
constexpr const char* ledger_sql = R"sql(
CREATE TABLE ledger (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    model TEXT NOT NULL,
    action TEXT NOT NULL,
    version INTEGER NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_by_model ON ledger (model, sequence);
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_in_sequence BEFORE INSERT ON ledger
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM ledger)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
)sql";

}  // namespace

std::span<const Migration> registry_migrations() {
    static const std::array<Migration, 3> migrations{{
        {"registry/001_runs", runs_sql},
        {"registry/002_versions", versions_sql},
        {"registry/003_ledger", ledger_sql},
    }};
    return migrations;
}

}  // namespace quoin
