#include "learning/series/series_methods.h"

#include <array>

#include "learning/series/arima_search.h"
#include "learning/series/dynamic_theta_fit.h"
#include "learning/series/ets_fit.h"
#include "learning/series/theta_fit.h"

namespace quoin {
namespace {

constexpr std::size_t values_max = 20'000;
constexpr std::array<std::string_view, 8> names = {"naive", "naive2", "seasonal_naive", "drift", "theta", "dynamic_theta", "ets", "arima"};

std::size_t longest(const SeriesSeasons& seasons, std::size_t size) {
    return seasons.longer_period > 1 && size >= 2 * seasons.longer_period + 1 ? seasons.longer_period : seasons.period;
}

/// The fixed pattern of the given period, if the series passes the competitions' test for it.
SeasonalIndices tested(std::span<const double> values, std::size_t period) {
    if (!is_seasonal(values, period)) return {};
    auto indices = decompose(values, period);
    return indices ? std::move(*indices) : SeasonalIndices{};
}

SeasonalIndices longer(std::span<const double> values, const SeriesSeasons& seasons) {
    std::size_t period = longest(seasons, values.size());
    return period > seasons.period ? tested(values, period) : SeasonalIndices{};
}

template <class Fit>
Result<SeriesModel> adjusted(std::string_view name, std::span<const double> values, SeasonalIndices indices, Fit fit) {
    TRY(core, fit(indices.removed(values)));
    return SeriesModel{std::string(name), std::move(indices), std::move(core)};
}

}  // namespace

std::span<const std::string_view> series_methods() { return names; }

Result<SeriesModel> fit_series(std::string_view method, std::span<const double> values, const SeriesSeasons& seasons) {
    if (values.size() > values_max) values = values.last(values_max);
    auto naive = [&](NaiveKind kind, std::size_t period) { return SeriesModel{std::string(method), {}, fit_naive(values, kind, period)}; };
    if (method == "naive") return naive(NaiveKind::naive, 1);
    if (method == "drift") return naive(NaiveKind::drift, 1);
    if (method == "seasonal_naive") return naive(NaiveKind::seasonal, longest(seasons, values.size()));
    if (method == "naive2")
        return adjusted(method, values, tested(values, seasons.period),
                        [](const std::vector<double>& rest) -> Result<NaiveModel> { return fit_naive(rest, NaiveKind::naive); });
    if (method == "theta" || method == "dynamic_theta") {
        SeasonalIndices indices = longer(values, seasons);
        if (indices.empty()) indices = tested(values, seasons.period);
        if (method == "dynamic_theta")
            return adjusted(method, values, std::move(indices), [](const std::vector<double>& rest) { return fit_dynamic_theta(rest); });
        return adjusted(method, values, std::move(indices), [](const std::vector<double>& rest) { return fit_theta(rest); });
    }
    if (method == "ets") {
        EtsOptions options{.period = seasons.period};
        return adjusted(method, values, longer(values, seasons),
                        [&](const std::vector<double>& rest) { return fit_ets_automatic(rest, options); });
    }
    if (method == "arima") {
        ArimaSearchOptions options{.period = seasons.period};
        return adjusted(method, values, longer(values, seasons),
                        [&](const std::vector<double>& rest) { return fit_arima_automatic(rest, options); });
    }
    std::string known;
    for (std::string_view name : names) known += (known.empty() ? "" : ", ") + std::string(name);
    return fail(ErrorKind::not_found, "no forecasting method '{}'; there are {}", method, known);
}

}  // namespace quoin
