// A record of any bytes becomes one event, or one refusal with its bytes: it never stops what is behind it. Headers come first, as lines
// "name: value" up to an empty line; the first byte chooses the format.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "events/transport_record.h"

namespace {

quoin::RecordReader reader(const char* format) {
    auto text = fmt::format("transport: t\nkind: k\nk: {{a: b}}\n{}", format);
    return quoin::RecordReader(quoin::parse_transport(text, "t").value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto cloud_events = reader(""), json = reader("format: json\njson: {type: x, id: id, time: at, subject: who}\n");
    if (size == 0) return 0;
    std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    quoin::TransportRecord record{.place = "place", .value = {}, .headers = {}, .timestamp = quoin::EventTime{1}};
    while (!text.empty() && text[0] != '\n') {
        auto line = text.substr(0, text.find('\n'));
        auto colon = std::min(line.find(": "), line.size());
        record.headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 2, line.size())));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    if (!text.empty()) record.value = text.substr(1);
    quoin::EventLog::Batch batch;
    (data[0] % 2 == 0 ? cloud_events : json).read(record, batch);
    if (batch.events.size() != 1 || batch.refusals.size() > 1) std::abort();
    if (!batch.refusals.empty() && (batch.refusals[0].reason.empty() || batch.events[0].data != record.value.value_or(""))) std::abort();
    return 0;
}
