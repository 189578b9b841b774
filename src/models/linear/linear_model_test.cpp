#include "models/linear/linear_model.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"

namespace quoin {
namespace {

/// Living area (mean 2000, spread 900) and a category of which level 1 carries a premium.
LinearModel example() {
    return {.features = 2,
            .intercept = 13.05,
            .terms = {{.feature = 0, .mean = 2000, .scale = 900, .coefficient = 0.3},
                      {.feature = 1, .level = 1, .mean = 0.1, .scale = 0.3, .coefficient = 0.06}}};
}

TEST(LinearModel, PredictsByHand) {
    LinearModel model = example();
    EXPECT_DOUBLE_EQ(model.predict(std::vector<double>{2900, 1}), 13.05 + 0.3 + 0.06 * 0.9 / 0.3);
    EXPECT_DOUBLE_EQ(model.predict(std::vector<double>{std::nan(""), 0}), 13.05 - 0.06 * 0.1 / 0.3)
        << "a missing number counts as the mean";
    EXPECT_DOUBLE_EQ(model.predict(std::vector<double>{2000, std::nan("")}), 13.05 - 0.02) << "a missing category is no level";
}

TEST(LinearModel, ContributionsAreTheTermsAndAddUp) {
    LinearModel model = example();
    std::vector<double> out(3);
    model.contributions(std::vector<double>{1100, 1}, out);
    EXPECT_DOUBLE_EQ(out[0], -0.3);
    EXPECT_DOUBLE_EQ(out[1], 0.06 * 0.9 / 0.3);
    EXPECT_DOUBLE_EQ(out[2], 13.05);
    EXPECT_NEAR(out[0] + out[1] + out[2], model.predict(std::vector<double>{1100, 1}), 1e-14);
}

TEST(LinearModel, RoundTripsThroughJson) {
    LinearModel model = example();
    model.terms[0].coefficient = 0.1 + 0.2;
    std::string text = json_text(to_json(model));
    LinearModel loaded = linear_model_from_json(parse_json(text).value()).value();
    EXPECT_EQ(json_text(to_json(loaded)), text);
    EXPECT_EQ(loaded.predict(std::vector<double>{1234.5, 1}), model.predict(std::vector<double>{1234.5, 1}));
}

TEST(LinearModel, RefusesWhatIsNotALinearModel) {
    auto message = [](std::string_view text) { return linear_model_from_json(parse_json(text).value()).error().message; };
    EXPECT_EQ(message("[]"), "linear model: not an object");
    EXPECT_EQ(message(R"({"features":2,"intercept":null,"terms":[]})"), "linear model: \"intercept\" is not a number");
    EXPECT_EQ(message(R"({"features":2.5,"intercept":0,"terms":[]})"),
              "linear model: \"features\" is 2.5, not a whole number from 1 to 65536");
    EXPECT_EQ(message(R"({"features":2,"intercept":0,"terms":[{"feature":2,"level":-1,"mean":0,"scale":1,"coefficient":1}]})"),
              "linear model: \"feature\" is 2, not a whole number from 0 to 1");
    EXPECT_EQ(message(R"({"features":2,"intercept":0,"terms":[{"feature":1,"level":-1,"mean":0,"scale":0,"coefficient":1}]})"),
              "linear model: the scale of a term of feature 1 is 0, not positive");
}

}  // namespace
}  // namespace quoin
