#include "evaluation/forecast_backtest.h"

#include <algorithm>

namespace quoin {

std::vector<std::size_t> backtest_origins(std::size_t size, std::size_t horizon, const BacktestOptions& options) {
    std::vector<std::size_t> origins;
    std::size_t stride = options.stride > 0 ? options.stride : horizon;
    for (std::size_t i = 0; i < options.origins_max; ++i) {
        std::size_t back = horizon + i * stride;
        if (horizon == 0 || back + std::max<std::size_t>(options.history_min, 1) > size) break;
        origins.push_back(size - back);
    }
    std::ranges::reverse(origins);
    return origins;
}

Result<std::vector<BacktestFold>> backtest(std::span<const double> values, const Forecaster& forecaster, const ForecastRequest& request,
                                           const BacktestOptions& options) {
    TRY_VOID(check(request));
    std::vector<BacktestFold> folds;
    for (std::size_t origin : backtest_origins(values.size(), request.horizon, options)) {
        TRY(forecast, forecaster(values.first(origin), request));
        auto after = values.subspan(origin, request.horizon);
        folds.push_back({origin, std::move(forecast), {after.begin(), after.end()}});
    }
    return folds;
}

}  // namespace quoin
