#include "queueing/multi_server_queue.h"

#include <cmath>

namespace quoin {
namespace {

/// Erlang C from Erlang B of as many servers.
double waiting_of(double blocking, double servers, double load) { return blocking / (1 - load / servers * (1 - blocking)); }

/// Erlang B of one server more: B(c) = a B(c − 1) / (c + a B(c − 1)). Stable: all terms are positive.
double next_blocking(double blocking, double servers, double load) { return load * blocking / (servers + load * blocking); }

Status check(double offered_load) {
    if (offered_load >= 0 && offered_load <= limits::offered_load_max) return {};
    return fail(ErrorKind::invalid, "an offered load of {} Erlangs does not lie between 0 and {:g}", offered_load,
                limits::offered_load_max);
}

}  // namespace

double erlang_c(std::size_t servers, double offered_load) {
    auto count = static_cast<double>(servers);
    if (offered_load >= count) return 1;
    double blocking = 1;
    for (std::size_t c = 1; c <= servers; ++c) blocking = next_blocking(blocking, static_cast<double>(c), offered_load);
    return waiting_of(blocking, count, offered_load);
}

Result<MultiServerQueue> MultiServerQueue::make(std::size_t servers, double offered_load) {
    TRY_VOID(check(offered_load));
    if (!(offered_load < static_cast<double>(servers)))
        return fail(ErrorKind::invalid, "{} servers are not enough for {} Erlangs: the queue would grow for ever", servers, offered_load);
    return MultiServerQueue(servers, offered_load, erlang_c(servers, offered_load));
}

double MultiServerQueue::waits_longer_than(double time) const { return waiting_ * std::exp(-(servers_ - load_) * time); }

double MultiServerQueue::stays_longer_than(double time) const {
    // Wait (exponential of rate c − a with probability C) plus service (exponential of rate 1).
    double rate = servers_ - load_, difference = rate - 1;
    double both = std::abs(difference) < 1e-9 ? time * std::exp(-time) : (std::exp(-time) - std::exp(-rate * time)) / difference;
    return std::exp(-time) + waiting_ * both;
}

std::size_t MultiServerQueue::places_for(double overflow) const {
    // An arrival finds k or more waiting with probability C (a / c)^k.
    if (load_ == 0 || waiting_ <= overflow) return 0;
    return static_cast<std::size_t>(std::ceil(std::log(overflow / waiting_) / std::log(load_ / servers_)));
}

Result<std::size_t> servers_needed(double offered_load, const WaitTarget& target) {
    TRY_VOID(check(offered_load));
    if (!(target.share > 0 && target.share < 1 && target.service_times >= 0))
        return fail(ErrorKind::invalid, "no queue lets a share of {} wait longer than {} service times", target.share,
                    target.service_times);
    double blocking = 1;
    for (std::size_t servers = 1;; ++servers) {
        auto count = static_cast<double>(servers);
        blocking = next_blocking(blocking, count, offered_load);
        if (count <= offered_load) continue;
        double waits = waiting_of(blocking, count, offered_load) * std::exp(-(count - offered_load) * target.service_times);
        if (waits <= target.share) return servers;
    }
}

}  // namespace quoin
