#pragma once

#include <memory>
#include <string>

#include "base/duration.h"
#include "features/state_store.h"

namespace quoin {

/// The warm tier: the table ml_feature_states of a PostgreSQL database (12 or later), made and migrated at the first call. Tenant and
/// entity_id are plain_text(). What was not written for `keep` goes with purge(). Docs: docs/formats/feature-state.md.
struct PostgresqlStatesOptions {
    std::string connection;  ///< as Postgresql::Options has it; postgresql+driver://… of other languages is taken as well
    std::string space = "default";
    Duration keep = Duration::days(30);        ///< 0: for good
    Duration timeout = Duration::seconds(30);  ///< of one batch
    std::size_t connections = 1;               ///< so many calls run at the same time
};
/// Connects at the first call. Error: invalid (the connection text, the space).
Result<std::unique_ptr<FeatureStateStore>> open_postgresql_states(const PostgresqlStatesOptions& options);

}  // namespace quoin
