#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/rng.h"

namespace quoin {

/// What a lead is when it comes in; all of it but the intent can be seen in its events.
struct LeadTraits {
    std::size_t source = 0, financing = 0, property_type = 0, market = 0;
    double property_value_usd = 0;
    double asking_discount = 0;  ///< how far the asking price lies under the value, as a share of it
    double log_velocity = 0;     ///< of the market in the month it came in, over velocity_typical
    double intent = 0;           ///< standard normal within ±2.5; seen only in what the lead does
};

constexpr std::array<std::string_view, 6> lead_sources = {"referral", "repeat_client", "direct_mail",
                                                          "web_form", "cold_call",     "open_house"};
constexpr std::array<std::string_view, 6> lead_financings = {"cash", "conventional", "government", "hard_money", "seller", "unknown"};
constexpr std::array<std::string_view, 4> lead_property_types = {"single_family", "townhouse", "condo", "multifamily"};
constexpr std::array<std::string_view, 4> lead_markets = {"atlanta_msa", "dallas_msa", "phoenix_msa", "columbus_msa"};
constexpr double velocity_typical = 0.35;  ///< sales of a month over active listings
constexpr int lead_stages_open = 4;        ///< after "new": contacted, qualified, negotiating, under_contract

/// How a lead ends, and when it reaches which stage before: the truth of the simulation.
struct LeadFate {
    bool converts = false;
    double days = 0;                 ///< from creation to the closing, or until the lead is lost
    std::vector<double> stage_days;  ///< when it reaches each open stage, ascending, all below `days`; at most lead_stages_open
};

/// What can be seen of a lead at an age: everything that tells something about how it will end.
struct LeadEvidence {
    double age_days = 0;
    int stages = 0;                    ///< open stages reached so far
    int strong = 0, weak = 0;          ///< interactions: meetings, visits, calls and replies; forms, documents and pages
    int reached = 0, not_reached = 0;  ///< attempts to contact it
};

/// The law of the simulated leads, the same for all seeds (docs/guides/simulated-market.md).
///   conversion        log-odds linear in the traits
///   days to close     log-normal, its median log-linear in financing, market and property type
///   days until lost   log-normal
///   stages            a converting lead passes all four, one that is lost 0 to 4; at sorted uniform moments before the end
///   interactions      Poisson, rate and kind by the intent; contacts reach the lead with a probability by the intent
class LeadProcess {
public:
    static LeadTraits draw_traits(Rng& rng);  ///< all but log_velocity, which the market has
    static LeadFate draw_fate(const LeadTraits& traits, Rng& rng);
    static LeadFate fate_of(bool converts, double days, Rng& rng);  ///< with stages drawn

    static double conversion_probability(const LeadTraits& traits);  ///< of ever becoming a deal, with the intent known
    static double log_median_days_to_close(const LeadTraits& traits);
    static double interactions_per_day(double intent);
    static double strong_share(double intent);  ///< of the interactions
    static double reach_probability(double intent);

    /// What the best observer of everything but the intent can know of an open lead, by Bayes' rule: the intent is integrated out on 61
    /// points, the days to the end on 160.
    struct Forecast {
        double probability = 0;    ///< that it closes within `horizon_days`
        double lost = 0;           ///< that it is lost within `horizon_days`
        double log_days_mean = 0;  ///< E[log days from now to the closing], if it closes within `horizon_days_long`
    };
    static Forecast forecast(const LeadTraits& traits, const LeadEvidence& seen, double horizon_days, double horizon_days_long);
};

}  // namespace quoin
