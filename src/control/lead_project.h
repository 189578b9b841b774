#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "control/feature_store.h"
#include "control/project.h"
#include "simulation/leads.h"

namespace quoin {

/// Puts simulated leads into a project: their events into its log, once, and the rows that the lead models learn from into
/// data/leads.parquet, each with the features that serving would have answered at its moment, read from that log. data/lead_truth.parquet
/// has the truth behind each row. Gives the number of rows. Error: as Ingest, make_training_set.
Result<std::uint64_t> prepare_leads(const Project& project, FeatureStore& store, const SimulatedLeads& leads);

/// Deal, time to close and risk.
const std::vector<std::string>& lead_models();

/// The columns of a declaration that are features of the catalog, "view:feature".
std::vector<std::string> catalog_features(const Declaration& declaration);

}  // namespace quoin
