#include "events/log_writer.h"

#include <cassert>
#include <charconv>
#include <cstring>

#include "base/digest.h"
#include "events/log_columns.h"
#include "store/ordered_key.h"

namespace quoin {
namespace {

namespace columns = log_columns;

constexpr std::string_view format = "1";
/// A block is what one read takes from the store at least.
constexpr std::size_t block_events_max = 4096, block_bytes_max = 1u << 20;

Result<std::optional<std::uint64_t>> kept_number(const KeyValue& store, const std::string& key) {
    TRY(value, store.get(columns::state, key));
    if (!value) return std::optional<std::uint64_t>();
    if (value->size() != 8) return fail(ErrorKind::corrupt, "the event log's '{}' has {} bytes", key, value->size());
    return std::optional(number_of_key(*value));
}

}  // namespace

Result<LogWriter::Kept> LogWriter::make_new(KeyValue& store) {
    Kept kept;
    auto random = random_hex_id();  // 128 bits
    for (std::size_t i = 0; i < 2; ++i) std::from_chars(random.data() + 16 * i, random.data() + 16 * (i + 1), kept.name_key[i], 16);
    KeyValue::Batch batch(store);
    batch.put(columns::state, columns::name_key_key, ordered_key(kept.name_key[0]) + ordered_key(kept.name_key[1]));
    batch.put(columns::state, columns::format_key, format);
    TRY_VOID(store.write(batch, KeyValue::Durability::synced));
    return kept;
}

Result<LogWriter::Kept> LogWriter::read_kept(KeyValue& store) {
    Kept kept;
    TRY(last, last_sequence_of(store));
    TRY(written_format, store.get(columns::state, columns::format_key));
    TRY(name_key, store.get(columns::state, columns::name_key_key));
    TRY(moment, kept_number(store, columns::moment_key));
    TRY(indexed, kept_number(store, columns::indexed_key));
    if (last == 0 && !written_format) return make_new(store);
    if (written_format && *written_format != format)
        return fail(ErrorKind::unsupported, "the event log has format {}; this program reads format {}", *written_format, format);
    if (!written_format || !name_key || name_key->size() != 16 || (last > 0 && !moment) || indexed.value_or(0) > last)
        return fail(ErrorKind::corrupt, "the event log has {} events, and what belongs to them is missing", last);
    kept.last = last;
    kept.indexed_through = indexed.value_or(0);
    kept.moment = EventTime{static_cast<std::int64_t>(moment.value_or(0))};
    kept.name_key = {number_of_key(std::string_view(*name_key).substr(0, 8)), number_of_key(std::string_view(*name_key).substr(8))};
    return kept;
}

LogWriter::LogWriter(KeyValue& store, const EventLog::Options& options, const Kept& kept)
    : store_(store), clock_(options.clock, kept.moment), namer_(kept.name_key),
      names_({.store = store, .column = columns::names, .indexed_through = kept.indexed_through, .run_names = options.run_names}),
      last_(kept.last), batch_(store), indexed_kept_(kept.indexed_through) {}

Result<std::unique_ptr<LogWriter>> LogWriter::open(KeyValue& store, const EventLog::Options& options) {
    TRY(kept, read_kept(store));
    std::unique_ptr<LogWriter> writer(new LogWriter(store, options, kept));
    TRY(letters, LetterShelf::open(store, writer->namer_));
    TRY(tallies, LogTallies::open(store));
    writer->letters_ = std::move(letters);
    writer->tallies_ = std::move(tallies);
    TRY_VOID(writer->read_names());
    return writer;
}

LogWriter::~LogWriter() {
    KeyValue::Batch batch(store_);
    batch.put(columns::state, columns::moment_key, ordered_key(static_cast<std::uint64_t>(clock_.now().value())));
    if (last_ > 0) (void)store_.write(batch, KeyValue::Durability::synced);
}

/// The names that were only in memory when the log was closed or lost its process.
Status LogWriter::read_names() {
    return read_events(store_, indexed_kept_ + 1, last_, [&](const Event& event) -> Result<bool> {
        names_.insert(namer_.name_of(event), event.sequence);
        return true;
    });
}

void LogWriter::commit(std::vector<Waiting>& group) {
    batch_.clear();
    stored_ = 0;
    moment_ = clock_.begin();
    auto outcome = names_.health();
    if (outcome) outcome = build(group);
    if (outcome && !batch_.is_empty()) outcome = store_.write(batch_, KeyValue::Durability::synced);
    {
        std::lock_guard lock(mutex_);
        failed_ = outcome;
    }
    outcome ? publish(group) : abandon(group, outcome.error());
}

Status LogWriter::build(std::vector<Waiting>& group) {
    event_names_.clear();
    for (const auto& waiting : group) {
        for (const auto& event : waiting.batch.events) names_.prefetch(event_names_.emplace_back(namer_.name_of(event)));
    }
    acceptances_.clear();
    acceptances_.resize(group.size());
    std::span<const EventName> names = event_names_;
    for (std::size_t i = 0; i < group.size(); ++i) {
        auto events = group[i].batch.events.size();
        TRY_VOID(build(group[i], names.first(events), acceptances_[i]));
        names = names.subspan(events);
    }
    end_block();
    tallies_->finish(batch_);
    letters_->finish(batch_);
    if (stored_ > 0) {
        batch_.put(columns::state, columns::moment_key, ordered_key(static_cast<std::uint64_t>(moment_.value()) + stored_ - 1));
        if (auto indexed = names_.indexed_through(); indexed != indexed_kept_)
            batch_.put(columns::state, columns::indexed_key, ordered_key(indexed));
    }
    return {};
}

Status LogWriter::build(Waiting& waiting, std::span<const EventName> names, std::vector<Acceptance>& acceptances) {
    auto& batch = waiting.batch;
    auto refusal = batch.refusals.begin();
    auto replay = batch.replays.begin();
    acceptances.reserve(batch.events.size());
    for (std::size_t i = 0; i < batch.events.size(); ++i) {
        std::optional<std::uint64_t> replayed;
        if (replay != batch.replays.end() && replay->event == i) replayed = (replay++)->dead_letter;
        const auto* reason = refusal != batch.refusals.end() && refusal->event == i ? &(refusal++)->reason : nullptr;
        TRY(known, names_.find(names[i]));
        if (known == 0 && reason != nullptr) {
            TRY(shelved, shelve(batch.events[i], *reason, replayed));
            acceptances.push_back(std::move(shelved));
            continue;
        }
        if (replayed) TRY_VOID(letters_->remove(batch_, *replayed));
        if (known == 0) store_event(batch.events[i], names[i]);
        auto outcome = known == 0 ? Acceptance::Outcome::stored : Acceptance::Outcome::duplicate;
        acceptances.push_back({outcome, known == 0 ? last_ + stored_ : known, {}});
    }
    for (auto number : batch.purged) TRY_VOID(letters_->remove(batch_, number));
    for (const auto& position : batch.positions) batch_.put(columns::state, columns::position_prefix + position.consumer, position.value);
    return {};
}

Result<Acceptance> LogWriter::shelve(const Event& event, const std::string& reason, std::optional<std::uint64_t> replayed) {
    TRY(number, letters_->add(batch_, {.event = event, .reason = reason, .received = moment_}, replayed));
    return Acceptance{Acceptance::Outcome::dead_letter, number, reason};
}

void LogWriter::store_event(Event& event, EventName name) {
    event.sequence = last_ + ++stored_;
    auto moment = EventTime{moment_.value() + static_cast<std::int64_t>(stored_) - 1};
    if (!event.is_history || event.known > moment) event.known = moment;
    if (event.known.is_missing()) event.known = std::min(event.time, moment);
    names_.insert(name, event.sequence);
    tallies_->count(event);
    if (block_.events() == 0) block_.begin(event.sequence);
    block_.add(event);
    if (block_.events() >= block_events_max || block_.bytes() >= block_bytes_max) end_block();
}

void LogWriter::end_block() {
    if (block_.events() > 0) batch_.put(columns::log, ordered_key(block_.first_sequence()), block_.finish());
    block_.begin(0);
}

void LogWriter::publish(std::vector<Waiting>& group) {
    indexed_kept_ = names_.indexed_through();
    last_.store(last_ + stored_, std::memory_order_release);
    names_.committed(last_);
    tallies_->committed();
    letters_->committed();
    if (!listeners_.empty() && stored_ > 0) tell_listeners(group);
    clock_.end(stored_);
    for (std::size_t i = 0; i < group.size(); ++i) group[i].done(std::move(acceptances_[i]));
}

void LogWriter::tell_listeners(std::vector<Waiting>& group) {
    told_.clear();
    for (std::size_t i = 0; i < group.size(); ++i) {
        auto& events = group[i].batch.events;
        for (std::size_t j = 0; j < events.size(); ++j)
            if (acceptances_[i][j].outcome == Acceptance::Outcome::stored) told_.push_back(std::move(events[j]));
    }
    for (const auto& listener : listeners_) listener(told_);
}

void LogWriter::abandon(std::vector<Waiting>& group, const Error& error) {
    names_.take_back(last_ + 1);
    tallies_->abandoned();
    letters_->abandoned();
    block_.begin(0);
    clock_.end(0);
    for (auto& waiting : group) waiting.done(tl::unexpected(error));
}

Status LogWriter::health() const {
    std::lock_guard lock(mutex_);
    if (!failed_) return failed_;
    return store_.health();
}

}  // namespace quoin
