// How a live model of several classes answers: all rows go through each class's ensemble at once, the most probable class is explained.

#include <algorithm>
#include <numeric>

#include "prediction/drivers.h"
#include "prediction/live_model.h"
#include "prediction/query_row.h"

namespace quoin {
namespace {

/// Most probable first; equal ones in the order of the classes.
std::vector<std::size_t> by_probability(std::span<const double> probabilities) {
    std::vector<std::size_t> order(probabilities.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](auto a, auto b) { return probabilities[a] > probabilities[b]; });
    return order;
}

/// One row and what the classes say of it.
struct ClassRow {
    std::span<const double> raw, encoded, scores, probabilities;
};

/// Reasons of class k: the exact SHAP values of its score against the rest. Its probability at the base is divided by what this answer's
/// was normalised by, so that the amounts add up to the difference of the two.
Reasons reasons_for(const TrainedModel& model, std::size_t k, const ClassRow& row, std::size_t most) {
    std::vector<double> values(model.encoder.features().size() + 1);
    model.classes[k].ensemble.contributions(row.encoded, values);
    double base = values.back(), score = std::accumulate(values.begin(), values.end() - 1, base);
    double normaliser = model.class_probability(k, row.scores[k]) / row.probabilities[k];
    double value = row.probabilities[k], typical = std::min(1.0, model.class_probability(k, base) / normaliser);
    double scale = score == base ? 0 : (value - typical) / (score - base);
    return reasons_of(model.encoder, {row.raw, values, value, typical, scale, "probability of " + model.classes[k].level, ""}, most);
}

}  // namespace

std::vector<Result<Prediction>> LiveModel::class_answers(std::span<const PredictionQuery> filled) const {
    const auto& model = *model_;
    std::vector<Result<Prediction>> answers;
    std::vector<std::vector<double>> rows;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < filled.size(); ++i) {
        auto row = raw_row(model, filled[i]);
        answers.emplace_back(row ? Result<Prediction>(begun(filled[i])) : tl::unexpected(row.error()));
        if (!row) continue;
        rows.push_back(std::move(*row));
        places.push_back(i);
    }
    Matrix raw(rows.size(), model.encoder.inputs().size());
    for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(rows[i], raw.row(i).begin());
    auto encoded = model.encoder.encode(raw);
    auto scores = model.class_scores(encoded);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& query = filled[places[i]];
        Prediction& prediction = *answers[places[i]];
        auto probabilities = model.class_probabilities(scores.row(i));
        auto order = by_probability(probabilities);
        for (auto k : order) prediction.class_probabilities.push_back({model.classes[k].level, probabilities[k]});
        prediction.score = prediction.value = prediction.confidence = probabilities[order[0]];
        prediction.predicted_class = model.classes[order[0]].level;
        if (query.drivers > 0) {
            auto reasons = reasons_for(model, order[0], {raw.row(i), encoded.row(i), scores.row(i), probabilities}, query.drivers);
            prediction.typical_value = reasons.typical_value;
            prediction.drivers = std::move(reasons.drivers);
        }
        prediction.notes = notes_of(model, query, raw.row(i));
    }
    return answers;
}

}  // namespace quoin
