#include "finance/internal_rate.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

constexpr double log_lower = -9.21, log_upper = 2.397895272798371;  ///< of 1 + rate: 0.0001 to 11
constexpr std::size_t grid_steps = 5945;                            ///< 1/512 each
constexpr int bisections_max = 80;
constexpr double day_us = 86'400e6;

double years_between(EventTime from, EventTime to, DayCount days) {
    double length = days == DayCount::actual_365 ? 365 : 365.25;
    return static_cast<double>(to.value() - from.value()) / day_us / length;
}

/// Amounts by years since the first, ascending, each moment once.
struct Schedule {
    std::vector<double> years, amounts;

    /// Net present value at log(1 + rate) = x.
    double value(double x) const {
        double sum = 0;
        for (std::size_t i = 0; i < years.size(); ++i) sum += amounts[i] * std::exp(-x * years[i]);
        return sum;
    }
};

Schedule schedule_of(std::vector<CashFlow> flows, DayCount days) {
    std::ranges::stable_sort(flows, {}, &CashFlow::at);
    Schedule schedule;
    for (const auto& flow : flows) {
        double years = years_between(flows.front().at, flow.at, days);
        if (!schedule.years.empty() && schedule.years.back() == years) schedule.amounts.back() += flow.amount;
        else schedule.years.push_back(years), schedule.amounts.push_back(flow.amount);
    }
    return schedule;
}

std::size_t sign_changes_of(const Schedule& schedule) {
    std::size_t changes = 0;
    double last = 0;
    for (double amount : schedule.amounts) {
        if (amount == 0) continue;
        changes += last * amount < 0 ? 1 : 0;
        last = amount;
    }
    return changes;
}

double bisected(const Schedule& schedule, double lower, double upper) {
    bool rises = schedule.value(lower) < 0;
    for (int step = 0; step < bisections_max && upper - lower > 1e-14; ++step) {
        double middle = (lower + upper) / 2;
        if ((schedule.value(middle) < 0) == rises) lower = middle;
        else upper = middle;
    }
    return std::expm1((lower + upper) / 2);
}

}  // namespace

double net_present_value(std::span<const CashFlow> flows, double rate, DayCount days) {
    if (flows.empty()) return 0;
    auto schedule = schedule_of({flows.begin(), flows.end()}, days);
    return schedule.value(std::log1p(rate));
}

Result<InternalRates> internal_rates(std::vector<CashFlow> flows, DayCount days) {
    for (std::size_t i = 0; i < flows.size(); ++i)
        if (!std::isfinite(flows[i].amount)) return fail(ErrorKind::invalid, "cash flow {} is not finite", i + 1);
    auto schedule = flows.empty() ? Schedule{} : schedule_of(std::move(flows), days);
    if (schedule.years.size() < 2) return fail(ErrorKind::invalid, "a rate of return needs cash flows at two moments or more");
    InternalRates rates{{}, sign_changes_of(schedule)};
    if (rates.sign_changes == 0) {
        bool is_paid = std::ranges::all_of(schedule.amounts, [](double amount) { return amount <= 0; });
        return fail(ErrorKind::invalid, "all cash flows are {}: no rate balances them", is_paid ? "paid" : "received");
    }
    double step = (log_upper - log_lower) / static_cast<double>(grid_steps);
    double before = schedule.value(log_lower);
    for (std::size_t k = 1; k <= grid_steps; ++k) {
        double x = log_lower + step * static_cast<double>(k), here = schedule.value(x);
        if (here == 0) rates.roots.push_back(std::expm1(x));
        else if (before * here < 0) rates.roots.push_back(bisected(schedule, x - step, x));
        before = here;
    }
    return rates;
}

}  // namespace quoin
