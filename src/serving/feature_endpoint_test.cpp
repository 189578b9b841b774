#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "base/digest.h"
#include "base/json.h"
#include "control/entity_feed.h"
#include "serving/endpoint.h"
#include "serving/http/target.h"
#include "serving/small_model_fixture.h"

namespace quoin {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

struct Folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("quoin_features_" + random_hex_id());
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
};

/// A server's parts with the catalog that comes with the program.
class FeatureEndpoints : public testing::Test {
protected:
    FeatureEndpoints() { open(); }
    void open() {
        auto opened = FeatureStore::open({.project = folder.path, .clock = clock, .follows_catalog = false}, telemetry);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
        service.features = store.get();
        feed = std::make_shared<EntityFeed>(*store);
        predictor.set_entities(feed);
    }
    void close() {
        predictor.set_entities(nullptr);
        feed.reset();
        store.reset();
    }
    Response ask(std::string_view method, std::string_view target, std::string_view body = "") {
        Request request{.method = method, .target = target, .path = split_target(target)->path, .body = body};
        request.query_parameters = query_parameters_of(split_target(target)->query).value();
        return answer(request, service);
    }
    json::value good(std::string_view method, std::string_view target, std::string_view body = "") {
        auto response = ask(method, target, body);
        EXPECT_EQ(response.status, 200) << target << ": " << response.body;
        return parse_json(response.body).value();
    }
    void push_documents(const std::string& user, int count) {
        for (int i = 0; i < count; ++i)
            good("POST", "/push",
                 fmt::format(R"({{"push_source_name": "document.accessed", "to": "online_and_offline",
                             "df": {{"user_id": ["{}"], "document_id": ["doc_{}"], "seconds": [40]}}}})",
                             user, i));
    }
    std::string write_feature(const std::string& name) {
        return fmt::format(
            "  - {{name: {}, description: d, type: number, from: document.accessed, value: seconds, transform: max, window: 7d}}\n", name);
    }

    Folder folder;
    ManualClock clock{from_civil(2026, 3, 2)};
    Telemetry telemetry;
    BlobStore blobs = BlobStore::open(folder.path / "blobs").value();
    Registry registry = Registry::open(std::make_shared<Database>(Database::in_memory().value()), std::make_shared<BlobStore>(blobs), clock)
                            .value();
    Predictor predictor{RecordLog::open(folder.path / "records.db", telemetry).value(), telemetry, clock};
    Service service{predictor, registry, blobs, telemetry, clock, clock.now(), {}, nullptr, {}};
    std::unique_ptr<FeatureStore> store;
    std::shared_ptr<EntityFeed> feed;
};

// The shapes of Feast's feature_server.py and ServingService.proto (interfaces.md (a)).
TEST_F(FeatureEndpoints, AnswersAsFeastDoes) {
    push_documents("ann", 3);
    auto got = good("POST", "/get-online-features",
                    R"({"entities": {"user_id": ["ann", "bob"]}, "features": ["user_documents:doc_access_count_7d"]})");
    EXPECT_EQ(json_text(got),
              R"({"metadata":{"feature_names":["user_id","doc_access_count_7d"]},"results":[{"values":["ann","bob"],)"
              R"("statuses":["PRESENT","PRESENT"],"event_timestamps":["1970-01-01T00:00:00Z","1970-01-01T00:00:00Z"]},{"values":[3,null],)"
              R"("statuses":["PRESENT","NOT_FOUND"],"event_timestamps":["2026-03-02T00:00:00Z","1970-01-01T00:00:00Z"]}]})");
    auto full = good("POST", "/get-online-features", R"({"entities": {"user": ["ann"]}, "full_feature_names": true,
                     "features": ["user_documents@v1:doc_access_count_7d"]})");
    EXPECT_EQ(full.at("metadata").at("feature_names").at(1), "user_documents__doc_access_count_7d");
    auto service_names = good("POST", "/get-online-features", R"({"entities": {"user_id": ["ann"]}, "feature_service": "user_documents"})");
    EXPECT_GT(service_names.at("results").as_array().size(), 7u);
}

TEST_F(FeatureEndpoints, ErrorsHaveFeastsShape) {
    auto refusal = [&](std::string_view path, std::string_view body) {
        auto response = ask("POST", path, body);
        auto outer = parse_json(response.body);
        EXPECT_TRUE(outer && outer->is_string()) << response.body;
        auto inner = parse_json(std::string_view(outer->get_string()));
        EXPECT_TRUE(inner && inner->at("module").is_string() && inner->at("class").is_string()) << response.body;
        return fmt::format("{} {}", response.status, std::string_view(inner->at("message").get_string()));
    };
    EXPECT_THAT(refusal("/get-online-features", R"({"entities": {"user_id": ["a"]}, "features": ["user_documents:nothing"]})"),
                HasSubstr("404 there is no feature 'user_documents:nothing'"));
    EXPECT_THAT(refusal("/get-online-features", R"({"entities": {"user_id": ["a"]}, "feature_service": "none"})"), HasSubstr("404"));
    EXPECT_THAT(refusal("/get-online-features", R"({"entities": {"planet_id": ["a"]}, "features": []})"), HasSubstr("422"));
    EXPECT_THAT(
        refusal("/get-online-features", R"({"entities": {"property_id": ["a"]}, "features": ["user_documents:doc_access_count_7d"]})"),
        HasSubstr("422 view 'user_documents' is about user"));
    EXPECT_THAT(refusal("/push", R"({"push_source_name": "document.accessed", "df": {"user_id": ["a"]}, "to": "moon"})"),
                HasSubstr("422 'to'"));
    EXPECT_THAT(refusal("/push", R"({"push_source_name": "nothing", "df": {}})"), HasSubstr("404"));
    EXPECT_THAT(refusal("/push", R"({"push_source_name": "document.accessed", "df": {"user_id": ["a", "b"], "document_id": ["d"]}})"),
                HasSubstr("different lengths"));
    EXPECT_THAT(
        refusal("/push", R"({"push_source_name": "document.accessed", "df": {"user_id": ["a"], "document_id": ["d"], "seconds": ["x"]}})"),
        HasSubstr("422"));
    EXPECT_THAT(refusal("/write-to-online-store",
                        R"({"feature_view_name": "user_documents", "df": {"user_id": ["a"], "doc_access_count_7d": [9]}})"),
                HasSubstr("computed from events"));
}

TEST_F(FeatureEndpoints, ARowOfAViewIsWrittenAndRead) {
    good("POST", "/write-to-online-store",
         R"({"feature_view_name": "property_characteristics", "df": {"property_id": [77], "bedrooms": [4], "created": ["2026-03-02"]}})");
    auto values = good("GET", "/v1/features/property_characteristics/77");
    EXPECT_EQ(values.at("features").at("bedrooms").at("value"), 4);
    EXPECT_EQ(values.at("features").at("bathrooms").at("status"), "NULL_VALUE");
}

TEST_F(FeatureEndpoints, AnEventChangesThePredictionAlsoAfterARestart) {
    auto live = LiveModel::make(small_model(), "v1", "digest of the artifact", clock.now()).value();
    ASSERT_TRUE(feed->publish(*live));
    predictor.swap(live);
    auto value_of = [&](const std::string& id) {
        return good("POST", "/v1/predict/property-value", fmt::format(R"({{"entity_id": "{}"}})", id))
            .at("predicted_value")
            .to_number<double>();
    };
    // 13 + 0.3 (area − 2000)/900 + 0.2 (grade − 7)/1.2
    auto expected = [](double area, double grade) { return std::exp(13 + 0.3 * (area - 2000) / 900 + 0.2 * (grade - 7) / 1.2); };
    EXPECT_NEAR(value_of("prop_123"), expected(1180, 6), 1);
    good("POST", "/push", R"({"push_source_name": "property_value_model.entity",
         "df": {"entity_id": ["prop_123", "prop_new"], "sqft_living": [3000, 2000], "grade": [6, 9]}})");
    EXPECT_NEAR(value_of("prop_123"), expected(3000, 6), 1);
    EXPECT_NEAR(value_of("prop_new"), expected(2000, 9), 1);
    EXPECT_NEAR(value_of("prop_2"), expected(3100, 8), 1);
    close();
    open();
    ASSERT_TRUE(feed->publish(*live));
    EXPECT_NEAR(value_of("prop_123"), expected(3000, 6), 1) << "feeding the model's rows again must not undo the event";
}

TEST_F(FeatureEndpoints, AFeatureAddedAsYamlIsThereWithoutARestart) {
    push_documents("ann", 2);
    std::ofstream(folder.path / "catalog/features/reading.yaml") << "view: reading\nentity: user\ndescription: d\nfeatures:\n"
                                                                 << write_feature("longest_7d");
    EXPECT_TRUE(store->reload_catalog().value());
    EXPECT_FALSE(store->reload_catalog().value()) << "nothing has changed since";
    EXPECT_EQ(good("GET", "/v1/features/reading/ann").at("features").at("longest_7d").at("value"), 40);
    EXPECT_EQ(good("GET", "/v1/features?view=reading").at("views").as_array().size(), 1u);
    std::ofstream(folder.path / "catalog/features/reading.yaml") << "view: reading\nentity: user\n";
    EXPECT_FALSE(store->reload_catalog());
    EXPECT_THAT(store->health().error().message, HasSubstr("reading.yaml"));
    EXPECT_EQ(good("GET", "/v1/features/reading/ann").at("features").at("longest_7d").at("value"), 40) << "the former catalog goes on";
}

}  // namespace
}  // namespace quoin
