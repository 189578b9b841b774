// /models/capacity-planning and /models/tail-slo on hand-made models, whose answers are known. Document 002 is the source of the fields.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>

#include "base/digest.h"
#include "base/json.h"
#include "control/product_files.h"
#include "serving/endpoint.h"
#include "serving/http/target.h"
#include "serving/platform_model_fixture.h"
#include "serving/small_model_fixture.h"

namespace quoin {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

constexpr const char *capacity_path = "/models/capacity-planning", *tail_path = "/models/tail-slo";

class PlatformEndpoints : public testing::Test {
protected:
    PlatformEndpoints() { predictor.set_products(default_products().value()); }
    ~PlatformEndpoints() override { std::filesystem::remove_all(folder); }

    void go_live(std::shared_ptr<const TrainedModel> model) {
        auto live = LiveModel::make(std::move(model), "v1", "digest", clock.now());
        ASSERT_TRUE(live) << live.error().message;
        predictor.swap(*live);
    }
    void both_live() {
        go_live(small_tail_model());
        go_live(small_capacity_model());
    }
    Response ask(const char* path, const std::string& body) {
        Request request{.method = "POST", .target = path, .path = path, .body = body};
        return waited_for(answer(request, service));
    }
    json::object data(const char* path, const std::string& body) {
        auto response = ask(path, body);
        EXPECT_EQ(response.status, 200) << response.body;
        return response.status == 200 ? parse_json(response.body)->at("data").as_object() : json::object();
    }
    /// Status and field of a refusal.
    std::string refusal(const char* path, const std::string& body) {
        auto response = ask(path, body);
        auto problem = parse_json(response.body)->as_object();
        return fmt::format("{} {}", response.status, problem.contains("field") ? std::string(problem["field"].as_string()) : "-");
    }
    double tail(double load, double infra, double error_rate, const char* name) {
        return data(tail_path,
                    fmt::format(R"({{"load": {}, "infra": {}, "request_rate": 1200, "error_rate": {}}})", load, infra, error_rate))
            .at(name)
            .to_number<double>();
    }

    std::filesystem::path folder = [] {
        auto path = std::filesystem::temp_directory_path() / ("quoin_platform_" + random_hex_id());
        std::filesystem::create_directories(path);
        return path;
    }();
    ManualClock clock{from_civil(2026, 3, 2)};
    Telemetry telemetry;
    std::shared_ptr<BlobStore> blobs = std::make_shared<BlobStore>(BlobStore::open(folder / "blobs").value());
    Registry registry = Registry::open(std::make_shared<Database>(Database::in_memory().value()), blobs, clock).value();
    Predictor predictor{RecordLog::open({.folder = folder / "records"}, telemetry).value(), telemetry, clock};
    Service service{predictor, registry, *blobs, telemetry, clock, clock.now(), {}, {}, {}};
};

TEST_F(PlatformEndpoints, WithoutATrainedModelTheySayHowToMakeOne) {
    const char* capacity = R"({"ingest_rate": 1500, "cpu": 0.72, "p99": 380, "calendar_events": 1})";
    const char* state = R"({"load": 0.75, "infra": 0.68, "request_rate": 1200, "error_rate": 0.015})";
    for (int round = 0; round < 2; ++round) {
        for (auto [path, body, model] : {std::tuple{capacity_path, capacity, "capacity_model"}, {tail_path, state, "tail_latency_model"}}) {
            auto response = ask(path, body);
            EXPECT_EQ(response.status, 503);
            EXPECT_THAT(response.body, HasSubstr(fmt::format("quoin train --model {}", model)));
            EXPECT_THAT(response.body, HasSubstr("quoin demo"));
        }
        go_live(small_model());  // a model of homes does not answer for a platform
    }
}

TEST_F(PlatformEndpoints, TailSloAnswersTheModelsQuantiles) {
    both_live();
    auto answer = data(tail_path, R"({"load": 0.5, "infra": 0.4, "request_rate": 1200, "error_rate": 0.01})");
    double median = 50 * std::exp(2 * 0.5 + 0.4 + 0.2);
    EXPECT_NEAR(answer["p50_pred"].to_number<double>(), median, 1e-3);
    EXPECT_NEAR(answer["p95_pred"].to_number<double>(), median * std::exp(0.7), 1e-3);
    EXPECT_NEAR(answer["p99_pred"].to_number<double>(), median * std::exp(1.0), 1e-3);
    EXPECT_NEAR(answer["p999_pred"].to_number<double>(), median * std::exp(1.4), 1e-3);
    // 500 ms lies between P50 (248) and P95 (499): just above P95, on the line from P95 to P99.
    double share = std::exp(std::log(0.05) + (std::log(0.01) - std::log(0.05)) * (std::log(500 / median) - 0.7) / 0.3);
    EXPECT_NEAR(answer["share_over_slo"].to_number<double>(), share, 1e-6);
    EXPECT_EQ(answer["slo_ms"], 500);
    EXPECT_EQ(answer["quantiles"].as_array().size(), 4u);
    EXPECT_EQ(answer["reasons"].as_array().size(), 3u) << "the request rate says nothing";
    EXPECT_EQ(answer["reasons"].at(0).at("feature_name"), "load");
    EXPECT_EQ(answer["model_version"], "v1");
    auto id = std::string(answer["prediction_id"].as_string());
    ASSERT_TRUE(predictor.records().flush());
    auto record = predictor.records().find(id);
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_THAT(record->answer_json, HasSubstr("\"quantiles\":[{\"level\":0.5"));
    EXPECT_THAT(record->query_json, HasSubstr("\"error_rate\":0.01"));
}

TEST_F(PlatformEndpoints, TheActionFollowsFromTheModel) {
    both_live();
    // P99 = 50 e · exp(2 load + infra + 20 error_rate) = 136 · …
    auto action = [&](double load, double infra, double error_rate, double slo) {
        auto answer = data(tail_path, fmt::format(R"({{"load": {}, "infra": {}, "request_rate": 1, "error_rate": {}, "slo_ms": {}}})", load,
                                                  infra, error_rate, slo));
        auto target = answer["load_target"];
        return fmt::format("{} {}", std::string(answer["action"].as_string()), target.is_null() ? 0 : target.to_number<double>());
    };
    EXPECT_EQ(action(0.5, 0, 0, 500), "maintain 0");      // 369
    EXPECT_EQ(action(0.6, 0, 0, 500), "watch 0");         // 451
    EXPECT_EQ(action(0.9, 0, 0, 500), "scale_out 0.65");  // 822; 0.65: 499, 0.7: 551
    EXPECT_EQ(action(0.5, 0, 0.1, 400), "reduce_errors 0");
    EXPECT_EQ(action(0.9, 0.9, 0.1, 300), "shed_load 0");
}

TEST_F(PlatformEndpoints, CapacityIsSizedForTheUpperDemand) {
    both_live();
    auto low = data(capacity_path, R"({"ingest_rate": 1500, "cpu": 0.72, "p99": 380, "calendar_events": 1})");
    double busy = 1.5 * 20 * std::exp(0.36 + 0.19 + 0.3);
    EXPECT_NEAR(low["busy_workers"].at("expected").to_number<double>(), busy, 1e-3);
    EXPECT_NEAR(low["busy_workers"].at("upper").to_number<double>(), busy * std::exp(0.1), 1e-3);
    EXPECT_GE(low["next_hour_workers"].to_number<double>(), busy * std::exp(0.2) / 0.98);
    EXPECT_LE(low["workers_interval"].at("lower").as_int64(), low["expected_workers"].as_int64());
    EXPECT_LE(low["expected_workers"].as_int64(), low["next_hour_workers"].as_int64());
    EXPECT_EQ(low["workers_interval"].at("upper"), low["next_hour_workers"]);
    EXPECT_GE(low["queue_capacity"].as_int64(), 1);
    EXPECT_EQ(low["as_of_date"], "2026-03-02T00:00:00Z");
    EXPECT_EQ(low["reasons"].as_array().size(), 3u);
    auto workers = [&](const char* body) { return data(capacity_path, body)["next_hour_workers"].as_int64(); };
    auto base = workers(R"({"ingest_rate": 1500, "cpu": 0.5, "p99": 200})");
    EXPECT_GE(workers(R"({"ingest_rate": 15000, "cpu": 0.5, "p99": 200})"), 9 * base);
    EXPECT_GT(workers(R"({"ingest_rate": 1500, "cpu": 0.9, "p99": 200})"), base);
    EXPECT_GT(workers(R"({"ingest_rate": 1500, "cpu": 0.5, "p99": 900})"), base);
    EXPECT_GT(workers(R"({"ingest_rate": 1500, "cpu": 0.5, "p99": 200, "calendar_events": 1})"), base);
    EXPECT_EQ(workers(R"({"ingest_rate": 0, "cpu": 0, "p99": 0})"), 1);
    auto then = data(capacity_path, R"({"ingest_rate": 1500, "cpu": 0.5, "p99": 200, "at": "2025-01-05T12:00:00Z"})");
    EXPECT_EQ(then["as_of_date"], "2025-01-05T12:00:00Z");
}

TEST_F(PlatformEndpoints, HostileInputIsRefusedByName) {
    both_live();
    EXPECT_EQ(refusal(tail_path, R"({"load": 1.2, "infra": 0.5, "request_rate": 1, "error_rate": 0})"), "422 /load");
    EXPECT_EQ(refusal(tail_path, R"({"load": 0.5, "infra": "much", "request_rate": 1, "error_rate": 0})"), "422 /infra");
    EXPECT_EQ(refusal(tail_path, R"({"load": 0.5, "infra": 0.5, "error_rate": 0})"), "422 /request_rate");
    EXPECT_EQ(refusal(tail_path, R"({"load": 0.5, "infra": 0.5, "request_rate": 1, "error_rate": 0, "slo_ms": 0})"), "422 /slo_ms");
    EXPECT_EQ(refusal(tail_path, R"({"load": 0.5, "infra": 0.5, "request_rate": 1, "error_rate": 0, "extra": 0})"), "422 /extra");
    EXPECT_EQ(refusal(tail_path, "[1]").substr(0, 3), "422");
    EXPECT_EQ(refusal(tail_path, "{").substr(0, 3), "400");
    EXPECT_EQ(refusal(capacity_path, R"({"ingest_rate": -1, "cpu": 0.5, "p99": 1})"), "422 /ingest_rate");
    EXPECT_EQ(refusal(capacity_path, R"({"ingest_rate": 1e9, "cpu": 0.5, "p99": 1})"), "422 /ingest_rate");
    EXPECT_EQ(refusal(capacity_path, R"({"ingest_rate": 1, "cpu": 0.5})"), "422 /p99");
    EXPECT_EQ(refusal(capacity_path, R"({"ingest_rate": 1, "cpu": 0.5, "p99": 1, "at": "soon"})"), "422 /at");
}

TEST_F(PlatformEndpoints, AModelWithOtherQuantilesIsAConflictThatSaysWhat) {
    go_live(straight_quantiles("tail_latency_model", {"load", "infra", "request_rate", "error_rate"},
                               {{0.5, 5, {1, 1, 0, 1}}, {0.9, 6, {1, 1, 0, 1}}}));
    auto response = ask(tail_path, R"({"load": 0.5, "infra": 0.5, "request_rate": 1, "error_rate": 0})");
    EXPECT_EQ(response.status, 409);
    EXPECT_THAT(response.body, HasSubstr("0.99"));
}

}  // namespace
}  // namespace quoin
