// How good are the forecasting methods on the M competitions' series, beside the published figures, by the competitions' own formulas?
//
//     forecast_accuracy FOLDER [every] [steps] [set...]      FOLDER has m4_hourly_*, m3_quarterly_*, m3_yearly_*
//
// every: take each nth series only; steps: of training of each of the 12 N-BEATS networks, 0 for none. A line per method: sMAPE, MASE, OWA,
// and of the 95 % bands MSIS and coverage. Published: Makridakis & Hibon (2000) for M3, the official workbook of M4 (Makridakis, Spiliotis
// & Assimakopoulos 2020). The last line is machine-readable.

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/parallel.h"
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

struct OneSeries {
    std::vector<double> history, actual;
};

/// Rows of numbers after an id; empty cells end a row.
std::vector<std::vector<double>> read_rows(const std::string& path) {
    std::ifstream plain(path);
    std::string text;
    if (plain) text.assign(std::istreambuf_iterator<char>(plain), {});
    else {
        FILE* pipe = popen(fmt::format("gzip -dc '{}.gz'", path).c_str(), "r");
        char buffer[1 << 16];
        for (std::size_t got; pipe && (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, got);
        if (pipe) pclose(pipe);
    }
    std::vector<std::vector<double>> rows;
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        std::vector<double> row;
        std::istringstream cells(line);
        std::string cell;
        std::getline(cells, cell, ',');
        while (std::getline(cells, cell, ',')) {
            std::erase(cell, '"');
            if (cell.empty() || cell == "\r" || cell == "NA") break;
            row.push_back(std::strtod(cell.c_str(), nullptr));
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<OneSeries> read_competition(const std::string& folder, const Competition& competition, std::size_t every) {
    auto train = read_rows(folder + "/" + competition.file + "_train.csv"), test = read_rows(folder + "/" + competition.file + "_test.csv");
    if (train.empty() || train.size() != test.size()) {
        fmt::print(stderr, "{} has no {} series\n", folder, competition.name);
        std::exit(1);
    }
    std::vector<OneSeries> series;
    for (std::size_t i = 0; i < train.size(); i += every) series.push_back({std::move(train[i]), std::move(test[i])});
    return series;
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

std::string run(const std::string& folder, const Competition& competition, std::size_t every, std::size_t steps) {
    auto series = read_competition(folder, competition, every);
    std::optional<NbeatsFit> learned = train(series, competition, steps);
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
        fmt::print(stderr, "usage: forecast_accuracy FOLDER [every] [steps] [set...]\n");
        return 2;
    }
    std::size_t every = count > 2 ? std::max(1ul, std::strtoul(arguments[2], nullptr, 10)) : 1;
    std::size_t steps = count > 3 ? std::strtoul(arguments[3], nullptr, 10) : 0;
    std::string json;
    for (const Competition& competition : competitions) {
        bool is_asked = count <= 4;
        for (int i = 4; i < count; ++i) is_asked = is_asked || competition.file == arguments[i];
        if (!is_asked) continue;
        json += (json.empty() ? "" : ",") + run(arguments[1], competition, every, steps);
    }
    fmt::print("{{\"bench\":\"forecast_accuracy\",\"every\":{},\"steps\":{},{}}}\n", every, steps, json);
}
