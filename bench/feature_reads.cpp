// How fast are features read and kept, in this process, with a million entities (P04, P06)? Beside Redis 7, pipelined, same machine and
// minute.
//
//     bench_feature_reads [entities]                 default: 1000000
//
// Read: 50 features of one random entity (the quietest of five passes); 100 random entities in one call, against HMGET of 50 fields for the
// same 100, pipelined. Update: one event that moves five windows (1 h, 24 h, 7 d, 30 d, 90 d), against five HINCRBY, pipelined by 100
// events; the events are decoded beforehand on either side. Redis is started here on a Unix socket without persistence, the fastest way to
// reach it. The last line is machine-readable.

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "bench/visits.h"

namespace {

using namespace quoin;
using namespace quoin::visits;

/// A redis-server of our own.
class Redis {
public:
    Redis() : folder_(std::filesystem::temp_directory_path() / ("quoin_redis_" + random_hex_id())) {
        std::filesystem::create_directories(folder_);
        std::string socket = (folder_ / "s").string();
        process_ = fork();
        if (process_ == 0) {
            execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket.c_str(), "--save", "", "--appendonly", "no",
                   "--loglevel", "warning", static_cast<char*>(nullptr));
            _exit(127);
        }
        for (int tries = 0; tries < 200 && context_ == nullptr; ++tries) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            context_ = redisConnectUnix(socket.c_str());
            if (context_ && context_->err) redisFree(context_), context_ = nullptr;
        }
    }
    ~Redis() {
        if (context_) redisFree(context_);
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
        std::filesystem::remove_all(folder_);
    }
    bool is_there() const { return context_ != nullptr; }
    void send(const std::vector<std::string>& words) {
        pointers_.clear(), sizes_.clear();
        for (const auto& word : words) pointers_.push_back(word.data()), sizes_.push_back(word.size());
        redisAppendCommandArgv(context_, static_cast<int>(words.size()), pointers_.data(), sizes_.data());
    }
    void receive(std::size_t replies) {
        for (std::size_t i = 0; i < replies; ++i) {
            void* reply = nullptr;
            if (redisGetReply(context_, &reply) != REDIS_OK) fmt::print(stderr, "redis: {}\n", context_->errstr), std::exit(1);
            freeReplyObject(reply);
        }
    }

private:
    std::filesystem::path folder_;
    pid_t process_ = 0;
    redisContext* context_ = nullptr;
    std::vector<const char*> pointers_;
    std::vector<size_t> sizes_;
};

/// What is measured on, and what was measured.
struct Bench {
    std::size_t entities;
    OnlineView& online;
    Redis redis;

    double read_p50_ns = 0, read_p99_ns = 0, batch_us = 0, redis_batch_us = 0, updates_per_s = 0, redis_updates_per_s = 0;
};

void read_batches(const FeaturePlan& plan, Bench& bench) {
    Rng rng(3);
    std::vector<double> ours, theirs, out(100 * plan.places().size());
    for (int i = 0; i < 2'000; ++i) {
        std::vector<std::string> ids(100);
        for (auto& id : ids) id = user(rng.below(bench.entities));
        std::vector<std::string_view> views(ids.begin(), ids.end());
        auto start = Steady::now();
        if (!plan.read_numbers(bench.online, {"default", views, now}, out)) std::exit(1);
        ours.push_back(seconds_since(start) * 1e6);
        if (!bench.redis.is_there()) continue;
        start = Steady::now();
        std::vector<std::string> words = {"HMGET", ""};
        for (std::size_t j = 0; j < plan.places().size(); ++j) words.push_back(fmt::format("f{}", j));
        for (const auto& id : ids) words[1] = id, bench.redis.send(words);
        bench.redis.receive(100);
        theirs.push_back(seconds_since(start) * 1e6);
    }
    bench.batch_us = quantiles(ours).p50;
    if (!theirs.empty()) bench.redis_batch_us = quantiles(theirs).p50;
}

void fill_redis(Redis& redis, std::size_t entities, std::size_t features) {
    Rng rng(4);
    for (std::size_t i = 0; i < entities; ++i) {
        std::vector<std::string> words = {"HSET", user(i)};
        for (std::size_t j = 0; j < features; ++j)
            words.push_back(fmt::format("f{}", j)), words.push_back(fmt::format("{:.6f}", rng.normal()));
        redis.send(words);
        if (i % 500 == 499) redis.receive(500);
    }
    redis.receive(entities % 500);
}

void update(ViewTable& table, const EventType& type, Bench& bench) {
    constexpr std::size_t events = 1'000'000, block = 100;
    std::vector<std::string> ids(events);
    bench.updates_per_s = fold_rate(table, type, bench.entities, ids);
    if (!bench.redis.is_there()) return;
    auto start = Steady::now();
    for (std::size_t i = 0; i < events; ++i) {
        for (const char* window : windows) bench.redis.send({"HINCRBY", "c:" + ids[i], window, "1"});
        if (i % block == block - 1) bench.redis.receive(5 * block);
    }
    bench.redis_updates_per_s = events / seconds_since(start);
}

}  // namespace

int main(int count, char** words) {
    std::size_t entities = count > 1 ? std::stoul(words[1]) : 1'000'000;
    auto features = catalog(50);
    OnlineView online(features);
    const EventType& type = *features->types().find("visit");
    ViewTable& fifty = *online.table("wide");
    ViewTable& five = *online.table("five");
    fill(fifty, type, entities);
    fill(five, type, entities);
    auto names = names_of(fifty.view());
    auto plan = need(FeaturePlan::make(online, names));
    fmt::print("rows made: {:.2f} us each, {} features\n", make_rows(plan, online, entities) / double(entities) * 1e6, names.size());
    Bench bench{.entities = entities, .online = online, .redis = {}};
    if (bench.redis.is_there()) fill_redis(bench.redis, entities, names.size());
    auto [p50, p99] = read_single(plan, online, entities);
    bench.read_p50_ns = p50, bench.read_p99_ns = p99;
    read_batches(plan, bench);
    update(five, type, bench);
    fmt::print("one entity, 50 features: p50 {:.0f} ns, p99 {:.0f} ns (bar: p99 1000 ns)\n", bench.read_p50_ns, bench.read_p99_ns);
    fmt::print("100 entities: {:.1f} us; Redis HMGET pipelined {:.1f} us: {:.1f}x (bar: 20x)\n", bench.batch_us, bench.redis_batch_us,
               bench.redis_batch_us / bench.batch_us);
    fmt::print("updates of 5 windows: {:.0f}/s; Redis counters pipelined {:.0f}/s: {:.1f}x (bar: 5x and 500000/s)\n", bench.updates_per_s,
               bench.redis_updates_per_s, bench.updates_per_s / bench.redis_updates_per_s);
    fmt::print("memory: {} bytes per entity for 50 features, {} for 5\n", fifty.bytes() / entities, five.bytes() / entities);
    fmt::print(R"({{"bench":"feature_reads","entities":{},"read_p50_ns":{:.0f},"read_p99_ns":{:.0f},"batch100_us":{:.1f},)"
               R"("redis_batch100_us":{:.1f},"updates_per_s":{:.0f},"redis_updates_per_s":{:.0f},"bytes_per_entity":{}}})"
               "\n",
               entities, bench.read_p50_ns, bench.read_p99_ns, bench.batch_us, bench.redis_batch_us, bench.updates_per_s,
               bench.redis_updates_per_s, fifty.bytes() / entities);
    return 0;
}
