#include "decisions/bandit/gaussian_argmax.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/rng.h"

namespace quoin {
namespace {

TEST(GaussianArgmax, AgreesWithClosedFormsAndCounts) {
    std::vector<double> out(2);
    for (double ratio : {1.0, 7.0, 100.0, 350.0}) {
        probabilities_of_best(std::vector{0.3, 0.1}, std::vector{0.5, 0.5 / ratio}, out);
        const double deviation = std::hypot(0.5, 0.5 / ratio);
        EXPECT_NEAR(out[0], 0.5 * std::erfc(-0.2 / deviation * M_SQRT1_2), 1e-9) << ratio;
        EXPECT_NEAR(out[0] + out[1], 1, 1e-15);
    }
    std::vector<double> ten(10);
    probabilities_of_best(std::vector<double>(10, 3.0), std::vector<double>(10, 0.01), ten);
    for (double p : ten) EXPECT_NEAR(p, 0.1, 1e-12);
    probabilities_of_best(std::vector{1.0, 2.0, 2.0}, std::vector{0.0, 0.0, 0.0}, std::span(ten).first(3));
    EXPECT_THAT(std::vector(ten.begin(), ten.begin() + 3), testing::ElementsAre(0, 0.5, 0.5));

    const std::vector<double> means{0.0, 0.4, -0.5}, deviations{1.0, 0.2, 2.0};
    std::vector<double> three(3), counts(3, 0.0);
    probabilities_of_best(means, deviations, three);
    Rng rng(19);
    constexpr int draws = 400'000;
    for (int draw = 0; draw < draws; ++draw) {
        std::array<double, 3> scores{};
        for (std::size_t i = 0; i < 3; ++i) scores[i] = means[i] + deviations[i] * rng.normal();
        counts[static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin())] += 1.0 / draws;
    }
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(three[i], counts[i], 0.004) << i;
}

}  // namespace
}  // namespace quoin
