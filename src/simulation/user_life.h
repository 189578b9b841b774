#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/event_time.h"
#include "base/rng.h"

namespace quoin {

enum class TransactionKind : std::uint8_t { buy, sell, refinance, investment };
/// "buy", "sell", "refinance", "investment", as transaction.closed has them.
const char* name_of(TransactionKind kind);
constexpr std::size_t transaction_kinds = 4;

/// Where a user stands: at home, looking around, with a deal in sight, losing interest, or gone for good.
enum class UserStage : std::uint8_t { settled, looking, ready, fading, gone };
constexpr std::size_t user_stages = 5;
/// "settled", "looking", "ready", "fading", "gone".
const char* name_of(UserStage stage);

/// One way to a transaction: looking from `begin`, ready from `ready`, closed at `end`. Who gives up does so at `ready`, which then is
/// `end`.
struct Move {
    EventTime begin, ready, end;
    TransactionKind kind;
    bool closes;
};

/// The days a user of the simulation spends in each stage are exponential with these means: a chain of states without memory, so that the
/// chance of what comes next is known exactly from the stage alone. Who is settled begins to look, or to lose interest, whichever comes
/// first.
struct StageDays {
    double settled = 250, looking = 25, ready = 15;
    double share_ready = 0.85;  ///< of those who look; the others give up
    double interested = 400;    ///< settled days until a user begins to lose interest
    double fading = 30;         ///< from then on until they are gone
};

/// What is true of one user, and nobody sees.
struct UserLife {
    std::string id, market;
    double visits_per_day = 0;            ///< when settled, on an average day
    int favourite_hour = 0;               ///< 0 to 23; acts around it (normal, 2.5 hours)
    std::array<double, 7> day_weights{};  ///< by day of the week, Monday first; mean 1
    std::vector<Move> moves;              ///< by time, one after the other; none after `fades`
    EventTime fades = never, leaves = never;

    static constexpr EventTime never{std::numeric_limits<std::int64_t>::max()};

    /// The move under way; nullptr: settled.
    const Move* move_at(EventTime at) const;
    UserStage stage_at(EventTime at) const;
    /// The first closing in (from, to]; nullptr: none.
    const Move* closing_between(EventTime from, EventTime to) const;
};

struct LifeOptions {
    EventTime begin, end;
    StageDays stages;
};
/// A life between two times, in its stage of long standing at `begin` and interested then. The same stream gives the same life.
UserLife simulate_life(std::string id, Rng& rng, const LifeOptions& options);

/// The probability that somebody in `stage` closes a transaction within so many days: the distribution function of the sum of the
/// exponential times still ahead (hypoexponential; Ross, Introduction to Probability Models, 5.2.4). No score made from what users do can
/// have a higher expected AUC than this one, which knows the stage.
double chance_of_closing(UserStage stage, double days, const StageDays& stages = {});

/// The probability that somebody in `stage` is gone within so many days, as chance_of_closing; who is on the way to a transaction is
/// settled after it. 1 for who is gone.
double chance_of_leaving(UserStage stage, double days, const StageDays& stages = {});

}  // namespace quoin
