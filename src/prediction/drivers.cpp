#include "prediction/drivers.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "prediction/wording.h"

namespace quoin {
namespace {

constexpr const char* location = "location";

/// Dollars per unit of score between two values; the limit where they are equal.
double logarithmic_mean(double a, double b) {
    double difference = std::log(a) - std::log(b);
    return std::abs(difference) < 1e-12 ? a : (a - b) / difference;
}

FeatureValue location_value(const Encoder& encoder, std::span<const double> raw) {
    std::string place;
    for (const auto& feature : encoder.features()) {
        if (feature.reason != location || feature.inputs.size() != 1) continue;
        const auto& input = encoder.inputs()[feature.inputs[0]];
        double value = raw[feature.inputs[0]];
        if (std::isnan(value)) continue;
        if (input.kind == ColumnKind::category) return feature_value(input, value);
        if (feature.kind == FeatureKind::number) place += fmt::format("{}{:.4f}", place.empty() ? "" : ", ", value);
    }
    if (place.empty()) return nullptr;
    return place;
}

/// What is raised and lowered, in words.
std::string noun_of(const TrainedModel& model) {
    if (model.task == Task::binary) return "probability";
    if (model.unit != "rate") return "value";
    auto words = model.label;
    std::ranges::replace(words, '_', ' ');
    return words;
}

std::string sentence_of(const Driver& driver, const std::string& shown, const Explained& explained) {
    const char* verb = driver.amount >= 0 ? "raises" : "lowers";
    bool is_probability = explained.what.starts_with("probability");
    auto amount = is_probability ? fmt::format("{:.1f} percentage points", 100 * std::abs(driver.amount))
                                 : amount_text(std::abs(driver.amount), explained.unit);
    // The label of a feature of the catalog is a sentence of its own.
    const char* between = shown == "not known" || driver.feature.find(':') != std::string::npos ? ":" : "";
    if (shown == "not known") return fmt::format("{} not known: {} the {} by {}", driver.label, verb, explained.what, amount);
    return fmt::format("{}{} {} {} the {} by {}", driver.label, between, shown, verb, explained.what, amount);
}

Explained explained_of(const TrainedModel& model, std::span<const double> raw, std::span<const double> values) {
    double base = values.back(), score = std::accumulate(values.begin(), values.end() - 1, base);
    double value = model.in_label_unit(score), typical = model.in_label_unit(base);
    if (model.task == Task::binary)
        return {raw, values, value, typical, score == base ? 0 : (value - typical) / (score - base), "probability", ""};
    return {raw, values, value, typical, model.log_label ? logarithmic_mean(value, typical) : 1, noun_of(model), model.unit};
}

}  // namespace

Reasons reasons_of(const Encoder& encoder, const Explained& explained, std::size_t most) {
    const auto& [raw, values, value, typical, scale, what, unit] = explained;
    auto contributions = values.first(values.size() - 1);
    std::map<std::string, double> by_reason;
    for (std::size_t j = 0; j < contributions.size(); ++j) by_reason[encoder.features()[j].reason] += contributions[j];
    std::vector<std::pair<std::string, double>> ordered(by_reason.begin(), by_reason.end());
    std::ranges::stable_sort(ordered, [](const auto& a, const auto& b) { return std::abs(a.second) > std::abs(b.second); });
    ordered.resize(std::min(ordered.size(), most));
    Reasons reasons{typical, {}};
    for (const auto& [reason, contribution] : ordered) {
        Driver driver{.feature = reason, .contribution = contribution, .amount = contribution * scale};
        int index = encoder.input_index(reason);
        std::string shown;
        if (index >= 0) {
            const auto& input = encoder.inputs()[static_cast<std::size_t>(index)];
            driver.label = input.label;
            driver.value = feature_value(input, raw[static_cast<std::size_t>(index)]);
            shown = value_text(input, driver.value);
        } else {
            driver.label = reason;
            driver.value = location_value(encoder, raw);
            const auto* text = std::get_if<std::string>(&driver.value);
            shown = text == nullptr ? "not known" : *text;
        }
        driver.sentence = sentence_of(driver, shown, explained);
        reasons.drivers.push_back(std::move(driver));
    }
    return reasons;
}

std::vector<Reasons> explain(const TrainedModel& model, MatrixView<const double> raw, MatrixView<const double> encoded, std::size_t most) {
    auto values = model.contributions(raw, encoded);
    std::vector<Reasons> reasons;
    for (std::size_t i = 0; i < values.rows(); ++i)
        reasons.push_back(reasons_of(model.encoder, explained_of(model, raw.row(i), values.row(i)), most));
    return reasons;
}

Reasons explain_quantile(const TrainedModel& model, std::size_t level, std::span<const double> raw, std::size_t most) {
    MatrixView<const double> row(raw.data(), 1, raw.size());
    auto encoded = model.encoder.encode(row);
    auto values = model.quantile_contributions(level, row, encoded.view());
    return reasons_of(model.encoder, explained_of(model, raw, values.row(0)), most);
}

}  // namespace quoin
