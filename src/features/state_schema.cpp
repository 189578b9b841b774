#include "features/state_schema.h"

#include <array>

#include "base/digest.h"

namespace quoin {
namespace {

// The primary key is also the order in which a view is read page by page. Room is left in every page, and no other column has an index,
// so that a new state goes beside the old one and no index is touched. A role that does not own the table sees the rows of the tenant in
// its setting quoin.tenant, and without that setting none.
constexpr std::array migrations = {
    StateMigration{.name = "0001_feature_states",
                   .forward = R"(
CREATE TABLE ml_feature_states (
    space        text NOT NULL,
    tenant       text NOT NULL,
    view         text NOT NULL,
    computation  text NOT NULL,
    entity_id    text NOT NULL,
    log_sequence bigint NOT NULL,
    advanced_us  bigint NOT NULL,
    state        bytea NOT NULL,
    written_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (space, view, computation, tenant, entity_id)
) WITH (fillfactor = 70);
ALTER TABLE ml_feature_states ENABLE ROW LEVEL SECURITY;
CREATE POLICY ml_feature_states_tenant ON ml_feature_states USING (tenant = current_setting('quoin.tenant', true));
)",
                   .back = "DROP TABLE ml_feature_states"},
    StateMigration{.name = "0002_feature_watermarks",
                   .forward = R"(
CREATE TABLE ml_feature_watermarks (
    space        text PRIMARY KEY,
    log_sequence bigint NOT NULL,
    advanced_us  bigint NOT NULL,
    catalog      text NOT NULL,
    written_us   bigint NOT NULL
);
)",
                   .back = "DROP TABLE ml_feature_watermarks"},
};

constexpr std::string_view make_register = R"(
CREATE TABLE IF NOT EXISTS ml_feature_migrations (
    name     text PRIMARY KEY,
    checksum text NOT NULL,
    ran_at   timestamptz NOT NULL DEFAULT now()
))";

/// Statements of a migration, one at a time: the client sends one per call. None of them holds a semicolon of its own.
Status run_all(Postgresql& database, std::string_view statements) {
    while (!statements.empty()) {
        auto end = std::min(statements.find(';'), statements.size());
        auto statement = statements.substr(0, end);
        statements.remove_prefix(std::min(end + 1, statements.size()));
        if (statement.find_first_not_of(" \n") != std::string_view::npos) TRY_VOID(database.run(statement).map([](auto&&) {}));
    }
    return {};
}

/// Other processes that migrate wait; the lock goes with the transaction. The number is arbitrary and ours.
Status begin(Postgresql& database) {
    TRY_VOID(database.run("SELECT pg_advisory_xact_lock(7166371529)").map([](auto&&) {}));
    return database.run(make_register).map([](auto&&) {});
}

Result<bool> has_run(Postgresql& database, const StateMigration& migration) {
    TRY(found, database.run("SELECT checksum FROM ml_feature_migrations WHERE name = $1", {std::string(migration.name)}));
    if (found.rows.empty()) return false;
    if (found.rows[0][0] == sha256_hex(migration.forward)) return true;
    return fail(ErrorKind::corrupt, "the migration '{}' of the feature states in PostgreSQL at {} had another text when it ran",
                migration.name, database.where());
}

}  // namespace

std::span<const StateMigration> state_migrations() { return migrations; }

Status migrate_states(Postgresql& database) {
    // What is there is not locked for: a process that may only read and write starts as well.
    auto ran = database.run("SELECT count(*) FROM ml_feature_migrations");
    bool is_current = ran && !ran->rows.empty() && ran->rows[0][0] == std::to_string(migrations.size());
    if (!ran && ran.error().kind != ErrorKind::not_found) return tl::unexpected(ran.error());
    for (const StateMigration& migration : migrations) {
        if (is_current) {
            TRY_VOID(has_run(database, migration).map([](auto&&) {}));
            continue;
        }
        TRY_VOID(database.transaction([&]() -> Status {
            TRY_VOID(begin(database));
            TRY(is_done, has_run(database, migration));
            if (is_done) return {};
            TRY_VOID(run_all(database, migration.forward));
            return database
                .run("INSERT INTO ml_feature_migrations (name, checksum) VALUES ($1, $2)",
                     {std::string(migration.name), sha256_hex(migration.forward)})
                .map([](auto&&) {});
        }));
    }
    return {};
}

Status migrate_states_back(Postgresql& database, std::size_t kept) {
    for (std::size_t i = migrations.size(); i-- > kept;) {
        TRY_VOID(database.transaction([&]() -> Status {
            TRY_VOID(begin(database));
            TRY(is_done, has_run(database, migrations[i]));
            if (!is_done) return {};
            TRY_VOID(run_all(database, migrations[i].back));
            return database.run("DELETE FROM ml_feature_migrations WHERE name = $1", {std::string(migrations[i].name)}).map([](auto&&) {});
        }));
    }
    return {};
}

}  // namespace quoin
