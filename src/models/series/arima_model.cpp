#include "models/series/arima_model.h"

#include <boost/json.hpp>
#include <cassert>
#include <cmath>

namespace quoin {
namespace {

constexpr std::size_t order_max = 100, period_max = 10'000;

/// A polynomial in the lag operator; [0] is 1.
using Polynomial = std::vector<double>;

Polynomial product(const Polynomial& a, const Polynomial& b) {
    Polynomial result(a.size() + b.size() - 1, 0.0);
    for (std::size_t i = 0; i < a.size(); ++i)
        for (std::size_t j = 0; j < b.size(); ++j) result[i + j] += a[i] * b[j];
    return result;
}

/// 1 + sign · Σ coefficients · B^(stride · i)
Polynomial polynomial(std::span<const double> coefficients, double sign, std::size_t stride) {
    Polynomial result(coefficients.size() * stride + 1, 0.0);
    result[0] = 1;
    for (std::size_t i = 0; i < coefficients.size(); ++i) result[(i + 1) * stride] = sign * coefficients[i];
    return result;
}

Polynomial difference_polynomial(const ArimaOrder& order) {
    Polynomial result = {1};
    const double one[] = {1.0};
    for (std::size_t i = 0; i < order.d; ++i) result = product(result, polynomial(one, -1, 1));
    for (std::size_t i = 0; i < order.seasonal_d; ++i) result = product(result, polynomial(one, -1, order.period));
    return result;
}

/// Weights of past innovations in the forecast errors: ψ(B) = θ(B) / (φ(B) (1 − B)^d …).
std::vector<double> psi_weights(const ArimaModel& model, std::size_t count) {
    ArmaLags lags = arma_lags(model.coefficients, model.order.period);
    Polynomial divisor = product(polynomial(lags.ar, -1, 1), difference_polynomial(model.order));
    std::vector<double> psi(count, 0.0);
    for (std::size_t i = 0; i < count; ++i) {
        psi[i] = i == 0 ? 1 : i <= lags.ma.size() ? lags.ma[i - 1] : 0;
        for (std::size_t j = 1; j < divisor.size() && j <= i; ++j) psi[i] -= divisor[j] * psi[i - j];
    }
    return psi;
}

}  // namespace

std::string ArimaOrder::name() const {
    std::string text = fmt::format("ARIMA({},{},{})", p, d, q);
    return seasonal_p + seasonal_d + seasonal_q > 0 ? text + fmt::format("({},{},{})[{}]", seasonal_p, seasonal_d, seasonal_q, period)
                                                    : text;
}

ArmaLags arma_lags(const ArimaCoefficients& c, std::size_t period) {
    Polynomial ar = product(polynomial(c.ar, -1, 1), polynomial(c.seasonal_ar, -1, period));
    Polynomial ma = product(polynomial(c.ma, 1, 1), polynomial(c.seasonal_ma, 1, period));
    ArmaLags lags;
    for (std::size_t i = 1; i < ar.size(); ++i) lags.ar.push_back(-ar[i]);
    lags.ma.assign(ma.begin() + 1, ma.end());
    return lags;
}

std::vector<double> differenced(std::span<const double> values, const ArimaOrder& order) {
    std::vector<double> result(values.begin(), values.end());
    auto once = [&](std::size_t lag) {
        for (std::size_t i = result.size(); i-- > lag;) result[i] -= result[i - lag];
        result.erase(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(std::min(lag, result.size())));
    };
    for (std::size_t i = 0; i < order.seasonal_d; ++i) once(order.period);
    for (std::size_t i = 0; i < order.d; ++i) once(1);
    return result;
}

Result<Forecast> ArimaModel::forecast(const ForecastRequest& request) const {
    TRY_VOID(check(request));
    ArmaLags lags = arma_lags(coefficients, order.period);
    Polynomial differences = difference_polynomial(order);
    std::vector<double> ahead = state, history = last;
    for (std::size_t i = 0; i < request.horizon; ++i) {
        double value = coefficients.mean + ahead[0];
        for (std::size_t lag = 1; lag < differences.size(); ++lag) value -= differences[lag] * history[history.size() - lag];
        history.push_back(value);
        double first = ahead[0];
        for (std::size_t j = 0; j < ahead.size(); ++j)
            ahead[j] = (j < lags.ar.size() ? lags.ar[j] * first : 0) + (j + 1 < ahead.size() ? ahead[j + 1] : 0);
    }
    history.erase(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(last.size()));
    std::vector<double> deviations(request.horizon), psi = psi_weights(*this, request.horizon);
    double sum = 0;
    for (std::size_t i = 0; i < request.horizon; ++i) {
        sum += psi[i] * psi[i];
        deviations[i] = std::sqrt(variance * sum);
    }
    return finite(normal_forecast(std::move(history), deviations, request.levels));
}

boost::json::object to_json(const ArimaModel& model) {
    const ArimaOrder& o = model.order;
    const ArimaCoefficients& c = model.coefficients;
    return {{"p", o.p},
            {"d", o.d},
            {"q", o.q},
            {"seasonal_d", o.seasonal_d},
            {"period", o.period},
            {"ar", numbers_json(c.ar)},
            {"ma", numbers_json(c.ma)},
            {"seasonal_ar", numbers_json(c.seasonal_ar)},
            {"seasonal_ma", numbers_json(c.seasonal_ma)},
            {"mean", c.mean},
            {"variance", model.variance},
            {"state", numbers_json(model.state)},
            {"last", numbers_json(model.last)},
            {"likelihood", model.likelihood},
            {"aicc", model.aicc}};
}

Result<ArimaModel> arima_model_from_json(const boost::json::object& object) {
    ArimaModel model;
    ArimaCoefficients& c = model.coefficients;
    for (auto [name, place] :
         {std::pair{"ar", &c.ar}, std::pair{"ma", &c.ma}, std::pair{"seasonal_ar", &c.seasonal_ar},
          std::pair{"seasonal_ma", &c.seasonal_ma}, std::pair{"state", &model.state}, std::pair{"last", &model.last}}) {
        TRY(numbers, numbers_from_json(object, name));
        *place = std::move(numbers);
    }
    for (auto [name, place] : {std::pair{"mean", &c.mean}, std::pair{"variance", &model.variance},
                               std::pair{"likelihood", &model.likelihood}, std::pair{"aicc", &model.aicc}}) {
        TRY(number, number_from_json(object, name));
        *place = number;
    }
    TRY(d, count_from_json(object, "d"));
    TRY(seasonal_d, count_from_json(object, "seasonal_d"));
    TRY(period, count_from_json(object, "period"));
    model.order = {c.ar.size(), d, c.ma.size(), c.seasonal_ar.size(), seasonal_d, c.seasonal_ma.size(), period};
    if (std::max({c.ar.size(), c.ma.size(), c.seasonal_ar.size(), c.seasonal_ma.size(), d, seasonal_d}) > order_max || period == 0 ||
        period > period_max)
        return fail(ErrorKind::corrupt, "ARIMA model: no such order");
    if (model.state.size() != arma_lags(c, period).state_size() || model.last.size() != model.order.differencing() || model.variance < 0)
        return fail(ErrorKind::corrupt, "ARIMA model: {} states and {} last values do not belong to {}", model.state.size(),
                    model.last.size(), model.order.name());
    return model;
}

}  // namespace quoin
