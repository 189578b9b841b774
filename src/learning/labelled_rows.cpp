#include <algorithm>
#include <cmath>
#include <set>

#include "learning/trainer.h"

namespace quoin {
namespace {

/// The levels that occur, in alphabetical order.
std::vector<std::string> levels_in(const Column& column) {
    std::set<std::string> levels;
    for (std::size_t i = 0; i < column.size(); ++i)
        if (!column.is_missing(i)) levels.insert(column.text(i));
    return {levels.begin(), levels.end()};
}

std::vector<double> class_numbers(const Column& column, const std::vector<std::string>& levels) {
    std::vector<double> labels(column.size(), NAN);
    for (std::size_t i = 0; i < column.size(); ++i)
        if (!column.is_missing(i)) labels[i] = static_cast<double>(std::ranges::lower_bound(levels, column.text(i)) - levels.begin());
    return labels;
}

/// Too few rows of a class and no fold can learn it.
Status check_classes(const LabelledRows& rows, const Declaration& declaration) {
    std::vector<std::size_t> counts(rows.levels.size(), 0);
    for (double label : rows.labels) ++counts[static_cast<std::size_t>(label)];
    if (counts.size() > limits::classes_max)
        return fail_field(ErrorKind::invalid, declaration.label, "label '{}' has {} classes; the limit is {}", declaration.label,
                          counts.size(), limits::classes_max);
    for (std::size_t k = 0; k < counts.size(); ++k)
        if (counts[k] < 2 * declaration.folds)
            return fail_field(ErrorKind::invalid, declaration.label, "class '{}' of '{}' has {} rows; {} folds need at least {}",
                              rows.levels[k], declaration.label, counts[k], declaration.folds, 2 * declaration.folds);
    return {};
}

Result<std::vector<double>> label_numbers(const Column& column, const Declaration& declaration) {
    if (declaration.task == Task::binary && !declaration.positive_level.empty()) {
        std::vector<double> labels(column.size(), NAN);
        bool seen = false;
        for (std::size_t i = 0; i < column.size(); ++i) {
            if (column.is_missing(i)) continue;
            labels[i] = column.text(i) == declaration.positive_level ? 1 : 0;
            seen = seen || labels[i] == 1;
        }
        if (!seen)
            return fail_field(ErrorKind::invalid, column.name, "label '{}' never has the positive level '{}'", column.name,
                              declaration.positive_level);
        return labels;
    }
    if (column.kind() != ColumnKind::number)
        return fail_field(ErrorKind::invalid, column.name, "label '{}' holds {} values and must be a number (row 1: '{}')", column.name,
                          name_of(column.kind()), column.size() > 0 ? column.text(0) : "");
    return column.numbers();
}

Status check_labels(const std::vector<double>& labels, const Declaration& declaration) {
    std::set<double> distinct;
    for (double label : labels)
        if (distinct.size() < 3) distinct.insert(label);
    if (labels.size() < limits::training_rows_min)
        return fail_field(ErrorKind::invalid, declaration.label, "{} rows have a label '{}'; a calibrated model needs at least {}",
                          labels.size(), declaration.label, limits::training_rows_min);
    if (distinct.size() < 2)
        return fail_field(ErrorKind::invalid, declaration.label, "label '{}' is {} in every row: there is nothing to learn",
                          declaration.label, labels[0]);
    if (declaration.task == Task::binary && (distinct.size() != 2 || *distinct.begin() != 0 || *distinct.rbegin() != 1))
        return fail_field(ErrorKind::invalid, declaration.label, "label '{}' of a binary model must be 0 or 1; it also holds {}",
                          declaration.label, *distinct.rbegin());
    return {};
}

/// How each kept row ended.
Result<std::vector<std::uint8_t>> outcomes_of(const Table& table, std::span<const std::size_t> kept, const Declaration& declaration) {
    const auto& event = declaration.event;
    TRY(column, table.column(event.column));
    std::vector<std::uint8_t> outcomes;
    std::size_t happened = 0, ruled_out = 0;
    for (auto i : kept) {
        auto level = column->is_missing(i) ? std::string() : column->text(i);
        outcomes.push_back(level == event.happened ? 1 : !event.competing.empty() && level == event.competing ? 2 : 0);
        happened += outcomes.back() == 1, ruled_out += outcomes.back() == 2;
    }
    std::size_t least = 5 * declaration.folds;
    if (happened < least || (!event.competing.empty() && ruled_out < least))
        return fail_field(ErrorKind::invalid, event.column, "{} rows end with '{}' in '{}'{}; {} folds need at least {} of each", happened,
                          event.happened, event.column,
                          event.competing.empty() ? "" : fmt::format(" and {} with '{}'", ruled_out, event.competing), declaration.folds,
                          least);
    return outcomes;
}

}  // namespace

Result<LabelledRows> labelled_rows(const Table& table, const Declaration& declaration) {
    TRY(column, table.column(declaration.label));
    LabelledRows rows;
    if (declaration.task == Task::multiclass) rows.levels = levels_in(*column);
    TRY(labels, declaration.task == Task::multiclass ? Result<std::vector<double>>(class_numbers(*column, rows.levels))
                                                     : label_numbers(*column, declaration));
    std::vector<std::size_t> kept, unlabelled;
    std::size_t below = 0, above = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (std::isnan(labels[i])) {
            unlabelled.push_back(i);
        } else if (std::isinf(labels[i])) {
            return fail_field(ErrorKind::invalid, declaration.label, "row {}: label '{}' is infinite", i + 1, declaration.label);
        } else if (labels[i] < declaration.label_lower) {
            ++below;
        } else if (labels[i] > declaration.label_upper) {
            ++above;
        } else if (declaration.task == Task::survival && labels[i] <= 0) {
            return fail_field(
                ErrorKind::invalid, declaration.label,
                "row {}: '{}' is {}, and a watch must last longer than 0; declare 'minimum' under label to leave such rows out", i + 1,
                declaration.label, labels[i]);
        } else if (declaration.log_label && labels[i] <= 0) {
            return fail_field(ErrorKind::invalid, declaration.label,
                              "row {}: label '{}' is {}, and a label on a log scale must be positive; declare 'minimum' under label to "
                              "leave such rows out",
                              i + 1, declaration.label, labels[i]);
        } else {
            kept.push_back(i);
            rows.labels.push_back(labels[i]);
        }
    }
    if (!unlabelled.empty())
        rows.notes.push_back(fmt::format("{} rows without a value of '{}' were left out", unlabelled.size(), declaration.label));
    if (below > 0)
        rows.notes.push_back(
            fmt::format("{} rows with '{}' below {} were left out as declared", below, declaration.label, declaration.label_lower));
    if (above > 0)
        rows.notes.push_back(
            fmt::format("{} rows with '{}' above {} were left out as declared", above, declaration.label, declaration.label_upper));
    TRY_VOID(check_labels(rows.labels, declaration));
    if (declaration.task == Task::multiclass) TRY_VOID(check_classes(rows, declaration));
    if (declaration.task == Task::survival) {
        TRY(outcomes, outcomes_of(table, kept, declaration));
        rows.outcomes = std::move(outcomes);
    }
    rows.unlabelled = table.take(unlabelled);
    rows.table = kept.size() == table.rows() ? table : table.take(kept);
    return rows;
}

}  // namespace quoin
