// How long does a Cox fit take? Called by bench/cox_fit.py, which times R's coxph and lifelines on the same rows.
//
//     cox_fit FILE ROWS COVARIATES efron|breslow REPEATS        FILE: 64-bit numbers, row by row: time, event, covariates
//
// Prints one line of JSON: the median and the fastest time of a fit from rows in memory to coefficients, errors, baseline and tests, in
// milliseconds of the processor, on one thread; the coefficients; the iterations; and the time of Harrell's C of the same rows.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>

#include "evaluation/survival/concordance.h"
#include "learning/survival/cox_fit.h"

namespace {

using namespace quoin;

/// Of the processor, which a busy machine does not stretch.
double processor_ms() { return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main(int count, char** arguments) {
    if (count != 6) {
        fmt::print(stderr, "usage: cox_fit FILE ROWS COVARIATES efron|breslow REPEATS\n");
        return 2;
    }
    const std::size_t rows = std::strtoul(arguments[2], nullptr, 10), covariates = std::strtoul(arguments[3], nullptr, 10);
    const CoxOptions options{.ties = std::strcmp(arguments[4], "breslow") == 0 ? TieRule::breslow : TieRule::efron};
    std::ifstream file(arguments[1], std::ios::binary);
    std::vector<double> line(covariates + 2), stops;
    std::vector<std::uint8_t> events;
    Matrix x(rows, covariates);
    for (std::size_t i = 0; i < rows && file.read(reinterpret_cast<char*>(line.data()), static_cast<long>(line.size() * 8)); ++i) {
        stops.push_back(line[0]);
        events.push_back(line[1] == 1);
        std::copy(line.begin() + 2, line.end(), x.row(i).begin());
    }
    const SurvivalRows view{.covariates = x, .times = {stops, events}};
    std::vector<double> times_ms, coefficients;
    std::size_t iterations = 0;
    double log_likelihood = 0;
    std::vector<double> risks;
    for (std::size_t repeat = std::max(1ul, std::strtoul(arguments[5], nullptr, 10)); repeat > 0; --repeat) {
        const double begin = processor_ms();
        auto fit = fit_cox(view, options);
        times_ms.push_back(processor_ms() - begin);
        if (!fit || fit->status != CoxStatus::converged) {
            fmt::print(stderr, "no fit: {}\n", fit ? name_of(fit->status) : fit.error().message);
            return 1;
        }
        coefficients.clear();
        for (const CoxCoefficient& coefficient : fit->coefficients) coefficients.push_back(coefficient.value);
        iterations = fit->iterations;
        log_likelihood = fit->log_likelihood;
        if (repeat == 1) risks = fit->model.log_hazards(x);
    }
    const double begin = processor_ms();
    const double index = concordance(view.times, risks).value().index();
    const double concordance_ms = processor_ms() - begin;
    std::ranges::sort(times_ms);
    fmt::print("{{\"median_ms\":{:.3f},\"fastest_ms\":{:.3f},\"iterations\":{},\"log_likelihood\":{:.9f},\"concordance\":{:.9f},"
               "\"concordance_ms\":{:.3f},\"coefficients\":[{:.15g}]}}\n",
               times_ms[times_ms.size() / 2], times_ms[0], iterations, log_likelihood, index, concordance_ms, fmt::join(coefficients, ","));
}
