#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "learning/series/series_fixture.h"

namespace quoin {

boost::json::value read_oracle(const std::string& name) {
    std::ifstream file(std::filesystem::path(QUOIN_SOURCE_DIR) / "tests/oracles" / name);
    std::stringstream text;
    text << file.rdbuf();
    return parse_json(text.str()).value();
}

std::vector<double> numbers_of(const boost::json::value& value) {
    std::vector<double> result;
    for (const auto& number : value.as_array()) result.push_back(number.to_number<double>());
    return result;
}

const boost::json::value& statistics_oracle() {
    static const boost::json::value value = read_oracle("series_statistics.json");
    return value;
}

std::vector<double> oracle_series(std::string_view name) { return numbers_of(statistics_oracle().at(name)); }

Series daily(const std::vector<double>& values) {
    std::vector<EventTime> times;
    for (std::size_t i = 0; i < values.size(); ++i)
        times.push_back(advance(from_civil(2020, 1, 1), {.us = 86'400'000'000}, static_cast<std::int64_t>(i)));
    return Series::make(std::move(times), values).value();
}

namespace {

TEST(SeriesFixture, HoldsTheWholeSeries) {
    EXPECT_EQ(oracle_series("passengers").size(), 144u);
    EXPECT_EQ(oracle_series("nile").size(), 100u);
}

}  // namespace
}  // namespace quoin
