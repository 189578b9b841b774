#include <algorithm>
#include <cmath>
#include <set>

#include "learning/trainer.h"

namespace quoin {
namespace {

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

}  // namespace

Result<LabelledRows> labelled_rows(const Table& table, const Declaration& declaration) {
    TRY(column, table.column(declaration.label));
    TRY(labels, label_numbers(*column, declaration));
    LabelledRows rows;
    std::vector<std::size_t> kept, unlabelled;
    std::size_t below = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (std::isnan(labels[i])) {
            unlabelled.push_back(i);
        } else if (std::isinf(labels[i])) {
            return fail_field(ErrorKind::invalid, declaration.label, "row {}: label '{}' is infinite", i + 1, declaration.label);
        } else if (labels[i] < declaration.label_lower) {
            ++below;
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
    TRY_VOID(check_labels(rows.labels, declaration));
    rows.unlabelled = table.take(unlabelled);
    rows.table = kept.size() == table.rows() ? table : table.take(kept);
    return rows;
}

}  // namespace quoin
