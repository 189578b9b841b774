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

std::string sentence_of(const Driver& driver, const std::string& shown, const std::string& unit, bool is_probability) {
    const char* verb = driver.amount >= 0 ? "raises" : "lowers";
    auto amount = amount_text(std::abs(driver.amount), unit);
    const char* what = is_probability ? "probability" : "value";
    if (is_probability) amount = fmt::format("{:.1f} percentage points", 100 * std::abs(driver.amount));
    if (shown == "not known") return fmt::format("{} not known: {} the {} by {}", driver.label, verb, what, amount);
    return fmt::format("{} {} {} the {} by {}", driver.label, shown, verb, what, amount);
}

/// `values`: the SHAP values of a row and, last, their base. Only the `most` largest are put into words.
Reasons reasons_of(const TrainedModel& model, std::span<const double> raw, std::span<const double> values, std::size_t most) {
    double base = values.back();
    auto contributions = values.first(values.size() - 1);
    double score = std::accumulate(contributions.begin(), contributions.end(), base);
    std::map<std::string, double> by_reason;
    for (std::size_t j = 0; j < contributions.size(); ++j) by_reason[model.encoder.features()[j].reason] += contributions[j];

    double value = model.in_label_unit(score), typical = model.in_label_unit(base);
    double scale = 1;
    if (model.task == Task::binary) {
        scale = score == base ? 0 : (value - typical) / (score - base);
    } else if (model.log_label) {
        scale = logarithmic_mean(value, typical);
    }
    std::vector<std::pair<std::string, double>> ordered(by_reason.begin(), by_reason.end());
    std::ranges::stable_sort(ordered, [](const auto& a, const auto& b) { return std::abs(a.second) > std::abs(b.second); });
    ordered.resize(std::min(ordered.size(), most));
    Reasons reasons{typical, {}};
    for (const auto& [reason, contribution] : ordered) {
        Driver driver{.feature = reason, .contribution = contribution, .amount = contribution * scale};
        int index = model.encoder.input_index(reason);
        std::string shown;
        if (index >= 0) {
            const auto& input = model.encoder.inputs()[static_cast<std::size_t>(index)];
            driver.label = input.label;
            driver.value = feature_value(input, raw[static_cast<std::size_t>(index)]);
            shown = value_text(input, driver.value);
        } else {
            driver.label = reason;
            driver.value = location_value(model.encoder, raw);
            const auto* text = std::get_if<std::string>(&driver.value);
            shown = text == nullptr ? "not known" : *text;
        }
        driver.sentence = sentence_of(driver, shown, model.unit, model.task == Task::binary);
        reasons.drivers.push_back(std::move(driver));
    }
    return reasons;
}

}  // namespace

std::vector<Reasons> explain(const TrainedModel& model, MatrixView<const double> raw, MatrixView<const double> encoded, std::size_t most) {
    auto values = model.contributions(raw, encoded);
    std::vector<Reasons> reasons;
    for (std::size_t i = 0; i < values.rows(); ++i) reasons.push_back(reasons_of(model, raw.row(i), values.row(i), most));
    return reasons;
}

}  // namespace quoin
