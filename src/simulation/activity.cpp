#include "simulation/activity.h"

#include <algorithm>
#include <array>

#include "base/duration.h"
#include "base/rng.h"

namespace quoin {
namespace {

constexpr std::size_t users_max = 100'000, named_mover = 123, homes = 12'000;
constexpr int days_max = 366;
constexpr std::int64_t second_us = 1'000'000, hour_us = 3600 * second_us, day_us = 24 * hour_us;

constexpr std::array markets = {"atlanta_msa", "dallas_msa", "austin_msa", "phoenix_msa"};
constexpr std::array documents = {"inspection", "disclosure", "appraisal", "market_report", "tax"};
constexpr std::array alerts = {"price_change", "new_listing", "value_change", "rate_change"};

/// One user's life on the platform.
class User {
public:
    User(const ActivityOptions& options, std::size_t number, std::vector<SimulatedEvent>& events)
        : options_(options), rng_(Rng(options.seed).split(number)), events_(events), name_(fmt::format("user_{}", number)) {
        is_mover_ = is_simulated_mover(options.seed, number);
        rate_ = 0.15 + 0.35 * rng_.gamma(1.5);
        favourite_hour_ = static_cast<int>(8 + rng_.below(14));
        market_ = markets[rng_.below(markets.size())];
    }

    void live() {
        for (int day = options_.days; day > 0; --day) {
            morning_ = options_.end.value() - day * day_us;
            double pace = rate_ * (is_mover_ && day <= 14 ? 2 : 1);
            if (rng_.uniform() < 0.3) message();
            if (rng_.uniform() < 0.12) alert(pace);
            for (double visits = pace; visits > 0; --visits)
                if (rng_.uniform() < visits) visit();
        }
    }

private:
    EventTime moment() {
        double hour = std::clamp(favourite_hour_ + 2.5 * rng_.normal(), 0.0, 23.9);
        return EventTime{morning_ + static_cast<std::int64_t>(hour * double(hour_us))};
    }
    EventTime after(EventTime time, double seconds) const {
        return std::min(options_.end, EventTime{time.value() + static_cast<std::int64_t>(seconds * double(second_us))});
    }
    int hour_of(EventTime time) const { return static_cast<int>(time.value() % day_us / hour_us); }
    void happen(const char* type, EventTime time, const std::string& rest) {
        events_.push_back({type, fmt::format("{}-{}", name_, ++count_), std::min(time, options_.end),
                           fmt::format(R"({{"user_id":"{}",{}}})", name_, rest)});
    }

    void message() {
        std::string mail = fmt::format(R"("message_id":"m_{}_{}","campaign_id":"weekly")", name_, ++count_);
        EventTime sent{morning_ + 9 * hour_us};
        happen("email.sent", sent, mail);
        if (rng_.uniform() < 0.03) return;
        happen("email.delivered", after(sent, 30), mail);
        if (rng_.uniform() > 0.25 + 0.5 * std::min(1.0, rate_)) return;
        EventTime opened = after(moment(), 0);
        if (opened < sent) opened = after(sent, 600);
        happen("email.opened", opened, fmt::format(R"({},"first":true,"local_hour":{})", mail, hour_of(opened)));
        if (rng_.uniform() < 0.3) happen("email.clicked", after(opened, 40), mail + R"(,"link":"listing","first":true)");
    }

    void alert(double pace) {
        EventTime sent = moment();
        std::string about = fmt::format(R"("alert_id":"a_{}_{}","kind":"{}","channel":"push")", name_, ++count_,
                                        alerts[rng_.below(alerts.size())]);
        happen("alert.sent", sent, about);
        if (rng_.uniform() > pace) return;
        double seconds = std::floor(60 + 7200 * rng_.uniform());
        happen("alert.interacted", after(sent, seconds),
               fmt::format(R"({},"action":"{}","response_seconds":{})", about, rng_.uniform() < 0.3 ? "acted" : "viewed", seconds));
    }

    void visit() {
        EventTime start = moment();
        std::string session = fmt::format(R"("session_id":"s_{}_{}")", name_, ++count_);
        double seconds = std::floor(30 + 300 * rng_.gamma(1.2));
        auto pages = 1 + rng_.below(12);
        if (rng_.uniform() < 0.6)
            happen("search.performed", after(start, 5),
                   fmt::format(R"({},"market_id":"{}","price_max":{},"results":{})", session, market_, 200'000 + 50'000 * rng_.below(12),
                               rng_.below(90)));
        for (std::uint64_t views = rng_.below(4); views > 0; --views)
            happen("listing.viewed", after(start, seconds * rng_.uniform()),
                   fmt::format(R"({},"property_id":"prop_{}","seconds":{})", session, 1 + rng_.below(homes), 5 + rng_.below(120)));
        if (rng_.uniform() < 0.35)
            happen("document.accessed", after(start, seconds * rng_.uniform()),
                   fmt::format(R"({},"document_id":"doc_{}","document_type":"{}","action":"viewed","seconds":{})", session, rng_.below(400),
                               documents[rng_.below(documents.size())], 20 + rng_.below(400)));
        happen("platform.session", after(start, seconds),
               fmt::format(R"({},"seconds":{},"pages":{},"device":"{}","local_hour":{})", session, seconds, pages,
                           rng_.below(3) == 0 ? "desktop" : "mobile", hour_of(start)));
    }

    const ActivityOptions& options_;
    Rng rng_;
    std::vector<SimulatedEvent>& events_;
    std::string name_, market_;
    bool is_mover_ = false;
    double rate_ = 0;
    int favourite_hour_ = 0;
    std::int64_t morning_ = 0;
    std::uint64_t count_ = 0;
};

}  // namespace

bool is_simulated_mover(std::uint64_t seed, std::size_t user) {
    return user == named_mover || Rng(seed).split(user + users_max).below(10) == 0;
}

Result<std::vector<SimulatedEvent>> simulate_activity(const ActivityOptions& options) {
    if (options.users < 1 || options.users > users_max)
        return fail(ErrorKind::invalid, "{} users: 1 to {} can be simulated", options.users, users_max);
    if (options.days < 1 || options.days > days_max)
        return fail(ErrorKind::invalid, "{} days: 1 to {} can be simulated", options.days, days_max);
    std::vector<SimulatedEvent> events;
    for (std::size_t user = 1; user <= options.users; ++user) User(options, user, events).live();
    std::ranges::sort(events, [](const auto& a, const auto& b) { return a.time != b.time ? a.time < b.time : a.id < b.id; });
    return events;
}

}  // namespace quoin
