#include "models/series/naive_model.h"

#include <boost/json.hpp>
#include <cassert>
#include <cmath>

namespace quoin {

Result<Forecast> NaiveModel::forecast(const ForecastRequest& request) const {
    TRY_VOID(check(request));
    std::vector<double> point(request.horizon), deviations(request.horizon);
    for (std::size_t i = 0; i < request.horizon; ++i) {
        double ahead = static_cast<double>(i + 1), seasons = static_cast<double>(i / last.size() + 1);
        point[i] = last[i % last.size()] + drift * ahead;
        double growth = drift != 0 && rows > 1 ? 1 + ahead / static_cast<double>(rows - 1) : 1;
        deviations[i] = deviation * std::sqrt(seasons * growth);
    }
    return finite(normal_forecast(std::move(point), deviations, request.levels));
}

NaiveModel fit_naive(std::span<const double> values, NaiveKind kind, std::size_t period) {
    assert(!values.empty() && period >= 1);
    std::size_t lag = kind == NaiveKind::seasonal && values.size() > period ? period : 1;
    NaiveModel model;
    model.rows = values.size();
    model.last.assign(values.end() - static_cast<std::ptrdiff_t>(lag), values.end());
    double changes = static_cast<double>(values.size() - 1);
    if (kind == NaiveKind::drift && values.size() > 1) model.drift = (values.back() - values.front()) / changes;
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = lag; i < values.size(); ++i, ++count) {
        double error = values[i] - values[i - lag] - model.drift;
        sum += error * error;
    }
    std::size_t freedom = kind == NaiveKind::drift && count > 1 ? count - 1 : count;
    model.deviation = freedom > 0 ? std::sqrt(sum / static_cast<double>(freedom)) : 0;
    return model;
}

boost::json::object to_json(const NaiveModel& model) {
    return {{"last", numbers_json(model.last)}, {"drift", model.drift}, {"deviation", model.deviation}, {"rows", model.rows}};
}

Result<NaiveModel> naive_model_from_json(const boost::json::object& object) {
    TRY(last, numbers_from_json(object, "last"));
    TRY(drift, number_from_json(object, "drift"));
    TRY(deviation, number_from_json(object, "deviation"));
    TRY(rows, count_from_json(object, "rows"));
    if (last.empty() || deviation < 0) return fail(ErrorKind::corrupt, "naive model: no last value, or a negative deviation");
    return NaiveModel{std::move(last), drift, deviation, rows};
}

}  // namespace quoin
