// How good are the forecasting methods on the M competitions' series, beside the published figures, by the competitions' own formulas?
//
//     forecast_accuracy FOLDER [every] [steps] [validate] [set...]      FOLDER has m4_hourly_*, m3_quarterly_*, m3_yearly_*
//
// every: take each nth series only; steps: of training of each of the 12 N-BEATS networks, 0 for none; validate: foresee the last horizon
// of the training part instead, which is what settings are chosen by. A line per method: sMAPE, MASE, OWA, and of the 95 % bands MSIS and
// coverage. Published: Makridakis & Hibon (2000) for M3, the official workbook of M4 (Makridakis, Spiliotis
// & Assimakopoulos 2020). The last line is machine-readable.

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <optional>

#include "base/parallel.h"
#include "bench/m_series.h"
#include "evaluation/forecast_accuracy.h"
#include "learning/series/combination_fit.h"
#include "learning/series/nbeats_fit.h"

namespace {

using namespace quoin;

template <class T>
T expected(Result<T> result) {
    if (result) return std::move(*result);
    fmt::print(stderr, "{}\n", result.error().message);
    std::exit(1);
}

struct Competition {
    std::string name, file;
    std::size_t horizon;
    SeriesSeasons seasons;
    std::string published;
};

const Competition competitions[] = {
    {"M4 hourly", "m4_hourly", 48, {24, 168}, "sMAPE: seasonal naive 13.912, Naive 2 18.383, Theta 18.138, FFORMA 11.506, best 9.328"},
    {"M3 quarterly", "m3_quarterly", 8, {4, 0}, "sMAPE: Theta 8.96"},
    {"M3 yearly", "m3_yearly", 6, {1, 0}, "sMAPE: Theta 16.90, Naive 2 17.88"},
};

using OneSeries = bench::SplitSeries;

std::vector<OneSeries> read_competition(const std::string& folder, const Competition& competition, std::size_t every, bool is_validation) {
    auto series = bench::read_competition(folder + "/" + competition.file, competition.horizon, every, is_validation);
    if (!series.empty()) return series;
    fmt::print(stderr, "{} has no {} series\n", folder, competition.name);
    std::exit(1);
}

/// Per method, sums over series.
struct Line {
    std::string method;
    ForecastAccuracy sum{};
    double seconds = 0;
};

const std::vector<std::string> singles = {"naive", "naive2", "seasonal_naive", "drift", "theta", "dynamic_theta", "ets", "arima"};
const std::vector<std::string> combined = {"theta", "dynamic_theta", "ets", "arima", "seasonal_naive"};

void add(const OneSeries& one, const Competition& competition, const Forecast& forecast, Line& line) {
    auto scale = naive_error(one.history, competition.seasons.period);
    line.sum.smape += expected(smape(one.actual, forecast.point));
    line.sum.mase += scale ? expected(mase(one.actual, forecast.point, *scale)) : 0;
    line.sum.msis += scale ? expected(msis(one.actual, forecast.bands[0], *scale)) : 0;
    line.sum.coverage += expected(band_coverage(one.actual, forecast.bands[0]));
}

std::vector<Line> one_series(const OneSeries& one, const Competition& competition, const LearnedSeries* learned) {
    std::vector<Line> lines;
    ForecastRequest request{.horizon = competition.horizon, .levels = {0.95}};
    auto timed = [&](const std::string& name, auto make) {
        auto begin = std::chrono::steady_clock::now();
        Line line{name};
        Forecast forecast = make();
        line.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        add(one, competition, forecast, line);
        lines.push_back(line);
    };
    for (const std::string& method : singles)
        timed(method, [&] {
            auto model = fit_series(method, one.history, competition.seasons);
            if (!model) model = fit_series("naive", one.history, competition.seasons);
            return expected(expected(std::move(model)).forecast(request));
        });
    timed("combination", [&] {
        CombinationOptions options{.methods = combined, .horizon = competition.horizon};
        return expected(expected(fit_combination(one.history, competition.seasons, options)).model.forecast(request));
    });
    if (!learned) return lines;
    LearnedMember member{{"nbeats", {}, learned->path}, learned->folds};
    timed("nbeats", [&] { return expected(member.model.forecast(request)); });
    timed("with nbeats", [&] {
        CombinationOptions options{.methods = combined, .horizon = competition.horizon, .learned = {member}};
        return expected(expected(fit_combination(one.history, competition.seasons, options)).model.forecast(request));
    });
    return lines;
}

/// On standard error: how many members are trained.
class MemberCount : public Progress {
public:
    void phase(std::string_view name, std::size_t steps) override {
        fmt::print(stderr, "{}: {} members\n", name, steps);
        done_ = 0;
    }
    void step() override { fmt::print(stderr, "\r{} ", ++done_); }

private:
    std::size_t done_ = 0;
};

std::optional<NbeatsFit> train(const std::vector<OneSeries>& series, const Competition& competition, std::size_t steps) {
    if (steps == 0) return std::nullopt;
    std::vector<std::vector<double>> histories;
    for (const OneSeries& one : series) histories.push_back(one.history);
    MemberCount progress;
    NbeatsOptions options{.horizon = competition.horizon,
                          .lookbacks = {3, 5, 7},
                          .losses = {NbeatsLoss::smape, NbeatsLoss::mase},
                          .steps = steps,
                          .progress = &progress};
    auto begin = std::chrono::steady_clock::now();
    NbeatsFit fit = expected(fit_nbeats(histories, competition.seasons, options));
    fmt::print("{}: {} N-BEATS networks trained in {:.0f} s\n", competition.name, fit.members,
               std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    Line line{"nbeats"};
    for (std::size_t i = 0; i < series.size(); ++i)
        add(series[i], competition, expected(fit.series[i].path.forecast({.horizon = competition.horizon, .levels = {0.95}})), line);
    double n = static_cast<double>(series.size());
    fmt::print("  nbeats alone: sMAPE {:.3f}, MASE {:.3f}\n", line.sum.smape / n, line.sum.mase / n);
    std::fflush(stdout);
    return fit;
}

struct Settings {
    std::string folder;
    std::size_t every = 1, steps = 0;
    bool is_validation = false;
};

std::string run(const Settings& settings, const Competition& competition) {
    auto series = read_competition(settings.folder, competition, settings.every, settings.is_validation);
    std::optional<NbeatsFit> learned = train(series, competition, settings.steps);
    std::vector<std::vector<Line>> all(series.size());
    parallel_for(series.size(),
                 [&](std::size_t i) { all[i] = one_series(series[i], competition, learned ? &learned->series[i] : nullptr); });
    std::vector<Line> totals = all[0];
    for (std::size_t i = 1; i < all.size(); ++i)
        for (std::size_t m = 0; m < totals.size(); ++m) {
            totals[m].sum.smape += all[i][m].sum.smape;
            totals[m].sum.mase += all[i][m].sum.mase;
            totals[m].sum.msis += all[i][m].sum.msis;
            totals[m].sum.coverage += all[i][m].sum.coverage;
            totals[m].seconds += all[i][m].seconds;
        }
    double n = static_cast<double>(series.size());
    for (Line& line : totals) line.sum = {line.sum.smape / n, line.sum.mase / n, line.sum.msis / n, line.sum.coverage / n};
    fmt::print("{}: {} series\n  {:16} {:>8} {:>7} {:>7} {:>8} {:>9} {:>10}\n", competition.name, series.size(), "method", "sMAPE", "MASE",
               "OWA", "MSIS", "coverage", "ms/series");
    std::string json;
    for (const Line& line : totals) {
        double relative = owa(line.sum, totals[1].sum);
        fmt::print("  {:16} {:8.3f} {:7.3f} {:7.3f} {:8.2f} {:9.3f} {:10.2f}\n", line.method, line.sum.smape, line.sum.mase, relative,
                   line.sum.msis, line.sum.coverage, line.seconds * 1000 / n);
        json += fmt::format("{}\"{}\":{{\"smape\":{:.3f},\"mase\":{:.3f},\"owa\":{:.3f},\"coverage\":{:.3f}}}", json.empty() ? "" : ",",
                            line.method, line.sum.smape, line.sum.mase, relative, line.sum.coverage);
    }
    fmt::print("  published {}\n\n", competition.published);
    return fmt::format("\"{}\":{{{}}}", competition.name, json);
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        fmt::print(stderr, "usage: forecast_accuracy FOLDER [every] [steps] [validate] [set...]\n");
        return 2;
    }
    Settings settings{.folder = arguments[1]};
    if (count > 2) settings.every = std::max(1ul, std::strtoul(arguments[2], nullptr, 10));
    if (count > 3) settings.steps = std::strtoul(arguments[3], nullptr, 10);
    std::vector<std::string> asked(arguments + std::min(4, count), arguments + count);
    settings.is_validation = std::erase(asked, "validate") > 0;
    std::string json;
    for (const Competition& competition : competitions)
        if (asked.empty() || std::ranges::find(asked, competition.file) != asked.end())
            json += (json.empty() ? "" : ",") + run(settings, competition);
    fmt::print("{{\"bench\":\"forecast_accuracy\",\"every\":{},\"steps\":{},\"validation\":{},{}}}\n", settings.every, settings.steps,
               settings.is_validation, json);
}
