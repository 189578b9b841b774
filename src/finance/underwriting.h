#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace quoin {

/// A year of an income property, USD a year. Vacancy is a share of the potential gross income.
struct OperatingYear {
    double potential_gross_income = 0;
    double other_income = 0;
    double vacancy = 0;             ///< share, 0 to 1
    double operating_expenses = 0;  ///< without debt service, depreciation, income tax, capital expenditure and leasing costs

    double effective_gross_income() const { return potential_gross_income * (1 - vacancy) + other_income; }
    double net_operating_income() const { return effective_gross_income() - operating_expenses; }
    double operating_expense_ratio() const { return operating_expenses / effective_gross_income(); }
};

/// Value of a year's net operating income at a cap rate (a fraction above 0); direct capitalisation.
double value_at(double net_operating_income, double cap_rate);

/// A loan with level monthly payments, in arrears; fully amortising or with a balloon at maturity.
struct LoanTerms {
    double annual_rate = 0;         ///< nominal, a fraction, compounded monthly
    int amortization_months = 360;  ///< 0: interest only
};
/// What a dollar of the loan costs a year in debt service (the mortgage constant).
double loan_constant(const LoanTerms& terms);
/// What is owed after `months` payments on a loan of one dollar.
double balance_after(const LoanTerms& terms, int months);

/// What a lender allows (domain practice: DSCR 1.20 to 1.35, debt yield 9 to 12 %, LTV to 80 % for multifamily).
struct LendingTests {
    double debt_service_coverage_min = 1.25;  ///< net operating income / annual debt service
    double debt_yield_min = 0.09;             ///< net operating income / loan
    double loan_to_value_max = 0.75;
};

/// The largest loan that passes all tests: the smallest of what each allows, and which it is.
struct LoanSizing {
    double by_coverage, by_debt_yield, by_value;
    double loan;
    std::string binding;  ///< "debt_service_coverage", "debt_yield" or "loan_to_value"
};

struct Underwriting {
    double value, loan, annual_debt_service;
    double debt_service_coverage, debt_yield, loan_to_value;
    double break_even_occupancy;  ///< (expenses + debt service − other income) / potential gross income
    double cash_on_cash;          ///< (net operating income − debt service) / (value − loan)
};

/// Error: invalid, for an income, value or limit that is not above 0; `field` says which.
Result<LoanSizing> size_loan(double net_operating_income, double value, const LoanTerms& terms, const LendingTests& tests);
/// The ratios of a property bought at `value` with `loan`. Error: as size_loan; invalid, for a loan below 0 or not below the value.
Result<Underwriting> underwrite(const OperatingYear& year, double value, double loan, const LoanTerms& terms);

}  // namespace quoin
