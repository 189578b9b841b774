// What the features of catalog/ say about small stories, against figures worked out by other means. That the catalog is whole is tested in
// catalog_test.cpp, that the operator computes what is declared in operator_test.cpp; here it is that the right thing is declared.

#include <gtest/gtest.h>

#include <cmath>

#include "features/online_view.h"

namespace quoin {
namespace {

std::shared_ptr<const FeatureCatalog> shipped_catalog() {
    static auto catalog = FeatureCatalog::load(std::filesystem::path(QUOIN_SOURCE_DIR) / "catalog");
    EXPECT_TRUE(catalog) << catalog.error().message;
    return catalog ? *catalog : nullptr;
}

EventTime at(const char* text) { return parse_time(text).value(); }

/// Events as they happened, and what is known of an entity afterwards.
class Story : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(shipped_catalog());
        online_ = std::make_unique<OnlineView>(shipped_catalog());
    }

    void tell(const char* type, const char* time, const std::string& data) {
        const EventType* declared = shipped_catalog()->types().find(type);
        ASSERT_TRUE(declared) << type;
        Record record;
        auto decoded = declared->decode(data, record);
        ASSERT_TRUE(decoded) << type << ": " << decoded.error().message;
        Event event{.source = "/story", .id = std::to_string(++told_), .type = type, .time = at(time), .data = data};
        event.known = event.time, event.is_history = true, event.sequence = told_;
        online_->apply({&event, 1});
    }

    FeatureAnswer answer(const char* view, const char* id, const char* time) {
        auto answer = online_->read({view, "default", id, at(time), true});
        EXPECT_TRUE(answer) << answer.error().message;
        return *answer;
    }

    FieldValue value(const char* name, const char* id, const char* time) {
        auto place = shipped_catalog()->place(name);
        EXPECT_TRUE(place) << place.error().message;
        return answer(place->view->name().c_str(), id, time).value(place->slot);
    }
    double number(const char* name, const char* id, const char* time) {
        FieldValue found = value(name, id, time);
        return found.is_number() ? found.number() : std::nan("");
    }
    bool is_null(const char* name, const char* id, const char* time) { return value(name, id, time).is_null(); }

    std::unique_ptr<OnlineView> online_;
    std::uint64_t told_ = 0;
};

using ShippedCatalog = Story;

TEST_F(ShippedCatalog, MailIsJudgedByWhatPeopleDidWithWhatArrived) {
    const char *now = "2026-03-20T12:00:00Z", *user = "user_123";
    EXPECT_TRUE(is_null("email_open_rate_30d", user, now));
    for (const char* id : {"m1", "m2", "m3", "m4"})
        tell("email.delivered", "2026-03-10T08:00:00Z", fmt::format(R"({{"user_id": "user_123", "message_id": "{}"}})", id));
    tell("email.opened", "2026-03-10T09:00:00Z", R"({"user_id": "user_123", "message_id": "m1"})");
    tell("email.opened", "2026-03-11T09:00:00Z", R"({"user_id": "user_123", "message_id": "m1", "first": false})");
    tell("email.opened", "2026-03-11T09:30:00Z", R"({"user_id": "user_123", "message_id": "m2", "machine": true})");
    tell("email.opened", "2026-03-15T12:00:00Z", R"({"user_id": "user_123", "message_id": "m3"})");
    tell("email.clicked", "2026-03-15T12:01:00Z", R"({"user_id": "user_123", "message_id": "m3"})");
    EXPECT_EQ(number("email_open_rate_30d", user, now), 0.5);  // m1 and m3 of four
    EXPECT_EQ(number("email_click_rate_30d", user, now), 0.25);
    EXPECT_EQ(number("emails_opened_last_7d", user, now), 1);
    EXPECT_EQ(number("days_since_last_email_open", user, now), 5);
    EXPECT_DOUBLE_EQ(number("campaign_engagement_score", user, now), 0.35);  // 0.4 · 1/2 + 0.6 · 1/4
    tell("email.unsubscribed", "2026-03-16T00:00:00Z", R"({"user_id": "user_123"})");
    EXPECT_EQ(number("campaign_engagement_score", user, now), 0);
    EXPECT_TRUE(is_null("email_open_rate_30d", user, "2026-05-20T12:00:00Z"));  // nothing delivered in the window any more
}

// 200,000 USD at 6 % over 30 years costs 1,199.10 a month, at 5 % 1,073.64 (any amortisation table).
TEST_F(ShippedCatalog, RefinancingSavesTheDifferenceOfTwoAnnuities) {
    const char *now = "2026-06-01T00:00:00Z", *home = "prop_123";
    tell("rate.observed", "2026-05-28T00:00:00Z", R"({"series_id": "MORTGAGE30US", "country": "us", "value": 5.0})");
    tell("loan.reported", "2026-05-31T00:00:00Z",
         R"({"property_id": "prop_123", "balance": 200000, "rate": 0.06, "monthly_payment": 1199.10})");
    EXPECT_NEAR(number("months_until_mortgage_payoff", home, now), 360, 0.01);
    EXPECT_NEAR(number("refi_potential_savings", home, now), 12 * (1199.10 - 1073.64), 0.1);
    tell("rate.observed", "2026-05-31T00:00:00Z", R"({"series_id": "MORTGAGE30US", "country": "us", "value": 6.5})");
    EXPECT_EQ(number("refi_potential_savings", home, now), 0);
    tell("rate.observed", "2026-05-31T06:00:00Z", R"({"series_id": "MORTGAGE30US", "country": "us", "value": 2, "revision": true})");
    EXPECT_EQ(number("mortgage_rate_now", home, now), 0.065);  // a revision of an earlier week is no news
    tell("loan.reported", "2026-05-31T12:00:00Z", R"({"property_id": "prop_123", "balance": 0, "kind": "payoff"})");
    EXPECT_EQ(number("months_until_mortgage_payoff", home, now), 0);
    EXPECT_EQ(number("refi_potential_savings", home, now), 0);
}

// Days counted by Python's datetime.date.
TEST_F(ShippedCatalog, TheSeasonCountsTheDaysToAprilInLeapYearsToo) {
    struct Day {
        const char* day;
        double days;
    };
    for (auto [day, days] : {Day{"2026-03-01", 31},
                             {"2026-03-31", 1},
                             {"2026-04-01", 0},
                             {"2026-08-31", 0},
                             {"2026-10-15", 168},
                             {"2023-10-15", 169},
                             {"2024-02-10", 51},
                             {"2027-12-31", 92},
                             {"1999-12-31", 92},
                             {"2099-12-31", 91}})
        EXPECT_EQ(number("days_until_peak_season", "any", day), days) << day;
    EXPECT_EQ(number("is_business_day", "any", "2026-07-03"), 0);  // Independence Day, kept on a Friday
    EXPECT_EQ(number("is_business_day", "any", "2026-07-06"), 1);
    EXPECT_EQ(number("days_to_month_end", "any", "2024-02-10"), 19);
    EXPECT_NEAR(number("month_sin", "any", "2026-03-01"), 1, 1e-12);
    EXPECT_NEAR(number("day_of_week_cos", "any", "2026-03-02"), 1, 1e-12);  // a Monday
}

// The property of the request that document 004 prints.
TEST_F(ShippedCatalog, TheTwinGetsItsNumbersScaled) {
    const char *now = "2026-04-11T00:00:00Z", *home = "prop_1";
    tell("property.characteristics", "2026-01-01T00:00:00Z",
         R"({"property_id": "prop_1", "bedrooms": 3, "bathrooms": 2.0, "living_area_sqft": 2000, "lot_area_sqft": 5000, "year_built": 1976,
             "latitude": 37.7749, "longitude": -122.4194, "property_type": "single_family", "condition": 4, "renovation_needed": false})");
    EXPECT_EQ(number("listing_status_off_market", home, now), 1);
    tell("listing.published", "2026-04-01T00:00:00Z",
         R"({"listing_id": "l1", "property_id": "prop_1", "status": "active", "list_price": 500000})");
    const std::pair<const char*, double> expected[] = {
        {"listing_price_scaled", 0.5}, {"price_per_sqft_scaled", 0.5},       {"bedrooms_scaled", 0.3},
        {"bathrooms_scaled", 0.2},     {"square_footage_scaled", 0.2},       {"lot_size_sqft_scaled", 0.1},
        {"age_scaled", 0.5},           {"lat_scaled", 37.7749 / 90},         {"lon_scaled", -122.4194 / 180},
        {"days_on_market", 10},        {"days_on_market_scaled", 10 / 365.}, {"condition_score", 0.75},
        {"renovation_needed", 0},      {"listing_status_active", 1},         {"listing_status_off_market", 0},
        {"property_type_condo", 0},    {"property_type_single_family", 1},   {"bedrooms", 3}};
    for (auto [name, number_expected] : expected) EXPECT_DOUBLE_EQ(number(name, home, now), number_expected) << name;
    EXPECT_TRUE(is_null("cap_rate", home, now));
    tell("listing.changed", "2026-04-05T00:00:00Z", R"({"listing_id": "l1", "property_id": "prop_1", "list_price": 450000})");
    EXPECT_DOUBLE_EQ(number("listing_price_scaled", home, now), 0.45);
    EXPECT_EQ(number("listing_status_active", home, now), 1);  // a change of the price says nothing of the status
    tell("listing.changed", "2026-04-09T00:00:00Z", R"({"listing_id": "l1", "property_id": "prop_1", "status": "sold"})");
    EXPECT_EQ(number("listing_status_sold", home, now), 1);
    EXPECT_EQ(number("days_on_market", home, now), 0);
}

TEST_F(ShippedCatalog, AClientIsLoyalToTheAgentOfTheLatestClosing) {
    const char *now = "2026-01-01T00:00:00Z", *user = "user_7";
    auto close = [&](const char* time, const char* kind, const char* agent) {
        tell("transaction.closed", time,
             fmt::format(R"({{"user_id": "user_7", "kind": "{0}", "agent_id": "{1}", "relationship_id": "user_7~{1}"}})", kind, agent));
    };
    close("2010-01-01T00:00:00Z", "buy", "agent_a");
    close("2018-01-01T00:00:00Z", "refinance", "agent_b");
    close("2022-01-01T00:00:00Z", "sell", "agent_a");
    close("2022-01-02T00:00:00Z", "buy", "agent_a");
    EXPECT_EQ(number("transactions_with_current_agent", user, now), 3);
    EXPECT_EQ(number("agent_loyalty_score", user, now), 0.75);
    EXPECT_NEAR(number("years_with_agent", user, now), 16, 0.01);
    EXPECT_NEAR(number("avg_years_between_transactions", user, now), 4, 0.01);  // 12 years and a day, three gaps
    EXPECT_EQ(number("transactions_last_5_years", user, now), 2);
    EXPECT_EQ(number("total_transactions", user, now), 4);
    EXPECT_EQ(number("has_refinanced", user, now), 1);
    EXPECT_EQ(value("last_transaction_type", user, now).text(), "buy");
    EXPECT_NEAR(number("transaction_frequency", user, now), 0.25, 0.001);
    EXPECT_TRUE(is_null("avg_years_between_transactions", "user_8", now));
}

TEST_F(ShippedCatalog, AMarketSeesCapitalThroughItsCountry) {
    const char *now = "2026-06-15T00:00:00Z", *market = "atlanta_msa";
    tell("market.observed", "2025-06-01T00:00:00Z", R"({"market_id": "atlanta_msa", "cap_rate": 0.060})");
    tell("market.observed", "2025-12-01T00:00:00Z", R"({"market_id": "atlanta_msa", "vacancy_rate": 0.07})");
    tell("market.observed", "2026-06-01T00:00:00Z", R"({"market_id": "atlanta_msa", "cap_rate": 0.056})");
    tell("rate.observed", "2026-06-11T00:00:00Z", R"({"series_id": "MORTGAGE30US", "country": "us", "value": 6.55})");
    tell("rate.observed", "2026-06-12T00:00:00Z", R"({"series_id": "DGS10", "country": "us", "value": 4.25})");
    EXPECT_DOUBLE_EQ(number("treasury_10y_rate", market, now), 0.0425);
    EXPECT_NEAR(number("caprate_spread_10y", market, now), 0.0135, 1e-12);
    EXPECT_NEAR(number("market_caprate_trend", market, now), -0.004 * 365.25 / 365, 1e-12);
    EXPECT_NEAR(number("mortgage_spread_10y", market, now), 0.023, 1e-12);
    tell("income.reported", "2025-05-31T00:00:00Z", R"({"property_id": "prop_5", "market_id": "atlanta_msa", "noi": 2500000})");
    tell("income.reported", "2026-05-31T00:00:00Z", R"({"property_id": "prop_5", "noi": 2600000, "cap_rate": 0.065})");
    EXPECT_EQ(number("current_noi", "prop_5", now), 2600000);
    EXPECT_NEAR(number("noi_growth_12m", "prop_5", now), 0.04, 1e-4);
    EXPECT_NEAR(number("caprate_spread_to_market", "prop_5", now), 0.009, 1e-12);
}

TEST_F(ShippedCatalog, APostalAreaGrowsByItsPricesPerSquareFoot) {
    const char *now = "2026-06-15T00:00:00Z", *home = "prop_2";
    auto sell = [&](const char* time, double price_per_sqft, const char* more) {
        tell("deed.recorded", time,
             fmt::format(
                 R"({{"property_id": "p", "zip_code": "30309", "segment_id": "30309/condo/2", "price": {}, "price_per_sqft": {}{}}})",
                 1000 * price_per_sqft, price_per_sqft, more));
    };
    sell("2024-10-01T00:00:00Z", 180, "");
    sell("2025-01-01T00:00:00Z", 220, "");
    sell("2025-10-01T00:00:00Z", 210, "");
    sell("2026-01-01T00:00:00Z", 230, "");
    sell("2026-02-01T00:00:00Z", 20, R"(, "arms_length": false)");  // within the family
    tell("census.published", "2025-12-01T00:00:00Z", R"({"zip_code": "30309", "housing_units": 40})");
    tell("property.characteristics", "2026-01-01T00:00:00Z",
         R"({"property_id": "prop_2", "zip_code": "30309", "segment_id": "30309/condo/2"})");
    EXPECT_NEAR(number("zip_code_value_growth_12m", home, now), 0.1, 1e-12);  // 220 after 200
    EXPECT_NEAR(number("neighborhood_appreciation_rate", home, now), 10, 1e-9);
    EXPECT_EQ(number("neighborhood_turnover_rate", home, now), 0.05);
    EXPECT_EQ(number("comparable_properties_count", home, now), 1);  // one property, sold twice within the year
    EXPECT_TRUE(is_null("inventory_levels_zip", home, now));
}

TEST_F(ShippedCatalog, LeadsAndInvestorsAreMeasuredByWhatTheyDid) {
    const char* now = "2026-03-31T00:00:00Z";
    for (const char* id : {"lead_1", "lead_2", "lead_3", "lead_abc123"})
        tell("lead.created", "2026-03-01T00:00:00Z", fmt::format(R"({{"lead_id": "{}", "source": "referral"}})", id));
    tell("lead.converted", "2026-03-20T00:00:00Z", R"({"lead_id": "lead_1", "source": "referral", "days_to_close": 19})");
    tell("lead.interaction", "2026-03-30T00:00:00Z", R"({"lead_id": "lead_abc123", "kind": "meeting"})");
    tell("lead.interaction", "2026-03-02T00:00:00Z", R"({"lead_id": "lead_abc123", "kind": "call"})");
    EXPECT_EQ(number("lead_recency", "lead_abc123", now), 30);
    EXPECT_EQ(number("lead_features:recency", "lead_abc123", now), 30);
    EXPECT_EQ(number("lead_source_quality", "lead_abc123", now), 0.25);
    EXPECT_EQ(number("lead_time_decay", "lead_abc123", now), 0.5);
    // 10 points of the last week count in full, 5 of the month in half: 10/2 + 15/4 + 15/4.
    EXPECT_NEAR(number("lead_engagement_score", "lead_abc123", now), 100 * (1 - std::exp(-12.5 / 20)), 1e-9);
    for (const char* lead : {"lead_1", "lead_2"})
        tell("investor.presented", "2026-02-01T00:00:00Z", fmt::format(R"({{"investor_id": "inv_1", "lead_id": "{}"}})", lead));
    tell("investor.responded", "2026-02-03T00:00:00Z", R"({"investor_id": "inv_1", "answer": "interested", "hours_to_respond": 48})");
    tell("investment.closed", "2026-03-20T00:00:00Z", R"({"investor_id": "inv_1", "amount": 300000, "market_id": "dallas_msa"})");
    EXPECT_EQ(number("investor_average_deal_size", "inv_1", now), 300000);
    EXPECT_EQ(number("investor_response_rate", "inv_1", now), 50);
    EXPECT_EQ(number("investor_close_rate", "inv_1", now), 50);
}

TEST_F(ShippedCatalog, AServiceIsRead) {
    const char* now = "2026-03-31T12:05:30Z";
    auto read = [&](const char* time, const char* metric, double value) {
        tell("telemetry.metric", time, fmt::format(R"({{"service": "api", "metric": "{}", "value": {}}})", metric, value));
    };
    for (int i = 1; i <= 100; ++i) read("2026-03-31T12:05:10Z", "latency_ms", i);
    read("2026-03-31T12:01:00Z", "requests_per_second", 100);
    read("2026-03-31T12:05:05Z", "requests_per_second", 300);
    read("2026-03-31T12:05:05Z", "errors_per_second", 3);
    EXPECT_NEAR(number("latency_p95_1m", "api", now), 95, 0.01 * 95);  // within 0.8 % of the 95th
    EXPECT_NEAR(number("p99", "api", now), 99, 0.01 * 99);
    EXPECT_EQ(number("request_rate_1m", "api", now), 300);
    EXPECT_EQ(number("request_rate", "api", now), 200);
    EXPECT_EQ(number("error_ratio_1m", "api", now), 0.01);
    EXPECT_EQ(number("service_capacity:calendar_events", "api", now), 2);  // end of a month and of a quarter
}

}  // namespace
}  // namespace quoin
