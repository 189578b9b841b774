// Is what was served what replay and a cluster compute? A generated world (random features; events late, future-dated, repeated, imported
// as history; two tenants; lookups by looked-up ids) lives through a real log and serves vectors, which are logged and recomputed.
//
//     zero_skew FOLDER [vectors [seed]]              default: 1000000 7; leaves FOLDER/{lake,catalog,served,questions.ndjson}
//     zero_skew --compare FOLDER VECTORS             VECTORS: the output folder of deploy/spark/feature_replay.py for these questions
//
// The last line is machine-readable.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "base/json.h"
#include "events/lake.h"
#include "features/feature_audit.h"
#include "features/random_world_fixture.h"

namespace {

using namespace quoin;
namespace fs = std::filesystem;
namespace json = boost::json;

void check(const Status& status, const char* what) {
    if (status) return;
    fmt::print(stderr, "{}: {}\n", what, status.error().message);
    std::exit(1);
}

double seconds(const std::function<void()>& work) {
    auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void write_questions(const fs::path& folder) {
    std::ofstream file(folder / "questions.ndjson");
    std::size_t number = 0;
    check(VectorLog::read(
              folder / "served",
              [&](const ServedVector& vector) -> Status {
                  // Spark reads times with microseconds from text.
                  file << json_text(json::object{
                              {"question", fmt::to_string(number++)},
                              {"view", vector.view},
                              {"tenant", vector.tenant},
                              {"entity", vector.id},
                              {"at", fmt::format("{}.{:06}Z", to_text(EventTime{vector.at.value() / 1'000'000 * 1'000'000}).substr(0, 19),
                                                 vector.at.value() % 1'000'000)},
                              {"sequence", vector.sequence}})
                       << '\n';
                  return {};
              }),
          "questions");
}

int live(const fs::path& folder, std::size_t vectors, std::uint64_t seed) {
    RandomWorld world(seed, {.features_per_view = 12, .users = 4'000, .homes = 2'000, .areas = 150, .events_per_batch = 60});
    constexpr std::size_t per_batch = 200;
    double serving = seconds([&] { world.live(vectors / per_batch, per_batch); });
    check(world.served->flush(), "flush");
    if (!world.error.empty()) check(fail(ErrorKind::internal, "{}", world.error), "world");
    std::uint64_t logged = world.served->logged(), unlogged = world.served->unlogged(), events = world.log->last_sequence();
    AuditReport report;
    double auditing = seconds([&] {
        auto audited = audit_vectors(world.folder / "served", world.catalog, world.events());
        check(audited ? Status{} : Status(tl::unexpected(audited.error())), "audit");
        report = std::move(*audited);
    });
    for (const auto& one : report.differences)
        fmt::print("{}:{} of {} at {}: {:016x} served, {:016x} recomputed\n", one.view, one.feature, one.id, to_text(one.at), one.served,
                   one.recomputed);
    fs::remove_all(folder);
    fs::create_directories(folder);
    auto lake = Lake::open((folder / "lake").string(), {});
    check(lake ? Status{} : Status(tl::unexpected(lake.error())), "lake");
    auto written = lake->write(*world.log);
    check(written ? Status{} : Status(tl::unexpected(written.error())), "lake");
    fs::copy(world.folder / "catalog", folder / "catalog", fs::copy_options::recursive);
    fs::copy(world.folder / "served", folder / "served", fs::copy_options::recursive);
    write_questions(folder);
    fmt::print("{} vectors served in {:.1f} s among {} events, {} not logged; recomputed in {:.1f} s: {} equal, {} different\n", logged,
               serving, events, unlogged, auditing, report.equal, report.different);
    fmt::print(R"({{"bench": "zero_skew", "events": {}, "vectors": {}, "values": {}, "equal": {}, "different": {}, "audit_s": {:.1f}}})"
               "\n",
               events, report.vectors, report.values, report.equal, report.different, auditing);
    return report.is_proven() && report.equal == logged ? 0 : 1;
}

bool equals(const ServedVector& served, const json::object& vector, const FeatureView& view) {
    auto time = vector.contains("event_time") ? vector.at("event_time").as_int64() : EventTime::missing().value();
    if (time != served.event_time.value()) return false;
    const auto& values = vector.at("values").as_object();
    for (std::size_t slot = 0; slot < served.bits.size(); ++slot) {
        const auto& feature = *view.features()[slot].declaration;
        const json::value& value = values.at(feature.name);
        if (is_list(feature.type)) {
            if (served.lists.empty()) continue;
            const auto& list = value.as_array();
            if (list.size() != served.lists[slot].size()) return false;
            for (std::size_t i = 0; i < list.size(); ++i) {
                std::string text(list[i].as_string());
                auto bits = feature.type == FeatureType::texts ? TextTable::id_of(text) : std::strtoull(text.c_str(), nullptr, 16);
                if (bits != served.lists[slot][i]) return false;
            }
        } else if (field_kind(feature.type) == FieldKind::text) {
            if ((value.is_null() ? 0 : TextTable::id_of(std::string(value.as_string()))) != served.bits[slot]) return false;
        } else {
            std::uint64_t bits = value.is_null() ? 0x7ff8000000000000ull : std::strtoull(value.as_string().c_str(), nullptr, 16);
            if (bits != served.bits[slot]) return false;
        }
    }
    return true;
}

int compare(const fs::path& folder, const fs::path& vectors) {
    auto catalog = FeatureCatalog::load(folder / "catalog");
    check(catalog ? Status{} : Status(tl::unexpected(catalog.error())), "catalog");
    std::vector<ServedVector> served;
    check(VectorLog::read(folder / "served", [&](const ServedVector& one) -> Status { return served.push_back(one), Status{}; }), "served");
    std::vector<bool> seen(served.size());
    std::uint64_t equal = 0, different = 0;
    for (const auto& part : fs::directory_iterator(vectors)) {
        if (!part.path().filename().string().starts_with("part-")) continue;
        std::ifstream file(part.path());
        for (std::string line; std::getline(file, line);) {
            auto vector = parse_json(line).value().as_object();
            auto number = std::stoull(std::string(vector.at("question").as_string()));
            bool good = !seen[number] && equals(served[number], vector, *(*catalog)->find(served[number].view));
            seen[number] = true;
            if (!good && different < 5) fmt::print("different: {}\n", line.substr(0, 300));
            ++(good ? equal : different);
        }
    }
    fmt::print(R"({{"bench": "zero_skew_cluster", "served": {}, "equal": {}, "different": {}}})"
               "\n",
               served.size(), equal, different);
    return equal == served.size() && different == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
    std::vector<std::string> arguments(words + 1, words + count);
    if (arguments.size() == 3 && arguments[0] == "--compare") return compare(arguments[1], arguments[2]);
    if (arguments.empty()) {
        fmt::print(stderr, "zero_skew FOLDER [vectors [seed]], or zero_skew --compare FOLDER VECTORS\n");
        return 2;
    }
    return live(arguments[0], arguments.size() > 1 ? std::strtoull(arguments[1].c_str(), nullptr, 10) : 1'000'000,
                arguments.size() > 2 ? std::strtoull(arguments[2].c_str(), nullptr, 10) : 7);
}
