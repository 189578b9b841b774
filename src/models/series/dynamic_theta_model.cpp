#include "models/series/dynamic_theta_model.h"

#include <boost/json.hpp>
#include <cmath>

namespace quoin {

double DynamicThetaModel::next() const {
    double n = static_cast<double>(rows), intercept = mean - slope * (n + 1) / 2;
    double faded = std::pow(1 - alpha, n);
    return level + (1 - 1 / theta) * (faded * intercept + (1 - faded * (1 - alpha)) / alpha * slope);
}

void DynamicThetaModel::learn(double value) {
    double n = static_cast<double>(rows);
    level += alpha * (value - level);
    slope = ((n - 1) * slope + 6 * (value - mean) / (n + 1)) / (n + 2);
    mean += (value - mean) / (n + 1);
    ++rows;
}

Result<Forecast> DynamicThetaModel::forecast(const ForecastRequest& request) const {
    TRY_VOID(check(request));
    DynamicThetaModel ahead = *this;
    std::vector<double> point(request.horizon), deviations(request.horizon);
    for (std::size_t i = 0; i < request.horizon; ++i) {
        point[i] = ahead.next();
        ahead.learn(point[i]);
        deviations[i] = deviation * std::sqrt(1 + static_cast<double>(i) * alpha * alpha);
    }
    return finite(normal_forecast(std::move(point), deviations, request.levels));
}

boost::json::object to_json(const DynamicThetaModel& model) {
    return {{"alpha", model.alpha}, {"theta", model.theta},         {"level", model.level}, {"mean", model.mean},
            {"slope", model.slope}, {"deviation", model.deviation}, {"rows", model.rows}};
}

Result<DynamicThetaModel> dynamic_theta_model_from_json(const boost::json::object& object) {
    TRY(alpha, number_from_json(object, "alpha"));
    TRY(theta, number_from_json(object, "theta"));
    TRY(level, number_from_json(object, "level"));
    TRY(mean, number_from_json(object, "mean"));
    TRY(slope, number_from_json(object, "slope"));
    TRY(deviation, number_from_json(object, "deviation"));
    TRY(rows, count_from_json(object, "rows"));
    if (!(alpha > 0 && alpha < 1) || theta < 1 || deviation < 0 || rows == 0)
        return fail(ErrorKind::corrupt, "dynamic theta model: alpha outside 0 to 1, theta below 1, a negative deviation or no rows");
    return DynamicThetaModel{alpha, theta, level, mean, slope, deviation, rows};
}

}  // namespace quoin
