#include "finance/underwriting.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

constexpr int months_of_year = 12;

Status positive(double value, const char* name) {
    if (value > 0 && std::isfinite(value)) return {};
    return fail_field(ErrorKind::invalid, name, "{} should be above 0, not {}", name, value);
}

Status check(const LoanTerms& terms) {
    if (!(terms.annual_rate >= 0 && terms.annual_rate < 1))
        return fail_field(ErrorKind::invalid, "annual_rate", "a rate is a fraction from 0 to 1, not {}: write 0.065 for 6.5 %",
                          terms.annual_rate);
    if (terms.amortization_months < 0 || terms.amortization_months > 1200)
        return fail_field(ErrorKind::invalid, "amortization_months", "a loan is paid back over 0 to 1,200 months, not {}",
                          terms.amortization_months);
    if (terms.annual_rate == 0 && terms.amortization_months == 0)
        return fail_field(ErrorKind::invalid, "annual_rate", "a loan without interest and without amortization costs nothing");
    return {};
}

}  // namespace

double value_at(double net_operating_income, double cap_rate) { return net_operating_income / cap_rate; }

double loan_constant(const LoanTerms& terms) {
    double rate = terms.annual_rate / months_of_year;
    if (terms.amortization_months == 0) return terms.annual_rate;
    if (rate == 0) return static_cast<double>(months_of_year) / terms.amortization_months;
    return months_of_year * rate / -std::expm1(-terms.amortization_months * std::log1p(rate));
}

double balance_after(const LoanTerms& terms, int months) {
    if (terms.amortization_months == 0) return 1;
    if (months >= terms.amortization_months) return 0;
    double rate = terms.annual_rate / months_of_year, payment = loan_constant(terms) / months_of_year;
    if (rate == 0) return 1 - payment * months;
    double grown = std::exp(months * std::log1p(rate));
    return grown - payment * (grown - 1) / rate;
}

Result<LoanSizing> size_loan(double net_operating_income, double value, const LoanTerms& terms, const LendingTests& tests) {
    TRY_VOID(check(terms));
    TRY_VOID(positive(net_operating_income, "net_operating_income"));
    TRY_VOID(positive(value, "value"));
    TRY_VOID(positive(tests.debt_service_coverage_min, "debt_service_coverage_min"));
    TRY_VOID(positive(tests.debt_yield_min, "debt_yield_min"));
    TRY_VOID(positive(tests.loan_to_value_max, "loan_to_value_max"));
    LoanSizing sizing{net_operating_income / tests.debt_service_coverage_min / loan_constant(terms),
                      net_operating_income / tests.debt_yield_min, value * tests.loan_to_value_max, 0, "debt_service_coverage"};
    sizing.loan = sizing.by_coverage;
    if (sizing.by_debt_yield < sizing.loan) sizing.loan = sizing.by_debt_yield, sizing.binding = "debt_yield";
    if (sizing.by_value < sizing.loan) sizing.loan = sizing.by_value, sizing.binding = "loan_to_value";
    return sizing;
}

Result<Underwriting> underwrite(const OperatingYear& year, double value, double loan, const LoanTerms& terms) {
    TRY_VOID(check(terms));
    TRY_VOID(positive(year.potential_gross_income, "potential_gross_income"));
    TRY_VOID(positive(value, "value"));
    if (!(year.vacancy >= 0 && year.vacancy <= 1))
        return fail_field(ErrorKind::invalid, "vacancy", "vacancy is a share from 0 to 1, not {}: write 0.05 for 5 %", year.vacancy);
    if (!(loan >= 0 && loan < value))
        return fail_field(ErrorKind::invalid, "loan", "a loan lies between 0 and the value of {}, not {}", value, loan);
    double income = year.net_operating_income(), service = loan * loan_constant(terms);
    Underwriting made{.value = value, .loan = loan, .annual_debt_service = service};
    made.debt_service_coverage = loan == 0 ? INFINITY : income / service;
    made.debt_yield = loan == 0 ? INFINITY : income / loan;
    made.loan_to_value = loan / value;
    made.break_even_occupancy = (year.operating_expenses + service - year.other_income) / year.potential_gross_income;
    made.cash_on_cash = (income - service) / (value - loan);
    return made;
}

}  // namespace quoin
