#include "finance/underwriting.h"

#include <gtest/gtest.h>

#include <cmath>

namespace quoin {
namespace {

constexpr LoanTerms thirty_years{.annual_rate = 0.06, .amortization_months = 360};
constexpr OperatingYear year{.potential_gross_income = 1'000'000, .other_income = 20'000, .vacancy = 0.05, .operating_expenses = 370'000};

TEST(Underwriting, FollowsTheIncomeStatement) {
    EXPECT_DOUBLE_EQ(year.effective_gross_income(), 970'000);
    EXPECT_DOUBLE_EQ(year.net_operating_income(), 600'000);
    EXPECT_NEAR(year.operating_expense_ratio(), 0.381443, 1e-6);
    EXPECT_DOUBLE_EQ(value_at(600'000, 0.06), 10'000'000);
}

// Published amortization tables: $5.995505 a month on each $1,000 at 6 % over 30 years; 83.686 % is owed after ten.
TEST(Underwriting, PaysBackAsAmortizationTablesSay) {
    EXPECT_NEAR(loan_constant(thirty_years) / 12 * 1000, 5.995505, 1e-6);
    EXPECT_NEAR(balance_after(thirty_years, 120), 0.836857, 1e-6);
    EXPECT_NEAR(balance_after(thirty_years, 359), loan_constant(thirty_years) / 12 / 1.005, 1e-9);
    EXPECT_EQ(balance_after(thirty_years, 360), 0);
    EXPECT_DOUBLE_EQ(loan_constant({.annual_rate = 0.05, .amortization_months = 0}), 0.05);
    EXPECT_DOUBLE_EQ(balance_after({.annual_rate = 0.05, .amortization_months = 0}, 60), 1);
    EXPECT_DOUBLE_EQ(loan_constant({.annual_rate = 0, .amortization_months = 240}), 0.05);
    EXPECT_DOUBLE_EQ(balance_after({.annual_rate = 0, .amortization_months = 240}, 60), 0.75);
}

TEST(Underwriting, SizesTheLoanByTheTightestTest) {
    auto sized = [](double value, const LendingTests& tests) { return size_loan(600'000, value, thirty_years, tests).value(); };
    auto usual = sized(10'000'000, {});
    EXPECT_NEAR(usual.by_coverage, 480'000 / loan_constant(thirty_years), 1e-6);
    EXPECT_NEAR(usual.by_debt_yield, 600'000 / 0.09, 1e-6);
    EXPECT_EQ(usual.binding, "debt_yield");
    EXPECT_EQ(usual.loan, std::min({usual.by_coverage, usual.by_debt_yield, usual.by_value}));
    EXPECT_EQ(sized(8'000'000, {}).binding, "loan_to_value");
    EXPECT_EQ(sized(10'000'000, {.debt_service_coverage_min = 1.6}).binding, "debt_service_coverage");
    // The loan passes each test, and a dollar more fails one.
    EXPECT_GE(600'000 / (usual.loan * loan_constant(thirty_years)), 1.25);
    EXPECT_LT(600'000 / (usual.loan + 1), 0.09);
}

TEST(Underwriting, BreaksEvenWhereCashFlowVanishes) {
    auto made = underwrite(year, 10'000'000, 6'500'000, thirty_years).value();
    EXPECT_NEAR(made.debt_service_coverage, 600'000 / (6'500'000 * loan_constant(thirty_years)), 1e-12);
    EXPECT_NEAR(made.loan_to_value, 0.65, 1e-12);
    OperatingYear at_break_even = year;
    at_break_even.vacancy = 1 - made.break_even_occupancy;
    EXPECT_NEAR(at_break_even.net_operating_income(), made.annual_debt_service, 1e-6);
    EXPECT_NEAR(made.cash_on_cash, (600'000 - made.annual_debt_service) / 3'500'000, 1e-12);
}

TEST(Underwriting, RefusesWhatMakesNoSense) {
    EXPECT_EQ(size_loan(-5, 1e7, thirty_years, {}).error().field, "net_operating_income");
    EXPECT_EQ(size_loan(6e5, 1e7, {.annual_rate = 6.5}, {}).error().field, "annual_rate");
    EXPECT_EQ(underwrite(year, 1e7, 2e7, thirty_years).error().field, "loan");
    auto per_cent = year;
    per_cent.vacancy = 5;
    EXPECT_EQ(underwrite(per_cent, 1e7, 5e6, thirty_years).error().field, "vacancy");
}

}  // namespace
}  // namespace quoin
