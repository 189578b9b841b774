#include "simulation/user_life.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace quoin {
namespace {

constexpr double day_us = 86'400e6;
constexpr std::array markets = {"atlanta_msa", "dallas_msa", "austin_msa", "phoenix_msa"};
constexpr std::array kind_names = {"buy", "sell", "refinance", "investment"};
constexpr std::array<double, transaction_kinds> kind_shares = {0.35, 0.25, 0.25, 0.15};
constexpr double day_shape = 1.5;  ///< of the gamma weights of days: the smaller, the more each user has days of their own
constexpr double warm_up_days = 1500;

double exponential(Rng& rng, double mean) { return -mean * std::log1p(-rng.uniform()); }

EventTime later(EventTime time, double days) { return EventTime{time.value() + static_cast<std::int64_t>(days * day_us)}; }

TransactionKind draw_kind(Rng& rng) {
    double at = rng.uniform();
    for (std::size_t k = 0; k + 1 < kind_shares.size(); ++k) {
        if (at < kind_shares[k]) return static_cast<TransactionKind>(k);
        at -= kind_shares[k];
    }
    return TransactionKind::investment;
}

std::vector<Move> draw_moves(Rng& rng, const LifeOptions& options) {
    std::vector<Move> moves;
    EventTime at = later(options.begin, -warm_up_days);
    while (true) {
        at = later(at, exponential(rng, options.stages.settled));
        if (at >= options.end) return moves;
        Move move{at, later(at, exponential(rng, options.stages.looking)), {}, draw_kind(rng), rng.uniform() < options.stages.share_ready};
        move.end = move.closes ? later(move.ready, exponential(rng, options.stages.ready)) : move.ready;
        at = move.end;
        if (at > options.begin) moves.push_back(move);
    }
}

/// P(sum of independent exponential times with these different means ≤ days).
double hypoexponential(std::span<const double> means, double days) {
    double beyond = 0;
    for (std::size_t i = 0; i < means.size(); ++i) {
        double weight = 1;
        for (std::size_t j = 0; j < means.size(); ++j)
            if (j != i) weight *= means[i] / (means[i] - means[j]);
        beyond += weight * std::exp(-days / means[i]);
    }
    return 1 - beyond;
}

}  // namespace

const char* name_of(TransactionKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

const Move* UserLife::move_at(EventTime at) const {
    auto found = std::ranges::find_if(moves, [&](const Move& move) { return move.begin <= at && at < move.end; });
    return found == moves.end() ? nullptr : &*found;
}

UserStage UserLife::stage_at(EventTime at) const {
    const Move* move = move_at(at);
    if (move == nullptr) return UserStage::settled;
    return at < move->ready ? UserStage::looking : UserStage::ready;
}

const Move* UserLife::closing_between(EventTime from, EventTime to) const {
    auto found = std::ranges::find_if(moves, [&](const Move& move) { return move.closes && from < move.end && move.end <= to; });
    return found == moves.end() ? nullptr : &*found;
}

UserLife simulate_life(std::string id, Rng& rng, const LifeOptions& options) {
    UserLife life;
    life.id = std::move(id);
    life.visits_per_day = 0.15 + 0.35 * rng.gamma(1.5);
    life.favourite_hour = static_cast<int>(8 + rng.below(14));
    life.market = markets[rng.below(markets.size())];
    double sum = 0;
    for (double& weight : life.day_weights) sum += weight = 0.2 + rng.gamma(day_shape);
    for (double& weight : life.day_weights) weight *= 7 / sum;
    life.moves = draw_moves(rng, options);
    return life;
}

double chance_of_closing(UserStage stage, double days, const StageDays& stages) {
    const std::array means = {stages.ready, stages.looking, stages.settled};
    double reached = hypoexponential(std::span(means).first(stage == UserStage::ready ? 1 : stage == UserStage::looking ? 2 : 3), days);
    return stage == UserStage::ready ? reached : stages.share_ready * reached;
}

}  // namespace quoin
