// Asks the examples of CONTRIBUTING.md, found through the lists like everything else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "evaluation/metric.h"
#include "learning/family.h"
#include "serving/endpoint.h"
#include "serving/openapi.h"

namespace quoin {
namespace {

TEST(Learner, IsFoundAndFits) {
    const FamilyEntry* family = find_family("constant").value();
    const std::vector<FeatureUse> uses = {{.name = "rooms"}};
    const std::vector<double> rooms = {1, 2, 3}, prices = {100, 200, 600}, weights = {1, 1, 2};
    const LearningRows rows{.features = {rooms.data(), 3, 1}, .labels = prices, .weights = weights};
    auto outcome = family->fit({.uses = uses, .train = rows});
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_DOUBLE_EQ(outcome->model.predict(std::vector<double>{7}), 375);  // (100 + 200 + 2 · 600) / 4
    auto refused = family->fit({.uses = uses, .train = rows, .parameters = {{"depth", 3}}});
    EXPECT_THAT(refused.error().message, testing::HasSubstr("constant has no parameter 'depth'"));
}

TEST(Metric, IsFoundAndComputes) {
    const MetricEntry* metric = find_metric("max_error").value();
    const std::vector<double> labels = {3, 2, 7, 1}, predictions = {4, 2, 7, 1};  // example of scikit-learn's max_error
    EXPECT_EQ(metric->compute({.labels = labels, .predictions = predictions}).value(), 1);
    EXPECT_FALSE(metric->compute({.labels = {}, .predictions = {}}));
}

TEST(Endpoint, IsRoutedAndDocumented) {
    auto document = openapi_document(endpoints());
    auto operation = document.at("paths").at("/version").at("get");
    EXPECT_EQ(operation.at("summary"), "The version of the program");
}

}  // namespace
}  // namespace quoin
