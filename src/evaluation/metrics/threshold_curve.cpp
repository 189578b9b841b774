#include "evaluation/metrics/threshold_curve.h"

#include <algorithm>
#include <numeric>

#include "evaluation/metrics/weighting.h"

namespace quoin {
namespace {

Status check_classes(const Scored& scored) {
    TRY_VOID(check_rows(scored));
    for (std::size_t row = 0; row < scored.labels.size(); ++row)
        if (scored.labels[row] != 0 && scored.labels[row] != 1)
            return fail(ErrorKind::invalid, "the label of row {} is {}; a classification metric takes 0 or 1", row, scored.labels[row]);
    return {};
}

}  // namespace

Result<std::vector<ThresholdPoint>> threshold_curve(const Scored& scored) {
    TRY_VOID(check_classes(scored));
    std::vector<std::size_t> order(scored.labels.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return scored.predictions[a] > scored.predictions[b]; });
    std::vector<ThresholdPoint> points;
    double true_positive = 0, false_positive = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        double score = scored.predictions[order[i]];
        (scored.labels[order[i]] == 1 ? true_positive : false_positive) += weight_of(scored, order[i]);
        if (i + 1 == order.size() || scored.predictions[order[i + 1]] != score) points.push_back({score, true_positive, false_positive});
    }
    if (!(true_positive > 0) || !(false_positive > 0))
        return fail(ErrorKind::invalid, "all rows have label {}; this metric needs both classes", true_positive > 0 ? 1 : 0);
    return points;
}

Result<Confusion> confusion(const Scored& scored) {
    TRY_VOID(check_classes(scored));
    Confusion counts;
    for (std::size_t row = 0; row < scored.labels.size(); ++row) {
        bool called = scored.predictions[row] >= 0.5, is = scored.labels[row] == 1;
        auto& count = called ? (is ? counts.true_positive : counts.false_positive) : (is ? counts.false_negative : counts.true_negative);
        count += weight_of(scored, row);
    }
    return counts;
}

Status check_probabilities(const Scored& scored) {
    TRY_VOID(check_classes(scored));
    for (std::size_t row = 0; row < scored.labels.size(); ++row)
        if (scored.predictions[row] < 0 || scored.predictions[row] > 1)
            return fail(ErrorKind::invalid, "the prediction of row {} is {}, not a probability between 0 and 1", row,
                        scored.predictions[row]);
    return {};
}

}  // namespace quoin
