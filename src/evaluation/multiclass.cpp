#include "evaluation/multiclass.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "evaluation/metric.h"

namespace quoin {
namespace {

constexpr double probability_least = 1e-15;

Result<double> metric(const char* name, std::span<const double> labels, std::span<const double> predictions) {
    TRY(entry, find_metric(name));
    return entry->compute({.labels = labels, .predictions = predictions});
}

Status check(const ClassRows& rows) {
    const auto& [labels, probabilities] = rows;
    if (labels.empty() || labels.size() != probabilities.rows())
        return fail(ErrorKind::invalid, "there are {} labels and {} rows of probabilities", labels.size(), probabilities.rows());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] >= probabilities.columns())
            return fail(ErrorKind::invalid, "row {}: class {} is none of {}", i + 1, labels[i], probabilities.columns());
        if (!std::ranges::all_of(probabilities.row(i), [](double p) { return p >= 0 && p <= 1; }))
            return fail(ErrorKind::invalid, "row {} has a probability outside 0 to 1", i + 1);
    }
    return {};
}

Result<double> macro_auc(const ClassRows& rows) {
    double sum = 0, classes = 0;
    for (std::size_t k = 0; k < rows.probabilities.columns(); ++k) {
        std::vector<double> is_class, probability;
        for (std::size_t i = 0; i < rows.labels.size(); ++i) {
            is_class.push_back(rows.labels[i] == k ? 1 : 0);
            probability.push_back(rows.probabilities(i, k));
        }
        if (std::ranges::count(is_class, 1.0) == 0) continue;
        TRY(auc, metric("auc", is_class, probability));
        sum += auc, ++classes;
    }
    return sum / classes;
}

}  // namespace

Result<MulticlassScore> score_classes(const ClassRows& rows) {
    TRY_VOID(check(rows));
    MulticlassScore score{};
    std::vector<double> right, highest;
    for (std::size_t i = 0; i < rows.labels.size(); ++i) {
        auto row = rows.probabilities.row(i);
        auto most = std::ranges::max_element(row);
        score.log_loss -= std::log(std::max(row[rows.labels[i]], probability_least));
        right.push_back(static_cast<std::size_t>(most - row.begin()) == rows.labels[i] ? 1 : 0);
        highest.push_back(*most);
    }
    auto count = static_cast<double>(rows.labels.size());
    score.log_loss /= count;
    score.accuracy = static_cast<double>(std::ranges::count(right, 1.0)) / count;
    TRY(auc, macro_auc(rows));
    score.macro_auc = auc;
    TRY(ece, metric("ece", right, highest));
    score.ece = ece;
    return score;
}

}  // namespace quoin
