#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/trained_model.h"
#include "prediction/query.h"

namespace quoin {

/// One input put elsewhere.
struct InputChange {
    std::string feature, label;  ///< as in Driver
    FeatureValue from, to;
};

/// The same entity after changes of inputs that its model declares movable, all else equal. What the model says then: an association, not
/// an effect.
struct Counterfactual {
    std::vector<InputChange> changes;
    double value = 0, change = 0;  ///< the answer after them in the label's unit, and how far it is from the answer before
    double effort = 0;             ///< Σ over the changes of the part of the declared range that is moved
};

/// What an answer should come to.
struct Goal {
    double target = 0;  ///< in the label's unit
    int direction = 1;  ///< +1: at least the target; −1: at most
};

/// Whose answer is changed: a raw row of a model, and of a model of classes which one's probability. Views only.
struct Changed {
    const TrainedModel& model;
    std::span<const double> raw;
    std::size_t class_index = 0;

    /// The answer in the label's unit of each row: a value, a probability, an expected time.
    std::vector<double> values(MatrixView<const double> rows) const;
};

/// The best that each movable input can do alone, best first; those that help nothing are left out. An input whose value is not known, or
/// that may not move further, has nothing to say. `direction` as in Goal.
std::vector<Counterfactual> best_single_changes(const Changed& changed, int direction);

/// The smallest change that reaches the goal, found by asking the model: of one input if any does (all declared values), else of two (a
/// grid of up to 12 values each), else of as many as it takes, best first; then every change is taken back as far as the goal allows.
/// Fewest inputs first, then least effort. Nothing: no combination reaches it.
std::optional<Counterfactual> smallest_change(const Changed& changed, const Goal& goal);

}  // namespace quoin
