#include "control/training_job.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>

#include "control/product_files.h"
#include "control/project_fixture.h"
#include "learning/draft.h"
#include "prediction/predictor.h"
#include "prediction/replay.h"
#include "simulation/market.h"
#include "store/blobs.h"
#include "table/write.h"

namespace quoin {
namespace {

using testing::HasSubstr;

/// A project on a small simulated market with quick learners, trained once for all tests of this file.
class TrainedProject : public testing::Test, protected SharedProject<TrainedProject> {
protected:
    static void TearDownTestSuite() { drop_project(); }
    static void SetUpTestSuite() {
        make_project();
        auto market = simulate_market({.homes = 900}).value();
        ASSERT_TRUE(write_table(market.sales, folder() / "sales.parquet"));
        auto declared = draft_declaration(market.sales, {.model = "", .target = "", .time = "", .id = "", .source = "sales.parquet"})
                            .value()
                            .declaration;
        declared.members = {{.family = "xgboost", .parameters = {{"num_boost_round", 60}, {"learning_rate", 0.15}}, .name = "xgboost"},
                            {.family = "elastic_net", .name = "elastic_net"}};
        declared.gates = {"test.mdape <= 0.3", "0.85 <= test.coverage.0.95 <= 1"};
        auto text = render_declaration(declared);
        ASSERT_TRUE(write_file_atomically(project()->declaration_file(declared.model), std::as_bytes(std::span(text))));
        auto trained = run_training(*project(), {});
        ASSERT_TRUE(trained) << trained.error().message;
        report() = *trained;
    }
    static TrainingReport& report() {
        static TrainingReport made;
        return made;
    }
    static std::shared_ptr<const LiveModel> live() { return project()->load("property_value_model", "champion").value(); }
    static PredictionQuery ask(const std::string& id) {
        PredictionQuery query;
        query.entity = EntityId{id};
        query.drivers = 100;
        return query;
    }
};

TEST_F(TrainedProject, IsInProductionWithACardAndALedger) {
    EXPECT_TRUE(report().promoted);
    EXPECT_EQ(report().version.stage, Stage::production);
    EXPECT_TRUE(project()->blobs().contains(report().version.card_html));
    EXPECT_TRUE(project()->registry().verify_ledger());
    // The simulated noise alone gives a median error of 5.7 %; 720 sales and quick learners come within 15 %.
    double mdape = report().test->champion.metrics.front().value;
    EXPECT_GT(mdape, 0.05);
    EXPECT_LT(mdape, 0.15);
}

TEST_F(TrainedProject, AmountsOfTheReasonsAddUpToTheValue) {
    auto model = live();
    for (const auto* id : {"prop_1", "prop_123", "prop-2"}) {
        auto filled = model->fill(ask(id), EventTime{model->model().data_to}).value();
        auto answer = model->answer(filled).value();
        double sum = answer.typical_value, score = 0;
        for (const auto& driver : answer.drivers) {
            sum += driver.amount;
            score += driver.contribution;
        }
        EXPECT_NEAR(sum / answer.value, 1, 1e-9) << id;
        EXPECT_NEAR(std::log(answer.typical_value) + score, answer.score, 1e-9 * std::abs(answer.score)) << id;
        for (const auto& interval : answer.intervals) {
            EXPECT_LE(interval.lower, answer.value);
            EXPECT_GE(interval.upper, answer.value);
        }
    }
}

TEST_F(TrainedProject, ReplaysARecordBitForBitAndRefusesAnotherArtifact) {
    Telemetry telemetry;
    auto records = RecordLog::open({.folder = folder() / "records"}, telemetry).value();
    Predictor predictor(records, telemetry);
    predictor.set_products(default_products().value());
    predictor.swap(live());
    auto prediction = predictor.predict("property_value", ask("prop_7")).value();
    auto record = records->find(prediction.id).value();
    EXPECT_TRUE(replay(record, *live()).value().identical);
    record.artifact[0] = record.artifact[0] == 'a' ? 'b' : 'a';
    EXPECT_EQ(replay(record, *live()).error().kind, ErrorKind::conflict);
    EXPECT_EQ(predictor.traffic("property_value_model").predictions, 1u);
}

TEST_F(TrainedProject, AnswersFeaturesAndSaysWhatItDoesNotKnow) {
    auto model = live();
    PredictionQuery query;
    query.features = {{"living_area_sqft", 2000.0}, {"zip_code", std::string("00000")}};
    auto answer = model->answer(model->fill(query, EventTime{model->model().data_to}).value()).value();
    EXPECT_THAT(answer.notes, testing::Contains(HasSubstr("'00000' was not seen in training")));
    query.features = {{"living_area_sqft", std::string("big")}};
    auto refused = model->answer(model->fill(query, EventTime{model->model().data_to}).value());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, "/features/living_area_sqft");
    EXPECT_EQ(model->fill(ask("nobody"), EventTime{0}).error().kind, ErrorKind::not_found);
}

TEST_F(TrainedProject, GivesTheSameBytesForAnyNumberOfThreads) {
    auto declaration = project()->declaration("").value();
    auto rows = project()->source_rows(declaration).value();
    ManualClock clock(from_civil(2025, 1, 1));
    auto bytes_with = [&](const char* threads) {
        setenv("QUOIN_THREADS", threads, 1);
        return train(rows, declaration, no_progress(), clock).value().model.save();
    };
    auto one = bytes_with("1"), three = bytes_with("3");
    unsetenv("QUOIN_THREADS");
    EXPECT_TRUE(one == three);
}

TEST_F(TrainedProject, FindsADamagedArtifact) {
    auto bytes = live()->model().save();
    ASSERT_TRUE(TrainedModel::load(bytes));
    for (std::size_t at : {std::size_t{20}, bytes.size() / 2, bytes.size() - 70}) {
        auto damaged = bytes;
        damaged[at] ^= std::byte{1};
        auto loaded = TrainedModel::load(damaged);
        if (!loaded) {
            EXPECT_EQ(loaded.error().kind, ErrorKind::corrupt);
        }
    }
    EXPECT_FALSE(TrainedModel::load(std::span(bytes).first(bytes.size() / 2)));
    EXPECT_FALSE(TrainedModel::load({}));
}

TEST_F(TrainedProject, RefusesLabelsThatCannotBeLearned) {
    auto declaration = project()->declaration("").value();
    auto table = Table::make({{"sale_price", Numbers(100, 5.0)}, {"x", Numbers(100, 1.0)}}).value();
    EXPECT_THAT(labelled_rows(table, declaration).error().message, HasSubstr("nothing to learn"));
    Numbers labels(100, 10.0);
    labels[41] = -1;
    labels[3] = 12;
    auto negative = Table::make({{"sale_price", labels}}).value();
    EXPECT_THAT(labelled_rows(negative, declaration).error().message, HasSubstr("row 42"));
    auto few = Table::make({{"sale_price", Numbers{1, 2, 3}}}).value();
    EXPECT_THAT(labelled_rows(few, declaration).error().message, HasSubstr("at least 60"));
}

}  // namespace
}  // namespace quoin
