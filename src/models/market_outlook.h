#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "models/market_index.h"

namespace quoin {

/// How a market is foreseen to go on after the last day of its index, on the model's scale (log dollars), in months of 365.25 ÷ 12 days.
struct MarketOutlook {
    double last_day = 0;            ///< days since 1970-01-01
    std::vector<double> change;     ///< index one, two, … months later, less that of the last day
    std::vector<double> deviation;  ///< standard deviation of each
    std::string form;               ///< what foresaw it, in words

    static constexpr double month_days = 365.25 / 12;
    /// Between the months on straight lines; 0 up to the last day, and after the last month as in it. NaN: as of the last day.
    double change_at(double day) const { return between(change, day); }
    double deviation_at(double day) const { return between(deviation, day); }

private:
    double between(const std::vector<double>& months, double day) const;
};

boost::json::object to_json(const MarketOutlook& outlook);
/// Error: corrupt.
Result<MarketOutlook> market_outlook_from_json(const boost::json::value& value);

}  // namespace quoin
