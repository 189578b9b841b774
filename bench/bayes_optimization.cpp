// How many evaluations until Bayesian optimisation is within 1 % of a known minimum, and what does random search reach with as many?
//
//     bayes_optimization [seeds [target]]        default: 20 branin and hartmann6
//
// Branin and Hartmann-6 with 28 and 121 evaluations: those that Jones, Schonlau & Welch (1998) needed to come within 1 %. The last line is
// machine-readable; exit status 1 when a median is not within 1 % or random search is better on any seed.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "decisions/search/bayes_optimizer.h"
#include "decisions/search/published_functions_fixture.h"

namespace {

using namespace quoin;

struct Target {
    std::string name;
    SearchSpace space;
    double minimum;
    std::size_t evaluations;
    std::function<double(const SearchPoint&)> value;
};

double number(const SearchPoint& point, std::string_view name) { return std::get<double>(point.find(name)->second); }

std::vector<Target> targets() {
    std::vector<SearchParameter> six;
    for (int i = 0; i < 6; ++i) six.push_back({.name = fmt::format("x{}", i)});
    auto hartmann = [](const SearchPoint& point) {
        std::vector<double> x;
        for (int i = 0; i < 6; ++i) x.push_back(number(point, fmt::format("x{}", i)));
        return hartmann6(x);
    };
    return {{"branin", SearchSpace::make({{.name = "x1", .lower = -5, .upper = 10}, {.name = "x2", .lower = 0, .upper = 15}}).value(),
             branin_minimum, 28, [](const SearchPoint& point) { return branin(number(point, "x1"), number(point, "x2")); }},
            {"hartmann6", SearchSpace::make(six).value(), hartmann6_minimum, 121, hartmann}};
}

struct Course {
    double best = 1e300;     ///< after all evaluations
    std::size_t within = 0;  ///< evaluations until 1 %; 0: never
    double random = 1e300;   ///< best of as many random points
};

Course course_of(const Target& target, std::uint64_t seed) {
    Course course;
    auto optimizer = BayesOptimizer::make(target.space, {.seed = seed}).value();
    for (std::size_t i = 1; i <= target.evaluations; ++i) {
        const auto suggestion = optimizer.ask().value().front();
        const double value = target.value(suggestion.point);
        if (!optimizer.tell(suggestion.id, {value})) std::abort();
        course.best = std::min(course.best, value);
        if (course.within == 0 && course.best - target.minimum <= 0.01 * std::abs(target.minimum)) course.within = i;
    }
    Rng rng(seed);
    std::vector<double> shares(target.space.parameters().size());
    for (std::size_t i = 0; i < target.evaluations; ++i) {
        for (double& share : shares) share = rng.uniform();
        course.random = std::min(course.random, target.value(target.space.point(shares)));
    }
    return course;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return 0.5 * (values[(values.size() - 1) / 2] + values[values.size() / 2]);
}

}  // namespace

int main(int count, char** words) {
    const std::size_t seeds = count > 1 ? std::strtoull(words[1], nullptr, 10) : 20;
    std::vector<std::string> cells;
    bool holds = true;
    for (const Target& target : targets()) {
        if (count > 2 && target.name != words[2]) continue;
        const auto begin = std::chrono::steady_clock::now();
        std::vector<Course> courses(seeds);
        parallel_for(seeds, [&](std::size_t i) { courses[i] = course_of(target, i + 1); });
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        std::vector<double> best, random, within;
        std::size_t reached = 0, better = 0;
        for (const Course& course : courses) {
            best.push_back(course.best);
            random.push_back(course.random);
            within.push_back(course.within == 0 ? 1e9 : static_cast<double>(course.within));
            reached += course.within > 0;
            better += course.best < course.random;
        }
        fmt::print("{}: minimum {}; after {} evaluations median {:.6f} (random search {:.4f}); within 1 % on {} of {} seeds, median after "
                   "{} evaluations; better than random on {}; {:.1f} s\n",
                   target.name, target.minimum, target.evaluations, median(best), median(random), reached, seeds, median(within), better,
                   seconds);
        cells.push_back(fmt::format(R"("{}": {{"evaluations": {}, "median": {:.6f}, "random": {:.4f}, "within": {}, "median_within": {}, )"
                                    R"("better": {}, "seconds": {:.1f}}})",
                                    target.name, target.evaluations, median(best), median(random), reached, median(within), better,
                                    seconds));
        holds = holds && median(within) <= static_cast<double>(target.evaluations) && better == seeds;
    }
    fmt::print("{{\"bench\": \"bayes_optimization\", \"seeds\": {}, {}}}\n", seeds, fmt::join(cells, ", "));
    return holds ? 0 : 1;
}
