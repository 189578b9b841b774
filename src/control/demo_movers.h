#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "control/project.h"
#include "simulation/activity.h"

namespace quoin {

/// The past users whom the demo's models of movers learn from.
struct MoverPopulation {
    std::size_t users = 1500;
    EventTime end = from_civil(2026, 1, 1);  ///< their history is the same in every demo
};

/// Their simulation: simulate_user(past_users(population), life_of(…), …) gives the events that their features come from.
ActivityOptions past_users(const MoverPopulation& population);

/// What answers about users in the demo: move_probability_model, transaction_type_model, contact_timing_model, email_engagement_model,
/// churn_risk_model.
const std::vector<std::string>& mover_models();

/// Simulates past users in memory and writes, below <project>/data:
///   movers.parquet         three moments 30 days apart of each user: features as the one operator computes them by replay as of then, and
///                          what happened in the 30 days after; nothing later than the moment is in the features
///   contact_times.parquet  the counts of actions by day and hour of two 90-day windows of each user
///   movers_truth.parquet   for the rows of movers.parquet, what the simulation knows: stage and exact chance; no model reads it
/// Error: as make_training_set and write_table.
Status write_mover_tables(const Project& project, const MoverPopulation& population = {});

/// The AUC on movers.parquet of the exact chances in movers_truth.parquet: no model that reads only what users do is expected to do better.
Result<double> best_mover_auc(const Project& project);
/// The same of who leaves.
Result<double> best_churn_auc(const Project& project);

/// Writes the declarations of mover_models() that are not there: columns are features of the catalog, labels its descriptions.
Status declare_movers(const Project& project);

}  // namespace quoin
