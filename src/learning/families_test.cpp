// Conformance: every registered family passes every test here. Registering is enough to be tested.

#include <gtest/gtest.h>

#include <xgboost/c_api.h>
#ifdef QUOIN_WITH_LIGHTGBM
#include <LightGBM/c_api.h>
#endif

#include <cmath>
#include <set>
#include <thread>

#include "base/rng.h"
#include "learning/lightgbm_training.h"
#include "learning/xgboost_training.h"

namespace quoin {
namespace {

/// 600 homes: area, age, latitude with holes, a district of five levels with holes, and a column of noise; labels on a log scale.
struct Homes {
    static constexpr std::size_t count = 600, held_out = 200;
    std::vector<FeatureUse> uses = {{"area"}, {"age"}, {"latitude"}, {.name = "district", .levels = 5}, {"noise"}};
    Matrix features{count, 5}, others{held_out, 5};
    std::vector<double> labels, other_labels, classes, weights;

    explicit Homes(std::uint64_t seed = 1) {
        Rng rng(seed);
        for (std::size_t i = 0; i < count; ++i) {
            labels.push_back(fill(features.row(i), rng));
            classes.push_back(labels.back() + 0.2 * rng.normal() > 13 ? 1 : 0);
            weights.push_back(0.5 + rng.uniform());
        }
        for (std::size_t i = 0; i < held_out; ++i) other_labels.push_back(fill(others.row(i), rng));
    }

    static double fill(std::span<double> row, Rng& rng) {
        const double area = std::exp(7.5 + 0.4 * rng.normal()), age = 100 * rng.uniform(), latitude = 47.5 + 0.1 * rng.normal();
        const auto district = static_cast<double>(rng.below(5));
        row[0] = area;
        row[1] = age;
        row[2] = rng.uniform() < 0.2 ? std::nan("") : latitude;
        row[3] = rng.uniform() < 0.1 ? std::nan("") : district;
        row[4] = rng.normal();
        return 13 + 0.6 * (std::log(area) - 7.5) - 0.003 * (age - 50) + 1.5 * (latitude - 47.5) + (district == 2 ? 0.3 : 0) + 0.1 * rng.normal();
    }

    FitRequest request() const { return {.uses = uses, .train = {features, labels, {}}, .seed = 3}; }
};

/// The request with small settings where the family has them, so that the suite stays quick.
FitRequest quick_request(const FamilyEntry& family, const Homes& homes) {
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

    Homes homes_;
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
    if (family_->name == "elastic_net") return;  // nothing random in it
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
    for (std::size_t i = 0; i < Homes::held_out; ++i) {
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
    Homes homes;
    std::fill(homes.labels.begin(), homes.labels.end(), 12.5);
    auto model = fit(quick_request(*family_, homes)).model;
    for (std::size_t i = 0; i < 20; ++i) EXPECT_NEAR(model.predict(homes.others.row(i)), 12.5, 1e-5);
    std::vector<double> ones(Homes::count, 1.0);
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
    for (std::size_t i = 0; i < Homes::held_out; ++i) right += (model.predict(homes_.others.row(i)) > 0) == (homes_.other_labels[i] > 13);
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
    FitRequest negative = request();
    negative.parameters[family_->space.front().name] = -1;
    EXPECT_NE(message(negative).find("is negative"), std::string::npos) << message(negative);
    Homes homes;
    homes.features(7, 3) = 5;
    EXPECT_EQ(message(quick_request(*family_, homes)), "training row 7: category 'district' has code 5; codes are 0 to 4, NaN if missing");
    homes = Homes();
    homes.labels[2] = std::nan("");
    EXPECT_EQ(message(quick_request(*family_, homes)), "training row 2: the label is nan");
    homes = Homes();
    homes.features(9, 0) = std::numeric_limits<double>::infinity();
    EXPECT_NE(message(quick_request(*family_, homes)).find("training row 9: feature 'area' is inf"), std::string::npos);
    homes = Homes();
    homes.uses.pop_back();
    EXPECT_EQ(message(quick_request(*family_, homes)), "training: rows have 5 features, but 4 are declared");
}

TEST_P(Family, MonotoneConstraintsHold) {
    if (!is_forest()) GTEST_SKIP() << "not a forest";
    Homes homes;
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
    EXPECT_EQ(names.size(), 5u);
    EXPECT_EQ(find_family("catboost").error().message,
              "no model family is called 'catboost'; there are elastic_net, lightgbm, network, random_forest, xgboost");
}

/// The library's own answers, from its own model file.
std::vector<double> xgboost_answers(const std::vector<std::byte>& bytes, const Matrix& rows) {
    DMatrixHandle data = nullptr;
    BoosterHandle booster = nullptr;
    std::vector<float> floats(rows.values().begin(), rows.values().end());
    EXPECT_EQ(XGDMatrixCreateFromMat(floats.data(), rows.rows(), rows.columns(), std::nanf(""), &data), 0);
    EXPECT_EQ(XGBoosterCreate(nullptr, 0, &booster), 0);
    EXPECT_EQ(XGBoosterLoadModelFromBuffer(booster, bytes.data(), bytes.size()), 0);
    bst_ulong count = 0;
    const float* values = nullptr;
    EXPECT_EQ(XGBoosterPredict(booster, data, 1, 0, 0, &count, &values), 0);
    std::vector<double> answers(values, values + count);
    XGBoosterFree(booster);
    XGDMatrixFree(data);
    return answers;
}

TEST(XgboostTraining, OurForestAnswersAsXgboostDoes) {
    const Homes homes;
    for (auto objective : {Objective::squared_error, Objective::absolute_error, Objective::pseudo_huber, Objective::binary_logistic}) {
        FitRequest request = homes.request();
        request.objective = objective;
        if (objective == Objective::binary_logistic) request.train.labels = homes.classes;
        const XgboostPlan plan{.settings = {{"max_depth", "6"}, {"subsample", "0.7"}}, .rounds = 80, .huber_slope = 0.2};
        auto trained = train_xgboost(request, plan);
        ASSERT_TRUE(trained) << trained.error().message;
        auto forest = load_xgboost(trained->bytes);
        ASSERT_TRUE(forest) << forest.error().message;
        auto expected = xgboost_answers(trained->bytes, homes.others);
        auto margins = forest->margins(homes.others);
        for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(margins(i, 0), expected[i], 1e-6) << static_cast<int>(objective);
    }
}

TEST(XgboostTraining, EarlyStoppingKeepsTheBestRound) {
    const Homes homes;
    LearningRows validation{homes.others, homes.other_labels, {}};
    FitRequest request = homes.request();
    request.validation = &validation;
    auto outcome = fit_xgboost(request, {.settings = {{"learning_rate", "0.3"}}, .rounds = 300, .early_stopping_rounds = 10}).value();
    const auto& curve = outcome.learning_curve;
    const auto best = static_cast<std::size_t>(std::min_element(curve.begin(), curve.end()) - curve.begin()) + 1;
    EXPECT_EQ(outcome.rounds, best);
    EXPECT_EQ(curve.size(), best + 10);
    EXPECT_EQ(std::get<Forest>(outcome.model.kind()).parts().trees.size(), best);
    double loss = 0;
    for (std::size_t i = 0; i < Homes::held_out; ++i) loss += std::pow(outcome.model.predict(homes.others.row(i)) - homes.other_labels[i], 2) / 200;
    EXPECT_NEAR(loss, curve[best - 1], 1e-6);
}

#ifdef QUOIN_WITH_LIGHTGBM

std::vector<double> lightgbm_answers(const std::vector<std::byte>& bytes, const Matrix& rows) {
    BoosterHandle booster = nullptr;
    int iterations = 0;
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    EXPECT_EQ(LGBM_BoosterLoadModelFromString(text.c_str(), &iterations, &booster), 0);
    std::vector<double> answers(rows.rows());
    std::int64_t length = 0;
    EXPECT_EQ(LGBM_BoosterPredictForMat(booster, rows.values().data(), C_API_DTYPE_FLOAT64, static_cast<std::int32_t>(rows.rows()),
                                        static_cast<std::int32_t>(rows.columns()), 1, C_API_PREDICT_RAW_SCORE, 0, -1, "num_threads=1", &length,
                                        answers.data()),
              0);
    LGBM_BoosterFree(booster);
    return answers;
}

TEST(LightgbmTraining, OurForestAnswersAsLightgbmDoes) {
    const Homes homes;
    for (auto objective : {Objective::squared_error, Objective::absolute_error, Objective::pseudo_huber, Objective::binary_logistic}) {
        FitRequest request = homes.request();
        request.objective = objective;
        if (objective == Objective::binary_logistic) request.train.labels = homes.classes;
        auto trained = train_lightgbm(request, {.settings = "num_leaves=31 min_data_per_group=20", .rounds = 80, .huber_slope = 0.2});
        ASSERT_TRUE(trained) << trained.error().message;
        auto forest = load_lightgbm(trained->bytes);
        ASSERT_TRUE(forest) << forest.error().message;
        auto expected = lightgbm_answers(trained->bytes, homes.others);
        auto margins = forest->margins(homes.others);
        for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(margins(i, 0), expected[i], 1e-6) << static_cast<int>(objective);
    }
}

TEST(LightgbmTraining, EarlyStoppingKeepsTheBestRound) {
    const Homes homes;
    LearningRows validation{homes.others, homes.other_labels, {}};
    FitRequest request = homes.request();
    request.validation = &validation;
    auto outcome = fit_lightgbm(request, {.settings = "learning_rate=0.3", .rounds = 300, .early_stopping_rounds = 10}).value();
    const auto& curve = outcome.learning_curve;
    const auto best = static_cast<std::size_t>(std::min_element(curve.begin(), curve.end()) - curve.begin()) + 1;
    EXPECT_EQ(outcome.rounds, best);
    EXPECT_EQ(std::get<Forest>(outcome.model.kind()).parts().trees.size(), best);
    double loss = 0;
    for (std::size_t i = 0; i < Homes::held_out; ++i) loss += std::pow(outcome.model.predict(homes.others.row(i)) - homes.other_labels[i], 2) / 200;
    EXPECT_NEAR(loss, curve[best - 1], 1e-9);
}

#endif

}  // namespace
}  // namespace quoin
