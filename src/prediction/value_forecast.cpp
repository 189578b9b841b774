#include "prediction/value_forecast.h"

#include <cmath>

#include "models/series/series.h"

namespace quoin {
namespace {

/// Dollars to the model's scale, the inverse of TrainedModel::in_label_unit of a regression.
double on_model_scale(const TrainedModel& model, double value) { return model.log_label ? std::log(value) : value; }

}  // namespace

std::vector<FutureValue> value_forecast(const TrainedModel& model, const Prediction& prediction) {
    std::vector<FutureValue> months;
    if (!model.outlook || prediction.intervals.empty() || prediction.as_of.is_missing()) return months;
    const auto& outlook = *model.outlook;
    const auto& today = prediction.intervals.front();
    double score = on_model_scale(model, prediction.value), below = score - on_model_scale(model, today.lower),
           above = on_model_scale(model, today.upper) - score;
    double day = prediction.as_of.days(), variance_today = outlook.deviation_at(day) * outlook.deviation_at(day);
    double own = model.log_label ? prediction.forecast_standard_deviation : prediction.forecast_standard_deviation * std::abs(score);
    for (std::size_t month = 1; month <= outlook.change.size(); ++month) {
        auto date = advance(prediction.as_of, {.months = 1}, static_cast<std::int64_t>(month));
        double later = score + outlook.change_at(date.days()) - outlook.change_at(day);
        double market = std::max(0.0, outlook.deviation_at(date.days()) * outlook.deviation_at(date.days()) - variance_today);
        double widening = own > 0 ? std::sqrt(own * own + market) / own : 1;
        months.push_back({static_cast<int>(month),
                          date,
                          model.in_label_unit(later),
                          {today.level, model.in_label_unit(later - widening * below), model.in_label_unit(later + widening * above)}});
    }
    return months;
}

}  // namespace quoin
