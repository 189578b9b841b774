#include "evaluation/metric.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <set>

namespace quoin {
namespace {

using testing::HasSubstr;

/// Values of scikit-learn, SciPy and NumPy: tests/oracles/metrics.py.
boost::json::object oracle() {
    std::ifstream file(QUOIN_SOURCE_DIR "/tests/oracles/metrics.json");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    return boost::json::parse(text).as_object();
}

template <class T>
std::vector<T> numbers(const boost::json::object& part, const char* name) {
    return part.contains(name) ? boost::json::value_to<std::vector<T>>(part.at(name)) : std::vector<T>{};
}

double compute(const char* name, const Scored& scored) { return find_metric(name).value()->compute(scored).value(); }

TEST(Metric, EqualsScikitLearnWithTiesAndWeights) {
    std::set<std::string> checked{"cod", "prd", "prb", "vei"};  // against IAAO's example in ratio_study_test.cpp
    for (const auto& [task, value] : oracle()) {
        const auto& part = value.as_object();
        auto labels = numbers<double>(part, "labels"), predictions = numbers<double>(part, "predictions");
        auto weights = numbers<double>(part, "weights");
        auto groups = numbers<std::int64_t>(part, "groups");
        for (const auto& [name, expected] : part.at("expected").as_object()) {
            Scored scored{.labels = labels, .predictions = predictions, .groups = groups};
            checked.insert(std::string(name));
            for (const auto& number : expected.as_array()) {  // the first without weights, the second with
                double wanted = number.as_double();
                EXPECT_NEAR(compute(std::string(name).c_str(), scored), wanted, 1e-12 * std::max(1.0, std::abs(wanted))) << name;
                scored.weights = weights;
            }
        }
    }
    for (const auto& entry : metrics()) EXPECT_TRUE(checked.contains(entry.name)) << entry.name << " has no oracle";
}

TEST(Metric, ConstantScoresEarnNothingInRankings) {
    std::vector<double> relevance{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, scores(12, 0.5);
    std::vector<std::int64_t> one_query(12, 7);
    Scored scored{.labels = relevance, .predictions = scores, .groups = one_query};
    EXPECT_DOUBLE_EQ(compute("mrr", scored), 1.0 / 11);
    EXPECT_EQ(compute("precision@5", scored), 0);
    EXPECT_EQ(compute("recall@10", scored), 0);
    EXPECT_EQ(compute("map@10", scored), 0);
}

TEST(Metric, DoesNotDependOnTheOrderOfRows) {
    std::vector<double> labels{1, 0, 1, 1, 0, 0, 1, 0}, scores{.9, .9, .9, .4, .4, .2, .2, .1}, weights{1, 2, 3, 1, 2, 3, 1, 2};
    auto reversed = [](std::vector<double> v) { return std::vector<double>(v.rbegin(), v.rend()); };
    auto back_labels = reversed(labels), back_scores = reversed(scores), back_weights = reversed(weights);
    for (const auto& entry : metrics())
        if (entry.task == MetricTask::classification) {
            double there = entry.compute({labels, scores, weights}).value();
            double back = entry.compute({back_labels, back_scores, back_weights}).value();
            EXPECT_NEAR(there, back, 1e-14) << entry.name;
        }
}

TEST(Metric, RefusesWhatItCannotMeasure) {
    std::vector<double> zero{0, 1}, ones{1, 1}, two{1, 2}, odd{1, std::nan("")}, one{1}, negative{1, -1};
    auto refusal = [](const char* name, const Scored& scored) { return find_metric(name).value()->compute(scored).error().message; };
    EXPECT_THAT(refusal("mape", {zero, ones}), HasSubstr("label of row 0 is 0"));
    EXPECT_THAT(refusal("mae", {one, two}), HasSubstr("1 labels but 2 predictions"));
    EXPECT_THAT(refusal("auc", {ones, two}), HasSubstr("both classes"));
    EXPECT_THAT(refusal("brier", {ones, two}), HasSubstr("between 0 and 1"));
    EXPECT_THAT(refusal("accuracy", {two, ones}), HasSubstr("takes 0 or 1"));
    EXPECT_THAT(refusal("vei", {ones, two}), HasSubstr("at least 20 sales"));
    EXPECT_THAT(refusal("mrr", {ones, two}), HasSubstr("query number per row"));
    EXPECT_THAT(refusal("r2", {ones, two}), HasSubstr("no variance"));
    for (const auto& entry : metrics()) {
        EXPECT_FALSE(entry.compute({})) << entry.name;
        EXPECT_FALSE(entry.compute({ones, odd})) << entry.name;
        EXPECT_FALSE(entry.compute({.labels = zero, .predictions = ones, .weights = negative})) << entry.name;
    }
}

TEST(Metric, NamesAreUniqueAndAWrongNameListsThem) {
    std::set<std::string> names;
    for (const auto& entry : metrics()) EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_THAT(find_metric("mdapf").error().message, HasSubstr("mdape"));
}

}  // namespace
}  // namespace quoin
