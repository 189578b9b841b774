#include "models/calibration/quantile_conformal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <fstream>

#include "base/rng.h"
#include "models/calibration/adaptive_conformal.h"

namespace quoin {
namespace {

using testing::HasSubstr;

/// Skewed noise whose spread grows with x, and quantile predictions that are wrong in level and shape.
QuantileRow row(Rng& rng) {
    double x = rng.uniform(), noise = (0.2 + x) * (rng.gamma(2) - 1);
    return {2 * x - 0.6 * (0.2 + x), 2 * x + 1.2 * (0.2 + x), 2 * x + noise};
}

/// Cumulative distribution of the number covered among `asked` new rows: the coverage of n calibration rows at rank k is Beta(k, n + 1 −
/// k).
std::pair<int, int> beta_binomial_band(int asked, double k, double rest, double outside) {
    double sum = 0;
    int lower = 0, upper = asked;
    for (int c = 0; c <= asked; ++c) {
        double log = std::lgamma(asked + 1.0) - std::lgamma(c + 1.0) - std::lgamma(asked - c + 1.0) +
                     std::log(boost::math::beta(c + k, asked - c + rest)) - std::log(boost::math::beta(k, rest));
        double before = sum;
        sum += std::exp(log);
        if (before <= outside / 2) lower = c;
        if (before < 1 - outside / 2) upper = c;
    }
    return {lower, upper};
}

// Romano et al. (2019), equations 6 to 8, by hand: scores of 9 rows, level 0.8: rank ⌈10 · 0.8⌉ = 8.
TEST(QuantileConformal, EqualsTheDefinition) {
    std::vector<QuantileRow> rows;
    for (int i = 1; i <= 9; ++i) rows.push_back({0, 10, i % 2 ? 10.0 + i : -1.0 * i});
    auto both = QuantileConformal::fit(rows, Probability{0.8}).value();
    EXPECT_EQ(both.move_lower(), 8);
    EXPECT_EQ(both.interval(1, 2).lower, -7);
    EXPECT_EQ(both.interval(1, 2).upper, 10);
    // Each side at 0.9: rank 9. Below: 2, 4, 6, 8 and five far inside; above: 1, 3, 5, 7, 9.
    auto each = QuantileConformal::fit(rows, Probability{0.8}, ConformalSides::asymmetric).value();
    EXPECT_EQ(each.move_lower(), 8);
    EXPECT_EQ(each.move_upper(), 9);
    auto loaded = QuantileConformal::load(each.save()).value();
    EXPECT_EQ(loaded.save(), each.save());
    EXPECT_EQ(loaded.interval(0, 1).upper, each.interval(0, 1).upper);
}

// tests/oracles/quantile_conformal.py: MAPIE 1.6.0 on five folds.
TEST(QuantileConformal, EqualsMapieOnTheSameFolds) {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/quantile_conformal.json");
    auto folds = boost::json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
    using Rows = std::vector<std::vector<double>>;
    std::size_t compared = 0;
    for (const auto& fold : folds.as_array()) {
        std::vector<QuantileRow> rows;
        for (const auto& r : boost::json::value_to<Rows>(fold.at("rows"))) rows.push_back({r[0], r[1], r[2]});
        auto asked = boost::json::value_to<Rows>(fold.at("asked"));
        Probability level{fold.at("level").as_double()};
        for (auto [name, sides] :
             {std::pair{"symmetric", ConformalSides::symmetric}, std::pair{"asymmetric", ConformalSides::asymmetric}}) {
            if (!fold.as_object().contains(name)) continue;
            auto fitted = QuantileConformal::fit(rows, level, sides).value();
            auto theirs = boost::json::value_to<Rows>(fold.at(name));
            for (std::size_t i = 0; i < asked.size(); ++i, ++compared) {
                EXPECT_NEAR(fitted.interval(asked[i][0], asked[i][1]).lower, theirs[i][0], 1e-12) << name << " " << level.value();
                EXPECT_NEAR(fitted.interval(asked[i][0], asked[i][1]).upper, theirs[i][1], 1e-12) << name << " " << level.value();
            }
        }
    }
    EXPECT_EQ(compared, 400u);
}

TEST(QuantileConformal, CoverageIsInTheExactBandOverResplits) {
    Rng rng(17);
    constexpr int splits = 1000, n = 300, asked = 500;
    std::vector<QuantileRow> pool(n + asked);
    for (auto& r : pool) r = row(rng);
    for (auto sides : {ConformalSides::symmetric, ConformalSides::asymmetric}) {
        double k = std::ceil(301 * 0.9 - 1e-9);
        auto [low, high] = beta_binomial_band(asked, k, n + 1 - k, 0.05);
        int inside = 0;
        double covered = 0;
        for (int split = 0; split < splits; ++split) {
            for (auto& r : pool) r = row(rng);
            auto fitted = QuantileConformal::fit(std::span(pool).first(n), Probability{0.9}, sides).value();
            int hits = 0;
            for (const auto& r : std::span(pool).subspan(n)) {
                auto interval = fitted.interval(r.lower, r.upper);
                hits += interval.lower <= r.label && r.label <= interval.upper;
            }
            inside += low <= hits && hits <= high;
            covered += hits;
        }
        EXPECT_NEAR(covered / splits / asked, 0.9, 0.01);
        if (sides == ConformalSides::symmetric) {
            EXPECT_GE(inside, 940) << "of 1,000 in [" << low << ", " << high << "]";
        }
    }
}

TEST(QuantileConformal, RefusesWhatCannotBeShown) {
    std::vector<QuantileRow> rows(8, {0, 1, 0.5});
    EXPECT_THAT(QuantileConformal::fit(rows, Probability{0.9}).error().message, HasSubstr("it takes 9"));
    rows.resize(9, {0, 1, 0.5});
    EXPECT_TRUE(QuantileConformal::fit(rows, Probability{0.9}));
    EXPECT_FALSE(QuantileConformal::fit(rows, Probability{0.9}, ConformalSides::asymmetric));
    rows[3].upper = std::nan("");
    EXPECT_THAT(QuantileConformal::fit(rows, Probability{0.9}).error().message, HasSubstr("row 3"));
    EXPECT_FALSE(QuantileConformal::fit(rows, Probability{90}));
}

TEST(QuantileConformal, NarrowingNeverTurnsTheEndsAround) {
    std::vector<QuantileRow> rows(50, {0, 10, 5});
    auto narrow = QuantileConformal::fit(rows, Probability{0.9}).value();
    EXPECT_EQ(narrow.move_upper(), -5);
    auto interval = narrow.interval(0, 4);
    EXPECT_EQ(interval.lower, 2);
    EXPECT_EQ(interval.upper, 2);
}

// Gibbs & Candès (2021): the spread of the labels triples half-way; split conformal keeps the thresholds of before.
TEST(AdaptiveConformal, HoldsCoverageUnderADriftWhereSplitConformalLosesIt) {
    Rng rng(23);
    auto adaptive = AdaptiveConformal::make({.level = 0.9, .step = 0.02, .window = 500}).value();
    std::vector<QuantileRow> before;
    double covered = 0, split_covered = 0, judged = 0;
    for (int i = 0; i < 500; ++i) before.push_back({0, 0, rng.normal()});
    auto split = QuantileConformal::fit(before, Probability{0.9}).value();
    for (const auto& r : before) ASSERT_TRUE(adaptive.observe(r.lower, r.upper, r.label));
    for (int i = 0; i < 4000; ++i) {
        double label = rng.normal() * (1 + 2.0 * i / 4000);
        auto interval = adaptive.interval(0, 0), fixed = split.interval(0, 0);
        covered += interval.lower <= label && label <= interval.upper;
        split_covered += fixed.lower <= label && label <= fixed.upper;
        judged += 1;
        ASSERT_TRUE(adaptive.observe(0, 0, label));
        if (i % 1000 == 999) {
            EXPECT_NEAR(covered / judged, 0.9, 0.01) << i;
            if (i > 1000) {
                EXPECT_LT(split_covered / judged, 0.85);
            }
        }
    }
}

// Proposition 4.1 of the paper, for any outcomes: |missed share − asked| ≤ (max(miss, 1 − miss) + step) / (step · T).
TEST(AdaptiveConformal, BoundHoldsForHostileOutcomes) {
    for (int pattern = 0; pattern < 3; ++pattern) {
        auto adaptive = AdaptiveConformal::make({.level = 0.8, .step = 0.05, .window = 50}).value();
        double missed = 0, label = 0;
        constexpr int outcomes = 2000;
        for (int i = 0; i < outcomes; ++i) {
            auto interval = adaptive.interval(-1, 1);
            if (pattern == 0) label = std::isfinite(interval.upper) ? interval.upper + 1 : 0.25;
            if (pattern == 1) label = 0.25;
            if (pattern == 2) label = i % 100 < 50 ? 0.25 : std::ldexp(1.0, i % 100);
            missed += label < interval.lower || label > interval.upper;
            ASSERT_TRUE(adaptive.observe(-1, 1, label));
            ASSERT_GE(adaptive.working_miss(), -0.05 - 1e-12);
            ASSERT_LE(adaptive.working_miss(), 1.05 + 1e-12);
        }
        EXPECT_NEAR(missed / outcomes, 0.2, (0.8 + 0.05) / (0.05 * outcomes)) << pattern;
    }
}

TEST(AdaptiveConformal, GoesOnAfterLoadingAsIfNothingHadHappened) {
    auto adaptive = AdaptiveConformal::make({.window = 30}).value();
    Rng rng(2);
    for (int i = 0; i < 100; ++i) {
        auto loaded = AdaptiveConformal::load(adaptive.save()).value();
        EXPECT_EQ(loaded.save(), adaptive.save());
        double label = rng.normal();
        ASSERT_TRUE(adaptive.observe(-1, 1, label) && loaded.observe(-1, 1, label));
        EXPECT_EQ(loaded.interval(-1, 1).upper, adaptive.interval(-1, 1).upper);
    }
    EXPECT_FALSE(adaptive.observe(0, 1, std::nan("")));
    EXPECT_EQ(AdaptiveConformal::make({.level = 90}).error().kind, ErrorKind::invalid);
    EXPECT_EQ(AdaptiveConformal::make({.step = 1}).error().field, "step");
    EXPECT_EQ(AdaptiveConformal::make({.window = 3}).error().field, "window");
}

}  // namespace
}  // namespace quoin
