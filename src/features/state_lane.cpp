#include "features/state_lane.h"

namespace quoin {
namespace {

constexpr std::size_t hold_entities_max = 128;  // writers of events wait while so many states are copied: some 50 us

struct Copied {
    StateCodec::Versioned entity;
    std::size_t key = 0;
};

std::vector<Label> label(const std::string& store) { return {{"store", store}}; }

}  // namespace

void StateWork::add(const std::string& view, std::string key) { entities += keys[view].insert(std::move(key)).second ? 1 : 0; }

StateLane::StateLane(std::string name, std::shared_ptr<FeatureStateStore> store, Telemetry& telemetry, const Options& options)
    : name_(std::move(name)), store_(std::move(store)), options_(options),
      lag_seconds_(telemetry.gauge("quoin_feature_store_lag_seconds", "How far the store is behind the events", label(name_))),
      pending_(telemetry.gauge("quoin_feature_store_pending_entities", "Entities that wait to be written to the store", label(name_))),
      written_(telemetry.counter("quoin_feature_store_states_total", "States written to the store", label(name_))),
      left_out_(telemetry.counter("quoin_feature_store_left_out_total", "States the store had newer ones of", label(name_))),
      failures_(telemetry.counter("quoin_feature_store_failures_total", "Attempts to write that failed", label(name_))) {
    shown_.name = name_, shown_.kind = store_->kind(), shown_.where = store_->where();
}

void StateLane::collect(const Changes& changes) {
    std::scoped_lock lock(mutex_);
    codecs_ = changes.codecs;
    if (since_.is_missing()) since_ = changes.collected;
    waiting_.target = changes.target, waiting_.collected = changes.collected;
    waiting_.scans.insert(changes.views.begin(), changes.views.end());
    for (const auto& [view, keys] : changes.touched) {
        if (waiting_.scans.contains(view)) continue;
        for (const auto& key : keys) waiting_.add(view, key);
    }
    if (waiting_.entities <= options_.pending_max) return;
    for (const auto& [view, keys] : waiting_.keys) waiting_.scans.insert(view);
    waiting_.keys.clear(), waiting_.entities = 0;
}

void StateLane::give_back(StateWork&& work, const Error* failure) {
    std::scoped_lock lock(mutex_);
    waiting_.scans.merge(work.scans);
    for (auto& [view, keys] : work.keys)
        if (!waiting_.scans.contains(view))
            while (!keys.empty()) waiting_.add(view, std::move(keys.extract(keys.begin()).value()));
    if (failure) shown_.failure = failure->message;
}

Status StateLane::step(const PublishedView& source, bool is_urgent) {
    StateWork work;
    std::shared_ptr<const StateCodecs> codecs;
    {
        std::scoped_lock lock(mutex_);
        if (codecs_ == nullptr) return {};
        codecs = codecs_;
        work = std::move(waiting_);
        waiting_ = {};
        waiting_.target = work.target, waiting_.collected = work.collected;
    }
    bool had_work = !work.is_empty(), is_written = false;
    auto outcome = [&]() -> Status {
        if (is_unsure_) TRY_VOID(find_out(*codecs, work));
        is_behind_ = is_behind_ && !had_work;
        TRY(written, write(work, *codecs, source));
        is_written = written;
        EventTime now = source.clock.now();
        bool is_due = !is_ours_ || now - watermark_->written >= options_.heartbeat;
        if (is_written && (had_work || is_urgent || is_due)) TRY_VOID(finish(work, *codecs, now));
        return purge(now);
    }();
    if (!outcome) {
        is_unsure_ = true;
        failures_.add();
        give_back(std::move(work), &outcome.error());
        return outcome;
    }
    if (!is_written) {  // the catalog changed, or all is to end: the next step goes on
        give_back(std::move(work), nullptr);
        return {};
    }
    is_unsure_ = false;
    std::scoped_lock lock(mutex_);
    shown_.reached = work.target, shown_.reached_at = work.collected;
    shown_.failure.clear();
    if (is_behind_)
        shown_.failure = fmt::format("{} at {} has newer states than this process; another one publishes to the same space, or the log was "
                                     "made anew: give it a space of its own",
                                     store_->kind(), store_->where());
    return {};
}

Status StateLane::find_out(const StateCodecs& codecs, StateWork& work) {
    TRY(held, store_->watermark());
    if (is_ours_ && held == watermark_) return {};
    for (const StateCodec& codec : codecs.all()) work.scans.insert(codec.view().name());
    work.keys.clear(), work.entities = 0;
    watermark_ = std::move(held), is_ours_ = false;
    return {};
}

Result<bool> StateLane::write(StateWork& work, const StateCodecs& codecs, const PublishedView& source) {
    std::vector<std::string> keys;
    for (const auto& view : work.scans) {
        const StateCodec* codec = codecs.find(view);
        for (std::size_t shard = 0; codec != nullptr && shard < ViewTable::shards; ++shard) {
            keys.clear();
            source.online.hold(source.event_now(), [&](const auto&) {
                if (const ViewTable* table = source.online.table(view)) table->keys_of_shard(shard, keys);
            });
            TRY(is_done, write_keys(codecs, *codec, keys, source));
            if (!is_done) return false;
        }
    }
    for (const auto& [view, entities] : work.keys) {
        const StateCodec* codec = codecs.find(view);
        if (codec == nullptr) continue;
        keys.assign(entities.begin(), entities.end());
        TRY(is_done, write_keys(codecs, *codec, keys, source));
        if (!is_done) return false;
    }
    return true;
}

Result<bool> StateLane::write_keys(const StateCodecs& codecs, const StateCodec& codec, std::span<const std::string> keys,
                                   const PublishedView& source) {
    for (std::size_t first = 0; first < keys.size(); first += options_.batch_entities_max) {
        auto batch = keys.subspan(first, std::min(options_.batch_entities_max, keys.size() - first));
        std::vector<Copied> copies;
        const TextTable* texts = nullptr;
        bool is_same_catalog = true;
        for (std::size_t begin = 0; begin < batch.size() && is_same_catalog; begin += hold_entities_max) {
            source.online.hold(source.event_now(), [&](const ViewTable::Position& position) {
                is_same_catalog = source.online.catalog() == codecs.catalog();
                const ViewTable* table = source.online.table(codec.view().name());
                if (!is_same_catalog || table == nullptr) return;
                texts = &table->texts();
                for (std::size_t i = begin; i < std::min(batch.size(), begin + hold_entities_max); ++i)
                    if (auto state = table->state(batch[i]))
                        copies.push_back({{{position.sequence, position.advanced}, std::move(*state)}, i});
            });
        }
        if (!is_same_catalog || stops_.load(std::memory_order_relaxed)) return false;
        std::string records;
        std::vector<FeatureStateStore::Put> puts;
        std::vector<std::size_t> ends;
        for (const Copied& copy : copies) {
            std::string_view key = batch[copy.key];
            auto separator = key.find('\x1f');
            puts.push_back({.key = codec.key(key.substr(0, separator), key.substr(separator + 1)), .record = {}});
            codec.encode(puts.back().key, copy.entity, *texts, records);
            ends.push_back(records.size());
        }
        for (std::size_t i = 0, start = 0; i < puts.size(); start = ends[i++])
            puts[i].record = std::string_view(records).substr(start, ends[i] - start);
        TRY(left_out, store_->put_many(puts));
        is_behind_ = is_behind_ || left_out > 0;
        written_.add(static_cast<double>(puts.size() - left_out));
        left_out_.add(static_cast<double>(left_out));
        std::scoped_lock lock(mutex_);
        shown_.written += puts.size() - left_out, shown_.left_out += left_out;
    }
    return true;
}

Status StateLane::finish(const StateWork& work, const StateCodecs& codecs, EventTime now) {
    StateWatermark next{.version = work.target, .catalog = codecs.digest(), .written = now};
    if (watermark_ && watermark_->version > next.version) is_behind_ = true;
    if (is_behind_) return {};  // what is there is not ours to change
    TRY(is_taken, store_->put_watermark(watermark_, next));
    if (!is_taken)
        return fail(ErrorKind::conflict, "{} at {} has lost its states, or another process writes to the same space", store_->kind(),
                    store_->where());
    watermark_ = std::move(next), is_ours_ = true;
    return {};
}

Status StateLane::purge(EventTime now) {
    if (!purged_at_.is_missing() && now - purged_at_ < options_.purge_every) return {};
    TRY_VOID(store_->purge().map([](auto&&) {}));
    purged_at_ = now;
    return {};
}

StateLane::View StateLane::view() const {
    std::scoped_lock lock(mutex_);
    View view = shown_;
    view.pending_entities = waiting_.entities, view.pending_views = waiting_.scans.size();
    return view;
}

void StateLane::show(EventTime now) {
    std::scoped_lock lock(mutex_);
    EventTime reached = shown_.reached_at.is_missing() ? since_ : shown_.reached_at;
    if (!reached.is_missing()) lag_seconds_.set(static_cast<double>((now - reached).value()) / 1e6);
    pending_.set(static_cast<double>(waiting_.entities));
}

}  // namespace quoin
