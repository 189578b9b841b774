#include "learning/xgboost_training.h"

#include <gtest/gtest.h>
#include <xgboost/c_api.h>

#include <algorithm>
#include <cmath>

#include "learning/example_homes.h"

namespace quoin {
namespace {

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
    const ExampleHomes homes;
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
    const ExampleHomes homes;
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
    for (std::size_t i = 0; i < ExampleHomes::held_out; ++i)
        loss += std::pow(outcome.model.predict(homes.others.row(i)) - homes.other_labels[i], 2) / 200;
    EXPECT_NEAR(loss, curve[best - 1], 1e-6);
}

}  // namespace
}  // namespace quoin
