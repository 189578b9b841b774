#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/event_time.h"
#include "base/rng.h"
#include "simulation/metro.h"

namespace quoin {

constexpr std::array<std::string_view, 5> commercial_type_names = {"multifamily", "office", "retail", "industrial", "hospitality"};
constexpr std::size_t commercial_type_count = commercial_type_names.size();

/// The money and the markets that commercial property lives in, month by month: rates of the nation, rents of each metro, net operating
/// income of each metro and type. Months are numbered from 0, the oldest.
class CommercialEconomy {
public:
    /// `months` up to and with the month that `end` lies in.
    CommercialEconomy(std::size_t months, EventTime end, Rng rng);

    std::size_t months() const { return treasury_10y_.size(); }
    EventTime day(std::size_t month) const;                                        ///< the month's first
    double treasury_10y(std::size_t month) const { return treasury_10y_[month]; }  ///< yield, a fraction: 0.04
    double mortgage_spread(std::size_t month) const { return spread_[month]; }     ///< of commercial mortgages over it, a fraction
    double rent_growth(std::size_t metro, std::size_t month) const { return rent_growth_[metro][month]; }  ///< a year, a fraction
    /// Log net operating income of a typical property of a segment against month 0, with its season.
    double log_income(std::size_t metro, std::size_t type, std::size_t month) const { return log_income_[metro][type][month]; }
    /// The cap rate of a typical property of a segment.
    double typical_cap_rate(std::size_t metro, std::size_t type, std::size_t month) const;

private:
    void draw_rates(std::size_t months, Rng& rng);
    void draw_metro(std::size_t metro, Rng rng);

    int first_year_;
    unsigned first_month_;
    std::vector<double> treasury_10y_, spread_;
    std::array<std::vector<double>, metro_count> rent_growth_;
    std::array<std::array<std::vector<double>, commercial_type_count>, metro_count> log_income_;
};

}  // namespace quoin
