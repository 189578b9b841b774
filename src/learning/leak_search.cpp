#include "learning/leak_search.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>

#include "learning/column_roles.h"

namespace quoin {
namespace {

constexpr double certain_regression = 0.975, suspicious_regression = 0.90;
constexpr double certain_binary = 0.97, suspicious_binary = 0.88;
constexpr std::size_t bins = 200;
constexpr std::size_t rows_min = 30;

/// Ranks in 0 … 1, ties averaged; NaN stays NaN.
std::vector<double> ranks(const std::vector<double>& values) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!std::isnan(values[i])) order.push_back(i);
    std::ranges::sort(order, [&](auto a, auto b) { return values[a] < values[b]; });
    std::vector<double> result(values.size(), NAN);
    for (std::size_t i = 0; i < order.size();) {
        std::size_t j = i;
        while (j < order.size() && values[order[j]] == values[order[i]]) ++j;
        for (std::size_t k = i; k < j; ++k) result[order[k]] = (static_cast<double>(i + j) - 1) / 2 / static_cast<double>(order.size());
        i = j;
    }
    return result;
}

std::optional<std::vector<double>> label_values(const Column& label) {
    if (label.kind() == ColumnKind::number) return label.numbers();
    if (label.kind() != ColumnKind::category) return std::nullopt;
    std::vector<double> values;
    for (auto code : label.categories().codes) values.push_back(code < 0 ? NAN : code);
    return values;
}

/// The cell a row falls into: a bin of ranks for numbers and times, the level for categories; missing values form a cell of their own.
std::vector<std::int64_t> cells(const Column& column) {
    std::vector<std::int64_t> result;
    if (column.kind() == ColumnKind::category) {
        for (auto code : column.categories().codes) result.push_back(code);
        return result;
    }
    std::vector<double> values;
    if (column.kind() == ColumnKind::number) {
        values = column.numbers();
    } else {
        for (auto time : column.times()) values.push_back(time.is_missing() ? NAN : time.days());
    }
    for (double rank : ranks(values)) result.push_back(std::isnan(rank) ? -1 : static_cast<std::int64_t>(rank * bins));
    return result;
}

struct Cell {
    double sum = 0;
    std::size_t rows = 0;
};

/// Leave-one-out mean of the target within each row's cell, so that a column of unique values explains nothing by itself.
std::vector<double> cell_means(const std::vector<std::int64_t>& cell_of, const std::vector<double>& target, double overall) {
    std::map<std::int64_t, Cell> all;
    for (std::size_t i = 0; i < target.size(); ++i)
        if (!std::isnan(target[i])) all[cell_of[i]].sum += target[i], all[cell_of[i]].rows++;
    std::vector<double> means(target.size(), overall);
    for (std::size_t i = 0; i < target.size(); ++i) {
        if (std::isnan(target[i])) continue;
        const auto& cell = all[cell_of[i]];
        if (cell.rows > 1) means[i] = (cell.sum - target[i]) / static_cast<double>(cell.rows - 1);
    }
    return means;
}

double explained(const std::vector<std::int64_t>& cell_of, const std::vector<double>& target) {
    double sum = 0, square = 0, rows = 0;
    for (double value : target)
        if (!std::isnan(value)) sum += value, square += value * value, ++rows;
    if (rows < rows_min) return 0;
    double total = square - sum * sum / rows, left = 0;
    auto means = cell_means(cell_of, target, sum / rows);
    for (std::size_t i = 0; i < target.size(); ++i)
        if (!std::isnan(target[i])) left += (target[i] - means[i]) * (target[i] - means[i]);
    return total > 0 ? 1 - left / total : 0;
}

double area_under_curve(const std::vector<std::int64_t>& cell_of, const std::vector<double>& target) {
    double positives = 0, rows = 0;
    for (double value : target)
        if (!std::isnan(value)) positives += value > 0, ++rows;
    if (positives < 10 || rows - positives < 10) return 0.5;
    // A row is scored by the cell's rate without the rows of its own half, so that small cells cannot memorise.
    std::vector<double> score(target.size(), positives / rows);
    for (std::size_t half = 0; half < 2; ++half) {
        std::map<std::int64_t, Cell> other;
        for (std::size_t i = 0; i < target.size(); ++i)
            if (!std::isnan(target[i]) && i % 2 != half) other[cell_of[i]].sum += target[i] > 0, other[cell_of[i]].rows++;
        for (std::size_t i = half; i < target.size(); i += 2)
            if (auto found = other.find(cell_of[i]); found != other.end())
                score[i] = found->second.sum / static_cast<double>(found->second.rows);
    }
    for (std::size_t i = 0; i < target.size(); ++i)
        if (std::isnan(target[i])) score[i] = NAN;
    auto rank = ranks(score);
    double rank_sum = 0;
    for (std::size_t i = 0; i < target.size(); ++i)
        if (!std::isnan(target[i]) && target[i] > 0) rank_sum += rank[i] * rows + 1;
    return (rank_sum - positives * (positives + 1) / 2) / (positives * (rows - positives));
}

bool has(const std::vector<std::string>& words, std::string_view word) { return std::ranges::find(words, word) != words.end(); }

/// Why a name says that the value is known only with or after the outcome; empty if it does not.
std::string told_by_name(const std::string& column) {
    auto words = name_words(column);
    auto name = normal_name(column);
    bool price = has(words, "price") || has(words, "value") || has(words, "amount");
    if (price && (has(words, "list") || has(words, "listing") || has(words, "listed") || has(words, "asking") || has(words, "orig") ||
                  has(words, "original")))
        return "an asking price already contains the seller's valuation; a valuation must stand without it";
    if (price && (has(words, "sale") || has(words, "sold") || has(words, "closing") || has(words, "closed") || has(words, "final")))
        return "it is a price of the sale itself";
    if (name == "splppct" || (has(words, "sale") && (has(words, "to") && has(words, "list"))))
        return "it compares the sale price with the list price";
    if ((has(words, "days") && (has(words, "market") || has(words, "close"))) || name == "dom" || name == "cdom")
        return "it is known only once the property has sold";
    if (has(words, "per") && (has(words, "price") || has(words, "value"))) return "it is computed from the price";
    if (has(words, "buyer") || has(words, "deed")) return "it is recorded with the sale";
    return {};
}

/// Why a column of leads, loans or other cases may have been filled in once the outcome was under way; empty if its name does not say so.
std::string judged_by_name(const std::string& column) {
    auto words = name_words(column);
    auto any = [&](std::initializer_list<std::string_view> wanted) {
        return std::ranges::any_of(wanted, [&](auto word) { return has(words, word); });
    };
    if (any({"tag", "tags", "disposition", "resolution"})) return "people write it down as the case goes on";
    if (any({"last", "latest"}) && any({"activity", "action", "event", "status", "contact", "notable"}))
        return "it goes on changing until the outcome and after";
    if (any({"quality", "profile", "index", "score", "rating"}) && any({"lead", "activity", "profile", "customer", "prospect"}))
        return "it is somebody's judgement, or another model's";
    return {};
}

}  // namespace

std::vector<LeakFinding> search_leaks(const Table& table, const std::string& label, Task task, const std::string& time) {
    std::vector<LeakFinding> findings;
    const Column* label_column = table.find(label);
    if (label_column == nullptr) return findings;
    auto values = label_values(*label_column);
    if (!values) return findings;
    auto target = task == Task::binary ? *values : ranks(*values);
    for (const auto& column : table.columns()) {
        if (column.name == label || column.name == time) continue;
        auto cell_of = cells(column);
        double strength = task == Task::binary ? area_under_curve(cell_of, target) : explained(cell_of, target);
        bool certain = strength > (task == Task::binary ? certain_binary : certain_regression);
        bool suspicious = strength > (task == Task::binary ? suspicious_binary : suspicious_regression);
        auto reason = task == Task::binary ? std::string() : told_by_name(column.name);
        const char* measure = task == Task::binary ? "AUC" : "R² of ranks";
        if (!reason.empty()) {
            findings.push_back({column.name, strength, true, fmt::format("left out: {} ({} {:.2f} alone)", reason, measure, strength)});
        } else if (certain) {
            findings.push_back(
                {column.name, strength, true, fmt::format("left out: it alone tells the label ({} {:.3f})", measure, strength)});
        } else if (suspicious) {
            findings.push_back(
                {column.name, strength, false,
                 fmt::format(
                     "kept, but it alone explains the label suspiciously well ({} {:.3f}): make sure that it is known before the outcome",
                     measure, strength)});
        } else if (auto judged = task == Task::binary ? judged_by_name(column.name) : std::string(); !judged.empty()) {
            findings.push_back({column.name, strength, false,
                                fmt::format("kept, but by its name {}: make sure that it is known before the outcome ({} {:.2f} alone)",
                                            judged, measure, strength)});
        }
    }
    std::ranges::stable_sort(findings, [](const auto& a, const auto& b) { return a.strength > b.strength; });
    return findings;
}

}  // namespace quoin
