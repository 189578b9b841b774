#include <boost/json.hpp>

#include "models/series/prophet_model.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::size_t order_max = 1'000;
constexpr double days_max = 1e7, window_max = 60;

json::object to_json(const ProphetSeason& season) {
    return {{"name", season.name},
            {"period_days", season.period_days},
            {"order", season.order},
            {"prior_scale", season.prior_scale},
            {"is_multiplicative", season.is_multiplicative}};
}

json::object to_json(const ProphetHoliday& holiday) {
    json::array days;
    for (EventTime day : holiday.days) days.push_back(day.value());
    return {{"name", holiday.name},
            {"days", std::move(days)},
            {"lower_window", holiday.lower_window},
            {"upper_window", holiday.upper_window},
            {"prior_scale", holiday.prior_scale},
            {"is_multiplicative", holiday.is_multiplicative}};
}

json::object to_json(const ProphetRegressor& regressor) {
    return {{"name", regressor.name},
            {"prior_scale", regressor.prior_scale},
            {"is_multiplicative", regressor.is_multiplicative},
            {"is_standardised", regressor.is_standardised},
            {"mean", regressor.mean},
            {"deviation", regressor.deviation}};
}

template <class Term>
json::array array_of(const std::vector<Term>& terms) {
    json::array array;
    for (const Term& term : terms) array.push_back(to_json(term));
    return array;
}

Result<std::string> text(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (!value || !value->is_string()) return fail(ErrorKind::corrupt, "Prophet model: \"{}\" is not a text", name);
    return std::string(value->get_string());
}

Result<bool> flag(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (!value || !value->is_bool()) return fail(ErrorKind::corrupt, "Prophet model: \"{}\" is not true or false", name);
    return value->get_bool();
}

Result<double> number_between(const json::object& object, std::string_view name, double lower, double upper) {
    TRY(number, number_from_json(object, name));
    if (number < lower || number > upper)
        return fail(ErrorKind::corrupt, "Prophet model: \"{}\" is {}, not from {} to {}", name, number, lower, upper);
    return number;
}

Result<EventTime> time_of(const json::value& value) {
    if (!value.is_int64()) return fail(ErrorKind::corrupt, "Prophet model: a time is not a whole number of microseconds");
    return EventTime{value.get_int64()};
}

Result<ProphetSeason> season_from(const json::object& object) {
    TRY(name, text(object, "name"));
    TRY(period, number_between(object, "period_days", 1e-9, days_max));
    TRY(order, count_from_json(object, "order"));
    TRY(prior, number_between(object, "prior_scale", 0, 1e300));
    TRY(is_multiplicative, flag(object, "is_multiplicative"));
    if (order == 0 || order > order_max) return fail(ErrorKind::corrupt, "Prophet model: season '{}' has the order {}", name, order);
    return ProphetSeason{name, period, order, prior, is_multiplicative};
}

Result<ProphetHoliday> holiday_from(const json::object& object) {
    TRY(name, text(object, "name"));
    TRY(lower, number_between(object, "lower_window", -window_max, 0));
    TRY(upper, number_between(object, "upper_window", 0, window_max));
    TRY(prior, number_between(object, "prior_scale", 0, 1e300));
    TRY(is_multiplicative, flag(object, "is_multiplicative"));
    ProphetHoliday holiday{name, {}, static_cast<int>(lower), static_cast<int>(upper), prior, is_multiplicative};
    const json::value* days = object.if_contains("days");
    if (!days || !days->is_array()) return fail(ErrorKind::corrupt, "Prophet model: holiday '{}' has no days", name);
    for (const json::value& value : days->get_array()) {
        TRY(day, time_of(value));
        holiday.days.push_back(day);
    }
    return holiday;
}

Result<ProphetRegressor> regressor_from(const json::object& object) {
    TRY(name, text(object, "name"));
    TRY(prior, number_between(object, "prior_scale", 0, 1e300));
    TRY(is_multiplicative, flag(object, "is_multiplicative"));
    TRY(is_standardised, flag(object, "is_standardised"));
    TRY(mean, number_from_json(object, "mean"));
    TRY(deviation, number_from_json(object, "deviation"));
    if (!(deviation > 0)) return fail(ErrorKind::corrupt, "Prophet model: the deviation of '{}' is not positive", name);
    return ProphetRegressor{name, prior, is_multiplicative, is_standardised, mean, deviation};
}

template <class Term>
Status read_terms(const json::object& object, std::string_view name, Result<Term> (*read)(const json::object&), std::vector<Term>& out) {
    const json::value* array = object.if_contains(name);
    if (!array || !array->is_array()) return fail(ErrorKind::corrupt, "Prophet model: \"{}\" is not an array", name);
    for (const json::value& entry : array->get_array()) {
        if (!entry.is_object()) return fail(ErrorKind::corrupt, "Prophet model: an entry of \"{}\" is not an object", name);
        TRY(term, read(entry.get_object()));
        out.push_back(std::move(term));
    }
    return {};
}

Status read_trend(const json::object& object, ProphetTrend& trend) {
    TRY(growth, text(object, "growth"));
    bool is_known = false;
    for (ProphetGrowth one : {ProphetGrowth::linear, ProphetGrowth::logistic, ProphetGrowth::flat}) {
        if (growth != name_of(one)) continue;
        trend.growth = one;
        is_known = true;
    }
    TRY(rate, number_from_json(object, "rate"));
    TRY(offset, number_from_json(object, "offset"));
    TRY(points, numbers_from_json(object, "changepoints"));
    TRY(changes, numbers_from_json(object, "changes"));
    if (!is_known || points.size() != changes.size() || !std::ranges::is_sorted(points))
        return fail(ErrorKind::corrupt, "Prophet model: no such trend as '{}' with {} changepoints and {} changes", growth, points.size(),
                    changes.size());
    trend.rate = rate;
    trend.offset = offset;
    trend.changepoints = std::move(points);
    trend.changes = std::move(changes);
    return {};
}

}  // namespace

json::object to_json(const ProphetModel& model) {
    return {{"growth", name_of(model.trend.growth)},
            {"rate", model.trend.rate},
            {"offset", model.trend.offset},
            {"changepoints", numbers_json(model.trend.changepoints)},
            {"changes", numbers_json(model.trend.changes)},
            {"seasons", array_of(model.terms.seasons)},
            {"holidays", array_of(model.terms.holidays)},
            {"regressors", array_of(model.terms.regressors)},
            {"effects", numbers_json(model.effects)},
            {"noise", model.noise},
            {"start", model.start.value()},
            {"span_us", model.span_us},
            {"scale", model.scale},
            {"floor", model.floor},
            {"objective", model.objective}};
}

Result<ProphetModel> prophet_model_from_json(const json::object& object) {
    ProphetModel model;
    TRY_VOID(read_trend(object, model.trend));
    TRY_VOID(read_terms(object, "seasons", season_from, model.terms.seasons));
    TRY_VOID(read_terms(object, "holidays", holiday_from, model.terms.holidays));
    TRY_VOID(read_terms(object, "regressors", regressor_from, model.terms.regressors));
    TRY(effects, numbers_from_json(object, "effects"));
    std::size_t columns = ProphetDesign(model.terms).columns();
    if (effects.size() != columns) return fail(ErrorKind::corrupt, "Prophet model: {} effects for {} columns", effects.size(), columns);
    model.effects = std::move(effects);
    const json::value* start = object.if_contains("start");
    TRY(start_time, time_of(start ? *start : json::value()));
    model.start = start_time;
    TRY(noise, number_between(object, "noise", 0, 1e300));
    TRY(span, number_between(object, "span_us", 1, 1e300));
    TRY(scale, number_between(object, "scale", 1e-300, 1e300));
    TRY(floor, number_from_json(object, "floor"));
    TRY(objective, number_from_json(object, "objective"));
    model.noise = noise;
    model.span_us = span;
    model.scale = scale;
    model.floor = floor;
    model.objective = objective;
    return model;
}

}  // namespace quoin
