// How often is a challenger stopped or promoted wrongly, and how many outcomes does it take?
//
//     challenger_simulation [repeats]            default: 1000
//
// Seeded experiments with known truth. Absolute percentage errors are |normal| with mean 0.1 for the champion and a factor of it for the
// challenger; in shadow both see the same home, with errors correlated by 0.8. Three plans with the rules that a server follows
// (ExperimentVerdict): half and half; steps of 5 %, 25 %, 50 % with 100 outcomes each; shadow alone. alpha 0.05, margin 0.01. The last line
// is machine-readable.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "control/challenger_simulation_fixture.h"

namespace {

using namespace quoin;

double quantile(const std::vector<double>& values, double level) {
    return values[std::min(values.size() - 1, static_cast<std::size_t>(level * static_cast<double>(values.size())))];
}

}  // namespace

int main(int count, char** arguments) {
    std::size_t repeats = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 1000;
    std::string lines;
    fmt::print("{:<22} {:>9} {:>9} {:>9} {:>9} {:>9} {:>10} {:>10}\n", "plan", "effect", "worse", "better", "equal", "open", "median",
               "p90");
    for (const auto& plan : simulated_plans())
        for (double factor : {2.0, 1.5, 1.3, 1.2, 1.0, 0.9, 0.8, 0.5}) {
            auto ends = simulate_challenger(plan, factor, repeats);
            std::vector<double> outcomes;
            outcomes.reserve(repeats);
            double worse = 0, better = 0, equal = 0, open = 0;
            for (const auto& end : ends) {
                (end.conclusion == "worse"           ? worse
                 : end.conclusion == "better"        ? better
                 : end.conclusion == "no_difference" ? equal
                                                     : open) += 1;
                outcomes.push_back(static_cast<double>(end.outcomes));
            }
            auto share = [&](double n) { return n / static_cast<double>(repeats); };
            std::ranges::sort(outcomes);
            double median = quantile(outcomes, 0.5), p90 = quantile(outcomes, 0.9);
            fmt::print("{:<22} {:>+9.3f} {:>9.3f} {:>9.3f} {:>9.3f} {:>9.3f} {:>10.0f} {:>10.0f}\n", plan.name, 0.1 * (factor - 1),
                       share(worse), share(better), share(equal), share(open), median, p90);
            lines += fmt::format(R"({}{{"plan":"{}","effect":{:.3f},"worse":{},"better":{},"no_difference":{},"undecided":{},)"
                                 R"("outcomes_median":{:.0f},"outcomes_p90":{:.0f}}})",
                                 lines.empty() ? "" : ",", plan.name, 0.1 * (factor - 1), share(worse), share(better), share(equal),
                                 share(open), median, p90);
        }
    fmt::print("{{\"bench\":\"challenger_simulation\",\"repeats\":{},\"results\":[{}]}}\n", repeats, lines);
    return 0;
}
