#include "evaluation/split.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "base/rng.h"

namespace quoin {
namespace {

Result<std::vector<EventTime>> sorted_times(std::span<const EventTime> times) {
    if (times.size() < 2) return fail(ErrorKind::invalid, "a split by time needs at least two rows; there are {}", times.size());
    for (std::size_t row = 0; row < times.size(); ++row)
        if (times[row].is_missing()) return fail(ErrorKind::invalid, "row {} has no time: leave such rows out of a split by time", row);
    std::vector<EventTime> sorted(times.begin(), times.end());
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

/// Train: before `first`. Test: from `first` to before `last`, or to the end.
Split window(std::span<const EventTime> times, EventTime first, std::optional<EventTime> last) {
    Split split;
    for (std::size_t row = 0; row < times.size(); ++row) {
        if (times[row] < first) split.train.push_back(row);
        else if (!last || times[row] < *last) split.test.push_back(row);
    }
    return split;
}

/// Turns a fold number per row into one split per fold.
std::vector<Split> splits_of(std::span<const std::size_t> fold_by_row, std::size_t folds) {
    std::vector<Split> splits(folds);
    for (std::size_t row = 0; row < fold_by_row.size(); ++row)
        for (std::size_t fold = 0; fold < folds; ++fold) (fold == fold_by_row[row] ? splits[fold].test : splits[fold].train).push_back(row);
    return splits;
}

Status check_folds(std::size_t folds, std::size_t available, const char* what) {
    if (folds < 2) return fail(ErrorKind::invalid, "the number of folds is {}; it must be at least 2", folds);
    if (folds > available) return fail(ErrorKind::invalid, "{} folds were asked of {} {}: ask for fewer folds", folds, available, what);
    return {};
}

}  // namespace

Result<Split> time_split(std::span<const EventTime> times, double test_share) {
    if (!(test_share > 0 && test_share < 1))
        return fail(ErrorKind::invalid, "the test share is {}; it must lie between 0 and 1, e.g. 0.2", test_share);
    TRY(sorted, sorted_times(times));
    auto rows = static_cast<double>(sorted.size());
    auto test_rows = static_cast<std::size_t>(std::clamp(std::round(test_share * rows), 1.0, rows - 1));
    EventTime first = sorted[sorted.size() - test_rows];
    if (first == sorted.front())
        return fail(ErrorKind::invalid, "too many rows share the first time {}: nothing is left to train on before the test rows",
                    to_text(first));
    return window(times, first, std::nullopt);
}

Result<std::vector<Split>> rolling_origin(std::span<const EventTime> times, std::size_t folds, double first_train_share) {
    if (!(first_train_share > 0 && first_train_share < 1))
        return fail(ErrorKind::invalid, "the first train share is {}; it must lie between 0 and 1, e.g. 0.5", first_train_share);
    TRY(sorted, sorted_times(times));
    if (folds < 1) return fail(ErrorKind::invalid, "the number of folds is 0; it must be at least 1");
    auto train_rows = static_cast<std::size_t>(std::max(1.0, std::round(first_train_share * static_cast<double>(sorted.size()))));
    if (train_rows >= sorted.size() || sorted.size() - train_rows < folds)
        return fail(ErrorKind::invalid, "{} folds were asked of {} rows after the first train part: ask for fewer folds", folds,
                    sorted.size() - std::min(train_rows, sorted.size()));
    std::vector<Split> splits;
    std::size_t test_rows = sorted.size() - train_rows;
    for (std::size_t fold = 0; fold < folds; ++fold) {
        EventTime first = sorted[train_rows + fold * test_rows / folds];
        std::optional<EventTime> last;
        if (fold + 1 < folds) last = sorted[train_rows + (fold + 1) * test_rows / folds];
        Split split = window(times, first, last);
        if (split.train.empty() || split.test.empty())
            return fail(ErrorKind::invalid, "too many rows share the time {} for {} test windows: ask for fewer folds", to_text(first),
                        folds);
        splits.push_back(std::move(split));
    }
    return splits;
}

Result<std::vector<Split>> k_fold(std::size_t rows, std::size_t folds, std::uint64_t seed) {
    TRY_VOID(check_folds(folds, rows, "rows"));
    std::vector<std::size_t> order(rows), fold_by_row(rows);
    std::iota(order.begin(), order.end(), std::size_t{0});
    Rng rng(seed);
    rng.shuffle(std::span(order));
    for (std::size_t i = 0; i < rows; ++i) fold_by_row[order[i]] = i % folds;
    return splits_of(fold_by_row, folds);
}

Result<std::vector<Split>> group_k_fold(std::span<const std::int64_t> groups, std::size_t folds, std::uint64_t seed) {
    std::map<std::int64_t, std::vector<std::size_t>> rows_by_group;
    for (std::size_t row = 0; row < groups.size(); ++row) rows_by_group[groups[row]].push_back(row);
    TRY_VOID(check_folds(folds, rows_by_group.size(), "groups"));
    std::vector<const std::vector<std::size_t>*> dealt;
    for (const auto& [group, rows] : rows_by_group) dealt.push_back(&rows);
    Rng rng(seed);
    rng.shuffle(std::span(dealt));  // the seed decides among groups of one size
    std::stable_sort(dealt.begin(), dealt.end(), [](auto* a, auto* b) { return a->size() > b->size(); });
    std::vector<std::size_t> fold_by_row(groups.size()), fold_sizes(folds);
    for (const auto* rows : dealt) {
        auto smallest = static_cast<std::size_t>(std::min_element(fold_sizes.begin(), fold_sizes.end()) - fold_sizes.begin());
        fold_sizes[smallest] += rows->size();
        for (std::size_t row : *rows) fold_by_row[row] = smallest;
    }
    return splits_of(fold_by_row, folds);
}

std::vector<std::int64_t> group_numbers(const Column& ids) {
    std::map<std::string, std::int64_t> numbers;
    std::vector<std::int64_t> groups;
    for (std::size_t i = 0; i < ids.size(); ++i)
        groups.push_back(numbers.emplace(ids.text(i), static_cast<std::int64_t>(numbers.size())).first->second);
    return groups;
}

void keep_groups_apart(Split& split, std::span<const std::int64_t> groups) {
    std::set<std::int64_t> tested;
    for (auto row : split.test) tested.insert(groups[row]);
    std::erase_if(split.train, [&](std::size_t row) { return tested.contains(groups[row]); });
}

}  // namespace quoin
