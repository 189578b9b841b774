// How long does the MAP fit of Prophet's model take? Called by bench/prophet_fit.py, which times Prophet on the same rows.
//
//     prophet_fit FILE ROWS REPEATS        FILE: CSV with ds,y; the first ROWS rows are fitted REPEATS times
//
// Prints one line of JSON: the median time of a fit from times and values in memory to the fitted model, in milliseconds; the objective
// (Stan's lp__); the number of columns.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "learning/series/prophet_fit.h"

namespace {

using namespace quoin;

template <class T>
T expected(Result<T> result) {
    if (result) return std::move(*result);
    fmt::print(stderr, "{}\n", result.error().message);
    std::exit(1);
}

Series read_series(const std::string& path, std::size_t rows) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    std::vector<EventTime> times;
    std::vector<double> values;
    while (times.size() < rows && std::getline(file, line)) {
        std::erase(line, '"');
        std::size_t comma = line.find(',');
        times.push_back(expected(parse_time(line.substr(0, comma))));
        values.push_back(std::strtod(line.c_str() + comma + 1, nullptr));
    }
    return expected(Series::make(std::move(times), std::move(values)));
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        fmt::print(stderr, "usage: prophet_fit FILE ROWS REPEATS\n");
        return 2;
    }
    Series series = read_series(arguments[1], std::strtoul(arguments[2], nullptr, 10));
    std::size_t repeats = std::max(1ul, std::strtoul(arguments[3], nullptr, 10));
    std::vector<double> times_ms;
    ProphetModel model;
    for (std::size_t i = 0; i < repeats; ++i) {
        auto begin = std::chrono::steady_clock::now();
        model = expected(fit_prophet(series));
        times_ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    std::ranges::sort(times_ms);
    fmt::print("{{\"rows\":{},\"columns\":{},\"median_ms\":{:.4f},\"fastest_ms\":{:.4f},\"objective\":{:.6f}}}\n", series.size(),
               model.effects.size(), times_ms[repeats / 2], times_ms[0], model.objective);
}
