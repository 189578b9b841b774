#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decisions/search/bayes_optimizer.h"

namespace quoin {

struct HalvingSchedule {
    double resource_min = 1, resource_max = 27;  ///< epochs, rows, trees: whatever a loss becomes better with; 0 < min ≤ max
    std::size_t keep_one_in = 3;                 ///< 2 or more
};

/// Successive halving without waiting (ASHA: Li, Jamieson, Rostamizadeh, Gonina, Hardt, Recht & Talwalkar 2020, algorithm 2), with points
/// proposed by Bayesian optimisation instead of chance, as in BOHB (Falkner, Klein & Hutter 2018). Rung k gives resource_min ·
/// keep_one_in^k, the last one resource_max. A job is the promotion of a point among the best 1/keep_one_in of its rung, from the top rung
/// down, or else a new point on the first rung. The proposals learn from the losses of the first rung, where every point has one at the
/// same resource. Any number of workers may hold jobs. One thread at a time.
class AsynchronousHalving {
public:
    /// Error: invalid (a schedule that is none; an optimizer with constraints, trials, or for a maximum).
    static Result<AsynchronousHalving> make(BayesOptimizer proposals, const HalvingSchedule& schedule = {});

    struct Job {
        std::uint64_t point_id;  ///< the trial of the optimizer
        SearchPoint point;
        std::size_t rung;
        double resource;
    };
    Result<Job> ask();
    /// Lower is better. Error: not_found (no such job is out), invalid (a loss that is not finite or beyond ± 1e100).
    Status tell(const Job& job, double loss);
    /// The point counts as infinitely bad on this rung.
    Status tell_failure(const Job& job);

    struct Best {
        SearchPoint point;
        double loss, resource;
    };
    /// Of the highest rung that has a loss. None: no loss is known.
    std::optional<Best> best() const;
    std::size_t rungs() const { return rungs_.size(); }
    double resource(std::size_t rung) const;
    const BayesOptimizer& proposals() const { return proposals_; }

private:
    struct Entry {
        std::uint64_t point_id;
        std::optional<double> loss;  ///< none while the job is out
        bool is_promoted = false;
    };
    AsynchronousHalving(BayesOptimizer proposals, const HalvingSchedule& schedule)
        : proposals_(std::move(proposals)), schedule_(schedule) {}
    std::optional<std::size_t> promotable(std::size_t rung) const;
    Result<Entry*> waiting(const Job& job);

    BayesOptimizer proposals_;
    HalvingSchedule schedule_;
    std::vector<std::vector<Entry>> rungs_;
};

}  // namespace quoin
