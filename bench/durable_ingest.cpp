// How many single events a second does the log acknowledge after fdatasync, against Redis with `appendfsync always` on the same disk in the
// same minute?
//
//     durable_ingest [seconds [rounds [folder]]]        default: 4 3 .
//
// 50 and 800 records are outstanding at any time. Ours: one thread hands in one event of 64 bytes payload for every one that is
// acknowledged; each is named, looked up among all former names and stored. Redis: redis-benchmark SET of 64 bytes under random
// keys, 50 connections, 16 deep for 800. Rounds alternate. The last line is machine-readable. Needs redis-server and redis-benchmark.

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "events/event_log.h"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Times in microseconds.
double quantile(std::vector<float>& times, double level) {
    if (times.empty()) return 0;
    auto place = times.begin() + static_cast<std::ptrdiff_t>(level * static_cast<double>(times.size() - 1));
    std::nth_element(times.begin(), place, times.end());
    return *place;
}

struct Figures {
    double per_second = 0, p50_us = 0, p99_us = 0;
};

/// The floor: 4 KiB appended and synced, one after the other.
Figures sync_alone(const fs::path& folder, double seconds) {
    auto file = folder / "sync";
    int descriptor = ::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
    std::string block(4096, 'x');
    std::vector<float> times;
    auto start = Clock::now();
    while (seconds_since(start) < seconds) {
        auto before = Clock::now();
        if (::write(descriptor, block.data(), block.size()) < 0 || ::fdatasync(descriptor) != 0) std::exit(1);
        times.push_back(static_cast<float>(seconds_since(before) * 1e6));
    }
    ::close(descriptor);
    fs::remove(file);
    return {static_cast<double>(times.size()) / seconds, quantile(times, 0.5), quantile(times, 0.99)};
}

/// Hands in an event for every one that is acknowledged.
class Load {
public:
    Load(quoin::EventLog& log, std::size_t outstanding) : log_(log), outstanding_(outstanding) {}

    Figures run(double seconds) {
        auto start = Clock::now();
        while (seconds_since(start) < seconds) {
            auto acknowledged = acknowledged_.load(std::memory_order_acquire);
            if (handed_in_ == acknowledged + outstanding_) {
                sleeps_ = true;
                acknowledged_.wait(acknowledged);
            }
            while (handed_in_ < acknowledged + outstanding_) hand_in();
        }
        double took = seconds_since(start);
        auto in_time = static_cast<double>(acknowledged_.load(std::memory_order_acquire));
        while (acknowledged_.load(std::memory_order_acquire) < handed_in_) usleep(100);
        return {in_time / took, quantile(times_, 0.5), quantile(times_, 0.99)};
    }

private:
    void hand_in() {
        quoin::Event event;
        event.source = "/bench";
        event.id = "r-" + fmt::to_string(++handed_in_);
        event.type = "bench.record";
        event.time = quoin::EventTime{1'700'000'000'000'000};
        event.data = R"({"entity":"prop_123456","value":1234567.25,"label":"some text"})";
        quoin::EventLog::Batch batch;
        batch.events.push_back(std::move(event));
        log_.append(std::move(batch), [this, before = Clock::now()](auto outcome) {
            if (!outcome || outcome->front().outcome != quoin::Acceptance::Outcome::stored) std::exit(1);
            times_.push_back(static_cast<float>(seconds_since(before) * 1e6));
            acknowledged_.fetch_add(1, std::memory_order_release);
            if (sleeps_.load(std::memory_order_relaxed) && sleeps_.exchange(false)) acknowledged_.notify_one();
        });
    }

    quoin::EventLog& log_;
    std::uint64_t outstanding_, handed_in_ = 0;
    std::atomic<std::uint64_t> acknowledged_{0};
    std::atomic<bool> sleeps_{false};
    std::vector<float> times_;  ///< of the thread that acknowledges
};

Figures ours(const fs::path& folder, std::size_t outstanding, double seconds) {
    fs::remove_all(folder);
    auto log = quoin::EventLog::open({.folder = folder});
    if (!log) {
        fmt::print(stderr, "{}\n", log.error().message);
        std::exit(1);
    }
    auto figures = Load(**log, outstanding).run(seconds);
    log->reset();
    fs::remove_all(folder);
    return figures;
}

class Redis {
public:
    explicit Redis(const fs::path& folder) : folder_(folder) {
        fs::create_directories(folder);
        std::fflush(nullptr);
        process_ = fork();
        if (process_ == 0) {
            if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(1);
            execlp("redis-server", "redis-server", "--port", "6399", "--bind", "127.0.0.1", "--dir", folder.c_str(), "--save", "",
                   "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0", nullptr);
            _exit(127);
        }
        for (int i = 0; i < 100 && std::system("redis-cli -p 6399 ping >/dev/null 2>&1") != 0; ++i) usleep(50'000);
    }
    ~Redis() {
        kill(process_, SIGTERM);
        waitpid(process_, nullptr, 0);
        fs::remove_all(folder_);
    }
    Figures set(std::size_t pipeline, std::size_t requests) {
        auto command = fmt::format("redis-benchmark -p 6399 -t set -d 64 -r 100000000 -c 50 -P {} -n {} --csv", pipeline, requests);
        auto* pipe = popen(command.c_str(), "r");
        char line[1024];
        Figures figures;
        double average = 0, least = 0, p95 = 0;
        while (pipe != nullptr && fgets(line, sizeof line, pipe) != nullptr)
            std::sscanf(line, "\"SET\",\"%lf\",\"%lf\",\"%lf\",\"%lf\",\"%lf\",\"%lf\"", &figures.per_second, &average, &least,
                        &figures.p50_us, &p95, &figures.p99_us);
        pclose(pipe);
        figures.p50_us *= 1000;
        figures.p99_us *= 1000;
        return figures;
    }

private:
    fs::path folder_;
    pid_t process_;
};

void print(const char* name, std::size_t outstanding, const Figures& figures) {
    fmt::print("{:<18} {:>4} outstanding {:>10.0f}/s   p50 {:>7.0f} us   p99 {:>7.0f} us\n", name, outstanding, figures.per_second,
               figures.p50_us, figures.p99_us);
}

Figures median(std::vector<Figures> all) {
    std::ranges::sort(all, {}, &Figures::per_second);
    return all[all.size() / 2];
}

}  // namespace

int main(int count, char** words) {
    double seconds = count > 1 ? std::atof(words[1]) : 4;
    int rounds = count > 2 ? std::atoi(words[2]) : 3;
    auto folder = fs::path(count > 3 ? words[3] : ".") / "durable_ingest.work";
    fs::create_directories(folder);
    std::string line;
    std::vector<Figures> floor;
    for (std::size_t outstanding : {50, 800}) {
        std::vector<Figures> we, they;
        for (int round = 0; round < rounds; ++round) {
            floor.push_back(sync_alone(folder, 1));
            print("fdatasync of 4 KiB", 1, floor.back());
            we.push_back(ours(folder / "log", outstanding, seconds));
            print("quoin", outstanding, we.back());
            Redis redis(folder / "redis");
            auto probe = redis.set(outstanding / 50, 50'000);
            they.push_back(redis.set(outstanding / 50, static_cast<std::size_t>(probe.per_second * seconds) + 1000));
            print("redis always", outstanding, they.back());
        }
        auto our = median(we), their = median(they), sync = median(floor);
        fmt::print("{} outstanding: {:.2f} times Redis; p99 {:.1f} fdatasyncs (p99 {:.0f} us)\n", outstanding,
                   our.per_second / their.per_second, our.p99_us / sync.p99_us, sync.p99_us);
        line += fmt::format(
            R"(, "outstanding_{}": {{"quoin_s": {:.0f}, "redis_s": {:.0f}, "ratio": {:.2f}, "p50_us": {:.0f}, "p99_us": {:.0f}, )"
            R"("sync_p99_us": {:.0f}, "p99_syncs": {:.2f}}})",
            outstanding, our.per_second, their.per_second, our.per_second / their.per_second, our.p50_us, our.p99_us, sync.p99_us,
            our.p99_us / sync.p99_us);
    }
    fs::remove_all(folder);
    fmt::print("{{\"bench\": \"durable_ingest\", \"row\": \"P07\"{}}}\n", line);
}
