#include "models/series/theta_model.h"

#include <boost/json.hpp>
#include <cmath>

namespace quoin {

Result<Forecast> ThetaModel::forecast(const ForecastRequest& request) const {
    TRY_VOID(check(request));
    std::vector<double> point(request.horizon), deviations(request.horizon);
    for (std::size_t i = 0; i < request.horizon; ++i) {
        double time = static_cast<double>(rows + i + 1);
        point[i] = (level + intercept + slope * time) / 2;
        deviations[i] = deviation * std::sqrt(1 + static_cast<double>(i) * alpha * alpha);
    }
    return finite(normal_forecast(std::move(point), deviations, request.levels));
}

boost::json::object to_json(const ThetaModel& model) {
    return {{"intercept", model.intercept}, {"slope", model.slope},         {"alpha", model.alpha},
            {"level", model.level},         {"deviation", model.deviation}, {"rows", model.rows}};
}

Result<ThetaModel> theta_model_from_json(const boost::json::object& object) {
    TRY(intercept, number_from_json(object, "intercept"));
    TRY(slope, number_from_json(object, "slope"));
    TRY(alpha, number_from_json(object, "alpha"));
    TRY(level, number_from_json(object, "level"));
    TRY(deviation, number_from_json(object, "deviation"));
    TRY(rows, count_from_json(object, "rows"));
    if (alpha < 0 || alpha > 1 || deviation < 0)
        return fail(ErrorKind::corrupt, "theta model: alpha outside 0 to 1, or a negative deviation");
    return ThetaModel{intercept, slope, alpha, level, deviation, rows};
}

}  // namespace quoin
