#include "simulation/activity.h"

#include <algorithm>
#include <array>
#include <span>

namespace quoin {
namespace {

constexpr std::size_t users_max = 100'000, named_mover = 123, homes = 12'000;
constexpr int days_max = 366;
constexpr std::int64_t second_us = 1'000'000, hour_us = 3600 * second_us, day_us = 24 * hour_us;
constexpr double fading_pace = 0.3;
constexpr double own_share = 0.7;  ///< how often somebody on the way to a transaction does what its kind asks for, not anything

using Names = std::span<const char* const>;
constexpr const char* documents[] = {"inspection", "disclosure", "appraisal", "market_report", "tax", "lease"};
constexpr const char* alerts[] = {"price_change", "new_listing", "value_change", "rate_change"};
constexpr const char* links[] = {"listing", "value", "rates", "market"};
constexpr const char* tools[] = {"calculator", "valuation", "comparison", "export"};
constexpr const char* homes_to_live_in[] = {"single_family", "condo", "townhouse"};
constexpr const char* homes_to_let[] = {"multifamily", "retail", "office"};
constexpr const char* buyer_documents[] = {"inspection", "disclosure"};
constexpr const char* seller_documents[] = {"market_report", "disclosure"};
constexpr const char* borrower_documents[] = {"appraisal", "tax"};
constexpr const char* investor_documents[] = {"lease", "market_report"};

/// How somebody behaves: settled, or on the way to a kind of transaction.
struct Habits {
    double pace = 1, click = 0.3, search = 0.6, read = 0.35, use_tool = 0.15, act = 0.3;
    std::uint64_t views = 4;  ///< of listings in a visit: less than this
    Names own_documents = documents, own_alerts = alerts, own_links = links, own_tools = tools, own_homes = homes_to_live_in;
    double names_home = 0.2;  ///< of searches
};

Habits habits_of(const Move* move, EventTime at) {
    if (move == nullptr) return {};
    bool ready = at >= move->ready;
    Habits habits{.pace = ready ? 2.5 : 1.5, .click = 0.5, .read = ready ? 0.7 : 0.45, .use_tool = 0.5, .act = 0.6};
    auto kind = static_cast<std::size_t>(move->kind);
    constexpr std::array<double, transaction_kinds> searches = {0.85, 0.35, 0.15, 0.75};
    constexpr std::array<std::uint64_t, transaction_kinds> views = {7, 3, 2, 6};
    constexpr std::array<std::size_t, transaction_kinds> own_alert = {1, 2, 3, 0}, own_tool = {2, 1, 0, 3}, own_link = {0, 1, 2, 3};
    constexpr std::array<Names, transaction_kinds> own_documents = {buyer_documents, seller_documents, borrower_documents,
                                                                    investor_documents};
    habits.search = searches[kind], habits.views = views[kind];
    habits.own_documents = own_documents[kind];
    habits.own_alerts = Names(alerts).subspan(own_alert[kind], 1);
    habits.own_tools = Names(tools).subspan(own_tool[kind], 1);
    habits.own_links = Names(links).subspan(own_link[kind], 1);
    if (move->kind == TransactionKind::investment) habits.own_homes = homes_to_let, habits.names_home = 0.7;
    return habits;
}

/// One user's days on the platform.
class User {
public:
    User(const ActivityOptions& options, const UserLife& life, const std::function<Status(SimulatedEvent)>& take)
        : end_(options.end), life_(life), rng_(Rng(options.seed).split(digest(life.id))), take_(take) {}

    Status live(int days) {
        for (int day = days; day > 0 && outcome_; --day) {
            morning_ = (end_.value() - 1) / day_us * day_us - (day - 1) * day_us;
            EventTime noon{morning_ + day_us / 2};
            if (noon >= life_.leaves) break;
            habits_ = habits_of(life_.move_at(noon), noon);
            if (noon >= life_.fades) habits_.pace = fading_pace;
            double pace = life_.visits_per_day * habits_.pace * life_.day_weights[static_cast<std::size_t>(day_of_week(noon))];
            if (rng_.uniform() < 0.3) message();
            if (rng_.uniform() < 0.12) alert(pace);
            for (double visits = pace; visits > 0; --visits)
                if (rng_.uniform() < visits) visit();
        }
        for (const Move& move : life_.moves)
            if (move.closes && move.end <= end_ && move.end > EventTime{end_.value() - days * day_us})
                happen("transaction.closed", move.end, fmt::format(R"("kind":"{}","market_id":"{}")", name_of(move.kind), life_.market));
        return outcome_;
    }

private:
    /// Day of the week, Monday first, as the transform day_of_week has it.
    static int day_of_week(EventTime time) { return static_cast<int>((time.value() / day_us + 3) % 7); }
    static std::uint64_t digest(std::string_view text) {  // FNV-1a
        std::uint64_t hash = 14695981039346656037ull;
        for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
        return hash;
    }
    EventTime moment() {
        double hour = std::clamp(life_.favourite_hour + 2.5 * rng_.normal(), 0.0, 23.9);
        return EventTime{morning_ + static_cast<std::int64_t>(hour * double(hour_us))};
    }
    static EventTime after(EventTime time, double seconds) {
        return EventTime{time.value() + static_cast<std::int64_t>(seconds * double(second_us))};
    }
    int hour_of(EventTime time) const { return static_cast<int>(time.value() % day_us / hour_us); }
    const char* one_of(Names all, Names own) {
        Names from = rng_.uniform() < own_share ? own : all;
        return from[rng_.below(from.size())];
    }
    void happen(const char* type, EventTime time, const std::string& rest) {
        if (!outcome_ || time > end_) return;
        outcome_ = take_({type, fmt::format("{}-{}", life_.id, ++count_), time, fmt::format(R"({{"user_id":"{}",{}}})", life_.id, rest)});
    }

    void message() {
        std::string mail = fmt::format(R"("message_id":"m_{}_{}","campaign_id":"weekly")", life_.id, ++count_);
        EventTime sent{morning_ + 9 * hour_us};
        happen("email.sent", sent, mail);
        if (rng_.uniform() < 0.03) return;
        happen("email.delivered", after(sent, 30), mail);
        if (rng_.uniform() > 0.25 + 0.5 * std::min(1.0, life_.visits_per_day * habits_.pace)) return;
        EventTime opened = after(moment(), 0);
        if (opened < sent) opened = after(sent, 600);
        happen("email.opened", opened, fmt::format(R"({},"first":true,"local_hour":{})", mail, hour_of(opened)));
        EventTime clicked = after(opened, 40);
        if (rng_.uniform() < habits_.click)
            happen("email.clicked", clicked,
                   fmt::format(R"({},"link":"{}","first":true,"local_hour":{})", mail, one_of(links, habits_.own_links), hour_of(clicked)));
    }

    void alert(double pace) {
        EventTime sent = moment();
        std::string about = fmt::format(R"("alert_id":"a_{}_{}","kind":"{}","channel":"push")", life_.id, ++count_,
                                        one_of(alerts, habits_.own_alerts));
        happen("alert.sent", sent, about);
        if (rng_.uniform() > pace) return;
        double seconds = std::floor(60 + 7200 * rng_.uniform());
        happen("alert.interacted", after(sent, seconds),
               fmt::format(R"({},"action":"{}","response_seconds":{},"local_hour":{})", about,
                           rng_.uniform() < habits_.act ? "acted" : "viewed", seconds, hour_of(after(sent, seconds))));
    }

    void visit() {
        EventTime start = moment();
        std::string session = fmt::format(R"("session_id":"s_{}_{}")", life_.id, ++count_);
        double seconds = std::floor(30 + 300 * rng_.gamma(1.2));
        auto pages = 1 + rng_.below(12);
        auto during = [&] { return after(start, seconds * rng_.uniform()); };
        act(start, session, "login");
        if (rng_.uniform() < habits_.search) search(after(start, 5), session);
        for (std::uint64_t views = rng_.below(habits_.views); views > 0; --views)
            happen("listing.viewed", during(),
                   fmt::format(R"({},"property_id":"prop_{}","seconds":{})", session, 1 + rng_.below(homes), 5 + rng_.below(120)));
        if (rng_.uniform() < habits_.read)
            happen("document.accessed", during(),
                   fmt::format(R"({},"document_id":"doc_{}","document_type":"{}","action":"viewed","seconds":{})", session, rng_.below(400),
                               one_of(documents, habits_.own_documents), 20 + rng_.below(400)));
        if (rng_.uniform() < habits_.use_tool) act(during(), session, one_of(tools, habits_.own_tools));
        happen("platform.session", after(start, seconds),
               fmt::format(R"({},"seconds":{},"pages":{},"device":"{}","local_hour":{})", session, seconds, pages,
                           rng_.below(3) == 0 ? "desktop" : "mobile", hour_of(start)));
    }

    void act(EventTime time, const std::string& session, const char* action) {
        happen("platform.activity", time, fmt::format(R"({},"action":"{}","local_hour":{})", session, action, hour_of(time)));
    }

    void search(EventTime time, const std::string& session) {
        auto home = rng_.uniform() < habits_.names_home
                        ? fmt::format(R"(,"property_type":"{}")", habits_.own_homes[rng_.below(habits_.own_homes.size())])
                        : std::string();
        happen("search.performed", time,
               fmt::format(R"({},"market_id":"{}","price_max":{},"results":{}{})", session, life_.market, 200'000 + 50'000 * rng_.below(12),
                           rng_.below(90), home));
    }

    EventTime end_;
    const UserLife& life_;
    Rng rng_;
    const std::function<Status(SimulatedEvent)>& take_;
    Habits habits_;
    Status outcome_;
    std::int64_t morning_ = 0;
    std::uint64_t count_ = 0;
};

}  // namespace

UserLife life_of(const ActivityOptions& options, std::size_t user) {
    Rng rng = Rng(options.seed).split(user + users_max);
    EventTime begin{options.end.value() - options.days * day_us};
    auto life = simulate_life(fmt::format("{}_{}", options.name, user), rng, {begin, options.end, {}});
    if (user != named_mover || options.name != "user") return life;
    auto days_ago = [&](int days) { return EventTime{options.end.value() - days * day_us}; };
    life.moves = {{days_ago(21), days_ago(9), days_ago(-6), TransactionKind::buy, true}};
    life.fades = life.leaves = UserLife::never;
    life.visits_per_day = std::max(life.visits_per_day, 0.6);
    return life;
}

Status simulate_user(const ActivityOptions& options, const UserLife& life, const std::function<Status(SimulatedEvent)>& take) {
    return User(options, life, take).live(options.days);
}

Result<std::vector<SimulatedEvent>> simulate_activity(const ActivityOptions& options) {
    if (options.users < 1 || options.users > users_max)
        return fail(ErrorKind::invalid, "{} users: 1 to {} can be simulated", options.users, users_max);
    if (options.days < 1 || options.days > days_max)
        return fail(ErrorKind::invalid, "{} days: 1 to {} can be simulated", options.days, days_max);
    std::vector<SimulatedEvent> events;
    auto keep = [&](SimulatedEvent event) -> Status {
        events.push_back(std::move(event));
        return {};
    };
    for (std::size_t user = 1; user <= options.users; ++user) TRY_VOID(simulate_user(options, life_of(options, user), keep));
    std::ranges::sort(events, [](const auto& a, const auto& b) { return a.time != b.time ? a.time < b.time : a.id < b.id; });
    return events;
}

}  // namespace quoin
