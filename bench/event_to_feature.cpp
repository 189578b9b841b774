// How long from handing an event in until an online read sees it (P09), with the catalog that comes with the program and others writing?
//
//     bench_event_to_feature [writers [seconds]]          default: 4 8
//
// Each writer hands in single events and waits for the acknowledgement, which comes after fdatasync and after the features; the probe hands
// in an event of its own user and then reads the count. The last line is machine-readable.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/digest.h"
#include "control/feature_store.h"

namespace {

using namespace quoin;
using Steady = std::chrono::steady_clock;

Event opened(const std::string& user, std::uint64_t number, EventTime now) {
    Event event;
    event.source = "/bench/" + user, event.id = std::to_string(number), event.type = "document.accessed", event.time = now;
    event.data = fmt::format(R"({{"user_id":"{}","document_id":"d{}","seconds":40}})", user, number);
    return event;
}

}  // namespace

int main(int count, char** words) {
    int writers = count > 1 ? std::stoi(words[1]) : 4, seconds = count > 2 ? std::stoi(words[2]) : 8;
    auto folder = std::filesystem::temp_directory_path() / ("quoin_bench_" + random_hex_id());
    std::filesystem::create_directories(folder);
    Telemetry telemetry;
    auto store = FeatureStore::open({.project = folder, .follows_catalog = false}, telemetry);
    if (!store) return fmt::print(stderr, "{}\n", store.error().message), 1;
    std::atomic<bool> stops{false};
    std::atomic<std::uint64_t> written{0};
    std::vector<std::thread> threads;
    for (int writer = 0; writer < writers; ++writer)
        threads.emplace_back([&, writer] {
            for (std::uint64_t i = 0; !stops; ++i)
                if ((*store)->ingest().submit_and_wait(
                        {.events = {opened(fmt::format("writer_{}_{}", writer, i % 1000), i, system_clock().now())}}))
                    written.fetch_add(1);
        });
    std::vector<double> milliseconds;
    std::uint64_t unseen = 0;
    auto end = Steady::now() + std::chrono::seconds(seconds);
    for (std::uint64_t i = 1; Steady::now() < end; ++i) {
        auto start = Steady::now();
        if (!(*store)->ingest().submit_and_wait({.events = {opened("probe", i, system_clock().now())}})) return 1;
        auto answer = (*store)->online().read({"user_documents", "default", "probe", (*store)->log().now()});
        unseen += !answer || answer->value(*answer->view->slot("doc_access_count_7d")).number() != double(i);
        milliseconds.push_back(std::chrono::duration<double>(Steady::now() - start).count() * 1e3);
    }
    stops = true;
    for (auto& thread : threads) thread.join();
    std::ranges::sort(milliseconds);
    double p50 = milliseconds[milliseconds.size() / 2], p99 = milliseconds[milliseconds.size() * 99 / 100];
    double rate = double(written + milliseconds.size()) / seconds;
    fmt::print("event to feature beside {} writers, {:.0f} events/s in all: p50 {:.2f} ms, p99 {:.2f} ms (bar 10 ms, stretch 2 ms); "
               "{} of {} reads did not see their event\n",
               writers, rate, p50, p99, unseen, milliseconds.size());
    fmt::print(R"({{"bench":"event_to_feature","writers":{},"events_per_s":{:.0f},"p50_ms":{:.3f},"p99_ms":{:.3f},"unseen":{}}})"
               "\n",
               writers, rate, p50, p99, unseen);
    store->reset();
    std::filesystem::remove_all(folder);
    return 0;
}
