#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "learning/series/prophet_fit.h"
#include "learning/series/prophet_plan.h"
#include "learning/series/series_fixture.h"

namespace quoin {
namespace {

/// Prophet's answers (tests/oracles/series_prophet.py).
const boost::json::value& oracle() {
    static const boost::json::value value = read_oracle("series_prophet.json");
    return value;
}

struct OracleCase {
    Series series;
    ProphetOptions options;
    ProphetHistory history;
};

struct Rows {
    std::vector<EventTime> times;
    std::vector<double> values, others;
};

Rows read_rows(const std::string& name, std::size_t every) {
    std::string path = std::string(std::getenv("QUOIN_DATA")) + "/forecast/prophet/" + name;
    std::string text;
    FILE* pipe = popen((name.ends_with(".gz") ? "gzip -dc '" + path + "'" : "cat '" + path + "'").c_str(), "r");
    char buffer[4096];
    for (std::size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, got);
    pclose(pipe);
    for (char& c : text)
        if (c == '\r') c = '\n';
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    Rows rows;
    for (std::size_t i = 0; std::getline(lines, line); ++i) {
        std::erase(line, '"');
        if (line.empty() || i % every != 0) continue;
        std::istringstream cells(line);
        std::string time, value, other;
        std::getline(cells, time, ',');
        std::getline(cells, value, ',');
        std::getline(cells, other, ',');
        rows.times.push_back(parse_time(time).value());
        rows.values.push_back(value == "NaN" || value.empty() ? std::nan("") : std::stod(value));
        rows.others.push_back(other.empty() ? std::nan("") : std::stod(other));
    }
    return rows;
}

std::vector<ProphetHoliday> playoffs() {
    auto days = [](std::initializer_list<const char*> texts) {
        std::vector<EventTime> result;
        for (const char* text : texts) result.push_back(parse_time(text).value());
        return result;
    };
    return {{.name = "playoff",
             .days = days({"2008-01-13", "2009-01-03", "2010-01-16", "2010-01-24", "2010-02-07", "2011-01-08", "2013-01-12", "2014-01-12",
                           "2014-01-19", "2014-02-02", "2015-01-11", "2016-01-17", "2016-01-24", "2016-02-07"}),
             .upper_window = 1},
            {.name = "superbowl", .days = days({"2010-02-07", "2014-02-02", "2016-02-07"}), .upper_window = 1}};
}

OracleCase case_of(const std::string& name) {
    ProphetOptions options;
    ProphetHistory history;
    bool is_passengers = name.starts_with("air"), is_shops = name == "shops_regressor", is_hourly = name == "yosemite_hourly";
    Rows rows = read_rows(is_passengers                ? "example_air_passengers.csv"
                          : name.starts_with("peyton") ? "example_wp_log_peyton_manning.csv"
                          : is_shops                   ? "example_pedestrians_multivariate.csv"
                          : is_hourly                  ? "example_yosemite_temps.csv.gz"
                                                       : "example_pedestrians_covid.csv",
                          is_hourly ? 12 : 1);
    options.is_multiplicative = name.ends_with("_multiplicative");
    if (name.ends_with("_holidays")) options.terms.holidays = playoffs();
    if (name.ends_with("_flat")) options.growth = ProphetGrowth::flat;
    if (name.ends_with("_minmax")) {
        options.scaling = ProphetOptions::Scaling::minmax;
        options.changepoint_prior_scale = 0.5;
    }
    if (name.ends_with("_logistic")) {
        options.growth = ProphetGrowth::logistic;
        history.capacities.assign(rows.times.size(), 13.0);
    }
    if (is_shops) {  // the file's location_4 explains location_41
        options.terms.regressors = {{.name = "location_4"}};
        std::swap(rows.values, rows.others);
        history.regressors = Matrix(rows.times.size(), 1);
        for (std::size_t i = 0; i < rows.times.size(); ++i) history.regressors(i, 0) = rows.others[i];
    }
    return {Series::make(std::move(rows.times), std::move(rows.values)).value(), std::move(options), std::move(history)};
}

ProphetMoments moments_of(const boost::json::value& one, const ProphetModel& model) {
    ProphetMoments moments;
    for (const auto& time : one.at("times").as_array()) moments.times.push_back(EventTime{time.to_number<std::int64_t>()});
    if (model.trend.growth == ProphetGrowth::logistic) moments.capacities.assign(moments.times.size(), 13.0);
    if (one.at("regressor").is_array()) {
        auto values = numbers_of(one.at("regressor"));
        moments.regressors = Matrix(values.size(), 1);
        for (std::size_t i = 0; i < values.size(); ++i) moments.regressors(i, 0) = values[i];
    }
    return moments;
}

/// Prophet's parameters in our order: holidays come in the order of the options there, sorted by name here; both are sorted.
ProphetPoint point_of(const boost::json::value& one) {
    const auto& p = one.at("params");
    ProphetPoint point{{p.at("k").at(0).to_number<double>(), p.at("m").at(0).to_number<double>()},
                       p.at("sigma_obs").at(0).to_number<double>()};
    for (const char* name : {"delta", "beta"})
        for (double value : numbers_of(p.at(name))) point.values.push_back(value);
    return point;
}

class ProphetOracle : public testing::Test {
protected:
    void SetUp() override {
        if (std::getenv("QUOIN_DATA") == nullptr) GTEST_SKIP() << "set QUOIN_DATA to the folder with forecast/prophet";
    }
};

TEST_F(ProphetOracle, TheObjectiveAtProphetsParametersIsProphets) {
    for (const auto& one : oracle().at("cases").as_array()) {
        std::string name(one.at("name").as_string());
        OracleCase c = case_of(name);
        ProphetPlan plan = plan_prophet(c.series, c.options, c.history).value();
        ASSERT_EQ(plan.data.times.size(), one.at("rows").to_number<std::size_t>()) << name;
        ProphetPoint point = point_of(one);
        double objective = -negative_log_posterior(plan.data, point, residual_squares(plan.data, point));
        double reference = one.at("objective").to_number<double>();
        EXPECT_NEAR(objective, reference, 1e-6 * std::abs(reference)) << name;
    }
}

TEST_F(ProphetOracle, TheFitReachesProphetsObjective) {
    for (const auto& one : oracle().at("cases").as_array()) {
        std::string name(one.at("name").as_string());
        OracleCase c = case_of(name);
        auto model = fit_prophet(c.series, c.options, c.history);
        ASSERT_TRUE(model) << name << ": " << model.error().message;
        double reference = one.at("objective").to_number<double>();
        EXPECT_GT(model->objective, reference - 1e-4 * std::abs(reference)) << name;
        RecordProperty(name, std::to_string(model->objective - reference));
    }
}

/// Root mean square of the differences.
double distance(const std::vector<double>& values, const std::vector<double>& reference) {
    double squares = 0;
    for (std::size_t i = 0; i < values.size(); ++i) squares += std::pow(values[i] - reference.at(i), 2);
    return std::sqrt(squares / static_cast<double>(values.size()));
}

TEST_F(ProphetOracle, TrendAndComponentsAtProphetsParametersAreProphets) {
    for (const auto& one : oracle().at("cases").as_array()) {
        std::string name(one.at("name").as_string());
        OracleCase c = case_of(name);
        ProphetPlan plan = plan_prophet(c.series, c.options, c.history).value();
        ProphetPoint point = point_of(one);
        ProphetModel model = plan.model;
        model.trend = trend_of(plan.data, point);
        model.effects = effects_of(plan.data, point);
        model.noise = point.noise;
        ProphetForecast ours = model.predict(moments_of(one, model), {.levels = {0.8}, .paths = 4000}).value();
        double unit = model.noise * model.scale;
        EXPECT_LT(distance(ours.trend.point, numbers_of(one.at("trend"))), 1e-6 * model.scale) << name;
        EXPECT_LT(distance(ours.forecast.point, numbers_of(one.at("point"))), 1e-6 * model.scale) << name;
        for (const ForecastPart& part : ours.parts) {
            double size = part.is_multiplicative ? 1 : model.scale;
            EXPECT_LT(distance(part.values, numbers_of(one.at("parts").at(part.name))), 1e-6 * size) << name << " " << part.name;
        }
        // Both bands are simulated, Prophet's on a grid of steps, ours at the moments asked.
        EXPECT_LT(distance(ours.forecast.bands[0].lower, numbers_of(one.at("lower"))), 0.2 * unit) << name;
        EXPECT_LT(distance(ours.forecast.bands[0].upper, numbers_of(one.at("upper"))), 0.2 * unit) << name;
    }
}

TEST_F(ProphetOracle, FittedTrendAndComponentsAreProphetsWithinAFractionOfTheNoise) {
    for (const auto& one : oracle().at("cases").as_array()) {
        std::string name(one.at("name").as_string());
        OracleCase c = case_of(name);
        ProphetModel model = fit_prophet(c.series, c.options, c.history).value();
        ProphetForecast ours = model.predict(moments_of(one, model), {.levels = {}}).value();
        // L-BFGS stops before the optimum, by a tenth of the noise where it is flat.
        double unit = model.noise * model.scale;
        EXPECT_LT(distance(ours.trend.point, numbers_of(one.at("trend"))), 0.15 * unit) << name;
        EXPECT_LT(distance(ours.forecast.point, numbers_of(one.at("point"))), 0.15 * unit) << name;
        for (const ForecastPart& part : ours.parts) {
            double size = part.is_multiplicative ? model.noise : unit;
            EXPECT_LT(distance(part.values, numbers_of(one.at("parts").at(part.name))), 0.1 * size) << name << " " << part.name;
        }
    }
}

}  // namespace
}  // namespace quoin
