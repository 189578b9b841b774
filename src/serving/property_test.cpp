#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/json.h"
#include "serving/feature_server_fixture.h"

namespace quoin {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

struct PropertyEndpoint : testing::Test {
    PropertyEndpoint() {
        server.clock.set(from_civil(2015, 5, 11));
        for (const auto& model : {small_cap_rate_model(), small_noi_growth_model()}) {
            auto live = LiveModel::make(model, "v1", "artifact of " + model->name, server.clock.now()).value();
            EXPECT_TRUE(server.feed->publish(*live));
            server.predictor.swap(live);
        }
    }
    json::object price(std::string_view body, int status = 200) {
        auto response = server.ask("POST", "/v1/predict/property", body);
        EXPECT_EQ(response.status, status) << response.body;
        return parse_json(response.body).value().as_object();
    }
    std::string refusal(std::string_view body) {
        auto response = server.ask("POST", "/v1/predict/property", body);
        auto problem = parse_json(response.body).value().as_object();
        return fmt::format("{} {}: {}", response.status, problem.contains("field") ? std::string(problem["field"].as_string()) : "-",
                           std::string(problem["detail"].as_string()));
    }
    FeatureServer server;
};

double number(const json::object& object, const char* key) { return object.at(key).to_number<double>(); }

TEST_F(PropertyEndpoint, AnswersFromWhatTheStoreKnowsAndWhatIsGiven) {
    auto known = price(R"({"property_id": "prop_123"})");
    EXPECT_NEAR(number(known, "implied_caprate"), 0.06 - 0.002 * 2.5, 1e-6);
    EXPECT_NEAR(number(known, "noi_growth_12m"), 0.03 - 0.002 * 2.5, 1e-6);
    EXPECT_EQ(number(known, "current_caprate"), 0.065);
    EXPECT_NEAR(number(known, "expected_value_gain_12m"), 1.025 * 0.065 / 0.055 - 1, 1e-5);
    EXPECT_EQ(known.at("key_drivers").as_array().size(), 2u);
    EXPECT_NEAR(number(known.at("shap_values").as_object(), "noi_usd"), -0.005, 1e-8);
    auto office = price(R"({"property_id": "prop_123", "property_type": "office", "current_noi": 500000, "current_caprate": 0.08})");
    EXPECT_NEAR(number(office, "implied_caprate"), 0.06 + 0.01 - 0.001, 1e-6);
    EXPECT_EQ(number(office, "current_caprate"), 0.08);
}

TEST_F(PropertyEndpoint, ScoresTheProbabilityOfAGain) {
    double last = -1;
    for (double offered : {0.040, 0.050, 0.0535, 0.056, 0.065}) {
        auto body = fmt::format(R"({{"property_id": "prop_123", "current_caprate": {}}})", offered);
        double score = number(price(body), "arbitrage_score");
        EXPECT_GT(score, last);
        EXPECT_EQ(score > 50, 1.025 * offered > 0.055) << offered;
        last = score;
    }
    EXPECT_LE(last, 100);
}

TEST_F(PropertyEndpoint, GrowsStale) {
    double fresh = number(price(R"({"property_id": "prop_123"})"), "data_freshness_score");
    server.clock.set(from_civil(2016, 5, 11));
    double stale = number(price(R"({"property_id": "prop_123"})"), "data_freshness_score");
    EXPECT_LT(stale, fresh);
    EXPECT_GT(stale, 0);
}

TEST_F(PropertyEndpoint, RefusesWhatMakesNoSense) {
    EXPECT_THAT(refusal(R"({"property_id": "prop_1", "current_caprate": 6.5})"), HasSubstr("write 0.065 for 6.5 %"));
    EXPECT_THAT(refusal(R"({"property_id": "prop_1", "current_caprate": -3})"), HasSubstr("422 /current_caprate"));
    EXPECT_THAT(refusal(R"({"property_id": "prop_1", "current_noi": 0})"), HasSubstr("422 /current_noi"));
    EXPECT_THAT(refusal(R"({"property_id": "prop_1", "current_noi": "much"})"), HasSubstr("422 /current_noi"));
    EXPECT_THAT(refusal(R"({"property_id": "prop_1", "noi": 5})"), HasSubstr("422 /noi: 'noi' is unknown"));
    EXPECT_THAT(refusal(R"({"market_id": "atlanta_msa"})"), HasSubstr("422 /property_id"));
    EXPECT_THAT(refusal(R"({"property_id": "nobody"})"), HasSubstr("404 /property_id: no property has the id 'nobody'"));
    EXPECT_THAT(refusal(R"({"property_id": "nobody", "property_type": "office", "market_id": "x", "current_noi": 900000})"),
                HasSubstr("422 /current_caprate"));
    EXPECT_THAT(refusal(R"({"property_id": "prop_)"), HasSubstr("400"));
}

TEST_F(PropertyEndpoint, AnswersABatchInOrderAndOneBadRowFailsAlone) {
    auto ask = [&](std::string_view rest) {
        auto response = server.ask(
            "POST", "/v1/predict/batch",
            fmt::format(R"({{"properties": [{{"property_id": "prop_1"}}, {{"property_id": "prop_123", "market_id": 7}},
                                                {{"property_id": "nobody"}}, {{"property_id": "prop_123"}}]{}}})",
                        rest));
        EXPECT_EQ(response.status, 200) << response.body;
        return parse_json(response.body).value().at("predictions").as_array();
    };
    auto rows = ask(R"(, "confidence_level": 0.8)"), wide = ask(R"(, "confidence_level": 0.95, "include_explanations": false)");
    ASSERT_EQ(rows.size(), 4u);
    for (std::size_t i : {0u, 3u}) {
        auto& narrow = rows[i].as_object();
        auto alone = price(fmt::format(R"({{"property_id": {}}})", json_text(narrow["property_id"])));
        EXPECT_EQ(narrow["implied_caprate"], alone["implied_caprate"]);
        EXPECT_GT(number(wide[i].as_object(), "caprate_confidence_upper"), number(narrow, "caprate_confidence_upper"));
        EXPECT_FALSE(wide[i].as_object().contains("shap_values"));
    }
    EXPECT_EQ(rows[1].at("error").at("field"), "/properties/1/market_id");
    EXPECT_EQ(rows[2].at("error").at("status"), 404);
}

TEST_F(PropertyEndpoint, TakesAtMostAHundredProperties) {
    std::string rows;
    for (int i = 0; i < 101; ++i) rows += std::string(i ? "," : "") + R"({"property_id": "prop_1"})";
    EXPECT_EQ(server.ask("POST", "/v1/predict/batch", R"({"properties": [)" + rows + "]}").status, 422);
    EXPECT_EQ(server.ask("POST", "/v1/predict/batch", R"({"properties": [{"property_id": "a"}], "confidence_level": 1.5})").status, 422);
}

}  // namespace
}  // namespace quoin
