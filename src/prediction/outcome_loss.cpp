#include "prediction/outcome_loss.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::array names = {"absolute_percentage_error", "absolute_error", "squared_error", "brier", "log_loss", "pinball"};
constexpr double probability_min = 1e-9;

Result<double> number_of(const json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_number()) return fail(ErrorKind::corrupt, "the record's answer has no number '{}'", key);
    return value->to_number<double>();
}

Result<double> actual_number(const FeatureValue& actual) {
    const double* number = std::get_if<double>(&actual);
    if (number == nullptr || !std::isfinite(*number))
        return fail_field(ErrorKind::invalid, "/actual_value", "the actual value of this prediction is a number");
    return *number;
}

Result<double> percentage_error(double predicted, double actual) {
    if (actual == 0) return fail_field(ErrorKind::invalid, "/actual_value", "an error in percent of 0 has no meaning");
    return std::abs(predicted - actual) / std::abs(actual);
}

/// Probability of what happened, and the squared distance of all probabilities from it.
struct Chance {
    double of_actual, squares;
};

Result<Chance> class_chance(const json::object& classes, const FeatureValue& actual) {
    const auto* name = std::get_if<std::string>(&actual);
    if (name == nullptr || !classes.contains(*name))
        return fail_field(ErrorKind::invalid, "/actual_value", "the actual value of this prediction is the name of one of its classes");
    Chance chance{0, 0};
    for (const auto& [level, probability] : classes) {
        if (!probability.is_number()) return fail(ErrorKind::corrupt, "the record's answer has a class without a probability");
        auto p = probability.to_number<double>();
        bool happened = std::string_view(level) == *name;
        if (happened) chance.of_actual = p;
        chance.squares += (p - happened) * (p - happened);
    }
    chance.squares /= 2;
    return chance;
}

Result<Chance> chance_of(const json::object& answer, const FeatureValue& actual) {
    if (const auto* classes = answer.if_contains("class_probabilities"); classes != nullptr && classes->is_object())
        return class_chance(classes->get_object(), actual);
    TRY(probability, number_of(answer, "predicted_value"));
    TRY(happened, actual_number(actual));
    if (happened != 0 && happened != 1)
        return fail_field(ErrorKind::invalid, "/actual_value", "the actual value of this prediction is 1 (it happened) or 0, not {}",
                          happened);
    if (!(probability >= 0 && probability <= 1))
        return fail_field(ErrorKind::invalid, "/actual_value", "the answer {} is no probability; this loss is of probabilities",
                          probability);
    return Chance{happened == 1 ? probability : 1 - probability, (probability - happened) * (probability - happened)};
}

Result<double> mean_pinball(const json::object& answer, double actual) {
    const auto* quantiles = answer.if_contains("quantiles");
    if (quantiles == nullptr || !quantiles->is_array() || quantiles->get_array().empty())
        return fail_field(ErrorKind::invalid, "loss", "the answer has no quantiles; the pinball loss is of quantiles");
    double sum = 0;
    for (const auto& quantile : quantiles->get_array()) {
        if (!quantile.is_object()) return fail(ErrorKind::corrupt, "the record's quantiles are damaged");
        TRY(level, number_of(quantile.get_object(), "level"));
        TRY(predicted, number_of(quantile.get_object(), "predicted"));
        sum += std::max(level * (actual - predicted), (level - 1) * (actual - predicted));
    }
    return sum / static_cast<double>(quantiles->get_array().size());
}

Result<double> loss_in(OutcomeLoss loss, const json::object& answer, const FeatureValue& actual) {
    if (loss == OutcomeLoss::brier || loss == OutcomeLoss::log_loss) {
        TRY(chance, chance_of(answer, actual));
        return loss == OutcomeLoss::brier ? chance.squares : -std::log(std::clamp(chance.of_actual, probability_min, 1.0));
    }
    TRY(happened, actual_number(actual));
    if (loss == OutcomeLoss::pinball) return mean_pinball(answer, happened);
    TRY(predicted, number_of(answer, "predicted_value"));
    if (loss == OutcomeLoss::absolute_percentage_error) return percentage_error(predicted, happened);
    double error = std::abs(predicted - happened);
    return loss == OutcomeLoss::squared_error ? error * error : error;
}

}  // namespace

const char* name_of(OutcomeLoss loss) { return names[static_cast<std::size_t>(loss)]; }

Result<OutcomeLoss> outcome_loss_from(std::string_view text) {
    auto found = std::ranges::find(names, text);
    if (found == names.end())
        return fail_field(ErrorKind::invalid, "loss", "there is no loss '{}'; there are {}", text.substr(0, 40), fmt::join(names, ", "));
    return static_cast<OutcomeLoss>(found - names.begin());
}

Result<double> loss_of(OutcomeLoss loss, std::string_view answer_json, const FeatureValue& actual) {
    auto answer = parse_json(answer_json);
    if (!answer || !answer->is_object()) return fail(ErrorKind::corrupt, "the record's answer is damaged");
    TRY(value, loss_in(loss, answer->get_object(), actual));
    if (!std::isfinite(value)) return fail_field(ErrorKind::invalid, "/actual_value", "the actual value is too far from any answer");
    return value;
}

}  // namespace quoin
