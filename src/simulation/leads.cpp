#include "simulation/leads.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "simulation/lead_process.h"

namespace quoin {
namespace {

// Streams of random numbers: leads take their number, so these stand far above it.
constexpr std::uint64_t market_stream = 1ULL << 40, named_lead_stream = 1ULL << 41;
constexpr double day_us = 86'400e6;
constexpr double outcome_days = 90, outcome_days_long = 180, burn_in_days = 180;
constexpr int moments_per_lead = 3;
constexpr double moment_age_min = 1, moment_age_max = 120;
constexpr double month_days = 30;
constexpr double contacts_per_day = 0.12, first_contact_days_mean = 0.8;

constexpr std::array stage_names = {"contacted", "qualified", "negotiating", "under_contract"};
constexpr std::array strong_kinds = {"meeting", "site_visit", "call", "reply"};
constexpr std::array weak_kinds = {"form", "document", "page", "page", "page"};
constexpr std::array channels = {"call", "call", "email", "sms", "mail"};

/// Log velocity of each market by month: an autoregression, deviation 0.25.
class Markets {
public:
    Markets(const LeadOptions& options, EventTime start) : start_(start) {
        auto months = static_cast<std::size_t>(options.days / month_days) + 2;
        for (std::size_t market = 0; market < lead_markets.size(); ++market) {
            Rng rng = Rng(options.seed).split(market_stream + market);
            double level = 0.25 * rng.normal();
            auto& own = log_velocity_.emplace_back();
            for (std::size_t month = 0; month < months; ++month) {
                own.push_back(level);
                level = 0.9 * level + 0.25 * std::sqrt(1 - 0.81) * rng.normal();
            }
        }
    }
    /// As published: figures of counts, so rounded.
    double log_velocity(std::size_t market, EventTime at) const {
        auto month = static_cast<std::size_t>((at.value() - start_.value()) / (month_days * day_us));
        return std::log(std::round(listings * velocity_typical * std::exp(log_velocity_[market][month])) / listings / velocity_typical);
    }
    void publish(const LeadOptions& options, std::vector<SimulatedEvent>& events) const {
        for (std::size_t market = 0; market < lead_markets.size(); ++market) {
            for (std::size_t month = 0;; ++month) {
                EventTime at{start_.value() + static_cast<std::int64_t>(static_cast<double>(month) * month_days * day_us)};
                if (at > options.end) break;
                double velocity = velocity_typical * std::exp(log_velocity(market, at));
                events.push_back({"market.observed", fmt::format("{}-month-{}", lead_markets[market], month), at,
                                  fmt::format(R"({{"market_id":"{}","provider":"simulation","active_listings":{},"sales":{:.0f}}})",
                                              lead_markets[market], int(listings), listings * velocity)});
            }
        }
    }

private:
    static constexpr double listings = 8000;
    EventTime start_;
    std::vector<std::vector<double>> log_velocity_;
};

/// One lead from its creation to its end, or to the end of the simulation.
class Lead {
public:
    Lead(std::string id, EventTime created, LeadTraits traits, Rng rng)
        : id_(std::move(id)), created_(created), traits_(traits), rng_(rng) {}

    void draw_fate() { live(LeadProcess::draw_fate(traits_, rng_)); }
    void live(LeadFate fate) {
        fate_ = std::move(fate);
        double rate = LeadProcess::interactions_per_day(traits_.intent), strong = LeadProcess::strong_share(traits_.intent);
        for (double age = wait(1 / rate); age < fate_.days; age += wait(1 / rate)) interactions_.push_back({age, rng_.uniform() < strong});
        double reach = LeadProcess::reach_probability(traits_.intent);
        for (double age = wait(first_contact_days_mean); age < fate_.days; age += wait(1 / contacts_per_day))
            contacts_.push_back({age, rng_.uniform() < reach});
    }

    const std::string& id() const { return id_; }
    const LeadFate& fate() const { return fate_; }
    const LeadTraits& traits() const { return traits_; }
    EventTime created() const { return created_; }
    EventTime at(double age) const { return EventTime{created_.value() + static_cast<std::int64_t>(age * 86'400) * 1'000'000}; }
    Rng& rng() { return rng_; }

    LeadEvidence evidence(double age) const {
        LeadEvidence seen{.age_days = age};
        seen.stages = static_cast<int>(std::ranges::count_if(fate_.stage_days, [&](double day) { return day <= age; }));
        for (auto [day, strong] : interactions_)
            if (day <= age) ++(strong ? seen.strong : seen.weak);
        for (auto [day, reached] : contacts_)
            if (day <= age) ++(reached ? seen.reached : seen.not_reached);
        return seen;
    }
    void tell(EventTime end, std::vector<SimulatedEvent>& events) {
        created_events(events);
        for (auto [day, strong] : interactions_) {
            const char* kind = strong ? strong_kinds[rng_.below(strong_kinds.size())] : weak_kinds[rng_.below(weak_kinds.size())];
            happen(events, "lead.interaction", day, fmt::format(R"("kind":"{}")", kind));
        }
        for (auto [day, reached] : contacts_)
            happen(events, "lead.contacted", day,
                   fmt::format(R"("channel":"{}","outcome":"{}","hours_since_created":{:.2f})", channels[rng_.below(channels.size())],
                               reached ? "reached" : "no_answer", day * 24));
        const char* stage = "new";
        for (std::size_t i = 0; i < fate_.stage_days.size(); ++i) {
            happen(events, "lead.stage_changed", fate_.stage_days[i],
                   fmt::format(R"("stage":"{}","from_stage":"{}")", stage_names[i], stage));
            stage = stage_names[i];
        }
        happen(events, "lead.stage_changed", fate_.days,
               fmt::format(R"("stage":"{}","from_stage":"{}")", fate_.converts ? "closed" : "lost", stage));
        if (fate_.converts)
            happen(events, "lead.converted", fate_.days,
                   fmt::format(R"("source":"{}","market_id":"{}","amount":{:.0f},"days_to_close":{:.3f})", lead_sources[traits_.source],
                               lead_markets[traits_.market], asking_price(), fate_.days));
        std::erase_if(events, [&](const SimulatedEvent& event) { return event.time > end; });
    }

private:
    struct Happening {
        double age;
        bool is_strong;
    };
    double wait(double mean) { return -mean * std::log1p(-rng_.uniform()); }
    double asking_price() const { return std::round(traits_.property_value_usd * (1 - traits_.asking_discount)); }
    std::string property() const { return "home_of_" + id_; }

    void happen(std::vector<SimulatedEvent>& events, const char* type, double age, const std::string& rest) {
        events.push_back({type, fmt::format("{}-{}", id_, ++count_), at(age), fmt::format(R"({{"lead_id":"{}",{}}})", id_, rest)});
    }
    void created_events(std::vector<SimulatedEvent>& events) {
        happen(events, "lead.created", 0,
               fmt::format(R"("source":"{}","property_id":"{}","market_id":"{}","asking_price":{:.0f},"financing":"{}")",
                           lead_sources[traits_.source], property(), lead_markets[traits_.market], asking_price(),
                           lead_financings[traits_.financing]));
        events.push_back({"property.characteristics", id_ + "-home", created_,
                          fmt::format(R"({{"property_id":"{}","market_id":"{}","property_type":"{}"}})", property(),
                                      lead_markets[traits_.market], lead_property_types[traits_.property_type])});
        events.push_back(
            {"property.valued", id_ + "-value", created_,
             fmt::format(R"({{"property_id":"{}","value":{:.0f},"method":"model"}})", property(), traits_.property_value_usd)});
    }

    std::string id_;
    EventTime created_;
    LeadTraits traits_;
    Rng rng_;
    LeadFate fate_;
    std::vector<Happening> interactions_, contacts_;  ///< of contacts: reached
    std::uint64_t count_ = 0;
};

/// The rows of moments and truth in the making.
struct Moments {
    Categories ids, outcomes{.codes = {}, .levels = {"closed", "lost", "open"}};
    Times times;
    Numbers converted, lost, days_to_close, days_observed, probability, lost_probability, log_days, intent, ever;

    void look(Lead& lead, const LeadOptions& options) {
        double followed = (options.end.value() - lead.created().value()) / day_us;
        const auto& fate = lead.fate();
        std::array<double, moments_per_lead> ages;
        for (double& age : ages) age = std::exp(std::log(moment_age_max / moment_age_min) * lead.rng().uniform()) * moment_age_min;
        std::ranges::sort(ages);
        for (double age : ages) {
            bool early = options.days - followed + age < burn_in_days;
            if (age >= fate.days || early || age + outcome_days > followed) continue;
            add(lead, {age, followed});
        }
    }
    Result<SimulatedLeads> tables() {
        SimulatedLeads leads;
        TRY(moments, Table::make({{"lead_id", ids},
                                  {"observed_at", times},
                                  {"converted_90d", converted},
                                  {"lost_90d", lost},
                                  {"days_to_close", days_to_close},
                                  {"days_observed", days_observed},
                                  {"outcome", outcomes}}));
        TRY(truth, Table::make({{"lead_id", ids},
                                {"observed_at", times},
                                {"probability_90d", probability},
                                {"lost_probability_90d", lost_probability},
                                {"log_days", log_days},
                                {"intent", intent},
                                {"probability_ever", ever}}));
        leads.moments = std::move(moments), leads.truth = std::move(truth);
        return leads;
    }

private:
    struct Look {
        double age, followed;
    };
    void add(const Lead& lead, Look look) {
        const auto& fate = lead.fate();
        double ahead = fate.days - look.age, known = look.followed - look.age;
        bool is_over = ahead <= known;
        if (ids.levels.empty() || ids.levels.back() != lead.id()) ids.levels.push_back(lead.id());
        ids.codes.push_back(static_cast<std::int32_t>(ids.levels.size()) - 1);
        times.push_back(lead.at(look.age));
        converted.push_back(fate.converts && ahead <= outcome_days ? 1 : 0);
        lost.push_back(!fate.converts && ahead <= outcome_days ? 1 : 0);
        days_to_close.push_back(fate.converts && ahead <= outcome_days_long && known >= outcome_days_long ? ahead : NAN);
        days_observed.push_back(std::min(ahead, known));
        outcomes.codes.push_back(!is_over ? 2 : fate.converts ? 0 : 1);
        auto forecast = LeadProcess::forecast(lead.traits(), lead.evidence(look.age), outcome_days, outcome_days_long);
        probability.push_back(forecast.probability);
        lost_probability.push_back(forecast.lost);
        log_days.push_back(forecast.log_days_mean);
        intent.push_back(lead.traits().intent);
        ever.push_back(LeadProcess::conversion_probability(lead.traits()));
    }
};

/// The lead that documents name: of a referral, keen, 25 days old and to close in three weeks.
Lead named_lead(const LeadOptions& options, const Markets& markets) {
    Rng rng = Rng(options.seed).split(named_lead_stream);
    LeadTraits traits{.source = 0, .financing = 1, .property_type = 0, .market = 0};
    traits.property_value_usd = 420'000, traits.asking_discount = 0.06, traits.intent = 1.1;
    EventTime created{options.end.value() - static_cast<std::int64_t>(25 * day_us)};
    traits.log_velocity = markets.log_velocity(traits.market, created);
    Lead lead("lead_abc123", created, traits, rng);
    lead.live({.converts = true, .days = 46, .stage_days = {1.5, 9, 27, 38}});
    return lead;
}

Status check(const LeadOptions& options) {
    if (options.leads < 1 || options.leads > limits::simulated_leads_max)
        return fail_field(ErrorKind::invalid, "leads", "{} leads: 1 to {} can be simulated", options.leads, limits::simulated_leads_max);
    if (options.days < limits::simulated_lead_days_min || options.days > limits::simulated_lead_days_max)
        return fail_field(ErrorKind::invalid, "days", "{} days: {} to {} can be simulated", options.days, limits::simulated_lead_days_min,
                          limits::simulated_lead_days_max);
    return {};
}

}  // namespace

Result<SimulatedLeads> simulate_leads(const LeadOptions& options) {
    TRY_VOID(check(options));
    EventTime start{options.end.value() - static_cast<std::int64_t>(options.days * day_us)};
    Markets markets(options, start);
    std::vector<Lead> all;
    for (std::size_t number = 1; number <= options.leads; ++number) {
        Rng rng = Rng(options.seed).split(number);
        EventTime created{start.value() + static_cast<std::int64_t>(rng.uniform() * options.days * 86'400) * 1'000'000};
        auto traits = LeadProcess::draw_traits(rng);
        traits.log_velocity = markets.log_velocity(traits.market, created);
        all.emplace_back(fmt::format("lead_{}", number), created, traits, rng).draw_fate();
    }
    all.push_back(named_lead(options, markets));
    Moments moments;
    std::vector<SimulatedEvent> events;
    std::vector<std::string> open;
    markets.publish(options, events);
    for (Lead& lead : all) {
        moments.look(lead, options);
        if (lead.at(lead.fate().days) > options.end) open.push_back(lead.id());
        std::vector<SimulatedEvent> own;
        lead.tell(options.end, own);
        std::ranges::move(own, std::back_inserter(events));
    }
    TRY(leads, moments.tables());
    std::ranges::sort(events, [](const auto& a, const auto& b) { return a.time != b.time ? a.time < b.time : a.id < b.id; });
    std::ranges::sort(open);
    leads.events = std::move(events), leads.open = std::move(open);
    return leads;
}

}  // namespace quoin
