#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"
#include "table/table.h"

namespace quoin {

/// Row numbers of one train/test split; disjoint, ascending.
struct Split {
    std::vector<std::size_t> train, test;
};

/// The last `test_share` of rows by time are the test; rows of equal time stay together on the test side.
Result<Split> time_split(std::span<const EventTime> times, double test_share);
/// Rolling origin: `folds` consecutive test windows of equal row count over the last part of time, each trained on all before it.
Result<std::vector<Split>> rolling_origin(std::span<const EventTime> times, std::size_t folds, double first_train_share);
/// Shuffled k-fold; fold sizes differ by at most one.
Result<std::vector<Split>> k_fold(std::size_t rows, std::size_t folds, std::uint64_t seed);
/// k-fold in which rows of one group never straddle; groups dealt largest first to the smallest fold.
Result<std::vector<Split>> group_k_fold(std::span<const std::int64_t> groups, std::size_t folds, std::uint64_t seed);

/// One number per different id, for group_k_fold.
std::vector<std::int64_t> group_numbers(const Column& ids);
/// The same split without the training rows of a group that the test has a row of: what was seen of it later would tell of its outcome.
void keep_groups_apart(Split& split, std::span<const std::int64_t> groups);

}  // namespace quoin
