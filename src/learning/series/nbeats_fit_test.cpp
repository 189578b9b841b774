#include "learning/series/nbeats_fit.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <numbers>

#include "base/rng.h"
#include "learning/series/combination_fit.h"
#include "learning/series/series_fixture.h"
#include "learning/torch_module.h"

namespace quoin {
namespace {

std::vector<std::vector<double>> seasonal_series(std::size_t count) {
    Rng rng(2);
    std::vector<std::vector<double>> series(count);
    for (auto& one : series) {
        double level = 100 + 50 * rng.uniform(), size = 10 + 10 * rng.uniform(), slope = rng.normal() * 0.1, shift = rng.uniform();
        for (int t = 0; t < 140; ++t)
            one.push_back(level + slope * t + size * std::sin(2 * std::numbers::pi * (t / 12.0 + shift)) + 0.5 * rng.normal());
    }
    return series;
}

NbeatsOptions small_options() {
    return {.horizon = 6,
            .lookbacks = {2, 4},
            .losses = {NbeatsLoss::smape, NbeatsLoss::mase},
            .blocks = 2,
            .width = 32,
            .steps = 120,
            .batch_rows = 64,
            .learning_rate = 4e-3};
}

TEST(Nbeats, AnswersAsLibtorchDoesWithFoldedBases) {
    if (!torch_available()) GTEST_SKIP() << "built without libtorch";
    Rng rng(6);
    for (bool is_generic : {true, false}) {
        NbeatsPlan plan{.lookback = 18, .horizon = 6, .steps = 10, .seed = 7};
        if (is_generic) plan.stacks = {{.blocks = 3, .width = 20}};
        else plan.stacks = {trend_stack(18, 6), seasonality_stack(18, 6)};
        plan.next_batch = [&](std::size_t, NbeatsBatch& batch) {
            batch = {};
            for (int i = 0; i < 8 * 18; ++i) batch.windows.push_back(static_cast<float>(rng.normal()));
            for (int i = 0; i < 8 * 6; ++i) batch.targets.push_back(static_cast<float>(rng.normal()));
            batch.levels.assign(8, 3);
            batch.naive_errors.assign(8, 1);
        };
        auto weights = train_nbeats(plan);
        ASSERT_TRUE(weights) << weights.error().message;
        auto network = folded(plan, *weights);
        ASSERT_TRUE(network) << network.error().message;
        std::vector<double> history;
        for (int i = 0; i < 18; ++i) history.push_back(1000 + 30 * rng.normal());
        ScaledWindow window = scaled_window(history, 18);
        auto reference = nbeats_reference(plan, *weights, window.values);
        ASSERT_TRUE(reference);
        Matrix stacks = network->forecast_by_stack(history);
        for (std::size_t i = 0; i < 6; ++i) {
            double sum = 0;
            for (std::size_t s = 0; s < stacks.rows(); ++s) sum += stacks(s, i);
            EXPECT_NEAR((sum - window.mean) / window.scale, (*reference)[i], 1e-5) << i;
        }
    }
}

/// Weights, windows and forecasts of a PyTorch network of the paper's equations: tests/oracles/nbeats.py.
TEST(Nbeats, AnswersAsPyTorchDoes) {
    const boost::json::value oracle = read_oracle("nbeats.json");
    for (const boost::json::value& entry : oracle.as_array()) {
        auto lookback = entry.at("lookback").to_number<std::size_t>(), horizon = entry.at("horizon").to_number<std::size_t>();
        NbeatsPlan plan{.lookback = lookback, .horizon = horizon};
        NbeatsWeights weights;
        for (const boost::json::value& stack : entry.at("stacks").as_array()) {
            const auto kind = stack.at("kind").as_string();
            if (kind == "trend") plan.stacks.push_back(trend_stack(lookback, horizon));
            else if (kind == "seasonality") plan.stacks.push_back(seasonality_stack(lookback, horizon));
            else plan.stacks.push_back({});
            plan.stacks.back().blocks = stack.at("repeats").to_number<std::size_t>();
            plan.stacks.back().shares_weights = kind != "generic";
            auto& blocks = weights.emplace_back();
            for (const boost::json::value& block : stack.at("blocks").as_array()) {
                auto& layers = blocks.emplace_back();
                for (const boost::json::value& layer : block.as_array()) {
                    std::vector<double> flat = numbers_of(layer.at("weight")), bias = numbers_of(layer.at("bias"));
                    layers.push_back({flat.size() / bias.size(), bias.size(), {flat.begin(), flat.end()}, {bias.begin(), bias.end()}});
                }
            }
        }
        auto network = folded(plan, weights);
        ASSERT_TRUE(network) << network.error().message;
        std::vector<double> history = numbers_of(entry.at("history"));
        const auto& expected = entry.at("forecasts").as_array();
        Matrix stacks = network->forecast_by_stack(history);
        ASSERT_EQ(stacks.rows(), expected.size());
        for (std::size_t s = 0; s < stacks.rows(); ++s) {
            std::vector<double> wanted = numbers_of(expected[s]);
            for (std::size_t i = 0; i < horizon; ++i) EXPECT_NEAR(stacks(s, i), wanted[i], 1e-5 * entry.at("size").to_number<double>());
        }
    }
}

TEST(Nbeats, LearnsSeasonsOfManySeriesAndJoinsTheCombination) {
    if (!torch_available()) GTEST_SKIP() << "built without libtorch";
    auto full = seasonal_series(30), series = full;
    for (auto& one : series) one.resize(134);
    auto fit = fit_nbeats(series, {.period = 12}, small_options());
    ASSERT_TRUE(fit) << fit.error().message;
    EXPECT_EQ(fit->members, 8u);
    double error = 0, inside = 0, count = 0;
    for (std::size_t i = 0; i < series.size(); ++i) {
        auto forecast = fit->series[i].path.forecast({.horizon = 6, .levels = {0.8}});
        ASSERT_TRUE(forecast);
        for (std::size_t t = 0; t < 6; ++t, ++count) {
            error += std::abs(forecast->point[t] - full[i][134 + t]);
            inside += full[i][134 + t] >= forecast->bands[0].lower[t] && full[i][134 + t] <= forecast->bands[0].upper[t];
        }
    }
    EXPECT_LT(error / count, 2.5) << "the season moves by 6 to 13 on average";
    EXPECT_GT(inside / count, 0.6);

    CombinationOptions options{.horizon = 6, .learned = {{{"nbeats", {}, fit->series[0].path}, fit->series[0].folds}}};
    auto combined = fit_combination(series[0], {.period = 12}, options);
    ASSERT_TRUE(combined);
    EXPECT_EQ(combined->members.back().method, "nbeats");
    EXPECT_GT(combined->members.back().weight, 0);
    auto restored = combined_model_from_json(to_json(combined->model));
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(restored->forecast({.horizon = 6})->point, combined->model.forecast({.horizon = 6})->point);
    EXPECT_FALSE(fit->series[0].path.forecast({.horizon = 7})) << "trained for six steps";

    auto loaded = NbeatsModel::load(fit->model.save());
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->path(series[3])->point, fit->series[3].path.point);
    NbeatsOptions few = small_options();
    few.steps = 5;
    EXPECT_EQ(fit_nbeats(series, {.period = 12}, few)->model.save(), fit_nbeats(series, {.period = 12}, few)->model.save())
        << "same seed, same model";
    auto parts = fit->model.components(series[0]);
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->rows(), 2u);
}

TEST(Nbeats, AnswersHardHistoriesWithNumbers) {
    if (!torch_available()) GTEST_SKIP() << "built without libtorch";
    std::vector<std::vector<double>> series = {std::vector<double>(60, 0.0), std::vector<double>(60, 3.0), {1}, {1, 2, 3}};
    Rng rng(1);
    for (double size : {1e-9, 1.0, 1e12}) {
        std::vector<double> noise;
        for (int t = 0; t < 60; ++t) noise.push_back(size * rng.normal());
        series.push_back(noise);
    }
    series.push_back(std::vector<double>(59, 1.0));
    series.back().push_back(1e6);
    NbeatsOptions options = small_options();
    options.steps = 5;
    auto fit = fit_nbeats(series, {.period = 12}, options);
    ASSERT_TRUE(fit) << fit.error().message;
    for (const LearnedSeries& one : fit->series) {
        auto forecast = one.path.forecast({.horizon = 6, .levels = {0.5, 0.95}});
        ASSERT_TRUE(forecast) << forecast.error().message;
        for (double value : forecast->point) EXPECT_TRUE(std::isfinite(value));
    }
    EXPECT_EQ(fit->series[1].path.point, std::vector<double>(6, 3.0)) << "a constant goes on";
    EXPECT_FALSE(fit_nbeats(std::vector<std::vector<double>>{{1, NAN, 3}}, {}, options));
    EXPECT_FALSE(fit_nbeats(std::vector<std::vector<double>>{{1, 2, 3}}, {}, options)) << "too short to learn from";
}

TEST(Nbeats, RefusesFilesThatAreNotWhole) {
    NbeatsNetwork::Block block = {{4, 6, std::vector<float>(24, 0.5f), std::vector<float>(6, 0.0f)}};
    auto network = NbeatsNetwork::make(
        {.lookback = 4, .horizon = 2, .stacks = {{.kind = NbeatsNetwork::Kind::generic, .blocks = {block}}}});
    ASSERT_TRUE(network);
    auto model = NbeatsModel::make({.period = 1, .members = {{"smape", *network}}, .calibration = {}});
    ASSERT_TRUE(model);
    std::vector<std::byte> bytes = model->save();
    ASSERT_TRUE(NbeatsModel::load(bytes));
    for (std::size_t size : {0ul, 7ul, bytes.size() / 2, bytes.size() - 1}) EXPECT_FALSE(NbeatsModel::load(std::span(bytes).first(size)));
    block[0].weights[3] = NAN;
    EXPECT_FALSE(NbeatsNetwork::make({.lookback = 4, .horizon = 2, .stacks = {{.kind = NbeatsNetwork::Kind::generic, .blocks = {block}}}}));
}

}  // namespace
}  // namespace quoin
