#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "remote/postgresql.h"

namespace quoin {

/// One step of the tables of shared feature states in PostgreSQL, and the way back.
struct StateMigration {
    std::string_view name, forward, back;
};
/// In the order in which they run. Never edited once released, only added to.
std::span<const StateMigration> state_migrations();

/// Runs what has not run yet, each in a transaction, one process at a time. Error: corrupt, if a migration that ran had another text;
/// unavailable, invalid (no right to make tables).
Status migrate_states(Postgresql& database);
/// Takes back, latest first, what came after the first `kept` migrations; 0: everything, the states too.
Status migrate_states_back(Postgresql& database, std::size_t kept);

}  // namespace quoin
