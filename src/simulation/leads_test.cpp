#include "simulation/leads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "simulation/lead_process.h"

namespace quoin {
namespace {

const LeadOptions small{.leads = 400, .end = from_civil(2026, 5, 1)};

TEST(SimulatedLeads, TheSameSeedGivesTheSameLeadsAndNothingBehindTheEnd) {
    auto leads = simulate_leads(small).value(), again = simulate_leads(small).value();
    ASSERT_EQ(leads.events.size(), again.events.size());
    std::set<std::string> ids;
    EventTime last = leads.events.front().time;
    for (std::size_t i = 0; i < leads.events.size(); ++i) {
        EXPECT_EQ(leads.events[i].data, again.events[i].data);
        EXPECT_LE(last, leads.events[i].time);
        last = leads.events[i].time;
        EXPECT_TRUE(ids.insert(leads.events[i].id).second) << leads.events[i].id;
    }
    EXPECT_LE(last, small.end);
    EXPECT_TRUE(std::ranges::binary_search(leads.open, "lead_abc123"));
    EXPECT_FALSE(simulate_leads({.leads = 0, .end = small.end}));
    EXPECT_FALSE(simulate_leads({.leads = 10, .days = 30, .end = small.end}));
}

TEST(SimulatedLeads, MomentsLieWithinTheOpenLifeAndTheirOutcomesAreThoseOfTheEvents) {
    auto leads = simulate_leads(small).value();
    std::map<std::string, EventTime> created, ended;
    std::set<std::string> closed;
    for (const auto& event : leads.events) {
        auto lead = event.id.substr(0, event.id.rfind('-'));
        if (event.type == "lead.created") created[lead] = event.time;
        if (event.data.find(R"("stage":"closed")") != std::string::npos || event.data.find(R"("stage":"lost")") != std::string::npos)
            ended[lead] = event.time;
        if (event.type == "lead.converted") closed.insert(lead);
    }
    const Table& moments = leads.moments;
    ASSERT_GT(moments.rows(), 300u);
    for (std::size_t row = 0; row < moments.rows(); ++row) {
        auto lead = moments.find("lead_id")->text(row);
        double at = moments.find("observed_at")->times()[row].days();
        EXPECT_GT(at, created.at(lead).days());
        EXPECT_LE(at + 90, small.end.days());
        bool is_closed = closed.contains(lead);
        double ahead = ended.contains(lead) ? ended.at(lead).days() - at : 1e9;
        EXPECT_GT(ahead, 0);
        EXPECT_EQ(moments.find("converted_90d")->numbers()[row], is_closed && ahead <= 90);
        EXPECT_EQ(moments.find("lost_90d")->numbers()[row], !is_closed && ahead <= 90);
        double days = moments.find("days_to_close")->numbers()[row];
        EXPECT_EQ(!std::isnan(days), is_closed && ahead <= 180 && at + 180 <= small.end.days()) << lead << " " << at;
        EXPECT_TRUE(std::isnan(days) || std::abs(days - ahead) < 1e-4) << lead;
    }
}

/// Up to three moments of a lead share one outcome: three times the variance of independent ones, and 4.5 standard errors of that.
void expect_calibrated(const Numbers& outcomes, const Numbers& probabilities) {
    std::array<double, 10> rows{}, ones{}, expected{}, variance{};
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        ASSERT_TRUE(probabilities[i] >= 0 && probabilities[i] <= 1) << probabilities[i];
        auto bin = std::min<std::size_t>(9, static_cast<std::size_t>(probabilities[i] * 10));
        rows[bin] += 1, ones[bin] += outcomes[i], expected[bin] += probabilities[i];
        variance[bin] += probabilities[i] * (1 - probabilities[i]);
    }
    for (std::size_t bin = 0; bin < 10; ++bin) {
        ASSERT_GT(rows[bin], bin + 1 < rows.size() ? 150 : 15) << bin;  // hardly a lead is all but certain to be lost
        EXPECT_LT(std::abs(ones[bin] - expected[bin]), 4.5 * std::sqrt(3 * variance[bin])) << bin;
    }
}

/// Bayes' rule was put into numbers correctly if and only if the forecasts are calibrated, whatever is seen.
TEST(SimulatedLeads, TheBestForecastsAreCalibrated) {
    auto leads = simulate_leads({.leads = 8'000, .end = small.end}).value();
    const auto& converted = leads.moments.find("converted_90d")->numbers();
    expect_calibrated(converted, leads.truth.find("probability_90d")->numbers());
    expect_calibrated(leads.moments.find("lost_90d")->numbers(), leads.truth.find("lost_probability_90d")->numbers());
    const auto& days = leads.moments.find("days_to_close")->numbers();
    const auto& log_days = leads.truth.find("log_days")->numbers();
    double closed = 0, error = 0, square = 0;
    for (std::size_t i = 0; i < converted.size(); ++i) {
        if (std::isnan(days[i])) continue;
        double residual = std::log(days[i]) - log_days[i];
        closed += 1, error += residual, square += residual * residual;
    }
    EXPECT_LT(std::abs(error / closed), 4.5 * std::sqrt(3 * square) / closed);
    double share = 0;
    for (double one : converted) share += one / static_cast<double>(converted.size());
    EXPECT_GT(share, 0.25);
    EXPECT_LT(share, 0.4);
}

TEST(LeadProcess, EvidenceOfIntentRaisesTheForecastAndAStageCountsForMuch) {
    LeadTraits traits{.source = 3, .property_value_usd = 340'000};
    auto forecast = [&](const LeadEvidence& seen) { return LeadProcess::forecast(traits, seen, 90, 180).probability; };
    EXPECT_GT(forecast({.age_days = 20, .strong = 8}), forecast({.age_days = 20, .weak = 8}));
    EXPECT_GT(forecast({.age_days = 20, .strong = 2, .reached = 3}), forecast({.age_days = 20, .strong = 2, .not_reached = 3}));
    EXPECT_GT(forecast({.age_days = 20, .stages = 3}), 2 * forecast({.age_days = 20, .stages = 0}));
    EXPECT_LT(forecast({.age_days = 400, .stages = 0}), 0.02);
    EXPECT_TRUE(std::isfinite(forecast({.age_days = 120, .strong = 3000, .weak = 3000})));
}

}  // namespace
}  // namespace quoin
