#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "base/rng.h"
#include "evaluation/sequential/difference_sequence.h"
#include "evaluation/sequential/mean_sequence.h"
#include "evaluation/sequential/sample_ratio.h"

namespace quoin {
namespace {

boost::json::array oracle() {
    std::ifstream file(std::string(QUOIN_SOURCE_DIR) + "/tests/oracles/confidence_sequence.json");
    std::stringstream text;
    text << file.rdbuf();
    return parse_json(text.str()).value().as_array();
}

/// confseq 0.0.11, predmix_lower_cs with the bets of lambda_predmix_eb (tests/oracles/confidence_sequence.py).
TEST(MeanSequence, EqualsConfseq) {
    auto cases = oracle();
    ASSERT_EQ(cases.size(), 10u);
    for (const auto& one : cases) {
        MeanSequence sequence(one.at("alpha").to_number<double>());
        std::size_t next = 0;
        const auto& bounds = one.at("bounds").as_array();
        for (const auto& value : one.at("values").as_array()) {
            sequence.observe(value.to_number<double>());
            if (next == bounds.size() || bounds[next].at(0).to_number<std::uint64_t>() != sequence.count()) continue;
            EXPECT_NEAR(sequence.bounds().lower, bounds[next].at(1).to_number<double>(), 1e-12) << one.at("name") << sequence.count();
            EXPECT_NEAR(sequence.bounds().upper, bounds[next].at(2).to_number<double>(), 1e-12) << one.at("name") << sequence.count();
            ++next;
        }
        EXPECT_EQ(next, bounds.size());
    }
}

struct World {
    double challenger, drift;  ///< factor of the challenger's loss; growth of both losses over the run
    std::vector<double> shares;
};

/// Share of 400 runs of 3000 outcomes in which the bounds ever left the truth out; of the same seeds every time.
double ever_missed(const World& world, double alpha) {
    int missed = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        Rng rng(seed);
        DifferenceSequence sequence(alpha);
        bool left_out = false;
        for (int i = 0; i < 3000; ++i) {
            double share = world.shares[static_cast<std::size_t>(i) * world.shares.size() / 3000];
            bool challenged = rng.uniform() < share;
            double level = 0.1 + world.drift * i / 3000, loss = rng.uniform() < level ? 1.0 : 0.0;  // coins: the widest losses of all
            if (challenged) loss *= world.challenger;
            sequence.observe({challenged, share, loss});
            double least = 0.1 * (world.challenger - 1), most = (0.1 + world.drift) * (world.challenger - 1);
            auto [lower, upper] = sequence.bounds();
            left_out = left_out || lower > std::max(least, most) || upper < std::min(least, most);
        }
        missed += left_out;
    }
    return missed / 400.0;
}

TEST(DifferenceSequence, CoversAtAllTimesAtOnce) {
    // With probability 0.95 a run of 400 at 0.05 has at most 27 misses; the sequence is conservative, so far fewer are expected.
    EXPECT_LE(ever_missed({1, 0, {0.5}}, 0.05), 0.05);
    EXPECT_LE(ever_missed({1, 0, {0.01, 0.05, 0.25, 0.5}}, 0.05), 0.05);
    EXPECT_LE(ever_missed({0.8, 0, {0.05, 0.25, 0.5}}, 0.05), 0.05);
    EXPECT_LE(ever_missed({1, 0.4, {0.05, 0.25, 0.5}}, 0.05), 0.05) << "drift with changing shares: no Simpson's paradox";
    EXPECT_LE(ever_missed({1, 0, {0.5}}, 0.5), 0.5);
    EXPECT_GT(ever_missed({1, 0, {0.5}}, 0.5), 0.01) << "bounds that are never left are no bounds of this level";
}

TEST(DifferenceSequence, ClosesInOnTheDifference) {
    Rng rng(5);
    DifferenceSequence sequence(0.05);
    EXPECT_EQ(sequence.bounds().lower, -1);
    EXPECT_EQ(sequence.bounds().upper, 1);
    for (int i = 0; i < 100'000; ++i) {
        bool challenged = rng.uniform() < 0.25;
        sequence.observe({challenged, 0.25, std::min(1.0, std::abs(rng.normal()) * (challenged ? 0.15 : 0.125))});
    }
    auto [lower, upper] = sequence.bounds();
    double truth = 0.025 * std::sqrt(2 / std::acos(-1.0));
    EXPECT_LT(lower, truth);
    EXPECT_GT(upper, truth);
    EXPECT_LT(upper - lower, 0.012);
}

TEST(SampleRatio, FindsLostOutcomesAndSeldomElse) {
    int alarms = 0;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        Rng rng(seed);
        SampleRatio ratio;
        for (double share : {0.05, 0.25, 0.5})
            for (int i = 0; i < 1000; ++i) ratio.observe(rng.uniform() < share, share);
        alarms += ratio.p_value() < 0.05;
    }
    EXPECT_LE(alarms, 50);
    Rng rng(3);
    SampleRatio lost;
    for (int i = 0; i < 4000; ++i) {
        bool challenged = rng.uniform() < 0.5;
        if (challenged && rng.uniform() < 0.2) continue;  // a fifth of the challenger's outcomes never arrives
        lost.observe(challenged, 0.5);
    }
    EXPECT_LT(lost.p_value(), 0.001);
    EXPECT_EQ(SampleRatio().p_value(), 1);
}

}  // namespace
}  // namespace quoin
