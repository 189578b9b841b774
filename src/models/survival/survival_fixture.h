#pragma once

#include <boost/json/fwd.hpp>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "models/survival/survival_times.h"

namespace quoin {

/// A file of reference values in tests/oracles. Include <boost/json.hpp> before this header.
inline boost::json::value survival_oracle(const std::string& name) {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/" + name);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    return boost::json::parse(text);
}

/// NaN where the reference has none.
inline std::vector<double> numbers_or_missing(const boost::json::value& value) {
    std::vector<double> numbers;
    for (const auto& number : value.as_array())
        numbers.push_back(number.is_null() ? std::numeric_limits<double>::quiet_NaN() : number.to_number<double>());
    return numbers;
}

/// Rows that own their data.
struct OwnedSurvivalRows {
    Matrix covariates;
    std::vector<double> starts, stops, weights;
    std::vector<std::uint8_t> events;
    std::vector<std::uint32_t> strata;
    std::vector<std::string> covariate_names, stratum_names;

    SurvivalTimes times() const { return {stops, events, starts, weights}; }
};

/// Rows as tests/oracles/cox_fit.R writes them: three covariates; all of starts, weights and strata filled in.
inline OwnedSurvivalRows owned_rows(const boost::json::value& entry) {
    OwnedSurvivalRows owned;
    owned.stops = numbers_or_missing(entry.at("stop"));
    owned.starts = numbers_or_missing(entry.at("start"));
    owned.weights = numbers_or_missing(entry.at("weight"));
    for (double event : numbers_or_missing(entry.at("event"))) owned.events.push_back(event == 1);
    for (double group : numbers_or_missing(entry.at("group"))) owned.strata.push_back(static_cast<std::uint32_t>(group));
    owned.stratum_names = {"0", "1", "2"};
    owned.covariate_names = {"x1", "x2", "x3"};
    const std::vector<double> x = numbers_or_missing(entry.at("x"));
    owned.covariates = Matrix(owned.stops.size(), 3);
    std::copy(x.begin(), x.end(), owned.covariates.view().data());
    return owned;
}

}  // namespace quoin
