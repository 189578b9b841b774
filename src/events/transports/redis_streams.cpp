#include "events/transports/redis_streams.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/log.h"
#include "events/transport_record.h"
#include "remote/environment.h"
#include "remote/redis.h"

namespace quoin {
namespace {

constexpr std::int64_t batch_records_max = 100'000;
constexpr auto lag_interval = std::chrono::seconds(5);

/// Milliseconds and number of an entry; compares as Redis orders entries.
using EntryId = std::pair<std::uint64_t, std::uint64_t>;

Result<EntryId> parse_entry_id(std::string_view text) {
    EntryId id{0, 0};
    const auto* last = text.data() + text.size();
    auto [dash, error] = std::from_chars(text.data(), last, id.first);
    if (error == std::errc() && dash == last) return id;
    if (error == std::errc() && *dash == '-') {
        auto [end, second] = std::from_chars(dash + 1, last, id.second);
        if (second == std::errc() && end == last) return id;
    }
    return fail(ErrorKind::corrupt, "'{}' is no id of a Redis stream", text.substr(0, 60));
}

std::string to_text(const EntryId& id) { return fmt::format("{}-{}", id.first, id.second); }

/// Value after a name in a flat list, as XINFO answers.
const RedisReply* value_of(const RedisReply& list, std::string_view name) {
    for (std::size_t i = 0; i + 1 < list.items.size(); i += 2)
        if (list.items[i].text == name) return &list.items[i + 1];
    return nullptr;
}

class RedisStreams : public Transport {
public:
    RedisStreams(const TransportDeclaration& declaration, RedisStreamsOptions options, Ingest& ingest, Redis redis)
        : name_(declaration.name), options_(std::move(options)), reader_(declaration), ingest_(ingest), redis_(std::move(redis)),
          claimer_(options_.consumer + ".claimed"), claim_cursor_(options_.streams.size(), "0-0") {}

    Result<Round> step(Duration wait) override {
        auto round = take(wait);
        if (!round) is_ready_ = false;  // what was delivered and not committed is pending, and read again first
        return round;
    }
    std::optional<std::int64_t> lag() const override { return lag_; }

private:
    std::string position_name(const std::string& stream) const { return fmt::format("redis/{}/{}", name_, stream); }

    Result<Round> take(Duration wait) {
        Round total;
        if (!is_ready_) {
            for (const auto& stream : options_.streams) {
                TRY_VOID(prepare(stream));
                TRY_VOID(recover(stream, total));
            }
            is_ready_ = true;
        }
        TRY_VOID(claim(total));
        if (total.records > 0) return total;
        auto count = std::to_string(options_.batch_records), block = std::to_string(std::max<std::int64_t>(1, wait.value() / 1000));
        std::vector<std::string_view> words = {"XREADGROUP", "GROUP", options_.group, options_.consumer, "COUNT",
                                               count,        "BLOCK", block,          "STREAMS"};
        words.insert(words.end(), options_.streams.begin(), options_.streams.end());
        words.insert(words.end(), options_.streams.size(), ">");
        TRY(reply, redis_.run(words, wait));
        for (const auto& stream : reply.items) {
            if (stream.items.size() != 2)
                return fail(ErrorKind::unavailable, "Redis at {} answers XREADGROUP in an unknown way", redis_.where());
            TRY_VOID(store(stream.items[0].text, stream.items[1].items, Origin::fresh, total));
        }
        TRY_VOID(measure_lag());
        return total;
    }

    /// Makes the group if it is not there: after the last entry that the log has of the stream.
    Status prepare(const std::string& stream) {
        TRY(position, ingest_.log().position(position_name(stream)));
        auto start = position.empty() ? options_.start : position;
        TRY(known, parse_entry_id(position.empty() ? "0-0" : position));
        stored_[stream] = known;
        if (!position.empty()) {
            auto info = redis_.run({"XINFO", "STREAM", stream});
            const auto* last = info ? value_of(*info, "last-generated-id") : nullptr;
            if (!info && info.error().kind == ErrorKind::unavailable) return tl::unexpected(info.error());
            auto end = last == nullptr ? Result<EntryId>(EntryId{0, 0}) : parse_entry_id(last->text);
            if (end && *end < known) {  // another stream of the same name: all of it is new
                log_event(LogLevel::warning, "redis_stream_replaced", {{"transport", name_}, {"stream", stream}, {"position", position}});
                TRY_VOID(ingest_.log().append_and_wait({.events = {}, .positions = {{position_name(stream), "0-0"}}}));
                stored_[stream] = {0, 0};
                start = "0";
            }
        }
        auto made = redis_.run({"XGROUP", "CREATE", stream, options_.group, start, "MKSTREAM"});
        if (made || made.error().kind == ErrorKind::conflict) return {};
        return tl::unexpected(made.error());
    }

    /// What was delivered to this consumer before and not acknowledged.
    Status recover(const std::string& stream, Round& total) {
        auto count = std::to_string(options_.batch_records);
        for (;;) {
            TRY(reply, redis_.run({"XREADGROUP", "GROUP", options_.group, options_.consumer, "COUNT", count, "STREAMS", stream, "0-0"}));
            bool pending = !reply.items.empty() && reply.items[0].items.size() == 2 && !reply.items[0].items[1].items.empty();
            if (!pending) return {};
            TRY_VOID(store(stream, reply.items[0].items[1].items, Origin::fresh, total));
        }
    }

    /// Takes over what other consumers left lying.
    Status claim(Round& total) {
        auto now = std::chrono::steady_clock::now();
        if (now < next_claim_) return {};
        auto idle = std::to_string(options_.claim_after.value() / 1000), count = std::to_string(options_.batch_records);
        bool more = false;
        for (std::size_t i = 0; i < options_.streams.size(); ++i) {
            const auto& stream = options_.streams[i];
            TRY(reply, redis_.run({"XAUTOCLAIM", stream, options_.group, claimer_, idle, claim_cursor_[i], "COUNT", count}));
            if (reply.items.size() < 2)
                return fail(ErrorKind::unavailable, "Redis at {} answers XAUTOCLAIM in an unknown way", redis_.where());
            claim_cursor_[i] = reply.items[0].text;
            more |= claim_cursor_[i] != "0-0";
            TRY_VOID(store(stream, reply.items[1].items, Origin::claimed, total));
        }
        if (!more) next_claim_ = now + std::chrono::microseconds(options_.claim_after.value() / 2);
        return {};
    }

    enum class Origin { fresh, claimed };
    /// Commits entries and acknowledges them. Fresh ones come in order: what is not beyond the position was committed before. Claimed ones
    /// may be older than it, and do not move it.
    Status store(const std::string& stream, const std::vector<RedisReply>& entries, Origin origin, Round& total) {
        EventLog::Batch batch;
        std::vector<std::string> ids;
        auto& stored = stored_[stream];
        auto last = stored;
        for (const auto& entry : entries) {
            if (entry.items.size() != 2) continue;
            TRY(id, parse_entry_id(entry.items[0].text));
            ids.push_back(entry.items[0].text);
            if (origin == Origin::fresh && id <= stored) continue;
            if (origin == Origin::fresh) last = std::max(last, id);
            if (entry.items[1].items.empty()) {  // deleted from the stream before it was read
                ++total.lost;
            } else {
                append(stream, id, entry.items[1].items, batch);
            }
        }
        if (last > stored) batch.positions.push_back({position_name(stream), to_text(last)});
        if (!batch.events.empty() || !batch.positions.empty()) {
            TRY(round, submit_round(ingest_, std::move(batch)));
            stored = last;
            total.records += round.records;
            total.stored += round.stored;
            total.duplicates += round.duplicates;
            total.dead_letters += round.dead_letters;
        }
        return acknowledge(stream, ids);
    }

    void append(const std::string& stream, const EntryId& id, const std::vector<RedisReply>& fields, EventLog::Batch& batch) const {
        constexpr std::uint64_t milliseconds_max = 1ull << 52;
        TransportRecord record{.place = fmt::format("{}/{}", stream, to_text(id)),
                               .value = {},
                               .headers = {},
                               .timestamp = EventTime{static_cast<std::int64_t>(std::min(id.first, milliseconds_max) * 1000)}};
        for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
            if (fields[i].text == options_.value_field) {
                record.value = fields[i + 1].text;
            } else {
                record.headers.emplace_back(fields[i].text, fields[i + 1].text);
            }
        }
        reader_.read(record, batch);
    }

    Status acknowledge(const std::string& stream, const std::vector<std::string>& ids) {
        if (ids.empty()) return {};
        std::vector<std::string_view> words = {"XACK", stream, options_.group};
        words.insert(words.end(), ids.begin(), ids.end());
        return redis_.run(words).map([](auto&&) {});
    }

    Status measure_lag() {
        auto now = std::chrono::steady_clock::now();
        if (now < next_lag_) return {};
        next_lag_ = now + lag_interval;
        std::int64_t sum = 0;
        bool known = true;
        for (const auto& stream : options_.streams) {
            TRY(groups, redis_.run({"XINFO", "GROUPS", stream}));
            for (const auto& group : groups.items) {
                const auto* name = value_of(group, "name");
                const auto* lag = value_of(group, "lag");  // Redis 7; null when entries were deleted in the middle
                if (name == nullptr || name->text != options_.group) continue;
                known &= lag != nullptr && lag->kind == RedisReply::Kind::integer;
                if (known) sum += lag->integer;
            }
        }
        lag_ = known ? std::optional(sum) : std::nullopt;
        return {};
    }

    std::string name_;
    RedisStreamsOptions options_;
    RecordReader reader_;
    Ingest& ingest_;
    Redis redis_;
    std::string claimer_;
    std::vector<std::string> claim_cursor_;
    std::map<std::string, EntryId> stored_;  ///< by stream: the last entry that is in the log
    bool is_ready_ = false;
    std::chrono::steady_clock::time_point next_claim_{}, next_lag_{};
    std::optional<std::int64_t> lag_;
};

}  // namespace

Result<RedisStreamsOptions> parse_redis_streams_options(const TransportDeclaration& declaration) {
    TRY(keys, YamlKeys::of(declaration.options, declaration.where));
    RedisStreamsOptions options;
    TRY_VOID(keys.text("url", options.url, true));
    TRY_VOID(keys.text("ca_file", options.ca_file));
    TRY_VOID(keys.texts("streams", options.streams));
    TRY_VOID(keys.text("group", options.group));
    TRY_VOID(keys.text("consumer", options.consumer));
    TRY_VOID(keys.text("value_field", options.value_field));
    TRY_VOID(keys.text("start", options.start));
    TRY_VOID(keys.duration("claim_after", options.claim_after));
    TRY_VOID(keys.whole("batch_records", options.batch_records));
    TRY_VOID(keys.nothing_else());
    if (options.streams.empty())
        return fail_field(ErrorKind::invalid, "streams", "{}: name at least one stream under 'streams'", keys.place());
    if (options.start != "0" && options.start != "$")
        return fail_field(ErrorKind::invalid, "start", "{}: 'start' is 0 (all entries) or $ (those from now on)", keys.place("start"));
    if (options.batch_records < 1 || options.batch_records > batch_records_max)
        return fail_field(ErrorKind::invalid, "batch_records", "{}: 'batch_records' is a whole number from 1 to {}",
                          keys.place("batch_records"), batch_records_max);
    auto url = with_environment(options.url);
    if (!url) return fail_field(ErrorKind::invalid, "url", "{}: {}", keys.place("url"), url.error().message);
    options.url = std::move(*url);
    return options;
}

Result<std::unique_ptr<Transport>> make_redis_streams_transport(const TransportDeclaration& declaration, Ingest& ingest) {
    TRY(options, parse_redis_streams_options(declaration));
    auto redis = Redis::make({.url = options.url, .ca_file = options.ca_file});
    if (!redis) return fail_field(ErrorKind::invalid, "url", "{}: {}", declaration.where, redis.error().message);
    return std::make_unique<RedisStreams>(declaration, std::move(options), ingest, std::move(*redis));
}

namespace transport {

TransportEntry redis_streams();

TransportEntry redis_streams() {
    return {"redis_streams", "streams of Redis 6.2 or later, as a member of a consumer group", make_redis_streams_transport};
}

}  // namespace transport
}  // namespace quoin
