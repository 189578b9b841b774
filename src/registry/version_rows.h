#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "registry/registry.h"
#include "store/database.h"

namespace quoin {

/// Versions of one model in the order of their numbers; none for an unknown model. Error: corrupt, for a stage that does not exist.
Result<std::vector<ModelVersion>> read_versions(Database& database, const std::string& model);
Result<std::optional<ModelVersion>> read_version(Database& database, const std::string& model, std::int64_t number);

/// Must run inside a transaction; refused by the table if the number is taken.
Status insert_version(Database& database, const ModelVersion& version);

/// What the ledger keeps of a new version, as JSON: artifact, run, source, metrics and gates.
std::string version_evidence(const ModelVersion& version);

/// Models that have at least one version, sorted.
Result<std::vector<std::string>> read_models(Database& database);
Result<std::vector<std::pair<std::string, std::int64_t>>> read_aliases(Database& database, const std::string& model);

/// Error: not_found, naming the versions and aliases that exist, or the models if this one is unknown.
tl::unexpected<Error> unknown_version(Database& database, const std::string& model, std::string_view which);

}  // namespace quoin
