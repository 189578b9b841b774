#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/event_time.h"

namespace quoin {

/// A periodic term: `order` pairs of sine and cosine of the days since 1970.
struct ProphetSeason {
    std::string name;
    double period_days = 365.25;
    std::size_t order = 10;
    double prior_scale = 10;
    bool is_multiplicative = false;
};

/// Days that move the series, with an effect for each day of the window around them (−1: the day before).
struct ProphetHoliday {
    std::string name;
    std::vector<EventTime> days;  ///< any moment of the day (UTC); future ones too, if forecasts shall see them
    int lower_window = 0;         ///< −60 to 0 days
    int upper_window = 0;         ///< 0 to 60 days
    double prior_scale = 10;
    bool is_multiplicative = false;
};

/// A column that the caller knows for history and future.
struct ProphetRegressor {
    std::string name;
    double prior_scale = 10;
    bool is_multiplicative = false;
    bool is_standardised = true;     ///< unless its values in the history are only 0 and 1, or all the same
    double mean = 0, deviation = 1;  ///< of the history, set by the fit
};

struct ProphetTerms {
    std::vector<ProphetSeason> seasons;
    std::vector<ProphetHoliday> holidays;
    std::vector<ProphetRegressor> regressors;
};

/// One named part of a forecast: the columns [first, first + columns) of the design.
struct ProphetComponent {
    std::string name;
    std::size_t first, columns;
    double prior_scale;
    bool is_multiplicative;
};

/// The columns of Prophet's linear part: seasons, then holidays, then regressors. Immutable, thread-safe.
class ProphetDesign {
public:
    explicit ProphetDesign(const ProphetTerms& terms);

    std::size_t columns() const { return columns_; }
    std::span<const ProphetComponent> components() const { return components_; }
    /// The row of a moment; `regressors` in their own unit, one for each. out: columns().
    void row(EventTime time, std::span<const double> regressors, std::span<double> out) const;

private:
    ProphetTerms terms_;
    std::vector<ProphetComponent> components_;
    std::map<std::int64_t, std::vector<std::size_t>> holiday_columns_;  ///< by day since 1970
    std::size_t columns_ = 0, first_regressor_ = 0;
};

}  // namespace quoin
