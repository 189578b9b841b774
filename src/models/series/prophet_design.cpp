#include "models/series/prophet_design.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

namespace quoin {
namespace {

constexpr std::int64_t day_us = 86'400'000'000;

std::int64_t day_number(EventTime time) { return time.value() / day_us - (time.value() % day_us < 0); }

/// sin and cos of 1, 2, … times an angle, by their recurrence.
void fourier(double turns, std::span<double> out) {
    double angle = 2 * std::numbers::pi * (turns - std::floor(turns));
    double sine = std::sin(angle), cosine = std::cos(angle), s = sine, c = cosine;
    for (std::size_t i = 0; i + 1 < out.size(); i += 2) {
        out[i] = s;
        out[i + 1] = c;
        double next = s * cosine + c * sine;
        c = c * cosine - s * sine;
        s = next;
    }
}

}  // namespace

ProphetDesign::ProphetDesign(const ProphetTerms& terms) : terms_(terms) {
    auto add = [&](const std::string& name, std::size_t columns, double prior_scale, bool is_multiplicative) {
        components_.push_back({name, columns_, columns, prior_scale, is_multiplicative});
        columns_ += columns;
    };
    for (const ProphetSeason& season : terms_.seasons) add(season.name, 2 * season.order, season.prior_scale, season.is_multiplicative);
    for (const ProphetHoliday& holiday : terms_.holidays) {
        for (EventTime day : holiday.days)
            for (int shift = holiday.lower_window; shift <= holiday.upper_window; ++shift) {
                auto& columns = holiday_columns_[day_number(day) + shift];
                std::size_t column = columns_ + static_cast<std::size_t>(shift - holiday.lower_window);
                if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
            }
        add(holiday.name, static_cast<std::size_t>(holiday.upper_window - holiday.lower_window + 1), holiday.prior_scale,
            holiday.is_multiplicative);
    }
    first_regressor_ = columns_;
    for (const ProphetRegressor& regressor : terms_.regressors) add(regressor.name, 1, regressor.prior_scale, regressor.is_multiplicative);
}

void ProphetDesign::row(EventTime time, std::span<const double> regressors, std::span<double> out) const {
    assert(out.size() == columns_ && regressors.size() == terms_.regressors.size());
    std::size_t at = 0;
    for (const ProphetSeason& season : terms_.seasons) {
        fourier(time.days() / season.period_days, out.subspan(at, 2 * season.order));
        at += 2 * season.order;
    }
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(at), out.end(), 0.0);
    if (!holiday_columns_.empty())
        if (auto found = holiday_columns_.find(day_number(time)); found != holiday_columns_.end())
            for (std::size_t column : found->second) out[column] = 1;
    for (std::size_t i = 0; i < regressors.size(); ++i)
        out[first_regressor_ + i] = (regressors[i] - terms_.regressors[i].mean) / terms_.regressors[i].deviation;
}

}  // namespace quoin
