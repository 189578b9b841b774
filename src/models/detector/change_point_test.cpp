#include "models/detector/change_point.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>

#include "base/rng.h"
#include "models/detector/oracle_fixture.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::Le;

std::vector<std::size_t> starts_of(const ChangePointOptions& options, const std::vector<double>& values) {
    auto detector = ChangePointDetector::make(options).value();
    std::vector<std::uint32_t> lengths;
    for (double value : values) lengths.push_back(detector.update(value).value().length);
    return run_starts(lengths);
}

/// A file under anomaly/changepoint of the data folder; empty if there is no such folder.
std::vector<double> numbers_in(const std::string& name, std::size_t column = 0) {
    const char* folder = std::getenv("QUOIN_DATA");
    std::vector<double> values;
    if (!folder) return values;
    std::ifstream file(std::string(folder) + "/anomaly/changepoint/" + name);
    for (std::string line; std::getline(file, line);) {
        for (std::size_t skipped = 0; skipped < column; ++skipped) line.erase(0, line.find(',') + 1);
        char* end = nullptr;
        double value = std::strtod(line.c_str(), &end);
        if (end != line.c_str()) values.push_back(value);
    }
    return values;
}

std::vector<double> series(const std::string& name) {
    const char* folder = std::getenv("QUOIN_DATA");
    if (!folder) return {};
    std::ifstream file(std::string(folder) + "/anomaly/changepoint/series/" + name + ".json");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    auto document = boost::json::parse(text);
    return numbers_of(document.at("series").at(0).at("raw"));
}

/// Mean 0 and standard deviation 1, as the default priors expect.
std::vector<double> standardised(std::vector<double> values) {
    double mean = 0, square = 0;
    for (double value : values) mean += value / static_cast<double>(values.size());
    for (double& value : values) value -= mean, square += value * value / static_cast<double>(values.size());
    for (double& value : values) value /= std::sqrt(square);
    return values;
}

// tests/oracles/change_points.py: brute force over every segmentation with SciPy's densities.
TEST(ChangePointDetector, PosteriorIsThatOfBruteForce) {
    auto cases = read_oracle("change_points.json");
    for (const auto& part : cases.as_array()) {
        auto prior = numbers_of(part.at("prior")), values = numbers_of(part.at("values")), densities = numbers_of(part.at("densities"));
        bool counts = part.at("model").as_string() == "poisson";
        ChangePointOptions options{.model = counts ? RunModel::poisson : RunModel::gaussian,
                                   .mean = prior[0],
                                   .shape = prior[2],
                                   .rate = prior[3],
                                   .expected_run = part.at("expected_run").to_number<double>(),
                                   .hazard_shape = part.at("hazard_shape").to_number<double>(),
                                   .mass_min = 0,
                                   .recent = 3};
        if (!counts) options.mean_weight = prior[1];
        auto detector = ChangePointDetector::make(options).value();
        auto at = numbers_of(part.at("at"));
        for (std::size_t i = 0, next = 0; i < values.size(); ++i) {
            auto report = detector.update(values[i]).value();
            ASSERT_NEAR(report.log_density, densities[i], 1e-9) << i;
            if (next >= at.size() || at[next] != static_cast<double>(i)) continue;
            auto expected = numbers_of(part.at("lengths").at(next++)), got = detector.run_lengths();
            ASSERT_EQ(got.size(), expected.size());
            double recent = 0;
            for (std::size_t k = 0; k < got.size(); ++k) {
                EXPECT_NEAR(got[k], expected[k], 1e-9) << i << ": " << k + 1;
                if (k < 3) recent += expected[k];
            }
            EXPECT_NEAR(report.recent_change, recent, 1e-9);
        }
    }
}

// Student's model at huge ν is the Gaussian one, whose numbers stand above.
TEST(ChangePointDetector, StudentTendsToGaussian) {
    auto gaussian = ChangePointDetector::make({}).value(),
         student = ChangePointDetector::make({.model = RunModel::student, .degrees = 1e6}).value();
    Rng rng(6);
    for (int i = 0; i < 200; ++i) {
        double value = rng.normal() + (i > 100 ? 3 : 0);
        ASSERT_NEAR(gaussian.update(value).value().log_density, student.update(value).value().log_density, 1e-3) << i;
    }
}

// Cobb (1978): the Nile changed in 1898/99, the 28th or 29th value. Raftery & Akman (1986): coal mining about 1889 to 1892.
TEST(ChangePointDetector, FindsTheNileAndTheCoalMines) {
    auto nile = numbers_in("nile.csv", 1), dates = numbers_in("coal_mining_disasters.csv");
    if (nile.empty()) GTEST_SKIP() << "QUOIN_DATA is not set";
    ASSERT_EQ(nile.size(), 100u);
    auto starts = starts_of({.expected_run = 100}, standardised(nile));
    EXPECT_THAT(starts, ElementsAre(AllOf(Ge(27u), Le(28u))));
    ASSERT_EQ(dates.size(), 191u);
    std::vector<double> years(112);
    for (double date : dates) years[static_cast<std::size_t>(date) - 1851] += 1;
    starts = starts_of({.model = RunModel::poisson, .shape = 1, .rate = 1, .expected_run = 100}, years);
    ASSERT_FALSE(starts.empty());
    EXPECT_THAT(starts[0] + 1851, AllOf(Ge(1889u), Le(1892u)));
}

// Simulated with a known change (data set of van den Burg & Williams 2020).
TEST(ChangePointDetector, FindsTheChangesOfQualityControl) {
    auto first = series("quality_control_1"), second = series("quality_control_2");
    if (first.empty()) GTEST_SKIP() << "QUOIN_DATA is not set";
    ChangePointOptions steady{.shape = 5, .rate = 5, .expected_run = 200};
    EXPECT_THAT(starts_of(steady, standardised(first)), ElementsAre(AllOf(Ge(144u), Le(146u))));
    EXPECT_THAT(starts_of(steady, standardised(second)), ElementsAre(97u));
}

// Changes of level that at least four of five annotators marked (van den Burg & Williams 2020), on their series of 675 points and on the
// whole log, where a point of theirs is six. Outliers, of which the log is full, are no changes.
TEST(ChangePointDetector, FindsTheLevelsOfTheWellLogDespiteOutliers) {
    auto few = series("well_log"), all = numbers_in("well_log_full.txt");
    if (all.empty()) GTEST_SKIP() << "QUOIN_DATA is not set";
    ASSERT_EQ(few.size(), 675u);
    ASSERT_EQ(all.size(), 4050u);
    for (auto* log : {&few, &all})
        for (double& value : *log) value = (value - 115000) / 10000;
    ChangePointOptions robust{.model = RunModel::student, .shape = 1, .rate = 0.05, .expected_run = 1000};
    auto starts = starts_of(robust, few);
    robust.expected_run = 10000;
    auto starts_of_all = starts_of(robust, all);
    EXPECT_LE(starts.size(), 16u);
    EXPECT_LE(starts_of_all.size(), 40u);
    auto holds = [](const std::vector<std::size_t>& found, std::size_t asked, std::size_t slack) {
        return std::any_of(found.begin(), found.end(), [&](std::size_t start) { return start + slack >= asked && start <= asked + slack; });
    };
    for (std::size_t shift : {179u, 255u, 281u, 312u, 343u, 402u, 413u, 422u, 432u}) {
        EXPECT_TRUE(holds(starts, shift, 1)) << shift;
        EXPECT_TRUE(holds(starts_of_all, 6 * shift, 12)) << 6 * shift;
    }
}

TEST(ChangePointDetector, PruningChangesLittleAndBoundsTheRuns) {
    ChangePointOptions exact{.mass_min = 0}, pruned{}, few{.runs_max = 30};
    auto a = ChangePointDetector::make(exact).value(), b = ChangePointDetector::make(pruned).value(),
         c = ChangePointDetector::make(few).value();
    Rng rng(12);
    double dropped = 0;
    for (int i = 0; i < 1500; ++i) {
        double value = rng.normal() + (i / 300 % 2) * 2;
        auto whole = a.update(value).value(), less = b.update(value).value();
        dropped += less.dropped;
        ASSERT_NEAR(whole.log_density, less.log_density, 10 * dropped + 1e-12);
        ASSERT_EQ(whole.length, less.length);
        ASSERT_TRUE(std::isfinite(c.update(value).value().log_density));
    }
    EXPECT_LT(b.save().size(), a.save().size() / 3);
    EXPECT_LE(c.save().size(), 48u + 8 * (16 + 6 * 30));
}

TEST(ChangePointDetector, GoesOnAfterLoadingAsIfNothingHadHappened) {
    for (RunModel model : {RunModel::gaussian, RunModel::poisson, RunModel::student}) {
        auto detector = ChangePointDetector::make({.model = model}).value();
        Rng rng(1);
        for (int i = 0; i < 80; ++i) {
            auto loaded = ChangePointDetector::load(detector.save()).value();
            EXPECT_EQ(loaded.save(), detector.save());
            double value = std::floor(std::abs(5 * rng.normal()));
            EXPECT_EQ(detector.update(value).value().log_density, loaded.update(value).value().log_density);
        }
    }
}

TEST(ChangePointDetector, ConstantsAndAbsurdValuesAreAnswered) {
    auto detector = ChangePointDetector::make({}).value();
    for (int i = 0; i < 3000; ++i) ASSERT_TRUE(std::isfinite(detector.update(7).value().log_density));
    EXPECT_TRUE(std::isfinite(detector.update(1e100).value().log_density));
    auto report = detector.update(7).value();
    EXPECT_TRUE(std::isfinite(report.log_density) && report.recent_change >= 0 && report.recent_change <= 1);
    EXPECT_FALSE(detector.update(std::nan("")));
    auto poisson = ChangePointDetector::make({.model = RunModel::poisson}).value();
    EXPECT_EQ(poisson.update(1.5).error().kind, ErrorKind::invalid);
    EXPECT_TRUE(std::isfinite(poisson.update(1e9).value().log_density));
    EXPECT_EQ(ChangePointDetector::make({.expected_run = 1}).error().field, "expected_run");
    EXPECT_EQ(ChangePointDetector::make({.rate = 0}).error().field, "shape");
}

TEST(RunStarts, AreReadBackwards) {
    EXPECT_THAT(run_starts(std::vector<std::uint32_t>{1, 2, 3, 1, 2, 3, 4}), ElementsAre(3u));
    EXPECT_THAT(run_starts(std::vector<std::uint32_t>{1}), ElementsAre());
    EXPECT_THAT(run_starts({}), ElementsAre());
}

}  // namespace
}  // namespace quoin
