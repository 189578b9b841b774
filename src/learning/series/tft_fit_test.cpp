#include "learning/series/tft_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "learning/torch_module.h"

namespace quoin {
namespace {

/// Random windows of a shape.
std::vector<TftWindow> random_windows(const TftShape& shape, std::size_t count, Rng& rng) {
    std::vector<TftWindow> windows(count);
    auto fill = [&](std::vector<float>& to, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) to.push_back(static_cast<float>(rng.normal()));
    };
    for (TftWindow& window : windows) {
        for (std::size_t levels : shape.categories) window.categories.push_back(rng.below(levels));
        fill(window.static_numbers, shape.static_numbers);
        fill(window.past, shape.lookback * shape.past());
        fill(window.future, shape.horizon * shape.known);
    }
    return windows;
}

double greatest_difference(const std::vector<float>& a, const std::vector<float>& b) {
    EXPECT_EQ(a.size(), b.size());
    double greatest = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        greatest = std::max(greatest, std::abs(static_cast<double>(a[i] - b[i])));
    return greatest;
}

void expect_equal_to_libtorch(const TftShape& shape) {
    Rng rng(3);
    TftPlan plan{.shape = shape, .steps = 8, .seed = 5};
    plan.next_batch = [&](std::size_t, TftBatch& batch) {
        batch.windows = random_windows(shape, 6, rng);
        for (std::size_t i = 0; i < 6 * shape.horizon; ++i) batch.targets.push_back(static_cast<float>(rng.normal()));
    };
    auto weights = train_tft(plan);
    ASSERT_TRUE(weights) << weights.error().message;
    auto network = TftNetwork::make(shape, *weights);
    ASSERT_TRUE(network) << network.error().message;
    std::vector<TftWindow> windows = random_windows(shape, 5, rng);
    auto reference = tft_reference(plan, *weights, windows);
    ASSERT_TRUE(reference) << reference.error().message;
    for (std::size_t i = 0; i < windows.size(); ++i) {
        TftAnswer answer = network->answer(windows[i]);
        const TftAnswer& expected = (*reference)[i];
        EXPECT_LT(greatest_difference(answer.quantiles, expected.quantiles), 1e-5);
        EXPECT_LT(greatest_difference(answer.static_weights, expected.static_weights), 1e-5);
        EXPECT_LT(greatest_difference(answer.past_weights, expected.past_weights), 1e-5);
        EXPECT_LT(greatest_difference(answer.future_weights, expected.future_weights), 1e-5);
        EXPECT_LT(greatest_difference(answer.attention, expected.attention), 1e-5);
    }
}

TEST(Tft, AnswersAsLibtorchDoes) {
    if (!torch_available()) GTEST_SKIP() << "built without libtorch";
    expect_equal_to_libtorch({.lookback = 9,
                              .horizon = 4,
                              .size = 12,
                              .heads = 3,
                              .categories = {5, 2},
                              .static_numbers = 2,
                              .observed = 2,
                              .known = 3,
                              .quantiles = {0.1, 0.5, 0.9}});
    expect_equal_to_libtorch({.lookback = 1, .horizon = 1, .size = 4, .heads = 1, .known = 1, .quantiles = {0.1, 0.5, 0.9}});
}

/// Series of noise that a known driver moves, beside two known columns and an observed one that say nothing.
std::vector<TftSeries> driven_series() {
    Rng rng(8);
    std::vector<TftSeries> series(6);
    for (TftSeries& one : series) {
        one.known.resize(3);
        one.observed.resize(1);
        for (std::size_t t = 0; t < 128; ++t) {
            for (auto& column : one.known) column.push_back(rng.normal());
            if (t >= 124) continue;
            one.observed[0].push_back(rng.normal());
            one.target.push_back(50 + 5 * one.known[1][t] + 0.3 * rng.normal());
        }
    }
    return series;
}

TEST(Tft, GivesAPlantedDriverTheLargestWeight) {
    if (!torch_available()) GTEST_SKIP() << "built without libtorch";
    std::vector<TftSeries> series = driven_series();
    TftInputs inputs{.categories = {}, .static_numbers = {}, .observed = {"noise"}, .known = {"calm", "driver", "idle"}};
    TftOptions options{.horizon = 4, .lookback = 12, .size = 8, .heads = 2, .steps = 200, .batch_rows = 32, .recent_horizons = 25};
    auto fit = fit_tft(series, inputs, {}, options);
    ASSERT_TRUE(fit) << fit.error().message;
    auto reasons = fit->model.reasons(series[0], series[0].target.size());
    ASSERT_TRUE(reasons);
    std::vector<std::string> names = fit->model.future_names();
    auto greatest = static_cast<std::size_t>(std::ranges::max_element(reasons->future_weights) - reasons->future_weights.begin());
    EXPECT_EQ(names[greatest], "driver");
    EXPECT_GT(reasons->future_weights[greatest], 0.5);
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_NEAR(fit->series[0].path.point[i], 50 + 5 * series[0].known[1][124 + i], 2.5) << "step " << i;

    options.steps = 10;
    EXPECT_EQ(fit_tft(series, inputs, {}, options)->model.save(), fit_tft(series, inputs, {}, options)->model.save())
        << "same seed, same model";
    auto loaded = TftModel::load(fit->model.save());
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->path(series[0], 124)->point, fit->series[0].path.point);
}

/// Where a network looks, by steps back from 1 on, that was trained on values which come back after `lag` steps and are otherwise random.
std::vector<double> attention_to_lag(std::size_t lag, std::size_t lookback) {
    Rng rng(4);
    std::vector<TftSeries> series(400);
    for (TftSeries& one : series)
        for (std::size_t t = 0; t < 32; ++t) one.target.push_back(t < lag ? rng.normal() : one.target[t - lag]);
    TftOptions options{.horizon = 1,
                       .lookback = lookback,
                       .size = 8,
                       .heads = 1,
                       .steps = 600,
                       .batch_rows = 64,
                       .learning_rate = 1e-2,
                       .dropout = 0,
                       .recent_horizons = 1,
                       .origins_max = 0};
    auto fit = fit_tft(series, {}, {}, options);
    EXPECT_TRUE(fit) << fit.error().message;
    std::vector<double> attention(lookback);
    for (std::size_t i = 0; fit && i < series.size(); ++i) {
        auto reasons = fit->model.reasons(series[i], 31);
        EXPECT_TRUE(reasons);
        for (std::size_t t = 0; t < lookback; ++t)
            attention[lookback - 1 - t] += reasons->attention[t] / static_cast<double>(series.size());
    }
    return attention;
}

/// The LSTM may carry a value for some steps before attention fetches it, so the steps from the lag on count, six of eighteen.
TEST(Tft, LooksBackToAPlantedLag) {
    if (!torch_available()) GTEST_SKIP() << "built without libtorch";
    std::vector<double> attention = attention_to_lag(16, 18);
    EXPECT_GT(std::accumulate(attention.begin() + 10, attention.begin() + 16, 0.0), 0.5)
        << fmt::format("{:.3f}", fmt::join(attention, " "));
}

TEST(Tft, RefusesWhatDoesNotFit) {
    std::vector<TftSeries> series = driven_series();
    TftInputs inputs{.categories = {}, .static_numbers = {}, .observed = {"noise"}, .known = {"calm", "driver"}};
    EXPECT_FALSE(fit_tft(series, inputs, {}, {.horizon = 4}));
    EXPECT_FALSE(fit_tft({}, {}, {}, {.horizon = 4}));
    EXPECT_FALSE(TftNetwork::make({.lookback = 4, .horizon = 2, .known = 1, .quantiles = {0.5}}, {}));
    EXPECT_FALSE(TftModel::load({}));
}

}  // namespace
}  // namespace quoin
