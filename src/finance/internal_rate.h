#pragma once

#include <span>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"

namespace quoin {

/// Money at a moment: negative is paid, positive received. USD.
struct CashFlow {
    EventTime at;
    double amount = 0;
};

/// How days become years: actual / 365, as spreadsheets' XNPV and XIRR have it, or the mean Gregorian year.
enum class DayCount { actual_365, actual_36525 };

/// Σ amount · (1 + rate)^(−years since the first flow). Precondition: rate > −1.
double net_present_value(std::span<const CashFlow> flows, double rate, DayCount days = DayCount::actual_365);

/// The rates at which the net present value is 0: every one in (−0.9999, 10], ascending.
struct InternalRates {
    std::vector<double> roots;
    std::size_t sign_changes = 0;  ///< of the flows in time: Descartes' bound on the roots above −1
    /// The only root. Several or none have no rate of return that means anything: see `roots`.
    bool is_unique() const { return roots.size() == 1; }
};

/// Flows in any order; those of one moment are added up. Roots are bracketed on a grid of log(1 + rate) finer than two roots of such flows
/// are told apart in practice (1/512), and refined by bisection to 1e-12. Error: invalid, for fewer than two moments, an amount that is not
/// finite, or amounts of one sign (no rate can balance them; says which sign).
Result<InternalRates> internal_rates(std::vector<CashFlow> flows, DayCount days = DayCount::actual_365);

}  // namespace quoin
