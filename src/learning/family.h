#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/matrix.h"
#include "base/progress.h"
#include "base/result.h"
#include "models/regressor.h"

namespace quoin {

enum class Objective { squared_error, absolute_error, pseudo_huber, binary_logistic, quantile };

/// How one input column is to be used.
struct FeatureUse {
    std::string name;
    std::int32_t levels = 0;  ///< 0: a number; else a category with codes 0 … levels − 1 (NaN: missing)
    int monotone = 0;         ///< +1: the prediction may only rise with it; −1 only fall; 0 free
};

/// Rows to learn from. Views only: the caller keeps the data alive.
struct LearningRows {
    MatrixView<const double> features;  ///< rows × uses.size(); NaN is missing
    std::span<const double> labels;     ///< on the model's scale
    std::span<const double> weights;    ///< empty: 1
};

/// A hyper-parameter of a family and the space it is searched in. Integers and switches are numbers too.
struct HyperParameter {
    std::string name;  ///< the library's own name: "max_depth"
    std::string description;
    double default_value;
    double lower, upper;
    bool logarithmic = false;  ///< searched evenly on a log scale
    bool integer = false;
};

using HyperParameters = std::map<std::string, double>;

struct FitRequest {
    std::span<const FeatureUse> uses;
    LearningRows train;
    const LearningRows* validation = nullptr;  ///< early stopping, where the family has it; may be null
    Objective objective = Objective::squared_error;
    double quantile = 0.5;       ///< objective quantile: its level, in (0, 1)
    HyperParameters parameters;  ///< missing names: the family's defaults; unknown names are refused
    std::uint64_t seed = 1;
};

struct FitOutcome {
    Regressor model;
    std::vector<double> learning_curve;  ///< validation loss per round or epoch; empty without validation
    std::size_t rounds = 0;              ///< trees or epochs kept; a refit without validation asks for this many
};

/// A way to make a model: one file in families/ and one line in families.list. Same request, same bytes, whatever the machine's number of
/// threads: a fit runs on one thread, callers run fits in parallel.
struct FamilyEntry {
    std::string name;  ///< "xgboost"
    std::string description;
    std::vector<HyperParameter> space;
    std::string rounds_parameter;  ///< the parameter that counts rounds ("num_boost_round"), empty if none
    Result<FitOutcome> (*fit)(const FitRequest&);
    bool available = true;          ///< false: built without its library; fit says so
    bool learns_quantiles = false;  ///< has the objective quantile (Koenker & Bassett 1978)
};

std::span<const FamilyEntry> families();
/// Error: not_found, naming those that exist.
Result<const FamilyEntry*> find_family(std::string_view name);

/// The request's parameters over the family's defaults. Error: invalid, for an unknown name or a value out of its space's hard sense.
Result<HyperParameters> with_defaults(const FamilyEntry& family, const HyperParameters& given);

}  // namespace quoin
