#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "base/json.h"
#include "evaluation/metric.h"
#include "evaluation/split.h"
#include "evaluation/survival/concordance.h"
#include "evaluation/survival/incidence_scores.h"
#include "serving/lead_server_fixture.h"
#include "table/read.h"

namespace quoin {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

class TimeToClose : public testing::Test {
protected:
    static LeadServer& here() { return lead_server(); }
    static json::object data_of(const std::string& lead) {
        auto response = here().server.ask("POST", "/api/v1/ml/score-lead", fmt::format(R"({{"leadId":"{}"}})", lead));
        EXPECT_EQ(response.status, 200) << response.body;
        return parse_json(response.body).value().as_object().at("data").as_object();
    }
};

/// The calibration error that the best possible forecast shows on as many later leads: what is left is chance.
double chance_error(const Table& rows, const Table& truth) {
    auto split = time_split(rows.find("observed_at")->times(), 0.25).value();
    std::vector<double> times, predicted;
    std::vector<std::uint8_t> outcomes;
    for (auto i : split.test) {
        auto outcome = rows.find("outcome")->text(i);
        times.push_back(rows.find("days_observed")->numbers()[i]);
        outcomes.push_back(outcome == "closed" ? 1 : outcome == "lost" ? 2 : 0);
        predicted.push_back(truth.find("probability_90d")->numbers()[i]);
    }
    double error = 0;
    const auto bins = incidence_calibration({times, outcomes}, predicted, 90).value();
    for (const auto& bin : bins)
        error += std::abs(bin.predicted - bin.observed) * static_cast<double>(bin.rows) / static_cast<double>(times.size());
    return error;
}

/// What the simulation knows of the same leads: who closes first, and when those who close do.
TEST_F(TimeToClose, ComesNearTheBestPossible) {
    auto rows = read_table(here().project.folder() / "data/leads.parquet").value();
    const auto& days = rows.find("days_observed")->numbers();
    const auto& known_days = rows.find("days_to_close")->numbers();
    const auto& log_days = here().leads.truth.find("log_days")->numbers();
    std::vector<std::uint8_t> closed;
    double best_mae = 0, known = 0;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        closed.push_back(rows.find("outcome")->text(i) == "closed");
        if (std::isnan(known_days[i])) continue;
        best_mae += std::abs(std::exp(log_days[i]) - known_days[i]), ++known;
    }
    double best_c = concordance({.stops = days, .events = closed}, here().leads.truth.find("probability_90d")->numbers())->index();
    auto value = [&](const std::string& name) {
        for (const auto& one : here().reports[1].version.metrics)
            if (one.name == name) return one.value;
        return -1.0;
    };
    double chance = chance_error(rows, here().leads.truth);
    fmt::print("best possible: C {:.3f}, MAE {:.1f} days, calibration {:.3f}; model on later leads: C {:.3f}, MAE {:.1f} of the mean and "
               "{:.1f} of the "
               "median, RMSE {:.1f}, IBS {:.4f} (skill {:.3f}), calibration {:.3f}, coverage {:.3f}; out of fold: calibration {:.3f}\n",
               best_c, best_mae / known, chance, value("test.c_index"), value("test.mae"), value("test.mae_of_median"), value("test.rmse"),
               value("test.ibs"), value("test.ibs_skill"), value("test.incidence_ece"), value("test.coverage.0.8"),
               value("out_of_fold.incidence_ece"));
    EXPECT_GT(value("test.c_index"), best_c - 0.06);
    EXPECT_LT(value("test.c_index"), best_c + 0.03);
    EXPECT_LT(value("test.mae_of_median"), 1.35 * best_mae / known);
    EXPECT_LT(value("test.mae_of_median"), value("test.mae"));
    EXPECT_LT(value("test.incidence_ece"), chance + 0.07);
    EXPECT_GT(value("test.ibs_skill"), 0.2);
}

TEST_F(TimeToClose, IsADistributionWithItsReasons) {
    auto response = here().server.ask("POST", "/v1/predict/lead-time-to-close", R"({"entity_id":"lead_abc123"})");
    ASSERT_EQ(response.status, 200) << response.body;
    auto answer = parse_json(response.body).value().as_object();
    auto& time = answer["time_to_event"].as_object();
    EXPECT_EQ(time["event"], "closed");
    EXPECT_EQ(time["competing_event"], "lost");
    double before = 0;
    for (const auto& point : time["distribution"].as_array()) {
        double event = point.at("event").to_number<double>(), competing = point.at("competing").to_number<double>();
        EXPECT_GE(event, before);
        EXPECT_LE(event + competing, 1 + 1e-6);
        before = event;
    }
    EXPECT_EQ(time["distribution"].as_array().size(), 10u);
    EXPECT_NEAR(before, time["probability_within_horizon"].to_number<double>(), 1e-9);
    EXPECT_LT(time["quantiles"].at("0.1").to_number<double>(), time["quantiles"].at("0.9").to_number<double>());
    for (const auto& driver : answer["top_features"].as_array())
        EXPECT_NEAR(driver.at("hazard_ratio").to_number<double>(), std::exp(driver.at("contribution").to_number<double>()), 1e-4);
    for (const auto& change : time["accelerations"].as_array()) EXPECT_LT(change.at("change").to_number<double>(), 0);
}

json::object explanation_of(FeatureServer& server, const std::string& id, const std::string& query = "") {
    auto response = server.ask("GET", "/v1/predictions/" + id + "/explanation" + query);
    EXPECT_EQ(response.status, 200) << response.body;
    return parse_json(response.body).value().as_object();
}

TEST_F(TimeToClose, AnswersAreExplainedAfterwards) {
    auto data = data_of("lead_abc123");
    for (const char* id : {"predictionId", "timeToClosePredictionId"}) {
        auto explained = explanation_of(here().server, std::string(data[id].as_string()));
        EXPECT_EQ(explained["is_reproduced"], true);
        EXPECT_GT(explained["summary"].as_string().size(), 40u);
        const auto& reasons = explained["principal_reasons"].as_array();
        EXPECT_GE(reasons.size(), 1u);
        EXPECT_LE(reasons.size(), 4u);
        for (const auto& reason : reasons)
            EXPECT_TRUE(reason.at("code").as_string().starts_with("LS") || reason.at("code").as_string().starts_with("TTC"));
        EXPECT_GT(explained["drivers"].as_array().size(), 5u);
        for (const auto& single : explained["single_changes"].as_array())
            for (const auto& change : single.at("changes").as_array())
                EXPECT_THAT(std::string(change.at("feature_name").as_string()),
                            testing::AnyOf("communication_frequency_28d", "financing_complexity", "lead_asking_discount"));
    }
}

TEST_F(TimeToClose, ExplanationsTakeATargetAndSayWhatIsWrong) {
    auto id = std::string(data_of("lead_abc123")["predictionId"].as_string());
    auto reached = explanation_of(here().server, id, "?target=0.01");
    EXPECT_EQ(reached["is_adverse"], false);
    EXPECT_TRUE(reached["counterfactual"].is_null());
    auto beyond = explanation_of(here().server, id, "?target=2");
    EXPECT_EQ(beyond["is_adverse"], true);
    EXPECT_TRUE(beyond["counterfactual"].is_null());
    EXPECT_THAT(json_text(beyond["notes"]), HasSubstr("no change of the inputs"));
    EXPECT_EQ(here().server.ask("GET", "/v1/predictions/" + id + "/explanation?target=much").status, 422);
    EXPECT_EQ(here().server.ask("GET", "/v1/predictions/pred_none/explanation").status, 404);
}

/// What the simulation knows of the same leads: who is lost within 90 days.
TEST_F(TimeToClose, TheRiskOfLosingALeadComesNearTheBestPossible) {
    auto rows = read_table(here().project.folder() / "data/leads.parquet").value();
    double best = find_metric("auc")
                      .value()
                      ->compute({.labels = rows.find("lost_90d")->numbers(),
                                 .predictions = here().leads.truth.find("lost_probability_90d")->numbers()})
                      .value();
    auto value = [&](const std::string& name) {
        for (const auto& one : here().reports[2].version.metrics)
            if (one.name == name) return one.value;
        return -1.0;
    };
    fmt::print("lead risk: AUC {:.3f} on later leads, {:.3f} out of fold, {:.3f} possible; ECE {:.3f} and {:.3f}\n", value("test.auc"),
               value("out_of_fold.auc"), best, value("test.ece"), value("out_of_fold.ece"));
    EXPECT_GT(value("out_of_fold.auc"), best - 0.06);
    EXPECT_LT(value("out_of_fold.auc"), best + 0.02);
    EXPECT_LT(value("out_of_fold.ece"), 0.05);
    auto response = here().server.ask("POST", "/v1/predict/lead-risk", R"({"entity_id":"lead_abc123"})");
    ASSERT_EQ(response.status, 200) << response.body;
    auto answer = parse_json(response.body).value().as_object();
    EXPECT_EQ(answer["prediction_type"], "LEAD_RISK");
    double risk = answer["predicted_value"].to_number<double>();
    EXPECT_EQ(answer["predicted_class"], risk < 0.25 ? "LOW" : risk < 0.5 ? "MEDIUM" : "HIGH");
    EXPECT_LT(risk, 0.25);  // keen, and under contract soon
    EXPECT_GT(answer["top_features"].as_array().size(), 3u);
}

}  // namespace
}  // namespace quoin
