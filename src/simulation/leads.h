#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"
#include "simulation/activity.h"
#include "table/table.h"

namespace quoin {

namespace limits {
constexpr std::size_t simulated_leads_max = 1'000'000;
constexpr int simulated_lead_days_min = 400, simulated_lead_days_max = 3650;
}  // namespace limits

struct LeadOptions {
    std::uint64_t seed = 20260101;
    std::size_t leads = 3000;  ///< lead_1 … lead_<leads>, created evenly over `days`; lead_abc123 comes on top
    int days = 900;            ///< up to `end`
    EventTime end;
};

/// Leads that never were: their funnels as events, the moments at which they were looked at, and the truth behind both. The law is
/// LeadProcess; the demo and the tests learn from it and are judged by it.
struct SimulatedLeads {
    /// Up to `end`, oldest first: lead.created, lead.interaction, lead.contacted, lead.stage_changed, lead.converted; for each lead's
    /// property property.characteristics and property.valued; for each market and month market.observed.
    std::vector<SimulatedEvent> events;
    /// One row per lead and moment, at most three a lead, at ages of 1 to 120 days while the lead was open; none in the first 180 days,
    /// when sources have no results yet, or in the last 90, whose outcome is not known. Columns: lead_id, observed_at, converted_90d (1:
    /// closed within 90 days of the moment), lost_90d (1: lost within them), days_to_close (to the closing if that is within 180 days and
    /// those were over by `end`; else missing), days_observed and outcome ("closed", "lost", "open"): how long the lead was followed from
    /// the moment on, and why it ended.
    Table moments;
    /// Row for row with moments: lead_id, observed_at, probability_90d, lost_probability_90d and log_days (LeadProcess::forecast: what
    /// nobody can beat who sees the events), intent, probability_ever (with the intent known).
    Table truth;
    /// Leads that are open at `end`, sorted; lead_abc123 among them.
    std::vector<std::string> open;
};

/// Same options, same leads. Error: invalid, for leads or days outside their limits.
Result<SimulatedLeads> simulate_leads(const LeadOptions& options);

}  // namespace quoin
