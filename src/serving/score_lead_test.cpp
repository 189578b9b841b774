#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <numeric>

#include "base/json.h"
#include "evaluation/metric.h"
#include "features/training_set.h"
#include "prediction/query_row.h"
#include "serving/lead_server_fixture.h"
#include "table/read.h"
#include "table/write.h"

namespace quoin {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

class ScoreLead : public testing::Test {
protected:
    static LeadServer& here() { return lead_server(); }
    static Response ask(const std::string& body) { return here().server.ask("POST", "/api/v1/ml/score-lead", body); }
    static json::object data_of(const std::string& lead) {
        auto response = ask(fmt::format(R"({{"leadId":"{}"}})", lead));
        EXPECT_EQ(response.status, 200) << response.body;
        return parse_json(response.body).value().as_object().at("data").as_object();
    }
};

TEST_F(ScoreLead, AnswersInTheShapeOfTheDocument) {
    auto data = data_of("lead_abc123");
    EXPECT_EQ(data["leadId"], "lead_abc123");
    EXPECT_GT(data["score"].to_number<double>(), 80);
    EXPECT_GT(data["predictedConversion"].to_number<double>(), 0.5);
    EXPECT_EQ(data["recommendation"], "high-priority");
    EXPECT_EQ(data["stage"], "qualified");
    EXPECT_GT(data["confidence"].to_number<double>(), 0.5);
    EXPECT_LE(data["confidence"].to_number<double>(), 1);
    double sum = 0;
    for (const auto& factor : data["factors"].as_object()) sum += factor.value().to_number<double>();
    EXPECT_NEAR(sum, 1, 1e-5);
    for (const char* name : {"property_value", "engagement_level", "market_conditions", "lead_source"})
        EXPECT_TRUE(data["factors"].as_object().contains(name)) << name;
    double days = data["estimatedTimeToClose"].to_number<double>();
    EXPECT_GT(days, data["timeToCloseInterval"].at("lower").to_number<double>());
    EXPECT_LT(days, data["timeToCloseInterval"].at("upper").to_number<double>());
    EXPECT_EQ(data["reasons"].as_array().size(), 5u);
    EXPECT_THAT(std::string(data["reasons"].at(0).as_string()), HasSubstr("the probability by"));
    EXPECT_THAT(json_text(data["recommendedActions"]), HasSubstr("Prepare the offer"));
}

TEST_F(ScoreLead, IsRecorded) {
    auto data = data_of("lead_abc123");
    for (const char* id : {"predictionId", "timeToClosePredictionId"}) {
        ASSERT_TRUE(here().server.predictor.records().flush());
        auto record = here().server.ask("GET", "/v1/predictions/" + std::string(data[id].as_string()));
        EXPECT_EQ(record.status, 200) << record.body;
    }
}

TEST_F(ScoreLead, RefusesWhatIsNoLead) {
    auto unknown = ask(R"({"leadId":"no-such-lead"})");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.content_type, "application/problem+json");
    EXPECT_THAT(unknown.body, HasSubstr("no-such-lead"));
    EXPECT_THAT(unknown.body, HasSubstr("/leadId"));
    for (const char* body : {"[]", "{}", R"({"leadId":""})", R"({"leadId":7})", R"({"leadId":"lead_1","more":1})"})
        EXPECT_EQ(ask(body).status, 422) << body;
    EXPECT_EQ(ask("{").status, 400);
}

TEST_F(ScoreLead, SaysWhenALeadIsOver) {
    const auto& events = here().leads.events;
    for (const auto& event : std::vector(events.rbegin(), events.rend())) {
        if (event.type != "lead.converted") continue;
        auto data = data_of(event.id.substr(0, event.id.rfind('-')));
        EXPECT_EQ(data["recommendation"], "no-action");
        EXPECT_EQ(data["stage"], "closed");
        EXPECT_THAT(json_text(data["notes"]), HasSubstr("the lead is closed"));
        return;
    }
    FAIL() << "no lead converted";
}

/// The promise of the store: what a model reads live is what it would have learned from at the same moment.
TEST_F(ScoreLead, ReadsLiveWhatATrainingRowOfTheSameMomentHas) {
    auto& server = here().server;
    auto live = server.predictor.live("lead_conversion_model");
    std::vector<EventTime> times(here().leads.open.size(), server.store->log().now());
    Categories ids;
    for (const auto& id : here().leads.open) ids.codes.push_back(static_cast<int>(ids.levels.size())), ids.levels.push_back(id);
    auto frame = Table::make({{"lead_id", ids}, {"observed_at", times}}).value();
    auto folder = server.folder.path;
    ASSERT_TRUE(write_table(frame, folder / "now.parquet"));
    auto declaration = here().project.declaration("lead_conversion_model").value();
    ASSERT_TRUE(make_training_set(server.store->online().catalog(), events_of(server.store->log()),
                                  {.frame = folder / "now.parquet",
                                   .output = folder / "now_features.parquet",
                                   .features = catalog_features(declaration),
                                   .time_column = "observed_at"}));
    auto rows = read_declared(folder / "now_features.parquet", declaration).value();
    auto raw = live->model().encoder.raw(rows).value();
    std::size_t known = 0;
    ASSERT_GT(rows.rows(), 50u);
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        auto found = server.feed->find(live->model(), EntityId{rows.find("lead_id")->text(row)}).value();
        ASSERT_TRUE(found.has_value());
        for (const auto& [name, value] : *found) {
            auto place = static_cast<std::size_t>(live->model().encoder.input_index(name));
            double trained = raw(row, place), answered = raw_value(live->model().encoder, place, name, value).value();
            EXPECT_TRUE(trained == answered || (std::isnan(trained) && std::isnan(answered))) << name << " " << trained << " " << answered;
            known += !std::isnan(answered);
        }
    }
    EXPECT_GT(known, rows.rows() * declaration.features.size() * 8 / 10);
}

/// The model beside the best forecast that anybody could make of the same events.
TEST_F(ScoreLead, ComesNearTheBestPossibleForecast) {
    auto labels = read_table(here().project.folder() / "data/leads.parquet").value().find("converted_90d")->numbers();
    auto best = here().leads.truth.find("probability_90d")->numbers();
    ASSERT_EQ(labels.size(), best.size());
    auto metric = [&](const char* name) { return find_metric(name).value()->compute({.labels = labels, .predictions = best}).value(); };
    double best_auc = metric("auc"), best_precision = metric("precision_at_20pct"), best_ece = metric("ece");
    auto value = [&](const char* name) {
        for (const auto& one : here().reports[0].version.metrics)
            if (one.name == std::string("test.") + name) return one.value;
        return -1.0;
    };
    RecordProperty("best_auc", fmt::format("{}", best_auc));
    fmt::print("best possible: AUC {:.3f}, precision@20% {:.3f}, ECE {:.3f}; model on later leads: {:.3f}, {:.3f}, {:.3f}\n", best_auc,
               best_precision, best_ece, value("auc"), value("precision_at_20pct"), value("ece"));
    EXPECT_GT(best_auc, 0.9);
    EXPECT_GT(value("auc"), best_auc - 0.08);
    EXPECT_LT(value("auc"), best_auc + 0.04);  // a model that beats it has seen the outcome
    EXPECT_LT(value("ece"), 0.1);              // some 400 rows of test
}

}  // namespace
}  // namespace quoin
