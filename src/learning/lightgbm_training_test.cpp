#include "learning/lightgbm_training.h"

#ifdef QUOIN_WITH_LIGHTGBM
#include <LightGBM/c_api.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "learning/example_homes.h"

namespace quoin {
namespace {

std::vector<double> lightgbm_answers(const std::vector<std::byte>& bytes, const Matrix& rows) {
    BoosterHandle booster = nullptr;
    int iterations = 0;
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    EXPECT_EQ(LGBM_BoosterLoadModelFromString(text.c_str(), &iterations, &booster), 0);
    std::vector<double> answers(rows.rows());
    std::int64_t length = 0;
    EXPECT_EQ(LGBM_BoosterPredictForMat(booster, rows.values().data(), C_API_DTYPE_FLOAT64, static_cast<std::int32_t>(rows.rows()),
                                        static_cast<std::int32_t>(rows.columns()), 1, C_API_PREDICT_RAW_SCORE, 0, -1, "num_threads=1",
                                        &length, answers.data()),
              0);
    LGBM_BoosterFree(booster);
    return answers;
}

TEST(LightgbmTraining, OurForestAnswersAsLightgbmDoes) {
    const ExampleHomes homes;
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
    const ExampleHomes homes;
    LearningRows validation{homes.others, homes.other_labels, {}};
    FitRequest request = homes.request();
    request.validation = &validation;
    auto outcome = fit_lightgbm(request, {.settings = "learning_rate=0.3", .rounds = 300, .early_stopping_rounds = 10}).value();
    const auto& curve = outcome.learning_curve;
    const auto best = static_cast<std::size_t>(std::min_element(curve.begin(), curve.end()) - curve.begin()) + 1;
    EXPECT_EQ(outcome.rounds, best);
    EXPECT_EQ(std::get<Forest>(outcome.model.kind()).parts().trees.size(), best);
    double loss = 0;
    for (std::size_t i = 0; i < ExampleHomes::held_out; ++i)
        loss += std::pow(outcome.model.predict(homes.others.row(i)) - homes.other_labels[i], 2) / 200;
    EXPECT_NEAR(loss, curve[best - 1], 1e-9);
}

}  // namespace
}  // namespace quoin

#endif
