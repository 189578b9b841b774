#include "learning/series/prophet_plan.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace quoin {
namespace {

constexpr std::size_t rows_max = 2'000'000, columns_max = 2'000;
constexpr std::int64_t day_us = 86'400'000'000;

Status check(const ProphetOptions& options) {
    if (!(options.changepoint_prior_scale > 0) || !(options.season_prior_scale > 0))
        return fail(ErrorKind::invalid, "prior scales must be positive");
    if (!(options.changepoint_range >= 0 && options.changepoint_range <= 1))
        return fail(ErrorKind::invalid, "the changepoint range is {}; give a share from 0 to 1", options.changepoint_range);
    std::set<std::string> names;
    auto is_new = [&](const std::string& name) { return !name.empty() && names.insert(name).second; };
    for (const auto& season : options.terms.seasons)
        if (!is_new(season.name) || !(season.period_days > 0) || season.order == 0 || !(season.prior_scale > 0))
            return fail(ErrorKind::invalid, "season '{}': name it once, with a positive period, order and prior scale", season.name);
    for (const auto& holiday : options.terms.holidays)
        if (!is_new(holiday.name) || holiday.lower_window < -60 || holiday.lower_window > 0 || holiday.upper_window < 0 ||
            holiday.upper_window > 60 || !(holiday.prior_scale > 0))
            return fail(ErrorKind::invalid, "holiday '{}': name it once, with a window within 60 days and a positive prior scale",
                        holiday.name);
    for (const auto& regressor : options.terms.regressors)
        if (!is_new(regressor.name) || !(regressor.prior_scale > 0))
            return fail(ErrorKind::invalid, "regressor '{}': name it once, with a positive prior scale", regressor.name);
    return {};
}

/// The observed rows.
struct Observed {
    std::vector<EventTime> times;
    std::vector<double> values, capacities, floors;
    Matrix regressors;
};

Result<Observed> observed(const Series& series, const ProphetOptions& options, const ProphetHistory& history) {
    std::size_t rows = series.size(), regressors = options.terms.regressors.size();
    bool is_logistic = options.growth == ProphetGrowth::logistic;
    if (is_logistic && history.capacities.size() != rows)
        return fail(ErrorKind::invalid, "a logistic trend needs a capacity for each of {} rows; {} are given", rows,
                    history.capacities.size());
    if (!history.floors.empty() && (!is_logistic || history.floors.size() != rows))
        return fail(ErrorKind::invalid, "floors belong to a logistic trend, one for each of {} rows", rows);
    if (regressors > 0 && (history.regressors.rows() != rows || history.regressors.columns() != regressors))
        return fail(ErrorKind::invalid, "{} regressors need {} × {} values; {} × {} are given", regressors, rows, regressors,
                    history.regressors.rows(), history.regressors.columns());
    Observed result;
    std::vector<std::size_t> kept;
    for (std::size_t row = 0; row < rows; ++row) {
        if (std::isnan(series.values()[row])) continue;
        kept.push_back(row);
        result.times.push_back(series.times()[row]);
        result.values.push_back(series.values()[row]);
        if (!history.floors.empty()) result.floors.push_back(history.floors[row]);
        if (!is_logistic) continue;
        double floor = history.floors.empty() ? 0 : history.floors[row];
        if (!(history.capacities[row] > floor) || !std::isfinite(history.capacities[row]) || !std::isfinite(floor))
            return fail(ErrorKind::invalid, "the capacity {} of row {} is not above the floor {}", history.capacities[row], row + 1, floor);
        result.capacities.push_back(history.capacities[row]);
    }
    if (regressors > 0) result.regressors = history.regressors.take(kept);
    for (double value : result.regressors.values())
        if (!std::isfinite(value)) return fail(ErrorKind::invalid, "a regressor is missing or not finite; fill it, or leave its row out");
    if (kept.size() > rows_max)
        return fail(ErrorKind::too_large, "{} rows, {} is the limit; aggregate the series first", kept.size(), rows_max);
    return result;
}

void add_built_in_seasons(const Observed& rows, const ProphetOptions& options, ProphetTerms& terms) {
    std::int64_t span = rows.times.back().value() - rows.times.front().value(), shortest = span;
    for (std::size_t i = 1; i < rows.times.size(); ++i) shortest = std::min(shortest, rows.times[i].value() - rows.times[i - 1].value());
    auto add = [&](const ProphetSeason& season, std::optional<std::size_t> order, bool is_known) {
        bool is_own = std::ranges::any_of(options.terms.seasons, [&](const ProphetSeason& own) { return own.name == season.name; });
        if (is_own) return;
        std::size_t used = order ? *order : is_known ? season.order : 0;
        if (used == 0) return;
        terms.seasons.push_back({season.name, season.period_days, used, options.season_prior_scale, options.is_multiplicative});
    };
    add({"yearly", 365.25, 10}, options.yearly_order, span >= 730 * day_us);
    add({"weekly", 7, 3}, options.weekly_order, span >= 14 * day_us && shortest < 7 * day_us);
    add({"daily", 1, 4}, options.daily_order, span >= 2 * day_us && shortest < day_us);
}

void standardise(const Matrix& regressors, std::vector<ProphetRegressor>& terms) {
    for (std::size_t j = 0; j < terms.size(); ++j) {
        std::vector<double> values = regressors.column(j);
        std::set<double> distinct;
        for (double value : values)
            if (distinct.size() < 3) distinct.insert(value);
        bool is_flag = distinct == std::set<double>{0, 1};
        terms[j].mean = 0;
        terms[j].deviation = 1;
        if (!terms[j].is_standardised || distinct.size() < 2 || is_flag) continue;
        double n = static_cast<double>(values.size()), sum = 0, squares = 0;
        for (double value : values) sum += value;
        for (double value : values) squares += (value - sum / n) * (value - sum / n);
        terms[j].mean = sum / n;
        terms[j].deviation = std::sqrt(squares / (n - 1));
    }
}

void set_scales(const Observed& rows, const ProphetOptions& options, ProphetModel& model) {
    double largest = 0, least = rows.values[0], greatest = rows.values[0];
    for (std::size_t i = 0; i < rows.values.size(); ++i) {
        double floor = rows.floors.empty() ? 0 : rows.floors[i];
        largest = std::max(largest, std::abs(rows.values[i] - floor));
        least = std::min(least, rows.values[i]);
        greatest = std::max(greatest, rows.values[i]);
    }
    bool is_minmax = options.scaling == ProphetOptions::Scaling::minmax;
    if (is_minmax && !rows.floors.empty()) {
        least = *std::ranges::min_element(rows.floors);
        greatest = *std::ranges::max_element(rows.capacities);
    }
    model.floor = is_minmax && rows.floors.empty() ? least : 0;
    model.scale = is_minmax ? greatest - least : largest;
    if (model.scale == 0) model.scale = 1;
    model.start = rows.times.front();
    model.span_us = static_cast<double>(rows.times.back().value() - rows.times.front().value());
}

/// On the scaled axis. Automatic ones stand at rows of the history, evenly through its first part.
Result<std::vector<double>> changepoints(const Observed& rows, const ProphetOptions& options, const ProphetModel& model) {
    std::vector<double> result;
    auto scaled = [&](EventTime time) { return static_cast<double>(time.value() - model.start.value()) / model.span_us; };
    if (options.changepoints) {
        for (EventTime time : *options.changepoints) {
            if (time < rows.times.front() || time > rows.times.back())
                return fail(ErrorKind::invalid, "the changepoint {} lies outside the history", to_text(time));
            result.push_back(scaled(time));
        }
        std::ranges::sort(result);
        return result;
    }
    auto size = static_cast<std::size_t>(std::floor(static_cast<double>(rows.times.size()) * options.changepoint_range));
    std::size_t count = options.changepoint_count + 1 > size ? (size > 0 ? size - 1 : 0) : options.changepoint_count;
    for (std::size_t i = 1; i <= count; ++i) {
        double place = static_cast<double>(i) * (static_cast<double>(size - 1) / static_cast<double>(count));
        result.push_back(scaled(rows.times[static_cast<std::size_t>(std::nearbyint(place))]));  // to even, as NumPy rounds
    }
    return result;
}

}  // namespace

Result<ProphetPlan> plan_prophet(const Series& series, const ProphetOptions& options, const ProphetHistory& history) {
    TRY_VOID(check(options));
    TRY(rows, observed(series, options, history));
    ProphetPlan plan;
    ProphetModel& model = plan.model;
    ProphetData& data = plan.data;
    model.terms = options.terms;
    add_built_in_seasons(rows, options, model.terms);
    standardise(rows.regressors, model.terms.regressors);
    set_scales(rows, options, model);
    TRY(found, changepoints(rows, options, model));
    plan.has_dummy_changepoint = found.empty();
    data.changepoints = found.empty() ? std::vector<double>{0} : std::move(found);
    data.growth = options.growth;
    data.changepoint_prior_scale = options.changepoint_prior_scale;
    ProphetDesign design(model.terms);
    if (design.columns() > columns_max) return fail(ErrorKind::too_large, "{} columns, {} is the limit", design.columns(), columns_max);
    data.features = Matrix(rows.times.size(), design.columns());
    std::vector<double> none;
    for (std::size_t i = 0; i < rows.times.size(); ++i) {
        double floor = rows.floors.empty() ? model.floor : rows.floors[i];
        data.times.push_back(static_cast<double>(rows.times[i].value() - model.start.value()) / model.span_us);
        data.values.push_back((rows.values[i] - floor) / model.scale);
        if (!rows.capacities.empty()) data.capacities.push_back((rows.capacities[i] - floor) / model.scale);
        design.row(rows.times[i], rows.regressors.rows() ? rows.regressors.row(i) : none, data.features.row(i));
    }
    for (const ProphetComponent& component : design.components()) {
        data.prior_scales.insert(data.prior_scales.end(), component.columns, component.prior_scale);
        data.is_multiplicative.insert(data.is_multiplicative.end(), component.columns, component.is_multiplicative);
    }
    bool is_flat = std::ranges::all_of(rows.values, [&](double value) { return value == rows.values[0]; });
    plan.is_constant = is_flat && options.growth != ProphetGrowth::logistic;
    return plan;
}

ProphetPoint starting_point(const ProphetData& data) {
    ProphetPoint point;
    point.values.assign(2 + data.changepoints.size() + data.features.columns(), 0.0);
    double &rate = point.values[0], &offset = point.values[1], first = data.values.front(), last = data.values.back();
    double span = data.times.back() - data.times.front();
    if (data.growth == ProphetGrowth::linear) {
        rate = (last - first) / span;
        offset = first - rate * data.times.front();
    } else if (data.growth == ProphetGrowth::flat) {
        for (double value : data.values) offset += value / static_cast<double>(data.values.size());
    } else {
        auto inside = [](double value, double capacity) { return capacity / std::clamp(value, 0.01 * capacity, 0.99 * capacity); };
        double from = inside(first, data.capacities.front()), to = inside(last, data.capacities.back());
        if (std::abs(from - to) <= 0.01) from *= 1.05;
        double low = std::log(from - 1), high = std::log(to - 1);
        offset = low * span / (low - high);
        rate = (low - high) / span;
    }
    return point;
}

}  // namespace quoin
