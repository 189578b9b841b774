// Any answer of a provider gives events, records that are left out, and refusals with a reason; reading it again gives the same. The first
// byte chooses the format; 0xff makes the rest a declaration.

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "events/sources/source.h"

namespace {

using namespace quoin;

constexpr std::string_view type_yaml = R"(type: thing.seen
description: d
entities: {thing: name}
fields:
  name: {type: text, required: true}
  n: {type: number, min: -10, max: 10}
  day: {type: time}
  is_new: {type: boolean}
)";

std::shared_ptr<const EventTypes> types() {
    static const auto made = std::make_shared<const EventTypes>(*EventTypes::of({*EventType::parse(type_yaml, "type")}));
    return made;
}

std::shared_ptr<const Source> source_of(std::string_view records, std::string_view at) {
    auto yaml = fmt::format(R"(source: things
description: d
owner: o
licence: l
events: thing.seen
files: {{folder: f, pattern: "*"}}
schedule: every 5m
freshness: 15m
history: 3650d
limits: {{bytes: 1000000, records: 1000}}
records: {}
read:
  name: {}name
  n: {{at: {}n, type: number, missing: ["."]}}
  day: {{at: {}day, type: time}}
  stamp: {{at: {}stamp, type: unix_seconds}}
  kind: {{at: {}kind, words: {{A: one, B: ""}}, otherwise: other}}
  is_new: {{at: {}new, type: boolean}}
  again: {{repeats: "{{name}}/{{kind}}"}}
  before: {{previous: n, per: "{{name}}"}}
  label: {{text: "{{kind}}-{{name}}"}}
event:
  id: "{{label}}/{{day:date}}/{{n}}"
  time: coalesce(stamp, day)
  known: day + 1d
  where: not again
  data: {{name: label, n: n - before, day: day, is_new: is_new}}
)",
                            records, at, at, at, at, at, at);
    auto declared = SourceDeclaration::parse(yaml, "fuzz");
    if (!declared) std::abort();
    auto made = Source::make(std::move(*declared), types());
    if (!made) std::abort();
    return *made;
}

/// Everything that became of the records, as one text.
std::string mapped(const Source& source, std::string_view document) {
    std::string all;
    RecordMapping::Poll poll{.now = EventTime{1'705'406'400'000'000},
                             .since = EventTime{0},
                             .is_history = true,
                             .parameters = {FieldValue::number(0), FieldValue::number(0), FieldValue::text("file")}};
    auto status = source.reader().read_text(document, [&](const SourceRecord& record) -> Result<bool> {
        TRY(found, source.mapping().map(record, poll));
        if (!found) return true;
        const auto& event = found->event;
        if (event.id.empty()) std::abort();
        if (found->refusal.empty() && (event.time.is_missing() || !parse_json(event.data))) std::abort();
        if (event.is_history && event.known > poll.now) std::abort();
        all += event.id + '\n' + event.data + '\n' + found->refusal + '\n';
        return true;
    });
    return status ? all : all + status.error().message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::shared_ptr<const Source> sources[] = {source_of("{format: json, at: /rows/*}", "/"),
                                                            source_of("{format: ndjson}", "/"), source_of("{format: csv}", ""),
                                                            source_of("{format: csv, delimiter: tab, skip: 1}", "")};
    if (size == 0) return 0;
    std::string_view document(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] == 0xff) {
        if (auto declared = SourceDeclaration::parse(document, "fuzz")) (void)Source::make(std::move(*declared), types());
        return 0;
    }
    const auto& source = *sources[data[0] % 4];
    if (mapped(source, document) != mapped(source, document)) std::abort();
    return 0;
}
