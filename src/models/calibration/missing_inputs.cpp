#include "models/calibration/missing_inputs.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace quoin {

double MissingInputs::factor(std::span<const double> raw) const {
    double sum = 0;
    std::size_t unknown = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (!(weights[i] > 0) || !std::isnan(raw[i])) continue;
        sum += weights[i];
        ++unknown;
    }
    return std::min(std::sqrt(1 + (unknown > 1 ? together * sum : sum)), factor_max);
}

boost::json::object to_json(const MissingInputs& missing) {
    return {{"weights", boost::json::value_from(missing.weights)}, {"together", missing.together}, {"factor_max", missing.factor_max}};
}

Result<MissingInputs> missing_inputs_from_json(const boost::json::value& stored, std::size_t inputs) {
    MissingInputs missing{boost::json::value_to<std::vector<double>>(stored.at("weights")), stored.at("together").to_number<double>(),
                          stored.at("factor_max").to_number<double>()};
    bool has_weights = missing.weights.size() == inputs &&
                       std::ranges::all_of(missing.weights, [](double weight) { return weight >= 0 && std::isfinite(weight); });
    auto is_factor = [](double factor) { return factor >= 1 && std::isfinite(factor); };
    if (!has_weights || !is_factor(missing.together) || !is_factor(missing.factor_max))
        return fail(ErrorKind::corrupt, "the weights of the model's missing inputs are not readable");
    return missing;
}

}  // namespace quoin
