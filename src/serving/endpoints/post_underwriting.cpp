#include <boost/json.hpp>
#include <cmath>
#include <optional>

#include "finance/internal_rate.h"
#include "finance/underwriting.h"
#include "serving/endpoint.h"
#include "serving/json_body.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t flows_max = 2000;
constexpr int months_max = 1200;

/// Reads one object and refuses what it was not asked for.
class Members {
public:
    Members(const json::object& object, std::string place) : object_(object), place_(std::move(place)) {}

    Status number(const char* key, double& out) {
        const auto* value = part(key);
        if (value == nullptr) return {};
        if (!value->is_number()) return fail_field(ErrorKind::invalid, place_ + "/" + key, "{} should be a number", key);
        out = value->to_number<double>();
        return {};
    }
    const json::value* part(const char* key) {
        const auto* value = object_.if_contains(key);
        known_ += value != nullptr ? 1 : 0;
        return value;
    }
    Status nothing_else(const char* known) const {
        if (known_ == object_.size()) return {};
        return fail_field(ErrorKind::invalid, place_, "there is an unknown member; known are {}", known);
    }

private:
    const json::object& object_;
    std::string place_;
    std::size_t known_ = 0;
};

Result<const json::object*> object_at(const json::value* value, const char* key) {
    if (const auto* object = value->if_object()) return object;
    return fail_field(ErrorKind::invalid, std::string("/") + key, "{} should be an object", key);
}

Status read(const json::object& body, LoanTerms& terms) {
    Members members(body, "/loan");
    double months = terms.amortization_months;
    TRY_VOID(members.number("annual_rate", terms.annual_rate));
    TRY_VOID(members.number("amortization_months", months));
    if (!(months >= 0 && months <= months_max) || months != std::floor(months))
        return fail_field(ErrorKind::invalid, "/loan/amortization_months", "a loan is paid back over 0 to {} whole months", months_max);
    terms.amortization_months = static_cast<int>(months);
    return members.nothing_else("annual_rate, amortization_months");
}

Status read(const json::object& body, LendingTests& tests) {
    Members members(body, "/tests");
    TRY_VOID(members.number("debt_service_coverage_min", tests.debt_service_coverage_min));
    TRY_VOID(members.number("debt_yield_min", tests.debt_yield_min));
    TRY_VOID(members.number("loan_to_value_max", tests.loan_to_value_max));
    return members.nothing_else("debt_service_coverage_min, debt_yield_min, loan_to_value_max");
}

Result<std::vector<CashFlow>> read_flows(const json::value& value) {
    const auto* list = value.if_array();
    if (list == nullptr || list->size() > flows_max)
        return fail_field(ErrorKind::invalid, "/cash_flows", "cash_flows should be a list of at most {}", flows_max);
    std::vector<CashFlow> flows;
    for (std::size_t i = 0; i < list->size(); ++i) {
        auto place = fmt::format("/cash_flows/{}", i);
        const auto* flow = (*list)[i].if_object();
        const auto* date = flow == nullptr ? nullptr : flow->if_contains("date");
        const auto* amount = flow == nullptr ? nullptr : flow->if_contains("amount");
        if (date == nullptr || !date->is_string() || amount == nullptr || !amount->is_number())
            return fail_field(ErrorKind::invalid, place, "a cash flow has a date and an amount");
        auto at = parse_time(std::string_view(date->get_string()));
        if (!at) return fail_field(ErrorKind::invalid, place + "/date", "{}", at.error().message);
        flows.push_back({*at, amount->to_number<double>()});
    }
    return flows;
}

/// What is asked: a year, what it is worth, the loan and the flows of an investment.
struct Question {
    OperatingYear year;
    double cap_rate = 0, value = 0;
    LoanTerms terms{.annual_rate = 0.065};
    LendingTests tests;
    std::optional<std::vector<CashFlow>> flows;
};

Result<Question> read_question(const json::object& body) {
    Members members(body, "");
    Question asked;
    TRY_VOID(members.number("potential_gross_income", asked.year.potential_gross_income));
    TRY_VOID(members.number("other_income", asked.year.other_income));
    TRY_VOID(members.number("vacancy", asked.year.vacancy));
    TRY_VOID(members.number("operating_expenses", asked.year.operating_expenses));
    TRY_VOID(members.number("cap_rate", asked.cap_rate));
    TRY_VOID(members.number("value", asked.value));
    if (const auto* loan = members.part("loan")) {
        TRY(object, object_at(loan, "loan"));
        TRY_VOID(read(*object, asked.terms));
    }
    if (const auto* tests = members.part("tests")) {
        TRY(object, object_at(tests, "tests"));
        TRY_VOID(read(*object, asked.tests));
    }
    if (const auto* flows = members.part("cash_flows")) {
        TRY(read, read_flows(*flows));
        asked.flows = std::move(read);
    }
    TRY_VOID(members.nothing_else("potential_gross_income, other_income, vacancy, operating_expenses, cap_rate, value, loan, tests, "
                                  "cash_flows"));
    if (asked.value != 0 && asked.cap_rate != 0)
        return fail_field(ErrorKind::invalid, "/value", "give the value or the cap_rate that makes it, not both");
    if (asked.value == 0 && !(asked.cap_rate > 0 && asked.cap_rate <= 0.5))
        return fail_field(ErrorKind::invalid, "/cap_rate", "a cap rate is a fraction from 0 to 0.5, not {}: write 0.065 for 6.5 %",
                          asked.cap_rate);
    return asked;
}

json::object returns_of(const InternalRates& rates, const std::vector<CashFlow>& flows) {
    double paid = 0, received = 0;
    for (const auto& flow : flows) (flow.amount < 0 ? paid : received) += std::abs(flow.amount);
    return {{"irr", rates.is_unique() ? json::value(rates.roots[0]) : json::value(nullptr)},
            {"all_roots", json::value_from(rates.roots)},
            {"sign_changes", rates.sign_changes},
            {"equity_multiple", received / paid}};
}

Result<Response> post(const Request& request, Service&) {
    TRY(body, json_body(request));
    if (!body.is_object()) return fail(ErrorKind::invalid, "the body should be an object");
    TRY(asked, read_question(body.get_object()));
    double income = asked.year.net_operating_income();
    double value = asked.value != 0 ? asked.value : value_at(income, asked.cap_rate);
    TRY(sizing, size_loan(income, value, asked.terms, asked.tests));
    TRY(made, underwrite(asked.year, value, sizing.loan, asked.terms));
    json::object answer{
        {"effective_gross_income", asked.year.effective_gross_income()},
        {"net_operating_income", income},
        {"operating_expense_ratio", asked.year.operating_expense_ratio()},
        {"value", value},
        {"cap_rate", income / value},
        {"loan", made.loan},
        {"loan_limits",
         {{"debt_service_coverage", sizing.by_coverage}, {"debt_yield", sizing.by_debt_yield}, {"loan_to_value", sizing.by_value}}},
        {"binding_test", sizing.binding},
        {"annual_debt_service", made.annual_debt_service},
        {"debt_service_coverage", made.debt_service_coverage},
        {"debt_yield", made.debt_yield},
        {"loan_to_value", made.loan_to_value},
        {"break_even_occupancy", made.break_even_occupancy},
        {"cash_on_cash", made.cash_on_cash}};
    if (asked.flows) {
        TRY(rates, internal_rates(*asked.flows));
        answer["returns"] = returns_of(rates, *asked.flows);
    }
    return json_response(answer);
}

}  // namespace

EndpointEntry post_underwriting() {
    return {
        .method = "POST",
        .path = "/v1/finance/underwriting",
        .tag = "Finance",
        .summary = "Income, value, loan and returns of a commercial property",
        .description =
            "Net operating income of a year, value at a cap rate, the largest loan that passes the debt service coverage, debt yield and "
            "loan to value tests, and the ratios with it. With `cash_flows` also the internal rate of return (actual/365; null where there "
            "is none or several, which `all_roots` lists) and the equity multiple. Rates and shares are fractions, money is USD a year.",
        .request_schema = R"({"type": "object", "additionalProperties": false,
            "required": ["potential_gross_income", "operating_expenses"], "properties": {
            "potential_gross_income": {"type": "number", "exclusiveMinimum": 0}, "other_income": {"type": "number", "default": 0},
            "vacancy": {"type": "number", "minimum": 0, "maximum": 1, "default": 0}, "operating_expenses": {"type": "number"},
            "cap_rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.5}, "value": {"type": "number", "exclusiveMinimum": 0},
            "loan": {"type": "object", "properties": {"annual_rate": {"type": "number", "default": 0.065},
                "amortization_months": {"type": "integer", "minimum": 0, "maximum": 1200, "default": 360}}},
            "tests": {"type": "object", "properties": {"debt_service_coverage_min": {"type": "number", "default": 1.25},
                "debt_yield_min": {"type": "number", "default": 0.09}, "loan_to_value_max": {"type": "number", "default": 0.75}}},
            "cash_flows": {"type": "array", "maxItems": 2000, "items": {"type": "object", "required": ["date", "amount"],
                "properties": {"date": {"type": "string"}, "amount": {"type": "number"}}}}}})",
        .request_example = R"({"potential_gross_income": 1000000, "other_income": 20000, "vacancy": 0.05, "operating_expenses": 370000,
            "cap_rate": 0.06, "loan": {"annual_rate": 0.06, "amortization_months": 360},
            "cash_flows": [{"date": "2026-01-01", "amount": -3333333}, {"date": "2027-01-01", "amount": 120000},
                           {"date": "2028-01-01", "amount": 4000000}]})",
        .response_schema = R"({"type": "object", "required": ["net_operating_income", "value", "loan", "binding_test"]})",
        .answer = post,
    };
}

}  // namespace quoin
