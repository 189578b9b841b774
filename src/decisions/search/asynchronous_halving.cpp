#include "decisions/search/asynchronous_halving.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quoin {
namespace {

constexpr double failed = std::numeric_limits<double>::infinity();
constexpr std::size_t rungs_max = 64;

}  // namespace

Result<AsynchronousHalving> AsynchronousHalving::make(BayesOptimizer proposals, const HalvingSchedule& schedule) {
    if (!(schedule.resource_min > 0 && schedule.resource_min <= schedule.resource_max && std::isfinite(schedule.resource_max)))
        return fail_field(ErrorKind::invalid, "resource_min", "resources from {} to {} are no schedule", schedule.resource_min,
                          schedule.resource_max);
    if (schedule.keep_one_in < 2)
        return fail_field(ErrorKind::invalid, "keep_one_in", "keep_one_in is {}; it must be at least 2", schedule.keep_one_in);
    if (proposals.options().maximize || proposals.options().constraints > 0 || !proposals.trials().empty())
        return fail(ErrorKind::invalid, "halving needs a fresh optimizer for a minimum without constraints");
    AsynchronousHalving halving(std::move(proposals), schedule);
    std::size_t rungs = 1;
    // A rounding error in the powers makes no rung of its own.
    for (double resource = schedule.resource_min; resource < schedule.resource_max * (1 - 1e-9) && rungs < rungs_max; ++rungs)
        resource *= static_cast<double>(schedule.keep_one_in);
    halving.rungs_.resize(rungs);
    return halving;
}

double AsynchronousHalving::resource(std::size_t rung) const {
    if (rung + 1 >= rungs_.size()) return schedule_.resource_max;
    return schedule_.resource_min * std::pow(static_cast<double>(schedule_.keep_one_in), static_cast<double>(rung));
}

std::optional<std::size_t> AsynchronousHalving::promotable(std::size_t rung) const {
    const std::vector<Entry>& entries = rungs_[rung];
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (entries[i].loss) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return *entries[a].loss < *entries[b].loss; });
    order.resize(order.size() / schedule_.keep_one_in);
    for (std::size_t i : order)
        if (!entries[i].is_promoted && *entries[i].loss < failed) return i;
    return {};
}

Result<AsynchronousHalving::Job> AsynchronousHalving::ask() {
    for (std::size_t rung = rungs_.size() - 1; rung-- > 0;) {
        const auto found = promotable(rung);
        if (!found) continue;
        rungs_[rung][*found].is_promoted = true;
        const std::uint64_t id = rungs_[rung][*found].point_id;
        rungs_[rung + 1].push_back({id, {}});
        return Job{id, proposals_.trials()[id].point, rung + 1, resource(rung + 1)};
    }
    TRY(suggestions, proposals_.ask());
    rungs_.front().push_back({suggestions.front().id, {}});
    return Job{suggestions.front().id, suggestions.front().point, 0, resource(0)};
}

Result<AsynchronousHalving::Entry*> AsynchronousHalving::waiting(const Job& job) {
    if (job.rung < rungs_.size())
        for (Entry& entry : rungs_[job.rung])
            if (entry.point_id == job.point_id && !entry.loss) return &entry;
    return fail(ErrorKind::not_found, "no job of point {} on rung {} is out", job.point_id, job.rung);
}

Status AsynchronousHalving::tell(const Job& job, double loss) {
    TRY(entry, waiting(job));
    if (job.rung == 0) TRY_VOID(proposals_.tell(job.point_id, {loss}));
    if (!std::isfinite(loss)) return fail_field(ErrorKind::invalid, "loss", "the loss is {}; tell such a job as failed", loss);
    entry->loss = loss;
    return {};
}

Status AsynchronousHalving::tell_failure(const Job& job) {
    TRY(entry, waiting(job));
    if (job.rung == 0) TRY_VOID(proposals_.tell_failure(job.point_id));
    entry->loss = failed;
    return {};
}

std::optional<AsynchronousHalving::Best> AsynchronousHalving::best() const {
    for (std::size_t rung = rungs_.size(); rung-- > 0;) {
        const Entry* best = nullptr;
        for (const Entry& entry : rungs_[rung])
            if (entry.loss && *entry.loss < failed && (!best || *entry.loss < *best->loss)) best = &entry;
        if (best) return Best{proposals_.trials()[best->point_id].point, *best->loss, resource(rung)};
    }
    return {};
}

}  // namespace quoin
