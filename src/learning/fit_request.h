#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "learning/early_stopping.h"
#include "learning/family.h"

namespace quoin {

/// What every family refuses before it starts, in the same words: sizes that do not fit, labels or weights that are not finite, infinite
/// features, category codes outside their levels, monotone categories, binary labels of one class. Error: invalid, naming the column.
Status check_request(const FitRequest& request);

/// check_request, then the family's parameters with the request's over them: the first line of every fit.
Result<HyperParameters> begin_fit(const FamilyEntry& family, const FitRequest& request);

/// A trained model in its training library's own file format, before it becomes one of ours.
struct LibraryModel {
    std::vector<std::byte> bytes;
    std::vector<double> learning_curve;
    std::size_t rounds = 0;
};

/// The forest with its columns named after the request's uses.
Result<Forest> with_feature_names(const Forest& forest, std::span<const FeatureUse> uses);

}  // namespace quoin
