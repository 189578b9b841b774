#include "serving/experiment_host.h"

#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "control/product_files.h"
#include "serving/endpoint.h"
#include "serving/http/target.h"
#include "serving/small_model_fixture.h"

namespace quoin {
namespace {

using testing::HasSubstr;

/// A project in which half of the homes are answered by a challenger.
struct Switches : testing::Test {
    Switches() {
        for (double factor : {1.0, 1.1}) add_version(factor);
        EXPECT_TRUE(project.registry().promote("property_value_model", 1, change));
        predictor.set_products(default_products().value());
        predictor.swap(project.load("property_value_model", "champion").value());
        auto experiments = ExperimentStore::open(project.experiments_file()).value();
        EXPECT_TRUE(ExperimentJob::start(*experiments, project.registry(),
                                         {"property_value", "property_value_model", "2", {.steps = {0.5}}, change}));
        host = ExperimentHost::open({project, predictor, *features, telemetry}).value();
        host->attach(service);
        host->refresh();
    }
    ~Switches() override {
        host.reset();
        features.reset();
        std::filesystem::remove_all(folder);
    }
    void add_version(double factor) {
        TrainedModel model(*small_model());
        auto linear = std::get<LinearModel>(model.ensemble.members[0].model.kind());
        linear.intercept += std::log(factor);
        model.ensemble.members[0] = {"linear", 1.0, Regressor(linear)};
        ModelVersion version{.model = "property_value_model", .artifact = project.blobs().put(model.save()).value()};
        EXPECT_TRUE(project.registry().register_version(version, change));
    }
    void write_flags(const std::string& text) {
        std::filesystem::create_directories(folder / "catalog");
        std::ofstream(folder / "catalog" / "flags.yaml") << text;
        host->refresh();
    }
    std::set<std::string> answering() {
        std::set<std::string> versions;
        for (int home = 0; home < 40; ++home) {
            PredictionQuery query{
                .entity = EntityId{fmt::format("home_{}", home)}, .features = {{"sqft_living", 1500.0}, {"grade", 7.0}}, .drivers = 0};
            auto answer = predictor.predict("property_value", query).value();
            versions.insert(answer.model_version);
            last = answer.id;
        }
        return versions;
    }
    Response tell() {
        auto target = fmt::format("/v1/predictions/{}/feedback", last);
        std::string body = R"({"actual_value": 400000})";
        Request request{.method = "POST", .target = target, .path = split_target(target)->path, .body = body};
        return waited_for(answer(request, service));
    }

    const Change change{"ann", "newer data"};
    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("quoin-switches-" + random_hex_id());
    Project project = Project::create(folder).value();
    Telemetry telemetry;
    Predictor predictor{RecordLog::open(project.records(), telemetry).value(), telemetry};
    std::unique_ptr<FeatureHost> features = FeatureHost::open({.project = folder}, telemetry).value();
    Service service{predictor, project.registry(), project.blobs(), telemetry, system_clock(), system_clock().now(), {}, nullptr, {}};
    std::unique_ptr<ExperimentHost> host;
    std::string last;
};

TEST_F(Switches, WithoutChallengersTheChampionAnswersEverybodyAndTheExperimentWaits) {
    EXPECT_EQ(answering(), (std::set<std::string>{"v1", "v2"}));
    write_flags("challenger_models: false\n");
    EXPECT_EQ(answering(), (std::set<std::string>{"v1"}));
    EXPECT_THAT(telemetry.exposition(), HasSubstr(R"(quoin_feature_flag{flag="challenger_models"} 0)"));
    auto experiments = ExperimentStore::open(project.experiments_file()).value();
    EXPECT_EQ(experiments->unfinished().value().at(0).state, ExperimentState::running);
    write_flags("challenger_models: true\n");
    EXPECT_EQ(answering(), (std::set<std::string>{"v1", "v2"}));
}

TEST_F(Switches, WithoutTheFeedbackLoopNoOutcomeIsTaken) {
    answering();
    EXPECT_EQ(tell().status, 200);
    write_flags("feedback_loop: false\n");
    auto refused = tell();
    EXPECT_EQ(refused.status, 503);
    EXPECT_THAT(refused.body, HasSubstr("ENABLE_FEEDBACK_LOOP"));
    EXPECT_EQ(answering(), (std::set<std::string>{"v1", "v2"}));
    write_flags("feedback_loop: true\n");
    EXPECT_EQ(tell().status, 200);
    write_flags("feedback_loop: false\n");
    write_flags("# feedback_loop: false\n");
    EXPECT_EQ(tell().status, 200);
    write_flags("");
    EXPECT_TRUE(host->health());
}

TEST_F(Switches, AFileThatCannotBeReadChangesNothingAndShows) {
    write_flags("challenger_models: false\n");
    write_flags("challenger_models: maybe\n");
    EXPECT_EQ(answering(), (std::set<std::string>{"v1"}));
    ASSERT_FALSE(host->health());
    EXPECT_THAT(host->health().error().message, HasSubstr("flags.yaml"));
    write_flags("challenger_models: true\n");
    EXPECT_TRUE(host->health());
}

TEST_F(Switches, AreReadBeforeAServerStarts) {
    std::ofstream(folder / "catalog" / "flags.yaml") << "chalenger_models: false\n";
    auto refused = ExperimentHost::open({project, predictor, *features, telemetry});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("chalenger_models"));
}

}  // namespace
}  // namespace quoin
