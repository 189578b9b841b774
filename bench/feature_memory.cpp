// What do the features of document 003 cost at a million entities: bytes per entity, time to fold their events, time to compute all values?
//
//     bench_feature_memory [entities [events per type]]        default: 1000000 3
//
// Every event type that feeds a view with features of document 003 gets random events of its declared fields, spread over 90 days, for
// every user and property (markets and postal areas: 400). The last line is machine-readable.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>

#include "base/rng.h"
#include "features/online_view.h"

namespace {

using namespace quoin;
using Steady = std::chrono::steady_clock;

constexpr std::size_t places = 400;  ///< markets, postal areas, agents and whatever else is not a user or a property
const EventTime now = from_civil(2026, 6, 1);

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

bool has_document_003(const FeatureView& view) {
    return std::ranges::any_of(view.features(), [](const auto& f) { return f.declaration->source_document == "003"; });
}

std::string value_json(const EventType& type, const EventField& field, std::size_t entity, Rng& rng) {
    for (const auto& [kind, name] : type.entities)
        if (name == field.name) return fmt::format("\"{}_{}\"", kind, kind == "user" || kind == "property" ? entity : entity % places);
    if (!field.one_of.empty()) return fmt::format("\"{}\"", field.one_of[rng.below(field.one_of.size())]);
    switch (field.type) {
        case EventField::Type::text: return fmt::format("\"t{}\"", rng.below(5));
        case EventField::Type::boolean: return rng.below(2) == 0 ? "true" : "false";
        case EventField::Type::time:
            return fmt::format("\"{}\"", to_text(EventTime{now.value() - static_cast<std::int64_t>(rng.below(86'400'000'000ull * 300))}));
        case EventField::Type::number:
        case EventField::Type::integer: break;
    }
    double low = field.lowest.value_or(0), high = std::min(field.highest.value_or(1000), low + 100'000);
    double value = low + rng.uniform() * (high - low);
    return field.type == EventField::Type::integer ? fmt::format("{:.0f}", std::floor(value)) : fmt::format("{}", value);
}

}  // namespace

int main(int count, char** words) {
    std::size_t entities = count > 1 ? std::stoul(words[1]) : 1'000'000, per_type = count > 2 ? std::stoul(words[2]) : 3;
    auto catalog = FeatureCatalog::load(std::filesystem::path(QUOIN_SOURCE_DIR) / "catalog");
    if (!catalog) return fmt::print(stderr, "{}\n", catalog.error().message), 1;
    OnlineView online(*catalog);
    std::map<std::string, std::vector<ViewTable*>> fed;
    std::size_t features = 0;
    for (const auto& view : (*catalog)->views()) {
        if (!has_document_003(*view)) continue;
        features += static_cast<std::size_t>(
            std::ranges::count_if(view->features(), [](const auto& f) { return f.declaration->source_document == "003"; }));
        for (const auto& [type, binding] : view->bindings()) fed[type].push_back(online.table(view->name()));
    }
    Rng rng(1);
    std::size_t events = 0, refused = 0;
    double decoding = 0, folding = 0;
    for (const auto& [name, tables] : fed) {
        const EventType& type = *(*catalog)->types().find(name);
        for (std::size_t i = 0; i < entities * per_type; ++i) {
            std::string data = "{";
            for (const EventField& field : type.fields)
                if (field.required || rng.below(3) != 0)
                    data += fmt::format("{}\"{}\":{}", data.size() > 1 ? "," : "", field.name, value_json(type, field, i % entities, rng));
            data += "}";
            Event event;
            event.time = EventTime{now.value() - static_cast<std::int64_t>(rng.below(86'400'000'000ull * 90))};
            Record record;
            auto start = Steady::now();
            if (!type.decode(data, record)) {
                ++refused;
                continue;
            }
            FeatureOperator::complete(record, event.time);
            decoding += seconds_since(start);
            start = Steady::now();
            for (ViewTable* table : tables) table->fold(*table->view().binding(name), record, event, now);
            folding += seconds_since(start);
            ++events;
        }
    }
    std::size_t bytes = 0, rows = 0;
    double computing = 0;
    for (const auto& [view, entities_in, view_bytes] : online.sizes()) {
        if (entities_in == 0) continue;
        ViewTable& table = *online.table(view);
        std::vector<std::string> keys;
        table.visit([&](std::string_view key, const EntityState&) { keys.emplace_back(key); });
        std::vector<std::uint16_t> slots;
        for (std::uint16_t slot = 0; slot < table.view().features().size(); ++slot) slots.push_back(slot);
        std::vector<std::uint64_t> out(slots.size());
        auto start = Steady::now();
        for (const auto& key : keys) table.read_stable(key, now, slots, out);
        computing += seconds_since(start);
        bytes += view_bytes, rows += entities_in;
        fmt::print("{:28} {:9} entities {:6} bytes each {:5.2f} us to compute {} features\n", view, entities_in, view_bytes / entities_in,
                   seconds_since(start) / double(entities_in) * 1e6, slots.size());
    }
    fmt::print("{} features of document 003, {} event types, {} events ({} refused): decode {:.2f} us, fold {:.2f} us each\n", features,
               fed.size(), events, refused, decoding / double(events) * 1e6, folding / double(events) * 1e6);
    fmt::print("{:.2f} GB in all, {} bytes per entity (a user and a property each), every value computed in {:.1f} s on one core\n",
               double(bytes) / 1e9, bytes / entities, computing);
    fmt::print(R"({{"bench":"feature_memory","entities":{},"features":{},"events":{},"bytes_per_entity":{},)"
               R"("fold_us":{:.2f},"compute_all_s":{:.1f}}})"
               "\n",
               entities, features, events, bytes / entities, folding / double(events) * 1e6, computing);
    return 0;
}
