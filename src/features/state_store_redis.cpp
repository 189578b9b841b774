#include "features/state_store_redis.h"

#include <charconv>
#include <mutex>

#include "features/client_pool.h"
#include "remote/redis.h"

namespace quoin {
namespace {

constexpr std::size_t keys_per_put_max = 256;  // a script runs alone in the server: 256 writes are about 0.5 ms
constexpr std::size_t bytes_per_put_max = 8u << 20;
constexpr std::size_t keys_per_get_max = 512;
constexpr std::size_t computation_digits = 16;         // the record names all 64
constexpr std::string_view tenant_marks = ":*?[]\\@";  // what separates, what SCAN understands, what the watermark begins with

/// KEYS get ARGV[2…], unless what is there begins with a greater version; ARGV[1]: seconds to live, 0: for good. Answers how many were
/// left out. GETRANGE of a key that is not there is empty.
constexpr std::string_view put_script = R"(
local function is_greater(a, b)
  for i = 1, 16 do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x > y end
  end
  return false
end
local left_out = 0
for i, key in ipairs(KEYS) do
  local held, given = redis.call('GETRANGE', key, 0, 15), ARGV[i + 1]
  if #held == 16 and is_greater(held, given) then
    left_out = left_out + 1
  elseif ARGV[1] == '0' then
    redis.call('SET', key, given)
  else
    redis.call('SET', key, given, 'EX', ARGV[1])
  end
end
return left_out
)";

/// KEYS[1] gets ARGV[2] if it holds ARGV[1] (empty: if it is not there). Answers 1 if so.
constexpr std::string_view watermark_script = R"(
local held = redis.call('GET', KEYS[1])
if (held or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
)";

std::string watermark_text(const StateWatermark& watermark) {
    return version_bytes(watermark.version) + fmt::format("{} {}", watermark.written.value(), watermark.catalog);
}

class RedisStates : public FeatureStateStore {
public:
    RedisStates(std::vector<Redis> clients, const RedisStatesOptions& options)
        : clients_(std::move(clients)), space_(options.space + ":"), watermark_key_(space_ + "@watermark"),
          seconds_(std::to_string(options.keep.value() == 0 ? 0 : std::max<std::int64_t>(1, options.keep.value() / 1'000'000))) {}

    Result<std::size_t> put_many(std::span<const Put> puts) override {
        std::size_t left_out = 0;
        while (!puts.empty()) {
            std::size_t count = 0, bytes = 0;
            std::vector<std::string> keys;
            std::vector<std::string_view> records;
            while (count < puts.size() && count < keys_per_put_max && (count == 0 || bytes < bytes_per_put_max)) {
                const Put& put = puts[count++];
                if (put.record.size() < StateCodec::version_size) return fail(ErrorKind::invalid, "a state to be shared has no version");
                bytes += put.record.size();
                keys.push_back(key_of(put.key));
                records.push_back(put.record);
            }
            TRY(some, run_put(keys, records));
            left_out += some;
            puts = puts.subspan(count);
        }
        return left_out;
    }

    Result<std::vector<std::optional<std::string>>> get_many(std::span<const StateKey> keys) override {
        std::vector<std::optional<std::string>> records;
        records.reserve(keys.size());
        while (!keys.empty()) {
            auto some = keys.first(std::min(keys.size(), keys_per_get_max));
            std::vector<std::string> names;
            for (const StateKey& key : some) names.push_back(key_of(key));
            TRY_VOID(get_named(names, records));
            keys = keys.subspan(some.size());
        }
        return records;
    }

    Status erase(const StateKey& key) override {
        return clients_.next().run({"UNLINK", key_of(key)}).map([](auto&&) {});
    }

    Status scan(std::string_view view, std::string_view computation, const Visit& visit) override {
        std::string middle = fmt::format(":{}:{}:", view, computation.substr(0, computation_digits));
        std::string pattern = space_ + "*" + middle + "*", cursor = "0";
        do {
            TRY(page, clients_.next().run({"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"}));
            if (page.items.size() != 2) return fail(ErrorKind::corrupt, "Redis at {} does not answer SCAN as it should", where());
            cursor = page.items[0].text;
            std::vector<std::string> names;
            for (auto& item : page.items[1].items) names.push_back(std::move(item.text));
            for (std::size_t first = 0; first < names.size(); first += keys_per_get_max) {
                auto some = std::span(names).subspan(first, std::min(keys_per_get_max, names.size() - first));
                std::vector<std::optional<std::string>> records;
                TRY_VOID(get_named(some, records));
                for (std::size_t i = 0; i < some.size(); ++i) {
                    std::string_view name = std::string_view(some[i]).substr(space_.size());
                    auto tenant = from_plain_text(name.substr(0, name.find(':')));
                    bool fits = tenant && records[i] && name.substr(std::min(name.size(), name.find(':'))).starts_with(middle);
                    if (!fits) continue;  // gone meanwhile, or another view's: an id may hold anything
                    std::string_view id = name.substr(name.find(':') + middle.size());
                    TRY_VOID(visit({view, computation, *tenant, id}, *records[i]));
                }
            }
        } while (cursor != "0");
        return {};
    }

    Result<std::optional<StateWatermark>> watermark() override {
        TRY(reply, clients_.next().run({"GET", watermark_key_}));
        if (reply.is_null()) return std::nullopt;
        std::string_view text = reply.text;
        StateWatermark watermark{.version = version_of(text), .catalog = {}, .written = {}};
        text.remove_prefix(std::min(text.size(), StateCodec::version_size));
        std::int64_t written = 0;
        auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), written);
        if (wrong != std::errc{} || end == text.data() + text.size() || *end != ' ')
            return fail(ErrorKind::corrupt, "'{}' in Redis at {} is no watermark of feature states", watermark_key_, where());
        watermark.written = EventTime{written};
        watermark.catalog = text.substr(static_cast<std::size_t>(end - text.data()) + 1);
        return watermark;
    }

    Result<bool> put_watermark(const std::optional<StateWatermark>& former, const StateWatermark& watermark) override {
        std::string expected = former ? watermark_text(*former) : std::string();
        TRY(reply, clients_.next().run({"EVAL", watermark_script, "1", watermark_key_, expected, watermark_text(watermark)}));
        return reply.integer == 1;
    }

    Result<std::size_t> purge() override { return 0; }  // the server does

    const std::string& kind() const override {
        static const std::string kind = "redis";
        return kind;
    }
    const std::string& where() const override { return clients_.first().where(); }

private:
    std::string key_of(const StateKey& key) const {
        return fmt::format("{}{}:{}:{}:{}", space_, plain_text(key.tenant, tenant_marks), key.view,
                           key.computation.substr(0, computation_digits), key.id);
    }

    Result<std::size_t> run_put(std::span<const std::string> keys, std::span<const std::string_view> records) {
        std::string count = std::to_string(keys.size()), script = loaded_script();
        std::vector<std::string_view> arguments = {"EVALSHA", script, count};
        arguments.insert(arguments.end(), keys.begin(), keys.end());
        arguments.push_back(seconds_);
        arguments.insert(arguments.end(), records.begin(), records.end());
        Result<RedisReply> reply = fail(ErrorKind::not_found, "not loaded yet");
        if (!script.empty()) reply = clients_.next().run(arguments);
        if (!reply && reply.error().kind == ErrorKind::not_found) {  // a server that started anew knows no scripts
            TRY(loaded, clients_.next().run({"SCRIPT", "LOAD", put_script}));
            arguments[1] = loaded.text;
            reply = clients_.next().run(arguments);
            std::scoped_lock lock(script_mutex_);
            script_ = loaded.text;
        }
        if (!reply) return tl::unexpected(std::move(reply).error());
        return static_cast<std::size_t>(reply->integer);
    }
    Status get_named(std::span<const std::string> names, std::vector<std::optional<std::string>>& records) {
        if (names.empty()) return {};
        std::vector<std::string_view> arguments = {"MGET"};
        arguments.insert(arguments.end(), names.begin(), names.end());
        TRY(reply, clients_.next().run(arguments));
        if (reply.items.size() != names.size()) return fail(ErrorKind::corrupt, "Redis at {} does not answer MGET as it should", where());
        for (auto& item : reply.items)
            if (item.is_null()) records.emplace_back();
            else records.emplace_back(std::move(item.text));
        return {};
    }

    std::string loaded_script() {
        std::scoped_lock lock(script_mutex_);
        return script_;
    }

    ClientPool<Redis> clients_;
    std::string space_, watermark_key_, seconds_;
    std::mutex script_mutex_;
    std::string script_;  ///< what the server calls put_script; empty: not loaded yet
};

}  // namespace

Result<std::unique_ptr<FeatureStateStore>> open_redis_states(const RedisStatesOptions& options) {
    TRY_VOID(check_state_space(options.space));
    std::vector<Redis> clients;
    do {
        TRY(redis, Redis::make({.url = options.url, .ca_file = options.ca_file, .timeout = options.timeout}));
        clients.push_back(std::move(redis));
    } while (clients.size() < options.connections);
    return std::make_unique<RedisStates>(std::move(clients), options);
}

}  // namespace quoin
