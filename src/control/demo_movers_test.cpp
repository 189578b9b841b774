#include "control/demo_movers.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "base/digest.h"
#include "control/entity_feed.h"
#include "control/mover_features.h"
#include "control/project_fixture.h"
#include "control/training_job.h"
#include "prediction/replay.h"
#include "table/read.h"

namespace quoin {
namespace {

/// A small population with its tables and models, made once for all tests of this file.
class DemoMovers : public testing::Test, protected SharedProject<DemoMovers> {
protected:
    static inline const MoverPopulation population{.users = 500};

    static void TearDownTestSuite() { drop_project(); }
    static void SetUpTestSuite() {
        make_project();
        auto made = write_mover_tables(*project(), population);
        ASSERT_TRUE(made) << made.error().message;
        auto declared = declare_movers(*project());
        ASSERT_TRUE(declared) << declared.error().message;
    }
    static Table table(const char* name) { return read_table(folder() / "data" / name).value(); }
    static TrainingReport trained(const std::string& model) {
        auto report = run_training(*project(), {.model = model, .baselines = false, .promote = false});
        EXPECT_TRUE(report) << report.error().message;
        return report.value_or(TrainingReport{});
    }
    static double value_of(const std::vector<NamedValue>& values, const std::string& name) {
        auto found = std::ranges::find(values, name, &NamedValue::name);
        return found == values.end() ? NAN : found->value;
    }
};

TEST_F(DemoMovers, ALiveAnswersFeaturesAreTheTrainingRowsOfTheSameMoment) {
    auto rows = table("movers.parquet");
    std::size_t compared = 0, present = 0;
    for (std::size_t user : {3u, 77u, 250u, 444u}) {
        std::size_t row = (user - 1) * 3 + 1;
        EventTime at = rows.find("as_of")->times()[row];
        std::string id = rows.find("user_id")->text(row);
        auto home = folder() / id;
        Telemetry telemetry;
        // The log's own time rises with each event, so it begins a little before the moment and is set to it afterwards.
        ManualClock clock(EventTime{at.value() - 10'000'000});
        auto store = FeatureStore::open({.project = home, .clock = clock, .follows_catalog = false}, telemetry).value();
        auto options = past_users(population);
        EventLog::Batch batch;
        auto put = [&](SimulatedEvent happened) -> Status {
            if (happened.time > at) return {};  // not yet
            Event event;
            event.source = "/simulation/movers", event.id = happened.id, event.type = happened.type, event.data = happened.data;
            event.time = event.known = happened.time, event.is_history = true;
            batch.events.push_back(std::move(event));
            return {};
        };
        ASSERT_TRUE(simulate_user(options, life_of(options, user), put));
        std::ranges::sort(batch.events, {}, &Event::time);
        ASSERT_TRUE(store->ingest().submit_and_wait(std::move(batch)));
        clock.set(at);
        TrainedModel model;
        model.name = "movers", model.entity = "user";
        std::vector<InputColumn> inputs;
        for (const auto& name : mover_features()) inputs.push_back({.name = name});
        model.encoder = Encoder::make(inputs, {{.name = "first", .inputs = {0}, .reason = "first"}}).value();
        auto live = LiveModel::make(std::make_shared<const TrainedModel>(model), "v1", "artifact", at).value();
        EntityFeed feed(*store);
        auto published = feed.publish(*live);
        ASSERT_TRUE(published) << published.error().message;
        auto found = feed.find(live->model(), EntityId{id});
        ASSERT_TRUE(found && *found);
        for (const auto& [name, value] : **found) {
            const Column& column = *rows.find(name);
            const auto* number = std::get_if<double>(&value);
            ASSERT_EQ(number == nullptr, column.is_missing(row)) << id << " " << name;
            ++compared;
            if (number == nullptr) continue;
            EXPECT_EQ(std::bit_cast<std::uint64_t>(*number), std::bit_cast<std::uint64_t>(column.numbers()[row])) << id << " " << name;
            ++present;
        }
    }
    EXPECT_EQ(compared, 4 * mover_features().size());
    EXPECT_GT(present, compared / 2);
}

TEST_F(DemoMovers, NothingLaterThanTheMomentIsInTheRows) {
    auto rows = table("movers.parquet"), truth = table("movers_truth.parquet");
    ASSERT_EQ(rows.rows(), population.users * 3);
    EXPECT_EQ(rows.find("chance_30d"), nullptr);
    const auto& closes = rows.find("transacts_30d")->numbers();
    const auto& chance = truth.find("chance_30d")->numbers();
    double closed = std::accumulate(closes.begin(), closes.end(), 0.0), expected = std::accumulate(chance.begin(), chance.end(), 0.0);
    double variance = 0;
    for (double p : chance) variance += p * (1 - p);
    EXPECT_NEAR(closed, expected, 4 * std::sqrt(variance));  // users' rows are 30 days apart: no closing counts twice
    for (std::size_t i = 0; i < rows.rows(); ++i) EXPECT_EQ(rows.find("transaction_type")->is_missing(i), closes[i] == 0);
}

TEST_F(DemoMovers, TheModelLearnsWhatTheTruthAllows) {
    auto report = trained("move_probability_model");
    double reached = value_of(report.out_of_fold.metrics, "auc");
    double best = best_mover_auc(*project()).value();
    // Some hundred closings: far from all that can be learned, and far from nothing.
    EXPECT_GT(reached, 0.58);
    EXPECT_LT(reached, best);
    EXPECT_LT(value_of(report.out_of_fold.metrics, "ece"), 0.05);
}

TEST_F(DemoMovers, WhoLeavesIsForeseenAsFarAsTheTruthAllows) {
    auto rows = table("movers.parquet"), truth = table("movers_truth.parquet");
    double left = 0, expected = 0, variance = 0;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        double chance = truth.find("leaving_30d")->numbers()[i];
        EXPECT_EQ(rows.find("leaves_30d")->is_missing(i), truth.find("stage")->text(i) == "gone");
        if (rows.find("leaves_30d")->is_missing(i)) continue;
        left += rows.find("leaves_30d")->numbers()[i], expected += chance, variance += chance * (1 - chance);
    }
    EXPECT_NEAR(left, expected, 4 * std::sqrt(variance));
    auto report = trained("churn_risk_model");
    double reached = value_of(report.out_of_fold.metrics, "auc"), best = best_churn_auc(*project()).value();
    fmt::print("churn: {:.0f} of {} rows leave; AUC {:.3f} of {:.3f} possible, ECE {:.3f}\n", left, rows.rows(), reached, best,
               value_of(report.out_of_fold.metrics, "ece"));
    EXPECT_GT(reached, 0.65);
    EXPECT_LT(reached, best);
    EXPECT_LT(value_of(report.out_of_fold.metrics, "ece"), 0.04);
}

TEST_F(DemoMovers, TransactionTypesAreToldApartAndReplayed) {
    auto report = trained("transaction_type_model");
    EXPECT_GT(value_of(report.out_of_fold.metrics, "macro_auc"), 0.7);  // 0.5: nothing learned
    auto live = project()->load("transaction_type_model", "latest").value();
    ASSERT_EQ(live->model().classes.size(), 4u);
    PredictionQuery query;
    query.entity = EntityId{live->model().reference.ids.front()};
    auto filled = live->fill(query, live->deployed_at()).value();
    auto answer = live->answer(filled);
    ASSERT_TRUE(answer) << answer.error().message;
    double sum = 0, told = answer->typical_value;
    for (const auto& one : answer->class_probabilities) sum += one.probability;
    EXPECT_NEAR(sum, 1, 1e-12);
    EXPECT_EQ(answer->predicted_class, answer->class_probabilities[0].level);
    filled.drivers = 100;
    auto in_full = live->answer(filled).value();
    for (const auto& driver : in_full.drivers) told += driver.amount;
    EXPECT_NEAR(told, answer->value, 1e-9);
    PredictionRecord record{"pred_1",         live->deployed_at(), live->model().name,      live->version(),
                            live->artifact(), query_text(filled),  replayable_text(in_full)};
    EXPECT_TRUE(replay(record, *live)->identical);
}

TEST_F(DemoMovers, ContactTimesBeatTheCrowdAndTheOwnCountsAlone) {
    auto report = trained("contact_timing_model");
    for (const auto& gate : report.gates) EXPECT_TRUE(gate.passed) << gate.message;
    ASSERT_TRUE(report.test);
    auto live = project()->load("contact_timing_model", "latest").value();
    PredictionQuery query;
    query.as_of = live->deployed_at(), query.levels = {Probability{0.8}};
    query.features = {{contact_time_features()[2], 12.0}, {contact_time_features()[7 + 18], 12.0}};
    auto answer = live->answer(query);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->predicted_class, "Wednesday 18:00");
    EXPECT_TRUE(answer->notes.empty());
    query.features = {{contact_time_features()[0], nullptr}};
    auto crowd = live->answer(query);
    ASSERT_TRUE(crowd);
    EXPECT_LT(crowd->confidence, answer->confidence);
    EXPECT_NE(crowd->notes.at(0).find("the crowd's"), std::string::npos);
    EXPECT_LE(crowd->intervals[0].lower, crowd->value);
    query.features = {{contact_time_features()[0], -3.0}};
    EXPECT_EQ(live->answer(query).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace quoin
