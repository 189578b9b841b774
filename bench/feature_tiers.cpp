// How fast are feature states published to Redis and PostgreSQL, and how fast are features read from there, beside a read in this process?
//
//     bench_feature_tiers [entities]                 default: 100000
//
// One view of 50 features (10 transforms, 5 windows each), 12 events per entity. Publish: all entities, from the start of the publisher
// until the store has its watermark. Follow: events in batches of 100 while both stores are published to, against the same without. Read:
// 50 features of one random entity, and of 100 at once, through SharedFeatureReader from each store alone. Servers are started here, Redis
// without persistence, PostgreSQL without fsync. The last line is machine-readable.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "base/rng.h"
#include "features/shared_reader.h"
#include "features/state_publisher.h"
#include "features/state_store_parquet.h"
#include "features/state_store_postgresql.h"
#include "features/state_store_redis.h"
#include "remote/postgresql_fixture.h"
#include "remote/redis_fixture.h"

namespace {

using namespace quoin;
using Steady = std::chrono::steady_clock;
double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

void stop(std::string_view reason) {
    fmt::print(stderr, "{}\n", reason);
    std::exit(1);
}
template <class T>
T need(Result<T> result) {
    if (!result) stop(result.error().message);
    return std::move(*result);
}
void need(Status status) {
    if (!status) stop(status.error().message);
}

std::shared_ptr<const FeatureCatalog> catalog(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder / "events");
    std::filesystem::create_directories(folder / "features");
    std::ofstream(folder / "events/visit.yaml")
        << "type: visit\ndescription: d\nentities: {user: user_id}\nfields:\n  user_id: {type: text}\n  seconds: {type: number}\n"
           "  page: {type: text}\n";
    std::ofstream file(folder / "features/fifty.yaml");
    file << "view: fifty\nentity: user\ndescription: d\nfeatures:\n";
    int number = 0;
    for (std::string transform :
         {"count", "sum, value: seconds", "mean, value: seconds", "min, value: seconds", "max, value: seconds", "std, value: seconds",
          "rate, where: seconds > 30", "distinct, value: page", "ratio, value: seconds > 60", "entropy, value: page"})
        for (std::string window : {"1h", "24h", "7d", "30d", "90d"})
            file << "  - {name: f" << number++ << ", description: d, type: number, from: visit, transform: " << transform
                 << ", window: " << window << "}\n";
    file.close();
    return need(FeatureCatalog::load(folder));
}

std::string user(std::uint64_t i) { return fmt::format("user_{}", i); }
const EventTime start = from_civil(2026, 6, 1);

struct Bench {
    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("quoin_bench_" + random_hex_id());
    std::size_t entities = 100'000;
    std::shared_ptr<const FeatureCatalog> views = catalog(folder);
    OnlineView online{views};
    Telemetry telemetry;
    Rng rng{7};
    std::uint64_t sequence = 0;
    std::atomic<std::int64_t> now{start.value()};
    std::string results;

    ~Bench() { std::filesystem::remove_all(folder); }

    void apply(std::size_t count, const std::function<std::uint64_t()>& who) {
        std::vector<Event> events(count);
        for (Event& event : events) {
            event.type = "visit", event.sequence = ++sequence;
            event.data = fmt::format(R"({{"user_id":"user_{}","seconds":{},"page":"page_{}"}})", who(), rng.below(300), rng.below(20));
            event.known = EventTime{start.value() + static_cast<std::int64_t>(sequence)};
            event.time = EventTime{event.known.value() - static_cast<std::int64_t>(rng.below(90ull * 86'400'000'000ull))};
        }
        now = events.back().known.value() + 1;
        online.apply(events);
    }
    PublishedView view() {
        return {online, [this] { return EventTime{now.load()}; }};
    }
    void report(std::string_view name, double value, std::string_view unit) {
        fmt::print("{:<52} {:>12.1f} {}\n", name, value, unit);
        std::string key(name);
        std::ranges::replace(key, ' ', '_');
        results += fmt::format(", \"{}_{}\": {:.1f}", key, unit == "/s" ? "per_s" : unit, value);
    }

    void publish(const std::string& name, std::shared_ptr<FeatureStateStore> store) {
        auto begin = Steady::now();
        auto publisher = StatePublisher::start(view(), {{name, store}}, telemetry);
        need(publisher->flush(Duration::minutes(30)));
        report("publish " + name, static_cast<double>(publisher->stores()[0].written) / seconds_since(begin), "/s");
    }

    double events_per_second(double seconds) {
        auto begin = Steady::now();
        std::size_t count = 0;
        for (; seconds_since(begin) < seconds; count += 100) apply(100, [&] { return rng.below(entities); });
        return static_cast<double>(count) / seconds_since(begin);
    }

    void read(const std::string& name, const std::function<void(std::span<const FeatureQuestion>)>& ask) {
        EventTime at{now.load()};
        for (std::size_t batch : {1u, 100u}) {
            if (name == "parquet" && batch > 1) continue;  // a hundred parts for a hundred entities: nobody asks that of a cold tier
            std::vector<double> times;
            std::vector<std::string> ids(batch);
            std::vector<FeatureQuestion> questions(batch);
            auto begin = Steady::now();
            while (times.size() < 200 || (seconds_since(begin) < 3 && times.size() < 200'000)) {
                for (std::size_t i = 0; i < batch; ++i) {
                    ids[i] = user(rng.below(entities));
                    questions[i] = {"fifty", "default", ids[i], at};
                }
                auto before = Steady::now();
                ask(questions);
                times.push_back(seconds_since(before) * 1e6);
            }
            std::ranges::sort(times);
            report(fmt::format("read {} from {} p50", batch, name), times[times.size() / 2], "us");
            report(fmt::format("read {} from {} p99", batch, name), times[times.size() * 99 / 100], "us");
        }
    }
    void read_shared(const std::string& name, std::shared_ptr<FeatureStateSource> source) {
        SharedFeatureReader reader(views, {{name, std::move(source), name != "parquet"}}, telemetry);
        read(name, [&](std::span<const FeatureQuestion> questions) {
            auto answers = need(reader.read(questions));
            if (!answers[0].features.is_known) stop("an entity is missing");
        });
    }
};

}  // namespace

int main(int count, char** words) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    Bench bench;
    if (count > 1) bench.entities = std::stoull(words[1]);
    RedisServer redis;
    PostgresqlServer postgresql;
    if (!redis.start() || !postgresql.make() || !postgresql.start()) stop("redis-server or PostgreSQL does not start");
    auto hot = [&] { return std::shared_ptr(need(open_redis_states({.url = redis.url()}))); };
    auto warm = [&] { return std::shared_ptr(need(open_postgresql_states({.connection = postgresql.connection()}))); };
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < bench.entities * 12; i += 1000) bench.apply(1000, [&] { return next++ % bench.entities; });
    double bytes = 0, record_bytes = 0;
    StateCodecs codecs(bench.views);
    bench.online.table("fifty")->visit([&](auto, const EntityState& state) {
        std::string record;
        codecs.all()[0].encode(codecs.all()[0].key("default", "user_1"), {{}, state}, TextTable::shared(), record);
        bytes += 16 + 32 * static_cast<double>(state.cells().size()), record_bytes += static_cast<double>(record.size());
    });
    bench.report("state size", bytes / static_cast<double>(bench.entities), "bytes");
    bench.report("record size", record_bytes / static_cast<double>(bench.entities), "bytes");

    bench.publish("redis", hot());
    bench.publish("postgresql", warm());
    bench.publish("postgresql again", warm());
    auto archive = std::shared_ptr(need(ParquetStates::open(ParquetStates::Options{.address = (bench.folder / "archive").string()})));
    auto begin = Steady::now();
    auto exported = need(archive->export_day(bench.view()));
    bench.report("export parquet", static_cast<double>(exported.entities) / seconds_since(begin), "/s");
    bench.report("parquet file bytes per entity", static_cast<double>(exported.bytes) / static_cast<double>(exported.entities), "bytes");

    bench.report("events alone", bench.events_per_second(5), "/s");
    {
        auto publisher = StatePublisher::start(bench.view(), {{"hot", hot()}, {"warm", warm()}}, bench.telemetry);
        need(publisher->flush(Duration::minutes(30)));
        bench.report("events while both are published", bench.events_per_second(5), "/s");
        auto after = Steady::now();
        need(publisher->flush(Duration::minutes(30)));
        bench.report("catching up afterwards", seconds_since(after), "s");
    }
    bench.read("memory", [&](std::span<const FeatureQuestion> questions) {
        for (const auto& question : questions) (void)bench.online.read(question);
    });
    bench.read_shared("redis", hot());
    bench.read_shared("postgresql", warm());
    bench.read_shared("parquet", archive);
    fmt::print("{{\"bench\": \"feature_tiers\", \"entities\": {}{}}}\n", bench.entities, bench.results);
}
