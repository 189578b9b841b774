#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/json.h"
#include "base/rng.h"
#include "control/experiment_job.h"
#include "serving/feature_server_fixture.h"

namespace quoin {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

/// A server of a small model of home prices with 3000 homes, and versions of it that are off by a factor.
struct ExperimentEndpoint : testing::Test {
    ExperimentEndpoint() {
        add_version(1.0);
        EXPECT_TRUE(server.registry.promote("property_value_model", 1, change));
        server.predictor.swap(live(1));
        open();
    }
    void open() {
        store = ExperimentStore::open(server.folder.path / "experiments.db").value();
        challenges = std::make_shared<Challenges>(store, server.telemetry);
        server.predictor.set_challenges(challenges);
        join = std::make_unique<OutcomeJoin>(store, server.predictor, &challenges->exposures, server.clock);
        job = std::make_unique<ExperimentJob>(store, server.registry, server.telemetry, server.clock);
        server.service.experiments = store.get();
        server.service.outcomes = join.get();
    }
    /// As if the process had ended: what was in memory is gone.
    void restart() {
        challenges->shadows.drain();
        ASSERT_TRUE(challenges->exposures.flush());
        server.predictor.set_challenges(nullptr);
        job.reset(), join.reset(), challenges.reset(), store.reset();
        open();
    }
    void add_version(double factor, bool passed = true) {
        auto model = std::make_shared<TrainedModel>(*small_model());
        auto linear = std::get<LinearModel>(model->ensemble.members[0].model.kind());
        linear.intercept += std::log(factor);
        model->ensemble.members[0] = {"linear", 1.0, Regressor(linear)};
        models.push_back(std::move(model));
        ModelVersion version;
        version.model = "property_value_model";
        std::string name = "model " + std::to_string(models.size());
        version.artifact = server.blobs.put(std::as_bytes(std::span(name.data(), name.size()))).value();
        version.gates = {{"mdape < 0.1", 0.08, 0.1, passed, "MdAPE"}};
        EXPECT_TRUE(server.registry.register_version(version, change));
    }
    std::shared_ptr<const LiveModel> live(std::size_t number) {
        return LiveModel::make(models[number - 1], "v" + std::to_string(number), "artifact " + std::to_string(number), server.clock.now())
            .value();
    }
    Experiment start(const ExperimentTerms& terms) {
        auto started = ExperimentJob::start(*store, server.registry, {"property_value", "property_value_model", "2", terms, change},
                                            server.clock);
        EXPECT_TRUE(started) << (started ? "" : started.error().message);
        put_in(*started);
        return *started;
    }
    void put_in(const Experiment& experiment) {
        auto product = std::make_shared<const Product>(*server.predictor.products().find("property_value").value());
        if (!experiment.is_open()) return challenges->set({});
        challenges->set({{experiment.id, product, "v1", live(2), Assignment(experiment.id), experiment.step, experiment.share()}});
    }
    json::object ask(const char* method, const std::string& path, const std::string& body, int status = 200) {
        auto response = server.ask(method, path, body);
        EXPECT_EQ(response.status, status) << response.body;
        return parse_json(response.body).value().as_object();
    }
    json::object predict(int home) {
        return ask("POST", "/v1/predict/property-value",
                   fmt::format(R"({{"entity_id": "home_{}", "features": {{"sqft_living": {}, "grade": 7}},
            "drivers": 0, "comparables": 0}})",
                               home, 1500 + home % 100 * 10));
    }
    /// The truth: what the champion says, give or take 12 %.
    double sold_for(const json::object& answer, int home) {
        double value = answer.at("predicted_value").to_number<double>();
        if (answer.at("model_version") == "v2") value /= factor;
        return value * std::exp(0.12 * Rng(static_cast<std::uint64_t>(home)).normal());
    }
    json::object feedback(const json::object& answer, int home, int status = 200) {
        return ask("POST", fmt::format("/v1/predictions/{}/feedback", std::string(answer.at("prediction_id").as_string())),
                   fmt::format(R"({{"actual_value": {}}})", sold_for(answer, home)), status);
    }
    /// Homes sold one after another, the job looking after every tenth, until the experiment ends.
    Experiment run_until_end(const Experiment& started, int homes) {
        auto now = started;
        for (int home = 0; home < homes && now.is_open(); ++home) {
            auto answer = predict(home);
            challenges->shadows.drain();
            feedback(answer, home);
            if (home % 10 != 9) continue;
            if (home == restarts_at) restart();
            EXPECT_TRUE(job->tick());
            now = store->find(started.id).value();
            put_in(now);
        }
        EXPECT_TRUE(job->tick());
        return store->find(started.id).value();
    }
    std::vector<std::string> actions() {
        std::vector<std::string> names;
        const auto ledger = server.registry.ledger("property_value_model").value();
        for (const auto& line : ledger) {
            auto detail = parse_json(line.detail).value();
            names.push_back(line.action == "experiment" ? "experiment " + std::string(detail.at("event").as_string()) : line.action);
        }
        return names;
    }

    const Change change{"ann", "newer data"};
    double factor = 1.0;
    int restarts_at = -1;
    FeatureServer server;
    std::vector<std::shared_ptr<const TrainedModel>> models;
    std::shared_ptr<ExperimentStore> store;
    std::shared_ptr<Challenges> challenges;
    std::unique_ptr<OutcomeJoin> join;
    std::unique_ptr<ExperimentJob> job;
};

TEST_F(ExperimentEndpoint, StopsAWorseChallengerAndTheChampionAnswersAgain) {
    add_version(factor = 1.35);
    auto ended = run_until_end(start({.steps = {0.25, 0.5}, .outcomes_per_step = 20}), 2000);
    EXPECT_EQ(ended.state, ExperimentState::stopped);
    EXPECT_EQ(ended.conclusion, "worse");
    EXPECT_EQ(server.registry.find("property_value_model", "champion").value().number, 1);
    for (int home = 0; home < 50; ++home) EXPECT_EQ(predict(home).at("model_version"), "v1");
    EXPECT_THAT(actions(), testing::Contains("experiment stop"));
    EXPECT_THAT(server.registry.ledger("property_value_model").value().back().detail, HasSubstr(R"("difference":{"lower":0.)"));
    EXPECT_TRUE(server.registry.verify_ledger());
    auto shown = ask("GET", "/v1/experiments/" + ended.id.substr(0, 8), "");
    EXPECT_EQ(shown.at("conclusion"), "worse");
    EXPECT_THAT(server.telemetry.exposition(), HasSubstr(R"(arm="challenger")"));
    EXPECT_EQ(ask("GET", "/v1/experiments", "").at("experiments").as_array().size(), 1u);
}

TEST_F(ExperimentEndpoint, PromotesABetterChallengerInShadowAcrossARestart) {
    // Here the champion is the one that is off.
    add_version(factor = 1 / 1.35);
    restarts_at = 39;
    auto started = start({.steps = {0}, .outcomes_per_step = 20});
    auto now = started;
    for (int home = 0; home < 2000 && now.is_open(); ++home) {
        auto answer = predict(home);
        EXPECT_EQ(answer.at("model_version"), "v1") << "in shadow the champion answers everybody";
        challenges->shadows.drain();
        auto told = ask("POST", "/v1/outcomes",
                        fmt::format(R"({{"outcomes": [{{"product": "property_value", "entity_id": "home_{}",
            "actual_value": {}}}]}})",
                                    home, sold_for(answer, home) / 1.35));
        EXPECT_EQ(told.at("outcomes").at(0).at("counted_in_experiments"), 1);
        if (home == 39) restart();
        EXPECT_TRUE(job->tick());
        now = store->find(started.id).value();
        put_in(now);
    }
    EXPECT_EQ(now.state, ExperimentState::promoted) << now.conclusion;
    EXPECT_EQ(server.registry.find("property_value_model", "champion").value().number, 2);
    EXPECT_THAT(actions(),
                testing::ElementsAre("register", "promote", "register", "experiment start", "alias", "promote", "experiment promote"));
}

TEST_F(ExperimentEndpoint, CutOffBetweenDecisionAndDeedGoesOn) {
    add_version(1.0);
    auto experiment = start({.steps = {0.5}});
    experiment.state = ExperimentState::promoting, experiment.conclusion = "better", experiment.figures = "{}";
    ASSERT_TRUE(store->conclude(experiment));
    ASSERT_TRUE(server.registry.promote("property_value_model", 2, change)) << "cut off after the promotion";
    restart();
    ASSERT_TRUE(job->tick());
    ASSERT_TRUE(job->tick());
    EXPECT_EQ(store->find(experiment.id).value().state, ExperimentState::promoted);
    EXPECT_THAT(actions(),
                testing::ElementsAre("register", "promote", "register", "experiment start", "alias", "promote", "experiment promote"));
}

TEST_F(ExperimentEndpoint, GatesAndTermsAreHeld) {
    add_version(1.0, false);
    auto refused = ExperimentJob::start(*store, server.registry, {"property_value", "property_value_model", "2", {}, change}, server.clock);
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    EXPECT_TRUE(ExperimentJob::start(*store, server.registry, {"property_value", "property_value_model", "2", {.steps = {0}}, change},
                                     server.clock));
    EXPECT_EQ(
        ExperimentJob::start(*store, server.registry, {"property_value", "property_value_model", "2", {.steps = {0}}, change}, server.clock)
            .error()
            .kind,
        ErrorKind::conflict)
        << "one at a time";
    EXPECT_FALSE(steps_from("0.5,0.1"));
    EXPECT_FALSE(steps_from("1"));
    EXPECT_FALSE(steps_from("shadow,,0.1"));
    EXPECT_FALSE((ExperimentTerms{.margin = -1}.check()));
    EXPECT_FALSE((ExperimentTerms{.absent_outcome = 0.0}.check()));
}

TEST_F(ExperimentEndpoint, FeedbackIsIdempotentAndRefusesWhatCannotBe) {
    auto answer = predict(1);
    EXPECT_EQ(feedback(answer, 1).at("duplicate"), false);
    EXPECT_EQ(feedback(answer, 1).at("duplicate"), true);
    auto path = fmt::format("/v1/predictions/{}/feedback", std::string(answer.at("prediction_id").as_string()));
    ask("POST", path, R"({"actual_value": "cheap"})", 422);
    ask("POST", path, R"({"actual_value": 0})", 422);
    ask("POST", path, R"({"actual": 5})", 422);
    ask("POST", path, R"({"actual_value": 500000, "occurred_at": "2090-01-01"})", 422);
    ask("POST", "/v1/predictions/pred_none/feedback", R"({"actual_value": 5})", 404);
    ask("POST", "/v1/outcomes", R"({"outcomes": []})", 422);
    EXPECT_TRUE(ask("POST", "/v1/outcomes", R"({"outcomes": [{"actual_value": 1}]})").at("outcomes").at(0).as_object().contains("error"));
    auto observed = store->observed().value();
    ASSERT_EQ(observed.size(), 1u);
    EXPECT_EQ(observed[0].outcomes, 1u);
    EXPECT_EQ(observed[0].version, "v1");
}

TEST_F(ExperimentEndpoint, AbsenceCountsAtTheEndOfTheHorizonAndLateOutcomesBeforeIt) {
    add_version(1.0);
    ExperimentTerms terms{.steps = {0.5},
                          .loss = OutcomeLoss::absolute_error,
                          .loss_max = 1e6,
                          .horizon = Duration::days(30),
                          .absent_outcome = 0.0,
                          .lateness = Duration::days(2)};
    auto experiment = start(terms);
    predict(1), predict(2);
    ASSERT_TRUE(challenges->exposures.flush());
    auto asked = server.clock.now();
    server.clock.set(asked + Duration::days(31));
    auto late = fmt::format(
        R"({{"outcomes": [{{"product": "property_value", "entity_id": "home_1", "actual_value": 500000, "occurred_at": "{}"}}]}})",
        to_text(asked + Duration::days(29)));
    EXPECT_EQ(ask("POST", "/v1/outcomes", late).at("outcomes").at(0).at("counted_in_experiments"), 0) << "not before the end";
    ASSERT_TRUE(join->settle({experiment}));
    EXPECT_TRUE(store->losses_after(experiment.id, 0, 10).value().empty());
    server.clock.set(asked + Duration::days(33));
    ASSERT_TRUE(join->settle({experiment}));
    ASSERT_TRUE(join->settle({experiment}));
    auto losses = store->losses_after(experiment.id, 0, 10).value();
    ASSERT_EQ(losses.size(), 2u);
    EXPECT_NE(losses[0].outcome_id.empty(), losses[1].outcome_id.empty());
}

}  // namespace
}  // namespace quoin
