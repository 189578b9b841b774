#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/trained_model.h"

namespace quoin {

/// A change to try: inputs and the raw values they get.
struct Scenario {
    std::string name;  ///< "renovated in 2015", "condition 3 → 5"
    std::vector<std::pair<std::size_t, double>> changes;
};

/// Renovations that make sense for this home: each movable input (condition, grade, bathrooms, year of renovation, basement or garage)
/// moved one step within the range seen in training. Nothing for a model without such inputs.
std::vector<Scenario> renovation_scenarios(const TrainedModel& model, std::span<const double> raw);

}  // namespace quoin
