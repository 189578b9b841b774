#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "models/series/series.h"

namespace quoin {

// What the tests of series models share: the answers of the reference libraries in tests/oracles, and series made from them.

boost::json::value read_oracle(const std::string& name);
std::vector<double> numbers_of(const boost::json::value& value);
/// statsmodels' answers (tests/oracles/series_statistics.py).
const boost::json::value& statistics_oracle();
std::vector<double> oracle_series(std::string_view name);
/// One value a day from 2020 on.
Series daily(const std::vector<double>& values);

}  // namespace quoin
