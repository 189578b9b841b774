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
constexpr std::uint64_t interest_stream = 0x696e746572657374;

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

/// Interest lasts for so many settled days from the beginning on; then come no further moves.
void lose_interest(UserLife& life, Rng rng, const LifeOptions& options) {
    double interested = exponential(rng, options.stages.interested);
    EventTime at = options.begin;
    auto settled_until = [&](EventTime end) {
        double days = static_cast<double>(end.value() - at.value()) / day_us;
        if (days < interested) {
            interested -= std::max(days, 0.0);
            return false;
        }
        life.fades = later(at, interested), life.leaves = later(life.fades, exponential(rng, options.stages.fading));
        return true;
    };
    for (auto move = life.moves.begin(); move != life.moves.end(); at = move->end, ++move) {
        if (!settled_until(move->begin)) continue;
        life.moves.erase(move, life.moves.end());
        return;
    }
    settled_until(options.end);
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

const char* name_of(UserStage stage) {
    constexpr std::array<const char*, user_stages> names = {"settled", "looking", "ready", "fading", "gone"};
    return names[static_cast<std::size_t>(stage)];
}

const Move* UserLife::move_at(EventTime at) const {
    auto found = std::ranges::find_if(moves, [&](const Move& move) { return move.begin <= at && at < move.end; });
    return found == moves.end() ? nullptr : &*found;
}

UserStage UserLife::stage_at(EventTime at) const {
    if (at >= fades) return at < leaves ? UserStage::fading : UserStage::gone;
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
    lose_interest(life, rng.split(interest_stream), options);
    return life;
}

namespace {

/// Days until somebody settled begins to look or to lose interest, whichever comes first.
double settled_days(const StageDays& stages) { return 1 / (1 / stages.settled + 1 / stages.interested); }

}  // namespace

double chance_of_closing(UserStage stage, double days, const StageDays& stages) {
    double settled = settled_days(stages), begins = settled / stages.settled;
    const std::array means = {stages.ready, stages.looking, settled};
    switch (stage) {
        case UserStage::ready: return hypoexponential(std::span(means).first(1), days);
        case UserStage::looking: return stages.share_ready * hypoexponential(std::span(means).first(2), days);
        case UserStage::settled: return begins * stages.share_ready * hypoexponential(means, days);
        default: return 0;
    }
}

double chance_of_leaving(UserStage stage, double days, const StageDays& stages) {
    double settled = settled_days(stages), fades = settled / stages.interested;
    auto after = [&](std::initializer_list<double> means) { return hypoexponential(std::span(means.begin(), means.size()), days); };
    double ready = stages.ready, looking = stages.looking, fading = stages.fading;
    switch (stage) {
        case UserStage::gone: return 1;
        case UserStage::fading: return after({fading});
        case UserStage::settled: return fades * after({fading, settled});
        case UserStage::ready: return fades * after({fading, settled, ready});
        case UserStage::looking:
            return fades * (stages.share_ready * after({fading, settled, looking, ready}) +
                            (1 - stages.share_ready) * after({fading, settled, looking}));
    }
    return 0;
}

}  // namespace quoin
