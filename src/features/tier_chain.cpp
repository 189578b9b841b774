#include "features/tier_chain.h"

namespace quoin {

TierChain::TierChain(std::vector<SharedFeatureReader::Tier> tiers, Telemetry& telemetry, const SharedFeatureReader::Options& options)
    : options_(options) {
    for (auto& tier : tiers) {
        std::vector<Label> label = {{"store", tier.name}};
        links_.push_back({.tier = std::move(tier),
                          .states = &telemetry.counter("quoin_shared_states_read_total", "States read from the store", label),
                          .failures = &telemetry.counter("quoin_shared_read_failures_total", "Reads that the store did not answer", label),
                          .damaged = &telemetry.counter("quoin_shared_states_damaged_total", "States that could not be used", label)});
    }
}

void TierChain::note(std::size_t tier, const Error* failure) {
    std::scoped_lock lock(mutex_);
    Link& link = links_[tier];
    link.failure = failure ? failure->message : std::string();
    if (failure == nullptr) return;
    link.failures->add();
    link.rests_until = std::chrono::steady_clock::now() + std::chrono::microseconds(options_.rest.value());
}

TierChain::Standing TierChain::standing(std::size_t tier, EventTime now) {
    Link& link = links_[tier];
    bool is_due = false, is_resting = false;
    {
        std::scoped_lock lock(mutex_);
        is_resting = std::chrono::steady_clock::now() < link.rests_until;
        is_due = !is_resting &&
                 (link.watermark_at.is_missing() || now < link.watermark_at || now - link.watermark_at >= options_.watermark_every);
        if (is_due) link.watermark_at = now;  // one reader asks, the others go on with what is known
    }
    if (is_due) {
        auto watermark = link.tier.source->watermark();
        note(tier, watermark ? nullptr : &watermark.error());
        is_resting = !watermark && options_.rest.value() > 0;
        std::scoped_lock lock(mutex_);
        if (watermark) link.watermark = std::move(*watermark);
    }
    std::scoped_lock lock(mutex_);
    if (!link.watermark) return {.is_resting = is_resting};
    return {.reached = link.watermark->version,
            .is_fresh = link.tier.follows_events && now - link.watermark->written <= options_.stale_after,
            .is_resting = is_resting};
}

std::vector<TierChain::Standing> TierChain::standings() {
    EventTime now = options_.clock.now();
    std::vector<Standing> all;
    for (std::size_t tier = 0; tier < links_.size(); ++tier) all.push_back(standing(tier, now));
    return all;
}

/// Whether the later store need not be asked for what an earlier one has given.
bool TierChain::is_settled(const SoughtState& one, std::size_t tier, std::span<const Standing> standings) const {
    return one.found && (standings[one.tier].is_fresh || standings[tier].reached <= standings[one.tier].reached);
}

Status TierChain::ask(std::size_t tier, std::span<SoughtState* const> sought, TextTable& texts) {
    std::vector<StateKey> keys;
    for (const SoughtState* one : sought) keys.push_back(one->codec->key(one->tenant, one->id));
    TRY(records, links_[tier].tier.source->get_many(keys));
    for (std::size_t i = 0; i < sought.size(); ++i) {
        if (!records[i]) continue;
        auto decoded = sought[i]->codec->decode(keys[i], *records[i], texts);
        if (!decoded && decoded.error().kind == ErrorKind::too_large) return tl::unexpected(std::move(decoded).error());
        if (!decoded) {  // the next store may have it whole
            links_[tier].damaged->add();
            sought[i]->damage = std::move(decoded).error().message;
            continue;
        }
        links_[tier].states->add();
        if (sought[i]->found && sought[i]->found->version >= decoded->version) continue;
        sought[i]->found = std::move(*decoded), sought[i]->tier = tier;
    }
    return {};
}

Status TierChain::find(std::span<SoughtState> sought, TextTable& texts) {
    auto standing = standings();
    bool last_answered = links_.empty(), follower_answered = true;
    for (const Link& link : links_) follower_answered = follower_answered && !link.tier.follows_events;
    Status failure;
    for (std::size_t tier = 0; tier < links_.size(); ++tier) {
        std::vector<SoughtState*> open;
        for (SoughtState& one : sought)
            if (!is_settled(one, tier, standing)) open.push_back(&one);
        if (open.empty()) continue;
        Status asked;
        if (standing[tier].is_resting) {
            std::scoped_lock lock(mutex_);
            asked = fail(ErrorKind::unavailable, "{}", links_[tier].failure);
        } else {
            asked = ask(tier, open, texts);
            note(tier, asked ? nullptr : &asked.error());
        }
        if (!asked && asked.error().kind == ErrorKind::too_large) return asked;
        if (!asked) failure = asked;
        last_answered = asked.has_value();
        follower_answered = follower_answered || (asked && links_[tier].tier.follows_events);
    }
    for (const SoughtState& one : sought) {
        if (one.found) continue;
        if (!one.damage.empty()) return fail(ErrorKind::corrupt, "{}", one.damage);
        if (last_answered && follower_answered) continue;
        return fail(ErrorKind::unavailable, "whether '{}' of view '{}' is known cannot be told: {}", one.id.substr(0, 80),
                    one.codec->view().name(), failure ? "there is no store" : failure.error().message);
    }
    return {};
}

EventTime TierChain::reached() const {
    std::scoped_lock lock(mutex_);
    EventTime furthest = EventTime::missing();
    for (const Link& link : links_)
        if (link.watermark) furthest = std::max(furthest, link.watermark->version.advanced);
    return furthest;
}

bool TierChain::holds(const std::string& digest) {
    auto is_held = [&] {
        std::scoped_lock lock(mutex_);
        return std::ranges::any_of(links_, [&](const Link& link) { return link.watermark && link.watermark->catalog == digest; });
    };
    if (is_held()) return true;
    {
        std::scoped_lock lock(mutex_);  // a store may have been filled since its watermark was read
        for (Link& link : links_) link.watermark_at = EventTime::missing();
    }
    refresh();
    return is_held();
}

std::vector<SharedFeatureReader::TierView> TierChain::views() const {
    std::scoped_lock lock(mutex_);
    std::vector<SharedFeatureReader::TierView> views;
    for (const Link& link : links_)
        views.push_back(
            {link.tier.name, link.tier.source->kind(), link.tier.source->where(), link.watermark, link.failure, link.tier.follows_events});
    return views;
}

}  // namespace quoin
