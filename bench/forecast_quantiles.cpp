// Does a Temporal Fusion Transformer foresee quantiles of many series better than methods that look at one series at a time?
//
//     forecast_quantiles FOLDER [every] [steps] [validate]     FOLDER has m4_hourly_train.csv.gz and m4_hourly_test.csv
//
// The network learns from all series; every: each nth is foreseen; validate: foresee the last 48 hours of the training part instead, which
// is what settings are chosen by. q-risk (Lim et al. 2021): 2 Σ pinball loss / Σ |actual| over all series and steps, at P50 and P90, for
// the 48 hours after each series. A line per method, then what the network looked at. The last line is machine-readable.

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "bench/m_series.h"
#include "learning/series/tft_fit.h"

namespace {

using namespace quoin;

constexpr std::size_t horizon = 48;
const SeriesSeasons seasons{24, 168};

template <class T>
T expected(Result<T> result) {
    if (result) return std::move(*result);
    fmt::print(stderr, "{}\n", result.error().message);
    std::exit(1);
}

/// Sums of a method over series.
struct Risk {
    double median = 0, upper = 0, size = 0, inside = 0, steps = 0;

    void add(const std::vector<double>& actual, const Forecast& forecast) {
        auto pinball = [](double level, double y, double q) { return y > q ? level * (y - q) : (1 - level) * (q - y); };
        const ForecastBand& band = forecast.bands[0];
        for (std::size_t i = 0; i < actual.size(); ++i, ++steps) {
            median += 2 * pinball(0.5, actual[i], forecast.point[i]);
            upper += 2 * pinball(0.9, actual[i], band.upper[i]);
            size += std::abs(actual[i]);
            inside += actual[i] >= band.lower[i] && actual[i] <= band.upper[i];
        }
    }
};

/// The mean of what the network looked at, over series.
void print_reasons(const TftModel& model, const std::vector<TftSeries>& series) {
    TftReasons sum;
    auto add = [](std::vector<double>& to, const std::vector<double>& values) {
        to.resize(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) to[i] += values[i];
    };
    for (const TftSeries& one : series) {
        TftReasons reasons = expected(model.reasons(one, one.target.size()));
        add(sum.past_weights, reasons.past_weights);
        add(sum.future_weights, reasons.future_weights);
        add(sum.attention, reasons.attention);
    }
    double n = static_cast<double>(series.size());
    auto names = [&](const char* title, const std::vector<std::string>& list, const std::vector<double>& weights) {
        fmt::print("  {}:", title);
        for (std::size_t i = 0; i < list.size(); ++i) fmt::print(" {} {:.2f};", list[i], weights[i] / n);
        fmt::print("\n");
    };
    names("past inputs", model.past_names(), sum.past_weights);
    names("known inputs", model.future_names(), sum.future_weights);
    fmt::print("  attention by day back:");
    for (std::size_t day = 0; day * 24 < sum.attention.size(); ++day) {
        double share = 0;
        for (std::size_t hour = 0; hour < 24; ++hour) share += sum.attention[sum.attention.size() - 1 - day * 24 - hour] / n;
        fmt::print(" {:.2f}", share);
    }
    fmt::print("\n");
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        fmt::print(stderr, "usage: forecast_quantiles FOLDER [every] [steps] [validate]\n");
        return 2;
    }
    std::string folder = arguments[1];
    std::size_t every = count > 2 ? std::max(1ul, std::strtoul(arguments[2], nullptr, 10)) : 4;
    std::size_t steps = count > 3 ? std::strtoul(arguments[3], nullptr, 10) : 400;
    bool is_validation = count > 4 && std::string(arguments[4]) == "validate";
    std::vector<TftSeries> series;
    std::vector<std::vector<double>> actual;
    for (bench::SplitSeries& one : bench::read_competition(folder + "/m4_hourly", horizon, 1, is_validation)) {
        series.push_back({.categories = {series.size() + 1}, .static_numbers = {}, .target = std::move(one.history)});
        actual.push_back(std::move(one.actual));
    }
    if (series.empty()) fmt::print(stderr, "{} has no M4 hourly series\n", folder);
    if (series.empty()) return 1;
    auto begin = std::chrono::steady_clock::now();
    TftOptions options{.horizon = horizon, .steps = steps, .batch_rows = 32};
    TftFit fit = expected(fit_tft(series, {.categories = {"series"}, .static_numbers = {}, .observed = {}, .known = {}}, seasons, options));
    fmt::print("M4 hourly: a TFT trained on {} series in {:.0f} s\n  {:16} {:>7} {:>7} {:>12}\n", series.size(),
               std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), "method", "P50", "P90", "80 % holds");
    ForecastRequest request{.horizon = horizon, .levels = {0.8}};
    std::string json;
    for (const std::string method : {"tft", "naive", "seasonal_naive", "theta", "ets"}) {
        Risk risk;
        for (std::size_t i = 0; i < series.size(); i += every)
            risk.add(actual[i], method == "tft" ? expected(fit.series[i].path.forecast(request))
                                                : expected(expected(fit_series(method, series[i].target, seasons)).forecast(request)));
        fmt::print("  {:16} {:7.4f} {:7.4f} {:12.3f}\n", method, risk.median / risk.size, risk.upper / risk.size, risk.inside / risk.steps);
        std::fflush(stdout);
        json += fmt::format("{}\"{}\":{{\"p50\":{:.4f},\"p90\":{:.4f}}}", json.empty() ? "" : ",", method, risk.median / risk.size,
                            risk.upper / risk.size);
    }
    print_reasons(fit.model, series);
    fmt::print("{{\"bench\":\"forecast_quantiles\",\"every\":{},\"steps\":{},{}}}\n", every, steps, json);
}
