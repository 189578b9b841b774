#include "decisions/bandit/ucb1.h"

#include <boost/json.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "decisions/json_fields.h"

namespace quoin {

Ucb1::Ucb1(const BanditOptions& options) : Bandit(options), counts_(options.actions, 0.0), sums_(options.actions, 0.0) {}

std::size_t Ucb1::weigh(const BanditContext&, Rng&, std::span<double> out) const {
    const double all = std::accumulate(counts_.begin(), counts_.end(), 0.0);
    const double factor = options().alpha * (options().reward_upper - options().reward_lower);
    std::vector<double> bounds(counts_.size(), std::numeric_limits<double>::infinity());
    for (std::size_t a = 0; a < bounds.size(); ++a)
        if (counts_[a] > 0) bounds[a] = sums_[a] / counts_[a] + factor * std::sqrt(2 * std::log(all) / counts_[a]);
    share_among_best(bounds, out);
    return 0;
}

void Ucb1::update(const BanditContext&, std::size_t action, double reward) {
    counts_[action] += 1;
    sums_[action] += reward;
}

boost::json::object Ucb1::state() const { return {{"counts", json_numbers(counts_)}, {"sums", json_numbers(sums_)}}; }

Result<std::unique_ptr<Bandit>> Ucb1::restore(const BanditOptions& options, const boost::json::object& state) {
    const boost::json::value value(state);
    TRY(fields, JsonFields::open(value, "ucb1", ErrorKind::corrupt));
    TRY(counts, fields.numbers("counts", options.actions));
    TRY(sums, fields.numbers("sums", options.actions));
    TRY_VOID(fields.finish());
    if (counts.size() != options.actions || sums.size() != options.actions)
        return fail(ErrorKind::corrupt, "ucb1: {} counts and {} sums for {} actions", counts.size(), sums.size(), options.actions);
    for (double count : counts)
        if (!(count >= 0) || count != std::floor(count)) return fail(ErrorKind::corrupt, "ucb1: a count of {}", count);
    auto bandit = std::make_unique<Ucb1>(options);
    bandit->counts_ = std::move(counts);
    bandit->sums_ = std::move(sums);
    return bandit;
}

}  // namespace quoin
