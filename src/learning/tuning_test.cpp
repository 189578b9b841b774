#include "learning/tuning.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/json.h"
#include "base/rng.h"
#include "learning/ensemble_weights.h"

namespace quoin {
namespace {

const std::vector<HyperParameter> space = {
    {"rate", "", 0.5, 0.01, 1, true}, {"depth", "", 3, 1, 10, false, true}, {"rounds", "", 100, 10, 1000, true, true}};

/// A valley at rate 0.1, depth 6; small shares see it through a deterministic fog.
Result<double> valley(const HyperParameters& at, double share) {
    const double distance = std::pow(std::log(at.at("rate") / 0.1), 2) + 0.1 * std::pow(at.at("depth") - 6, 2);
    return distance + (1 - share) * std::sin(1000 * at.at("rate"));
}

TEST(SuccessiveHalving, RungsShrinkAndTheBestOfTheLastIsReturned) {
    auto outcome = successive_halving(space, {.candidates = 27, .seed = 4}, valley).value();
    ASSERT_EQ(outcome.trials.size(), 27u + 9 + 3);
    EXPECT_DOUBLE_EQ(outcome.trials[0].share, 1.0 / 9);
    EXPECT_DOUBLE_EQ(outcome.trials[27].share, 1.0 / 3);
    EXPECT_EQ(outcome.trials[36].share, 1.0);
    EXPECT_EQ(outcome.trials[0].parameters, (HyperParameters{{"rate", 0.5}, {"depth", 3}, {"rounds", 100}})) << "the defaults come first";
    double best = 1e9;
    for (std::size_t i = 36; i < 39; ++i) best = std::min(best, outcome.trials[i].loss);
    EXPECT_EQ(*valley(outcome.best, 1), best);
    EXPECT_LT(best, *valley(outcome.trials[0].parameters, 1));
}

TEST(SuccessiveHalving, DrawsStayInsideTheSpaceAndCoverIt) {
    auto outcome = successive_halving(space, {.candidates = 400, .first_share = 1, .is_guided = false, .seed = 9}, valley).value();
    std::set<double> depths;
    int low_rates = 0;
    for (const Trial& trial : outcome.trials) {
        const double rate = trial.parameters.at("rate"), depth = trial.parameters.at("depth"), rounds = trial.parameters.at("rounds");
        EXPECT_TRUE(rate >= 0.01 && rate <= 1 && rounds >= 10 && rounds <= 1000 && rounds == std::floor(rounds));
        depths.insert(depth);
        low_rates += rate < 0.1;
    }
    EXPECT_EQ(depths, (std::set<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
    EXPECT_NEAR(low_rates, 200, 40) << "evenly on the log scale: half lies below 0.1";
}

/// Over 20 seeds and equal budgets the guided search ends nearer to the bottom of the valley.
TEST(SuccessiveHalving, ProposalsBeatChance) {
    double guided = 0, random = 0;
    int wins = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        auto depth_of = [&](bool is_guided) {
            auto outcome = successive_halving(space, {.candidates = 27, .is_guided = is_guided, .seed = seed}, valley).value();
            EXPECT_EQ(outcome.trials.size(), 27u + 9 + 3);
            return *valley(outcome.best, 1);
        };
        double with = depth_of(true), without = depth_of(false);
        guided += with / 20;
        random += without / 20;
        wins += with < without;
    }
    EXPECT_LT(guided, 0.6 * random);
    EXPECT_GE(wins, 13);
}

TEST(SuccessiveHalving, SameOutcomeForAnyNumberOfThreads) {
    std::vector<std::vector<double>> losses;
    for (const char* threads : {"1", "2", "7"}) {
        setenv("QUOIN_THREADS", threads, 1);
        auto outcome = successive_halving(space, {.candidates = 20, .seed = 5}, valley).value();
        auto& row = losses.emplace_back();
        for (const Trial& trial : outcome.trials) row.push_back(trial.loss);
        for (const auto& [name, value] : outcome.best) row.push_back(value);
    }
    unsetenv("QUOIN_THREADS");
    EXPECT_EQ(losses[0], losses[1]);
    EXPECT_EQ(losses[0], losses[2]);
}

TEST(SuccessiveHalving, TiesGoToTheEarlierCandidateAndFailuresLose) {
    auto flat = successive_halving(space, {.candidates = 9}, [](const HyperParameters&, double) -> Result<double> { return 1.0; }).value();
    EXPECT_EQ(flat.best, flat.trials[0].parameters);
    auto partly = [](const HyperParameters& at, double) -> Result<double> {
        if (at.at("depth") == 3) return fail(ErrorKind::invalid, "depth 3 is out of order today");
        return at.at("rate");
    };
    EXPECT_NE(successive_halving(space, {.candidates = 12}, partly).value().best.at("depth"), 3);
    auto never = [](const HyperParameters&, double) -> Result<double> { return fail(ErrorKind::invalid, "nothing works"); };
    EXPECT_EQ(successive_halving(space, {.candidates = 3}, never).error().message, "nothing works");
    EXPECT_EQ(successive_halving(space, {.candidates = 0}, valley).error().kind, ErrorKind::invalid);
}

/// scipy.optimize.nnls, scaled to sum 1 (tests/oracles/penalised_regression.py).
TEST(EnsembleWeights, AgreeWithScipy) {
    std::ifstream file(std::string(QUOIN_SOURCE_DIR) + "/tests/oracles/penalised_regression.json");
    std::stringstream text;
    text << file.rdbuf();
    const auto oracle = parse_json(text.str()).value();
    for (const auto& mixture : oracle.at("mixtures").as_array()) {
        const auto& rows = mixture.at("predictions").as_array();
        const std::size_t members = rows[0].as_array().size();
        Matrix predictions(rows.size(), members);
        std::vector<double> labels;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            for (std::size_t m = 0; m < members; ++m) predictions(i, m) = rows[i].at(m).to_number<double>();
            labels.push_back(mixture.at("labels").at(i).to_number<double>());
        }
        auto weights = ensemble_weights(predictions, labels).value();
        double sum = 0;
        for (double weight : weights) {
            EXPECT_GE(weight, 0);
            sum += weight;
        }
        EXPECT_NEAR(sum, 1, 1e-12);
        // Twins share their weight in more than one way; the mixture is unique.
        for (std::size_t i = 0; i < rows.size(); ++i) {
            double answer = 0;
            for (std::size_t m = 0; m < members; ++m) answer += weights[m] * predictions(i, m);
            EXPECT_NEAR(answer, mixture.at("mixture").at(i).to_number<double>(), 1e-9);
        }
    }
}

TEST(EnsembleWeights, AHopelessMixtureFallsBackToItsBestMember) {
    Matrix predictions(3, 2);
    for (std::size_t i = 0; i < 3; ++i) predictions(i, 0) = -5, predictions(i, 1) = -1;
    EXPECT_EQ(ensemble_weights(predictions, std::vector<double>{1, 2, 3}).value(), (std::vector<double>{0, 1}));
    predictions(1, 0) = std::nan("");
    EXPECT_EQ(ensemble_weights(predictions, std::vector<double>{1, 2, 3}).error().message,
              "row 1: a prediction or the label is not finite");
}

/// The weighted median of a few odd labels: squared error lets one label of 8 among rates of 0.08 choose the weights.
TEST(EnsembleWeights, AbsoluteErrorIsLeastAndOddLabelsDoNotDecide) {
    Rng rng(5);
    Matrix predictions(400, 3);
    std::vector<double> labels(400);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        double truth = 0.08 + 0.02 * rng.normal();
        labels[i] = truth + 0.004 * rng.normal();
        predictions(i, 0) = truth + 0.004 * rng.normal();
        predictions(i, 1) = truth + 0.008 * rng.normal();
        predictions(i, 2) = 0.08;
    }
    for (std::size_t i = 0; i < labels.size(); i += 50) labels[i] = 8, predictions(i, 2) = 0.2;
    auto loss = [&](std::span<const double> weights) {
        double sum = 0;
        for (std::size_t i = 0; i < labels.size(); ++i)
            sum += std::abs(labels[i] - weights[0] * predictions(i, 0) - weights[1] * predictions(i, 1) - weights[2] * predictions(i, 2));
        return sum / static_cast<double>(labels.size());
    };
    auto absolute = ensemble_weights(predictions.view(), labels, Objective::absolute_error).value();
    auto squared = ensemble_weights(predictions.view(), labels).value();
    double best = 1e9;
    for (int a = 0; a <= 100; ++a)
        for (int b = 0; a + b <= 100; ++b) best = std::min(best, loss(std::vector<double>{a / 100.0, b / 100.0, (100 - a - b) / 100.0}));
    EXPECT_NEAR(absolute[0] + absolute[1] + absolute[2], 1, 1e-12);
    EXPECT_LE(loss(absolute), best * 1.001);
    EXPECT_GT(absolute[0] + absolute[1], 0.9);
    EXPECT_GT(squared[2], 0.5);
}

}  // namespace
}  // namespace quoin
