#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/json.h"
#include "serving/feature_server_fixture.h"

namespace quoin {
namespace {

using testing::HasSubstr;

struct UnderwritingEndpoint : testing::Test {
    Response ask(std::string_view body) { return server.ask("POST", "/v1/finance/underwriting", body); }
    FeatureServer server;
};

TEST_F(UnderwritingEndpoint, GoesFromIncomeToLoanAndReturns) {
    auto response = ask(R"({"potential_gross_income": 1000000, "other_income": 20000, "vacancy": 0.05, "operating_expenses": 370000,
        "cap_rate": 0.06, "loan": {"annual_rate": 0.06}, "cash_flows": [{"date": "2020-01-01", "amount": -100},
        {"date": "2020-12-31", "amount": 110}]})");
    ASSERT_EQ(response.status, 200) << response.body;
    auto answer = parse_json(response.body).value();
    EXPECT_NEAR(answer.at("net_operating_income").to_number<double>(), 600'000, 1e-6);
    EXPECT_NEAR(answer.at("value").to_number<double>(), 1e7, 1e-4);
    EXPECT_EQ(answer.at("binding_test"), "debt_yield");
    EXPECT_NEAR(answer.at("loan").to_number<double>(), 600'000 / 0.09, 1e-4);
    EXPECT_NEAR(answer.at("returns").at("irr").to_number<double>(), 0.1, 1e-9);  // 365 days of a leap year
    EXPECT_NEAR(answer.at("returns").at("equity_multiple").to_number<double>(), 1.1, 1e-12);
}

TEST_F(UnderwritingEndpoint, ShowsEveryRootInsteadOfOneThatMeansNothing) {
    auto answer = parse_json(ask(R"({"potential_gross_income": 100, "operating_expenses": 40, "value": 1000, "cash_flows": [
        {"date": "2021-01-01", "amount": -1000}, {"date": "2022-01-01", "amount": 2300}, {"date": "2023-01-01", "amount": -1320}]})")
                                 .body)
                      .value();
    EXPECT_TRUE(answer.at("returns").at("irr").is_null());
    EXPECT_EQ(answer.at("returns").at("all_roots").as_array().size(), 2u);
}

TEST_F(UnderwritingEndpoint, RefusesPerCentAndWhatItDoesNotKnow) {
    EXPECT_THAT(ask(R"({"potential_gross_income": 100, "operating_expenses": 40, "cap_rate": 6.5})").body,
                HasSubstr("write 0.065 for 6.5 %"));
    EXPECT_THAT(ask(R"({"potential_gross_income": 100, "operating_expenses": 40})").body, HasSubstr("/cap_rate"));
    EXPECT_THAT(ask(R"({"potential_gross_income": 100, "operating_expenses": 40, "cap_rate": 0.06, "value": 5})").body,
                HasSubstr("not both"));
    EXPECT_THAT(ask(R"({"potential_gross_income": 100, "operating_expenses": 140, "value": 5})").body, HasSubstr("net_operating_income"));
    EXPECT_THAT(ask(R"({"gross": 100})").body, HasSubstr("unknown member"));
    EXPECT_THAT(ask(R"({"potential_gross_income": "much"})").body, HasSubstr("should be a number"));
    EXPECT_EQ(ask(R"([])").status, 422);
}

}  // namespace
}  // namespace quoin
