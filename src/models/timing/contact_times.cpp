#include "models/timing/contact_times.h"

#include <algorithm>
#include <boost/json.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <numeric>

namespace quoin {
namespace {

constexpr std::array day_names = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

std::size_t largest(const DirichletPrior& posterior) {
    auto found = std::ranges::max_element(posterior.concentrations);
    return static_cast<std::size_t>(found - posterior.concentrations.begin());
}

/// First two moments of a share of a Dirichlet variable.
struct Moments {
    double mean, square;
};
Moments moments_of(const DirichletPrior& posterior, std::size_t k) {
    double a = posterior.concentrations[k], all = posterior.strength();
    return {a / all, a * (a + 1) / (all * (all + 1))};
}

Result<DirichletPrior> prior_from_json(const boost::json::value& value, std::size_t shares) {
    DirichletPrior prior{boost::json::value_to<std::vector<double>>(value)};
    bool sound = prior.concentrations.size() == shares &&
                 std::ranges::all_of(prior.concentrations, [](double c) { return std::isfinite(c) && c > 0; });
    if (!sound) return fail(ErrorKind::corrupt, "the prior of the contact times should have {} concentrations above 0", shares);
    return prior;
}

}  // namespace

const char* day_name(std::size_t day) { return day_names[day]; }

ContactTimes::Answer ContactTimes::answer(std::span<const double> counts, std::size_t alternatives) const {
    std::vector<double> own(counts.begin(), counts.end());
    for (double& count : own) count = std::isnan(count) ? 0 : std::max(0.0, count);
    Answer answer{.day = by_day.with(std::span(own).first(days)), .hour = by_hour.with(std::span(own).subspan(days, hours))};
    std::size_t day = largest(answer.day), hour = largest(answer.hour);
    answer.day_share = answer.day.mean(day), answer.hour_share = answer.hour.mean(hour);
    answer.best = {day, hour, answer.day_share * answer.hour_share};
    for (std::size_t other = 0; other < days; ++other)
        if (other != day) answer.alternatives.push_back({other, hour, answer.day.mean(other) * answer.hour_share});
    std::ranges::stable_sort(answer.alternatives, [](const Slot& a, const Slot& b) { return a.share > b.share; });
    answer.alternatives.resize(std::min(alternatives, answer.alternatives.size()));
    answer.crowd_share = by_day.mean(day) * by_hour.mean(hour);
    double near_hour = 0;
    for (std::size_t offset : {hours - 1, std::size_t{0}, std::size_t{1}})
        near_hour += answer.hour.chance_of_being_largest((hour + offset) % hours);
    answer.confidence = answer.day.chance_of_being_largest(day) * std::min(1.0, near_hour);
    answer.actions = std::accumulate(own.begin(), own.begin() + days, 0.0);
    return answer;
}

Result<ContactTimes> ContactTimes::fit(MatrixView<const double> counts) {
    if (counts.columns() != days + hours)
        return fail(ErrorKind::invalid, "contact times are learned from {} counts a user, not {}", days + hours, counts.columns());
    Matrix day(counts.rows(), days), hour(counts.rows(), hours);
    for (std::size_t i = 0; i < counts.rows(); ++i) {
        std::ranges::copy(counts.row(i).first(days), day.row(i).begin());
        std::ranges::copy(counts.row(i).subspan(days), hour.row(i).begin());
    }
    TRY(by_day, DirichletPrior::fit(day.view()));
    TRY(by_hour, DirichletPrior::fit(hour.view()));
    return ContactTimes{std::move(by_day), std::move(by_hour)};
}

ShareInterval credible_interval(const ContactTimes::Answer& answer, Probability level) {
    auto day = moments_of(answer.day, answer.best.day), hour = moments_of(answer.hour, answer.best.hour);
    double mean = day.mean * hour.mean, variance = day.square * hour.square - mean * mean;
    if (!(variance > 0)) return {mean, mean};
    double strength = mean * (1 - mean) / variance - 1, tail = (1 - level.value()) / 2;
    return {boost::math::ibeta_inv(mean * strength, (1 - mean) * strength, tail),
            boost::math::ibetac_inv(mean * strength, (1 - mean) * strength, tail)};
}

boost::json::object to_json(const ContactTimes& times) {
    return {{"by_day", boost::json::value_from(times.by_day.concentrations)},
            {"by_hour", boost::json::value_from(times.by_hour.concentrations)}};
}

Result<ContactTimes> contact_times_from_json(const boost::json::value& value) {
    TRY(by_day, prior_from_json(value.at("by_day"), ContactTimes::days));
    TRY(by_hour, prior_from_json(value.at("by_hour"), ContactTimes::hours));
    return ContactTimes{std::move(by_day), std::move(by_hour)};
}

}  // namespace quoin
