#include "evaluation/survival/incidence_scores.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/rng.h"
#include "evaluation/survival/censored_scores.h"
#include "evaluation/survival/product_limit.h"

namespace quoin {
namespace {

// tests/oracles/competing_risks.R
const std::vector<double> stops = {3, 5, 5, 8, 8, 8, 12, 13, 15, 15, 20, 22, 22, 30, 31, 40};
const std::vector<std::uint8_t> outcomes = {1, 2, 1, 0, 1, 2, 2, 1, 0, 1, 1, 2, 0, 1, 0, 2};
const std::vector<double> horizons = {2, 5, 8, 13, 15, 22, 30, 40};

std::vector<double> reference(const std::string& wanted) {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/competing_risks.txt");
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        if (name != wanted) continue;
        std::vector<double> numbers;
        for (double number; words >> number;) numbers.push_back(number);
        return numbers;
    }
    return {};
}

TEST(IncidenceScores, CumulativeIncidenceIsRsSurvfit) {
    auto event = cumulative_incidence({stops, outcomes}, horizons).value();
    auto expected = reference("incidence");
    ASSERT_EQ(event.size(), expected.size());
    for (std::size_t k = 0; k < event.size(); ++k) EXPECT_NEAR(event[k], expected[k], 1e-11) << horizons[k];
    auto exchanged = outcomes;
    for (auto& outcome : exchanged) outcome = outcome == 0 ? 0 : static_cast<std::uint8_t>(3 - outcome);
    auto competing = cumulative_incidence({stops, exchanged}, horizons).value();
    expected = reference("competing");
    for (std::size_t k = 0; k < competing.size(); ++k) EXPECT_NEAR(competing[k], expected[k], 1e-11) << horizons[k];
}

TEST(IncidenceScores, WithoutACompetingEventAreThoseOfSurvival) {
    Rng rng(3);
    std::vector<double> times;
    std::vector<std::uint8_t> events;
    const std::vector<double> grid = {2, 5, 9};
    Matrix incidence(200, grid.size()), survival(200, grid.size());
    for (std::size_t i = 0; i < 200; ++i) {
        times.push_back(std::floor(1 + 12 * rng.uniform()));
        events.push_back(rng.uniform() < 0.6 ? 1 : 0);
        for (std::size_t k = 0; k < grid.size(); ++k) incidence(i, k) = rng.uniform(), survival(i, k) = 1 - incidence(i, k);
    }
    auto censoring = censoring_curve(CompetingTimes{times, events}).value();
    SurvivalTimes plain{.stops = times, .events = events};
    auto expected = brier_scores(plain, survival, grid, censoring_curve(plain).value()).value();
    auto scores = incidence_brier_scores({times, events}, incidence, grid, censoring).value();
    for (std::size_t k = 0; k < grid.size(); ++k) EXPECT_NEAR(scores[k], expected[k], 1e-12);
    auto kaplan_meier = product_limit(plain).value().curve;
    auto population = cumulative_incidence({times, events}, grid).value();
    for (std::size_t k = 0; k < grid.size(); ++k) EXPECT_NEAR(population[k], 1 - kaplan_meier.at(grid[k]), 1e-12);
}

TEST(IncidenceScores, WhatIsRuledOutNeverHappens) {
    const std::vector<double> times = {1, 2, 3, 9};
    const std::vector<std::uint8_t> ends = {1, 2, 1, 2};
    Matrix perfect(4, 1);
    perfect(0, 0) = perfect(2, 0) = 1;
    const double horizon[] = {5};
    auto censoring = censoring_curve(CompetingTimes{times, ends}).value();
    EXPECT_EQ(incidence_brier_scores({times, ends}, perfect, horizon, censoring).value()[0], 0);
    perfect(1, 0) = 0.5;
    EXPECT_DOUBLE_EQ(incidence_brier_scores({times, ends}, perfect, horizon, censoring).value()[0], 0.25 / 4);
    EXPECT_FALSE(incidence_brier_scores({times, {}}, perfect, horizon, censoring));
    EXPECT_FALSE(cumulative_incidence({times, std::vector<std::uint8_t>{1, 2, 3, 0}}, horizon));
}

TEST(IncidenceScores, CalibrationBinsFollowThePrediction) {
    std::vector<double> predicted(stops.size());
    for (std::size_t i = 0; i < predicted.size(); ++i) predicted[i] = i < 8 ? 0.9 : 0.1;
    auto bins = incidence_calibration({stops, outcomes}, predicted, 13, 2).value();
    ASSERT_EQ(bins.size(), 2u);
    EXPECT_DOUBLE_EQ(bins[0].predicted, 0.1);
    EXPECT_EQ(bins[0].observed, 0);  // the later half: none of their events comes by 13
    EXPECT_NEAR(bins[1].observed, 4.0 / 8 + 0.1, 0.15);
}

}  // namespace
}  // namespace quoin
