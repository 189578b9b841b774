#include "serving/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <regex>

#include "base/digest.h"
#include "base/json.h"
#include "control/feature_store.h"
#include "control/product_files.h"
#include "serving/assets.h"
#include "serving/http/target.h"
#include "serving/platform_model_fixture.h"
#include "serving/small_model_fixture.h"

namespace quoin {
namespace {

namespace json = boost::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("quoin_serving_" + random_hex_id());
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
};

class EndpointTest : public testing::Test {
protected:
    EndpointTest() {
        predictor.set_products(default_products().value());
        register_model("property_value_model");
    }

    void register_model(const std::string& name) {
        ModelVersion draft;
        draft.model = name;
        draft.artifact = blobs->put(bytes("model " + name)).value();
        draft.metrics = {{"mdape", 0.08}};
        draft.gates = {{"mdape < 0.1", 0.08, 0.1, true, "MdAPE 0.08 is below 0.1"}};
        auto version = registry.register_version(draft, {"test", "first"}).value();
        ASSERT_TRUE(registry.attach_card(name, version.number, bytes("<html>card</html>"), bytes("# card")).has_value());
    }
    void go_live(std::shared_ptr<const TrainedModel> model = small_model()) {
        auto live = LiveModel::make(std::move(model), "v1", "digest of the artifact", clock.now());
        ASSERT_TRUE(live.has_value()) << live.error().message;
        predictor.swap(*live);
        for (const auto& model : {small_cap_rate_model(), small_noi_growth_model()})
            predictor.swap(LiveModel::make(model, "v1", "digest of " + model->name, clock.now()).value());
        predictor.swap(LiveModel::make(small_lead_model(), "v1", "digest of the leads' artifact", clock.now()).value());
    }
    static std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

    Response ask(std::string_view method, std::string_view target, std::string_view body = "",
                 std::vector<std::pair<std::string_view, std::string_view>> headers = {}) {
        Request request{
            .method = method, .target = target, .path = split_target(target)->path, .body = body, .headers = std::move(headers)};
        return waited_for(answer(request, service));
    }
    json::object good(std::string_view method, std::string_view target, std::string_view body = "") {
        auto response = ask(method, target, body);
        EXPECT_EQ(response.status, 200) << target << ": " << response.body;
        return object_of(response);
    }
    static json::object object_of(const Response& response) {
        auto value = parse_json(response.body);
        EXPECT_TRUE(value.has_value() && value->is_object()) << response.body;
        return value && value->is_object() ? value->as_object() : json::object();
    }
    /// Status, field and the type of the body of a refusal in one text.
    std::string refusal(std::string_view target, std::string_view body) {
        auto response = ask("POST", target, body);
        auto problem = object_of(response);
        EXPECT_EQ(response.content_type, "application/problem+json");
        EXPECT_EQ(problem["status"], response.status);
        EXPECT_GT(problem["detail"].as_string().size(), 10u);
        return fmt::format("{} {}", response.status, problem.contains("field") ? std::string(problem["field"].as_string()) : "-");
    }

    Folder folder;
    ManualClock clock{from_civil(2026, 3, 2)};
    Telemetry telemetry;
    std::shared_ptr<BlobStore> blobs = std::make_shared<BlobStore>(BlobStore::open(folder.path / "blobs").value());
    Registry registry = Registry::open(std::make_shared<Database>(Database::in_memory().value()), blobs, clock).value();
    Predictor predictor{RecordLog::open({.folder = folder.path / "records"}, telemetry).value(), telemetry, clock};
    Service service{predictor, registry, *blobs, telemetry, clock, clock.now(), {}, {}, {}};
};

constexpr const char* value_path = "/v1/predict/property-value";
constexpr const char* asked = R"({"entity_id": "prop_123", "entity_type": "PROPERTY", "prediction_type": "PROPERTY_VALUE"})";

TEST_F(EndpointTest, AnswersThePredictionOfDocument003AndKeepsItsRecord) {
    go_live();
    auto prediction = good("POST", value_path, asked);
    EXPECT_EQ(prediction["entity_id"], "prop_123");
    EXPECT_EQ(prediction["prediction_type"], "PROPERTY_VALUE");
    EXPECT_EQ(prediction["model_version"], "v1");
    EXPECT_EQ(prediction["prediction_date"], "2026-03-02T00:00:00Z");
    // 13 + 0.3 (1180 − 2000)/900 + 0.2 (6 − 7)/1.2
    EXPECT_NEAR(prediction["predicted_value"].to_number<double>(), std::exp(13 - 0.3 * 820 / 900 - 0.2 / 1.2), 1);
    for (const auto& reason : prediction["top_features"].as_array()) {
        for (const char* name : {"feature_name", "contribution", "value"}) EXPECT_TRUE(reason.as_object().contains(name)) << name;
    }
    auto id = std::string(prediction["prediction_id"].as_string());
    auto record = good("GET", "/v1/predictions/" + id);
    EXPECT_EQ(record["prediction_id"], prediction["prediction_id"]);
    EXPECT_EQ(record["answer"].at("predicted_value"), prediction["predicted_value"]);
    EXPECT_EQ(record["query"].at("features").at("sqft_living"), 1180);
    EXPECT_EQ(ask("GET", "/v1/predictions/pred_0").status, 404);
}

TEST_F(EndpointTest, ExecutesTheExampleOfEachEndpoint) {
    go_live();
    go_live(small_tail_model());
    go_live(small_capacity_model());
    auto features = FeatureStore::open({.project = folder.path, .clock = clock, .follows_catalog = false}, telemetry);
    ASSERT_TRUE(features) << features.error().message;
    service.features = features->get();
    OutcomeJoin outcomes(ExperimentStore::open(folder.path / "experiments.db").value(), predictor, nullptr, clock);
    service.outcomes = &outcomes;
    for (const auto& entry : endpoints()) {
        if (entry.request_example.empty()) continue;
        auto response = ask(entry.method, entry.path, entry.request_example);
        // One model is live here; the other products say which model they lack.
        if (entry.path != value_path && response.body.find("has no live model yet") != std::string::npos) continue;
        EXPECT_EQ(response.status, 200) << entry.path << ": " << response.body;
        EXPECT_EQ(response.route, entry.path);
        EXPECT_THAT(response.body, Not(HasSubstr("\"error\""))) << entry.path;
    }
}

TEST_F(EndpointTest, RefusesWithTheRightStatusAndField) {
    EXPECT_EQ(refusal(value_path, asked), "404 -") << "no model is live";
    go_live();
    EXPECT_EQ(refusal(value_path, ""), "400 -");
    EXPECT_EQ(refusal(value_path, R"({"entity_id": "prop_)"), "400 -");
    EXPECT_EQ(refusal(value_path, "[]"), "422 -");
    EXPECT_EQ(refusal(value_path, "{}"), "422 /entity_id");
    EXPECT_EQ(refusal(value_path, R"({"entity_id": "nobody"})"), "404 /entity_id");
    EXPECT_EQ(refusal(value_path, R"({"entity_id": "prop_1", "no_such_field": 1})"), "422 /no_such_field");
    EXPECT_EQ(refusal(value_path, R"({"entity_id": "prop_1", "features": {"grade": "much"}})"), "422 /features/grade");
    EXPECT_EQ(refusal("/v1/predict/property", "{}"), "422 /property_id");
    EXPECT_EQ(refusal("/v1/predict/batch", R"({"properties": []})"), "422 /properties");
    EXPECT_EQ(refusal("/v1/predict/batch", R"({"requests": {}})"), "422 /requests");
    EXPECT_EQ(refusal("/v1/predict/batch", R"({"requests": []})"), "422 /requests");
    EXPECT_EQ(refusal("/v1/predict/batch", R"({"requests": [{}], "more": 1})"), "422 /more");
    EXPECT_EQ(refusal("/v1/predict/batch", "7"), "422 -");
}

TEST_F(EndpointTest, ARowOfABatchFailsAloneAndInItsPlace) {
    go_live();
    json::array requests;
    for (int i = 0; i < 1000; ++i) {
        json::object row{
            {"entity_id", i % 2 == 0 ? "prop_1" : "prop_2"}, {"entity_type", "PROPERTY"}, {"prediction_type", "PROPERTY_VALUE"}};
        if (i == 3) row["entity_id"] = "nobody";
        if (i == 5) row["prediction_type"] = "TEA_LEAVES";
        if (i == 7) row["entity_id"] = 7;
        requests.push_back(row);
    }
    requests[9] = "no object";
    auto answered = good("POST", "/v1/predict/batch", json_text(json::object{{"requests", requests}}));
    const auto& rows = answered["predictions"].as_array();
    ASSERT_EQ(rows.size(), 1000u);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        bool fails = i == 3 || i == 5 || i == 7 || i == 9;
        EXPECT_EQ(rows[i].as_object().contains("error"), fails) << i;
        if (!fails) {
            EXPECT_EQ(rows[i].at("entity_id"), i % 2 == 0 ? "prop_1" : "prop_2");
        }
    }
    EXPECT_EQ(rows[3].at("error").at("status"), 404);
    EXPECT_EQ(rows[3].at("error").at("field"), "/requests/3/entity_id");
    EXPECT_EQ(rows[5].at("prediction_type"), "TEA_LEAVES");
    EXPECT_EQ(rows[7].at("error").at("field"), "/requests/7/entity_id");
    EXPECT_TRUE(rows[9].at("entity_id").is_null());
    requests.push_back(requests[0]);
    EXPECT_EQ(refusal("/v1/predict/batch", json_text(json::object{{"requests", requests}})), "422 /requests");
}

TEST_F(EndpointTest, ShowsTheHealthOfModels) {
    const std::string path = "/v1/models/property_value_model/health";
    auto before = good("GET", path);
    EXPECT_EQ(before["status"], "NOT_DEPLOYED");
    EXPECT_TRUE(before["deployed_at"].is_null());
    go_live();
    good("POST", value_path, asked);
    refusal(value_path, R"({"entity_id": "nobody"})");
    auto after = good("GET", path);
    EXPECT_EQ(after["status"], "DEPLOYED");
    EXPECT_EQ(after["model_version"], "v1");
    EXPECT_EQ(after["prediction_count"], 1);
    EXPECT_EQ(after["error_rate"], 0.5);
    EXPECT_GT(after["avg_latency_ms"].to_number<double>(), 0);
    EXPECT_EQ(after["last_prediction_at"], "2026-03-02T00:00:00Z");
    EXPECT_EQ(after["drift_detected"], false);
    for (int i = 0; i < 250; ++i) good("POST", value_path, asked);
    EXPECT_EQ(good("GET", path)["drift_detected"], true) << "250 times the same home is no sample of the market";
    EXPECT_EQ(ask("GET", "/v1/models/unknown/health").status, 404);

    register_model("other_model");
    auto status = good("GET", "/v1/models/status");
    ASSERT_EQ(status["models"].as_array().size(), 2u);
    for (const auto& model : status["models"].as_array()) {
        bool live = model.at("model_name") == "property_value_model";
        EXPECT_EQ(model.at("status"), live ? "DEPLOYED" : "NOT_DEPLOYED");
        EXPECT_EQ(model.at("metrics").at("mdape"), 0.08);
        EXPECT_EQ(model.at("gates_passed"), true);
    }
    auto card = ask("GET", "/v1/models/property_value_model/card");
    EXPECT_EQ(card.body, "<html>card</html>");
    EXPECT_EQ(card.content_type, "text/html; charset=utf-8");
    EXPECT_EQ(ask("GET", "/v1/models/unknown/card").status, 404);
}

TEST_F(EndpointTest, ARedCheckIsAloneRed) {
    bool broken = false;
    service.checks = {{"feature_store", [&]() -> Status { return broken ? fail(ErrorKind::unavailable, "the disk is full") : Status(); }},
                      {"data_freshness", [] { return Status(); }}};
    auto health = good("GET", "/health");
    EXPECT_EQ(health["status"], "healthy");
    broken = true;
    auto red = ask("GET", "/health");
    EXPECT_EQ(red.status, 503);
    auto document = object_of(red);
    EXPECT_EQ(document["status"], "unhealthy");
    EXPECT_EQ(json_text(document["checks"]), R"({"feature_store":{"status":"unhealthy","message":"the disk is full"},)"
                                             R"("data_freshness":{"status":"healthy","message":"ok"}})");
    service.checks[1].check = []() -> Status { throw std::runtime_error("thrown"); };
    EXPECT_EQ(object_of(ask("GET", "/health"))["checks"].at("data_freshness").at("status"), "unhealthy");
    EXPECT_EQ(ask("GET", "/health/live").status, 200) << "liveness asks nothing of what it depends on";

    EXPECT_EQ(ask("GET", "/health/ready").status, 503);
    service.ready = true;
    EXPECT_EQ(ask("GET", "/health/ready").status, 200);
    service.draining = true;
    EXPECT_EQ(ask("GET", "/health/ready").status, 503);
}

TEST_F(EndpointTest, ShowsMetrics) {
    go_live();
    good("POST", value_path, asked);
    auto metrics = ask("GET", "/metrics");
    EXPECT_EQ(metrics.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_THAT(metrics.body, AllOf(HasSubstr("quoin_predictions_total{model=\"property_value_model\"} 1\n"), HasSubstr("_seconds_bucket{"),
                                    HasSubstr("# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes "),
                                    HasSubstr("\nprocess_cpu_seconds_total "), HasSubstr("\nprocess_open_fds ")));
}

TEST_F(EndpointTest, ServesPagesThatNeedNoNetwork) {
    const std::regex elsewhere(R"(https?://[^"' ]*\.(js|css))"), reference(R"((?:src|href)=\"(/[^\"]*)\")");
    for (const char* path : {"/", "/docs", "/redoc"}) {
        auto page = ask("GET", path);
        EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
        EXPECT_THAT(page.body, HasSubstr("<html"));
        EXPECT_FALSE(std::regex_search(page.body, elsewhere)) << path;
        for (std::sregex_iterator at(page.body.begin(), page.body.end(), reference), end; at != end; ++at) {
            auto target = (*at)[1].str();
            if (target == "/health") continue;  // no checks here, still an answer
            EXPECT_EQ(ask("GET", target).status, 200) << target << " on " << path;
        }
    }
    const auto* script = find_asset("swagger-ui/swagger-ui-bundle.js");
    ASSERT_NE(script, nullptr);
    auto plain = ask("GET", "/assets/swagger-ui/swagger-ui-bundle.js");
    EXPECT_GT(plain.body.size(), 1'000'000u);
    auto packed = ask("GET", "/assets/swagger-ui/swagger-ui-bundle.js", "", {{"Accept-Encoding", "br, gzip;q=0.9"}});
    EXPECT_THAT(packed.body, testing::StartsWith("\x1f\x8b"));
    EXPECT_LT(packed.body.size(), plain.body.size() / 2);
    EXPECT_EQ(ask("GET", "/assets/pages.css", "", {{"Accept-Encoding", "gzip;q=0"}}).body, find_asset("pages.css")->plain);
    EXPECT_EQ(ask("GET", "/assets/pages.css", "", {{"If-None-Match", find_asset("pages.css")->tag}}).status, 304);
    EXPECT_EQ(ask("GET", "/assets/redoc/LICENSE").status, 200);
    EXPECT_EQ(ask("GET", "/assets/../secret").status, 404);
}

TEST_F(EndpointTest, TellsUnknownPathsFromWrongMethods) {
    EXPECT_EQ(ask("GET", "/v1/unknown").status, 404);
    auto wrong = ask("GET", "/v1/predict/batch");
    EXPECT_EQ(wrong.status, 405);
    ASSERT_EQ(wrong.headers.size(), 1u);
    EXPECT_EQ(wrong.headers[0], (std::pair<std::string, std::string>{"Allow", "POST, OPTIONS"}));
    EXPECT_EQ(ask("OPTIONS", "/v1/predict/batch").status, 204);
    EXPECT_EQ(ask("HEAD", "/health/live").status, 200);
    EXPECT_TRUE(ask("GET", "/v1/unknown").route.empty()) << "a label per unknown path would let anybody fill our memory";
}

}  // namespace
}  // namespace quoin
