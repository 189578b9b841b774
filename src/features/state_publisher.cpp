#include "features/state_publisher.h"

#include <chrono>
#include <condition_variable>
#include <thread>

#include "base/log.h"
#include "remote/retry.h"

namespace quoin {
namespace {

std::chrono::microseconds microseconds(Duration length) { return std::chrono::microseconds(length.value()); }

}  // namespace

struct StatePublisher::State {
    PublishedView source;
    Options options;
    std::vector<std::unique_ptr<StateLane>> lanes;
    std::vector<std::thread> threads;

    std::mutex collecting;  ///< known, codecs
    std::shared_ptr<const StateCodecs> codecs;
    std::map<std::string, std::string, std::less<>> known;  ///< computation by view: their tables remember what is touched

    std::mutex waking;
    std::condition_variable wake, advanced;
    bool stops = false;
    std::uint64_t urgent = 0;  ///< counts calls of flush()

    /// Hands what was touched since the last call to all lanes; the version is exact, since no event is folded in meanwhile.
    StateVersion collect() {
        std::scoped_lock lock(collecting);
        StateLane::Changes changes;
        for (bool is_done = false; !is_done;) {
            auto catalog = source.online.catalog();
            if (codecs == nullptr || codecs->catalog() != catalog) codecs = std::make_shared<const StateCodecs>(catalog);
            source.online.hold(source.event_now(), [&](const ViewTable::Position& position) {
                if (source.online.catalog() != codecs->catalog()) return;  // replaced this very moment
                is_done = true;
                changes.target = {position.sequence, position.advanced};
                take_touched(changes);
            });
        }
        changes.codecs = codecs;
        changes.collected = source.clock.now();
        for (auto& lane : lanes) lane->collect(changes);
        return changes.target;
    }

    void take_touched(StateLane::Changes& changes) {
        for (const StateCodec& codec : codecs->all()) {
            const std::string& view = codec.view().name();
            ViewTable* table = source.online.table(view);
            if (table == nullptr) continue;
            std::string& computation = known[view];
            if (computation != codec.computation()) {
                computation = codec.computation();
                table->remember_touched();
                changes.views.push_back(view);
            }
            std::vector<std::string> keys;
            table->take_touched(keys);
            if (!keys.empty()) changes.touched.emplace(view, std::move(keys));
        }
    }

    void run(StateLane& lane, std::uint64_t seed) {
        RetryOptions retry{.attempts_max = 0, .delay_first = options.pause_first, .delay_max = options.pause_max, .total_max = Duration{0}};
        Backoff backoff(retry, source.clock, Rng(seed));
        std::uint64_t answered = 0;
        std::unique_lock lock(waking);
        while (!stops) {
            std::uint64_t asked = urgent;
            lock.unlock();
            collect();
            auto outcome = lane.step(source, asked != answered);
            lane.show(source.clock.now());
            Duration pause = options.every;
            if (outcome) {
                if (backoff.failures() > 0) log_event(LogLevel::info, "feature_store_back", {{"store", lane.view().name}});
                backoff.reset();
                answered = asked;
            } else {
                if (backoff.failures() == 0)
                    log_event(LogLevel::warning, "feature_store_away", {{"store", lane.view().name}, {"reason", outcome.error().message}});
                pause = backoff.next().value_or(options.pause_max);
            }
            lock.lock();
            advanced.notify_all();
            // A store that is away is asked again at once when somebody waits for it, but only once per question.
            wake.wait_for(lock, microseconds(pause), [&] { return stops || urgent != asked; });
        }
    }
};

StatePublisher::StatePublisher(std::unique_ptr<State> state) : state_(std::move(state)) {}

std::unique_ptr<StatePublisher> StatePublisher::start(PublishedView source, std::vector<Store> stores, Telemetry& telemetry,
                                                      Options options) {
    std::unique_ptr<State> state(new State{.source = std::move(source), .options = options});
    for (Store& store : stores)
        state->lanes.push_back(std::make_unique<StateLane>(store.name, std::move(store.store), telemetry, options.lane));
    std::uint64_t seed = 0;
    for (auto& lane : state->lanes)
        state->threads.emplace_back([raw = state.get(), &lane = *lane, number = ++seed] { raw->run(lane, number); });
    return std::unique_ptr<StatePublisher>(new StatePublisher(std::move(state)));
}

StatePublisher::~StatePublisher() {
    {
        std::scoped_lock lock(state_->waking);
        state_->stops = true;
    }
    for (auto& lane : state_->lanes) lane->stop();
    state_->wake.notify_all();
    for (auto& thread : state_->threads) thread.join();
}

Status StatePublisher::flush(Duration timeout) {
    auto until = std::chrono::steady_clock::now() + microseconds(timeout);
    StateVersion wanted = state_->collect();
    auto behind = [&]() -> const StateLane* {
        for (const auto& lane : state_->lanes)
            if (lane->view().reached < wanted) return lane.get();
        return nullptr;
    };
    std::unique_lock lock(state_->waking);
    ++state_->urgent;
    state_->wake.notify_all();
    if (state_->advanced.wait_until(lock, until, [&] { return behind() == nullptr; })) return {};
    auto view = behind()->view();
    return fail(ErrorKind::unavailable, "the feature store '{}' did not take everything within {}: {}", view.name, to_text(timeout),
                view.failure.empty() ? "it is still being written" : view.failure);
}

std::vector<StateLane::View> StatePublisher::stores() const {
    std::vector<StateLane::View> views;
    for (const auto& lane : state_->lanes) views.push_back(lane->view());
    return views;
}

Status StatePublisher::health() const {
    EventTime now = state_->source.clock.now();
    for (const auto& view : stores()) {
        if (!view.failure.empty())
            return fail(ErrorKind::unavailable, "the feature store '{}' does not follow: {}", view.name, view.failure);
        if (!view.reached_at.is_missing() && now - view.reached_at > state_->options.lag_max)
            return fail(ErrorKind::unavailable, "the feature store '{}' is {} s behind, with {} entities waiting", view.name,
                        (now - view.reached_at).value() / 1'000'000, view.pending_entities);
    }
    return {};
}

}  // namespace quoin
