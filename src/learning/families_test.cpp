// Conformance: every registered family passes every test here. Registering is enough to be tested.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <thread>

#include "learning/example_homes.h"

namespace quoin {
namespace {

/// The request with small settings where the family has them, so that the suite stays quick.
FitRequest quick_request(const FamilyEntry& family, const ExampleHomes& homes) {
    FitRequest request = homes.request();
    if (family.rounds_parameter == "num_boost_round") request.parameters = {{"num_boost_round", 60}, {"learning_rate", 0.1}};
    if (family.rounds_parameter == "epochs") request.parameters = {{"epochs", 8}, {"width", 24}, {"seeds", 2}, {"learning_rate", 0.01}};
    if (family.name == "random_forest") request.parameters = {{"num_trees", 30}};
    return request;
}

double r_squared(const Regressor& model, const Matrix& rows, std::span<const double> labels) {
    auto predictions = model.predict(MatrixView<const double>(rows));
    double mean = 0, error = 0, spread = 0;
    for (double label : labels) mean += label / static_cast<double>(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        error += std::pow(labels[i] - predictions[i], 2);
        spread += std::pow(labels[i] - mean, 2);
    }
    return 1 - error / spread;
}

class Family : public testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        family_ = find_family(GetParam()).value();
        if (!family_->available) {
            auto refused = family_->fit(homes_.request());
            ASSERT_FALSE(refused);
            EXPECT_EQ(refused.error().kind, ErrorKind::unsupported);
            GTEST_SKIP() << refused.error().message;
        }
    }
    FitRequest request() const { return quick_request(*family_, homes_); }
    FitOutcome fit(const FitRequest& request) const {
        auto outcome = family_->fit(request);
        EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message);
        return std::move(outcome).value();
    }
    bool is_forest() const { return family_->name == "xgboost" || family_->name == "lightgbm" || family_->name == "random_forest"; }

    ExampleHomes homes_;
    const FamilyEntry* family_ = nullptr;
};

TEST_P(Family, DeclaresItself) {
    EXPECT_FALSE(family_->description.empty());
    std::set<std::string> names;
    for (const HyperParameter& parameter : family_->space) {
        EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name << " twice";
        EXPECT_FALSE(parameter.description.empty()) << parameter.name;
        EXPECT_LE(parameter.lower, parameter.default_value) << parameter.name;
        EXPECT_GE(parameter.upper, parameter.default_value) << parameter.name;
        EXPECT_TRUE(!parameter.logarithmic || parameter.lower > 0) << parameter.name;
    }
    EXPECT_TRUE(family_->rounds_parameter.empty() || names.contains(family_->rounds_parameter));
}

TEST_P(Family, LearnsThroughMissingValuesAndWeights) {
    auto plain = fit(request());
    EXPECT_GT(r_squared(plain.model, homes_.others, homes_.other_labels), 0.6);
    FitRequest weighted = request();
    weighted.train.weights = homes_.weights;
    auto other = fit(weighted);
    EXPECT_GT(r_squared(other.model, homes_.others, homes_.other_labels), 0.6);
    EXPECT_NE(other.model.save(), plain.model.save());
    const std::vector<double> nothing_known(5, std::nan(""));
    EXPECT_NEAR(plain.model.predict(nothing_known), 13, 1);
}

TEST_P(Family, SameRequestSameBytesAlsoSideBySide) {
    auto alone = fit(request()).model.save();
    std::vector<std::vector<std::byte>> beside(2);
    std::vector<std::thread> threads;
    for (auto& bytes : beside) threads.emplace_back([&] { bytes = fit(request()).model.save(); });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(beside[0], alone);
    EXPECT_EQ(beside[1], alone);
    if (!is_forest() && family_->name != "network") return;  // nothing random in it
    FitRequest other = request();
    other.seed = 4;
    EXPECT_NE(fit(other).model.save(), alone) << "the seed is not used";
}

TEST_P(Family, RoundTripsBitForBitAndPredictsOneRowAsMany) {
    auto model = fit(request()).model;
    auto bytes = model.save();
    auto loaded = Regressor::load(model.kind_name(), bytes);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->save(), bytes);
    EXPECT_EQ(loaded->features(), 5u);
    auto many = model.predict(MatrixView<const double>(homes_.others));
    for (std::size_t i = 0; i < ExampleHomes::held_out; ++i) {
        EXPECT_EQ(model.predict(homes_.others.row(i)), many[i]);
        EXPECT_EQ(loaded->predict(homes_.others.row(i)), many[i]);
    }
}

TEST_P(Family, ContributionsAddUp) {
    auto model = fit(request()).model;
    std::vector<double> out(6);
    for (std::size_t i = 0; i < 50; ++i) {
        model.contributions(homes_.others.row(i), out);
        double sum = 0;
        for (double value : out) sum += value;
        // XGBoost's leaves are added in float.
        EXPECT_NEAR(sum, model.predict(homes_.others.row(i)), family_->name == "lightgbm" ? 1e-9 : 1e-5);
    }
}

TEST_P(Family, ConstantLabelsGiveThatConstant) {
    ExampleHomes homes;
    std::fill(homes.labels.begin(), homes.labels.end(), 12.5);
    auto model = fit(quick_request(*family_, homes)).model;
    for (std::size_t i = 0; i < 20; ++i) EXPECT_NEAR(model.predict(homes.others.row(i)), 12.5, 1e-5);
    std::vector<double> ones(ExampleHomes::count, 1.0);
    FitRequest binary = quick_request(*family_, homes);
    binary.objective = Objective::binary_logistic;
    binary.train.labels = ones;
    auto refused = family_->fit(binary);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "the training labels have one class only; a yes/no model needs rows of both");
}

TEST_P(Family, OneRowIsEnoughNotToFail) {
    const std::vector<double> label = {13.0};
    FitRequest single = request();
    single.train = {homes_.features.view().rows_between(0, 1), label, {}};
    EXPECT_NEAR(fit(single).model.predict(homes_.features.row(0)), 13, 1e-5);
}

TEST_P(Family, EveryObjectiveIsLearnt) {
    for (auto objective : {Objective::absolute_error, Objective::pseudo_huber}) {
        FitRequest robust = request();
        robust.objective = objective;
        if (family_->rounds_parameter == "num_boost_round") robust.parameters["num_boost_round"] = 200;
        auto outcome = family_->fit(robust);
        if (!outcome && outcome.error().kind == ErrorKind::unsupported) continue;
        ASSERT_TRUE(outcome) << outcome.error().message;
        EXPECT_GT(r_squared(outcome->model, homes_.others, homes_.other_labels), 0.5) << static_cast<int>(objective);
    }
    FitRequest binary = request();
    binary.objective = Objective::binary_logistic;
    binary.train.labels = homes_.classes;
    auto model = fit(binary).model;
    int right = 0;
    for (std::size_t i = 0; i < ExampleHomes::held_out; ++i)
        right += (model.predict(homes_.others.row(i)) > 0) == (homes_.other_labels[i] > 13);
    EXPECT_GT(right, 140) << "the margin is a log-odds: above 0 means yes";
}

TEST_P(Family, ValidationRowsGiveACurveAndStopEarly) {
    if (family_->rounds_parameter.empty()) GTEST_SKIP() << "no rounds";
    LearningRows validation{homes_.others, homes_.other_labels, {}};
    FitRequest watched = request();
    watched.validation = &validation;
    const std::string patience = family_->rounds_parameter == "epochs" ? "early_stopping_epochs" : "early_stopping_rounds";
    watched.parameters[patience] = 3;
    watched.parameters[family_->rounds_parameter] = 400;
    watched.parameters["learning_rate"] = family_->rounds_parameter == "epochs" ? 0.02 : 0.3;
    auto outcome = fit(watched);
    ASSERT_FALSE(outcome.learning_curve.empty());
    EXPECT_LT(outcome.learning_curve.size(), 400u);
    EXPECT_LE(outcome.rounds, outcome.learning_curve.size() + 400);
    EXPECT_LT(outcome.learning_curve.back(), outcome.learning_curve.front());
}

TEST_P(Family, RefusesInWords) {
    auto message = [&](const FitRequest& refused) {
        auto outcome = family_->fit(refused);
        return outcome ? std::string("accepted") : outcome.error().message;
    };
    FitRequest unknown = request();
    unknown.parameters["max_dept"] = 3;
    EXPECT_NE(message(unknown).find("has no parameter 'max_dept'; it has "), std::string::npos) << message(unknown);
    for (const HyperParameter& parameter : family_->space) {
        FitRequest negative = request();
        negative.parameters[parameter.name] = -1;
        EXPECT_NE(message(negative).find("is negative"), std::string::npos) << message(negative);
        FitRequest endless = request();
        endless.parameters[parameter.name] = std::numeric_limits<double>::infinity();
        EXPECT_NE(message(endless).find("is not a finite number"), std::string::npos) << message(endless);
    }
    ExampleHomes homes;
    homes.features(7, 3) = 5;
    EXPECT_EQ(message(quick_request(*family_, homes)), "training row 7: category 'district' has code 5; codes are 0 to 4, NaN if missing");
    homes = ExampleHomes();
    homes.labels[2] = std::nan("");
    EXPECT_EQ(message(quick_request(*family_, homes)), "training row 2: the label is nan");
    homes = ExampleHomes();
    homes.features(9, 0) = std::numeric_limits<double>::infinity();
    EXPECT_NE(message(quick_request(*family_, homes)).find("training row 9: feature 'area' is inf"), std::string::npos);
    homes = ExampleHomes();
    homes.uses.pop_back();
    EXPECT_EQ(message(quick_request(*family_, homes)), "training: rows have 5 features, but 4 are declared");
}

TEST_P(Family, MonotoneConstraintsHold) {
    if (!is_forest()) GTEST_SKIP() << "not a forest";
    ExampleHomes homes;
    homes.uses[0].monotone = 1;
    homes.uses[4].monotone = -1;  // against the noise
    auto model = fit(quick_request(*family_, homes)).model;
    for (std::size_t i = 0; i < 60; ++i) {
        std::vector<double> row(homes.others.row(i).begin(), homes.others.row(i).end());
        double before_area = -1e9, before_noise = 1e9;
        for (int step = 0; step < 40; ++step) {
            row[0] = 300 * std::pow(1.1, step);
            const double by_area = model.predict(row);
            EXPECT_GE(by_area, before_area - 1e-6) << "row " << i;
            before_area = by_area;
        }
        for (int step = 0; step < 40; ++step) {
            row[4] = -3 + 0.15 * step;
            const double by_noise = model.predict(row);
            EXPECT_LE(by_noise, before_noise + 1e-6) << "row " << i;
            before_noise = by_noise;
        }
    }
}

std::vector<std::string> family_names() {
    std::vector<std::string> names;
    for (const FamilyEntry& family : families()) names.push_back(family.name);
    return names;
}
INSTANTIATE_TEST_SUITE_P(Every, Family, testing::ValuesIn(family_names()), [](const auto& info) { return info.param; });

TEST(Families, AreSortedAndFoundByName) {
    auto names = family_names();
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    for (const auto& name : names) EXPECT_EQ(find_family(name).value()->name, name);
    const std::string message = find_family("catboost").error().message;
    EXPECT_TRUE(message.starts_with("no model family is called 'catboost'; there are ")) << message;
    EXPECT_NE(message.find("lightgbm, network"), std::string::npos) << message;
}

}  // namespace
}  // namespace quoin
