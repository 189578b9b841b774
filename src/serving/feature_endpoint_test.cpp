#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "base/json.h"
#include "serving/feature_server_fixture.h"

namespace quoin {
namespace {

using ::testing::HasSubstr;

class FeatureEndpoints : public testing::Test, protected FeatureServer {
protected:
    void SetUp() override { ASSERT_EQ(error, ""); }
    boost::json::value good(std::string_view method, std::string_view target, std::string_view body = "") {
        auto response = ask(method, target, body);
        EXPECT_EQ(response.status, 200) << target << ": " << response.body;
        return parse_json(response.body).value();
    }
    std::string write_feature(const std::string& name) {
        return fmt::format(
            "  - {{name: {}, description: d, type: number, from: document.accessed, value: seconds, transform: max, window: 7d}}\n", name);
    }
};

// The shapes of Feast's feature_server.py and ServingService.proto (interfaces.md (a)).
TEST_F(FeatureEndpoints, AnswersAsFeastDoes) {
    ASSERT_TRUE(push_documents("ann", 3));
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
    open({.clock = clock});
    ASSERT_EQ(error, "");
    ASSERT_TRUE(feed->publish(*live));
    EXPECT_NEAR(value_of("prop_123"), expected(3000, 6), 1) << "feeding the model's rows again must not undo the event";
}

TEST_F(FeatureEndpoints, AFeatureAddedAsYamlIsThereWithoutARestart) {
    ASSERT_TRUE(push_documents("ann", 2));
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

// What was served is what the log says was served: at every moment at which something was asked, and later.
TEST_F(FeatureEndpoints, ThePastIsAnsweredAsItWasServedThen) {
    WorkQueue replays({.threads = 1, .waiting_max = 4});
    service.replays = &replays;
    std::vector<boost::json::value> served;
    for (int i = 0; i < 12; ++i) {
        ASSERT_TRUE(push_documents(i % 3 == 0 ? "bob" : "ann", 1 + i % 2));
        clock.set(clock.now() + Duration::hours(5 * i + 1));
        for (const char* target : {"/v1/features/user_documents/ann", "/v1/features/user_documents/bob", "/v1/features/user_documents/eve"})
            served.push_back(good("GET", target));
        clock.set(clock.now() + Duration::minutes(1));
    }
    for (auto& then : served) {
        auto target = fmt::format("/v1/features/user_documents/{}?at={}", std::string(then.at("entity_id").as_string()),
                                  std::string(then.at("at").as_string()));
        auto now = good("GET", target);
        EXPECT_EQ(then.at("tier"), "memory");
        EXPECT_EQ(now.at("tier"), "log");
        then.as_object().erase("tier"), now.as_object().erase("tier");
        EXPECT_EQ(json_text(now), json_text(then)) << target;
    }
}

// Bitemporal: what was known of a moment, and what was learned of it later.
TEST_F(FeatureEndpoints, WhatWasLearnedLaterCountsWhereItIsAskedFor) {
    clock.set(from_civil(2026, 3, 10));
    ASSERT_TRUE(push_documents("ann", 2));
    clock.set(from_civil(2026, 3, 12));
    good("POST", "/push", R"({"push_source_name": "document.accessed", "df": {"user_id": ["ann"], "document_id": ["late"], "seconds": [9],
         "event_timestamp": ["2026-03-10T06:00:00Z"]}})");
    clock.set(from_civil(2026, 3, 14));
    auto count = [&](const std::string& when) {
        return good("GET", "/v1/features/user_documents/ann?at=" + when).at("features").at("doc_access_count_7d").at("value");
    };
    EXPECT_EQ(count("2026-03-11"), 2) << "as it was served";
    EXPECT_EQ(count("2026-03-11&known_at=2026-03-13"), 3) << "with hindsight";
    EXPECT_EQ(count("2026-03-13&known_at=2026-03-11"), 2) << "as far as was known then";
    EXPECT_EQ(count("2026-03-13"), 3);
    auto refusal = [&](const std::string& query) {
        auto response = ask("GET", "/v1/features/user_documents/ann?" + query);
        return fmt::format("{} {}", response.status, response.body);
    };
    EXPECT_THAT(refusal("at=2026-03-15"), HasSubstr("422"));
    EXPECT_THAT(refusal("at=2026-03-13&known_at=2027-01-01"), HasSubstr("future"));
    EXPECT_THAT(refusal("at=1950-01-01"), HasSubstr("before 1970"));
    EXPECT_THAT(refusal("at=yesterday"), HasSubstr("422"));
    EXPECT_THAT(refusal("known_at=2026-03-11"), HasSubstr("'at', which is not given"));
    EXPECT_EQ(ask("GET", "/v1/features/nothing/ann?at=2026-03-11").status, 404);
}

TEST_F(FeatureEndpoints, ALogThatIsTooLongForARequestIsReferredToTheCommand) {
    ASSERT_TRUE(push_documents("ann", 5));
    clock.set(clock.now() + Duration::days(1));
    close();
    open({.clock = clock, .past = {.events_max = 4}});
    ASSERT_EQ(error, "");
    auto response = ask("GET", "/v1/features/user_documents/ann?at=2026-03-02");
    EXPECT_EQ(response.status, 413);
    EXPECT_THAT(response.body, HasSubstr("quoin features as-of"));
    WorkQueue busy({.threads = 1, .waiting_max = 0});
    service.replays = &busy;
    EXPECT_EQ(ask("GET", "/v1/features/user_documents/ann?at=2026-03-02").status, 503);
    EXPECT_EQ(ask("GET", "/v1/features/user_documents/ann").status, 200) << "questions about now wait for nobody";
}

}  // namespace
}  // namespace quoin
