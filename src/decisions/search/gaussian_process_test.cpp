#include "decisions/search/gaussian_process.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "decisions/search/box_minimizer.h"
#include "decisions/search/normal_tail.h"

namespace quoin {
namespace {

namespace json = boost::json;

json::object oracle() {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/gaussian_process.json");
    std::ostringstream text;
    text << file.rdbuf();
    return parse_json(text.str()).value().get_object();
}

std::vector<double> numbers(const json::value& value) { return json::value_to<std::vector<double>>(value); }

Matrix matrix(const json::value& value) {
    const auto rows = json::value_to<std::vector<std::vector<double>>>(value);
    Matrix matrix(rows.size(), rows.front().size());
    for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(rows[i], matrix.row(i).begin());
    return matrix;
}

TEST(GaussianProcess, EqualsScikitLearnAtFixedParameters) {
    const json::object all = oracle();
    for (const json::value& value : all.at("cases").as_array()) {
        const auto& entry = value.get_object();
        const GaussianProcessParameters parameters{numbers(entry.at("length_scales")), entry.at("signal").to_number<double>(),
                                                   entry.at("noise").to_number<double>()};
        const Matrix inputs = matrix(entry.at("inputs")), points = matrix(entry.at("points"));
        const auto outputs = numbers(entry.at("outputs")), mean = numbers(entry.at("mean")), std = numbers(entry.at("std"));
        const auto process = GaussianProcess::condition(inputs, outputs, parameters,
                                                        {.fit_mean = false, .standardize = entry.at("standardize").get_bool()})
                                 .value();
        EXPECT_EQ(process.jitter(), 0);
        const auto predictions = process.predict(points.view());
        for (std::size_t i = 0; i < points.rows(); ++i) {
            EXPECT_NEAR(predictions[i].mean, mean[i], 1e-8 * std::abs(mean[i]) + 1e-9) << inputs.rows() << " rows, point " << i;
            EXPECT_NEAR(predictions[i].deviation, std[i], 1e-8) << inputs.rows() << " rows, point " << i;
            EXPECT_NEAR(process.predict(points.row(i)).mean, predictions[i].mean, 1e-11 * (1 + std::abs(mean[i])));
        }
        const auto likelihood = process.marginal_likelihood();
        EXPECT_NEAR(likelihood.value, entry.at("likelihood").to_number<double>(), 1e-8);
        const auto gradient = numbers(entry.at("gradient"));
        ASSERT_EQ(likelihood.gradient.size(), gradient.size());
        for (std::size_t i = 0; i < gradient.size(); ++i)
            EXPECT_NEAR(likelihood.gradient[i], gradient[i], 1e-7 * (1 + std::abs(gradient[i]))) << "parameter " << i;
    }
}

TEST(NormalTail, EqualsQuadratureAndScipy) {
    const json::object all = oracle();
    const auto zs = numbers(all.at("z")), improvement = numbers(all.at("log_improvement")), below = numbers(all.at("log_normal_below"));
    for (std::size_t i = 0; i < zs.size(); ++i) {
        EXPECT_NEAR(log_improvement(zs[i]), improvement[i], 1e-9 * std::max(1.0, std::abs(improvement[i]))) << zs[i];
        EXPECT_NEAR(log_normal_below(zs[i]), below[i], 1e-9 * std::max(1.0, std::abs(below[i]))) << zs[i];
    }
    for (double z = -40; z < 10; z += 0.01) EXPECT_LT(log_improvement(z), log_improvement(z + 0.01)) << z;
}

/// Rows of a smooth function of two inputs of which only the first matters.
struct Smooth {
    Matrix inputs;
    std::vector<double> outputs;
    Smooth(std::size_t rows, double noise) : inputs(rows, 2) {
        Rng rng(3);
        for (std::size_t i = 0; i < rows; ++i) {
            for (double& x : inputs.row(i)) x = rng.uniform();
            outputs.push_back(100 + 10 * std::sin(6 * inputs(i, 0)) + noise * rng.normal());
        }
    }
};

TEST(GaussianProcess, TheFitFindsWhatMattersAndTheNoise) {
    const Smooth data(60, 0.5);
    const auto process = GaussianProcess::fit(data.inputs, data.outputs).value();
    EXPECT_GT(process.parameters().length_scales[1], 5 * process.parameters().length_scales[0]);
    double squares = 0, mean = 100;
    for (double output : data.outputs) squares += (output - mean) * (output - mean);
    const double scale = std::sqrt(squares / 60);
    EXPECT_NEAR(std::sqrt(process.parameters().noise_variance) * scale, 0.5, 0.15);
    const auto likelihood = process.marginal_likelihood();
    for (std::size_t i : {0u, 1u, 3u}) EXPECT_NEAR(likelihood.gradient[i], 0, 0.02) << "a maximum inside the ranges, parameter " << i;
    EXPECT_GT(likelihood.value,
              GaussianProcess::condition(data.inputs, data.outputs, {{0.5, 0.5}, 1, 1e-2}).value().marginal_likelihood().value);
}

TEST(GaussianProcess, PointsGivenTwiceAreRepairedAndTwoRowsAreEnough) {
    Matrix inputs(4, 1);
    for (std::size_t i = 0; i < 4; ++i) inputs(i, 0) = 0.25 * static_cast<double>(i / 2);
    const std::vector<double> outputs{1, 1, 2, 2};
    const auto process = GaussianProcess::condition(inputs, outputs, {{0.3}, 1, 0}).value();
    EXPECT_GT(process.jitter(), 0);
    EXPECT_NEAR(process.predict(inputs.row(0)).mean, 1, 1e-4);
    EXPECT_LT(process.predict(inputs.row(0)).deviation, 1e-3);
    ASSERT_TRUE(GaussianProcess::fit(inputs, std::vector{1.0, 3.0, 2.0, 2.0})) << "one point, two answers: that is noise";

    const auto two = GaussianProcess::fit(inputs.view().rows_between(1, 3), std::vector{1.0, 2.0}).value();
    EXPECT_TRUE(std::isfinite(two.predict(std::vector{0.1}).mean));
    const auto constant = GaussianProcess::fit(inputs, std::vector(4, 0.1)).value();
    EXPECT_NEAR(constant.predict(std::vector{0.9}).mean, 0.1, 1e-9);
}

TEST(GaussianProcess, RefusesWhatIsNoData) {
    const Smooth data(5, 0.1);
    std::vector<double> broken = data.outputs;
    broken[3] = std::nan("");
    EXPECT_EQ(GaussianProcess::fit(data.inputs, broken).error().message,
              "observation 3 has a value that is not a finite number of usual size");
    EXPECT_FALSE(GaussianProcess::fit(data.inputs.view().rows_between(0, 1), std::span(data.outputs).first(1)));
    EXPECT_FALSE(GaussianProcess::fit(data.inputs, std::span(data.outputs).first(4)));
    EXPECT_FALSE(GaussianProcess::condition(data.inputs, data.outputs, {{1}, 1, 0}));
    EXPECT_FALSE(GaussianProcess::condition(data.inputs, data.outputs, {{1, -1}, 1, 0}));
    EXPECT_FALSE(GaussianProcess::fit(data.inputs, data.outputs, {.noise_lower = 1, .noise_upper = 0.1}));
}

TEST(GaussianProcess, DrawsHaveTheMomentsOfThePosterior) {
    const Smooth data(8, 0.1);
    const auto process = GaussianProcess::condition(data.inputs, data.outputs, {{0.4, 2}, 1, 1e-3}).value();
    Matrix points(2, 2, 0.5);
    points(1, 0) = 0.9;
    const auto expected = process.predict(points.view());
    Rng rng(5);
    double sum = 0, squares = 0;
    constexpr int draws = 20'000;
    for (int i = 0; i < draws; ++i) {
        const double value = process.sample(points, rng)[1] - expected[1].mean;
        sum += value;
        squares += value * value;
    }
    EXPECT_NEAR(sum / draws, 0, 5 * expected[1].deviation / std::sqrt(draws));
    EXPECT_NEAR(std::sqrt(squares / draws), expected[1].deviation, 0.03 * expected[1].deviation);
}

TEST(BoxMinimizer, FindsMinimaInsideAndOnTheBorder) {
    auto rosenbrock = [](std::span<const double> x, std::span<double> gradient) {
        const double a = 1 - x[0], b = x[1] - x[0] * x[0];
        gradient[0] = -2 * a - 400 * x[0] * b;
        gradient[1] = 200 * b;
        return a * a + 100 * b * b;
    };
    const auto inside = minimize_in_box({{-2, -2}, {2, 2}, rosenbrock}, {-1.2, 1}, {.iterations_max = 200});
    EXPECT_NEAR(inside.x[0], 1, 1e-4);
    EXPECT_NEAR(inside.x[1], 1, 1e-4);
    const auto border = minimize_in_box({{-2, -2}, {0.5, 2}, rosenbrock}, {-1.2, 1}, {.iterations_max = 200});
    EXPECT_NEAR(border.x[0], 0.5, 1e-9) << "the best of the box: x = 0.5, y = 0.25";
    EXPECT_NEAR(border.x[1], 0.25, 1e-4);
}

}  // namespace
}  // namespace quoin
