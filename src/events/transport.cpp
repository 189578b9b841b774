#include "events/transport.h"

#include <algorithm>
#include <array>

#include "base/digest.h"

namespace quoin {

namespace transport {
#define TRANSPORT(name) TransportEntry name();
#include "events/transports.list"
#undef TRANSPORT
}  // namespace transport

namespace {

constexpr std::size_t cut_bytes = 64u << 10;  ///< of a payload that is too large for the log
constexpr const char* cut_mark = " (cut off)";

/// So that the log takes it, and it stays another name than any other.
void cut_name(std::string& name) {
    constexpr std::size_t kept = 200;
    if (name.size() > event_limits::name_bytes) name = name.substr(0, kept) + "#" + sha256_hex(name);
}

void count(Transport::Round& round, const std::vector<Acceptance>& acceptances) {
    round.records += acceptances.size();
    for (const auto& acceptance : acceptances) switch (acceptance.outcome) {
            case Acceptance::Outcome::stored: ++round.stored; break;
            case Acceptance::Outcome::duplicate: ++round.duplicates; break;
            case Acceptance::Outcome::dead_letter: ++round.dead_letters; break;
        }
}

/// The events from `from` on, with their refusals.
EventLog::Batch part_of(const EventLog::Batch& batch, std::size_t from, std::size_t to) {
    EventLog::Batch part;
    auto at = [&](std::size_t i) { return batch.events.begin() + static_cast<std::ptrdiff_t>(i); };
    part.events.assign(at(from), at(to));
    for (const auto& refusal : batch.refusals)
        if (refusal.event >= from && refusal.event < to) part.refusals.push_back({refusal.event - from, refusal.reason});
    return part;
}

}  // namespace

std::span<const TransportEntry> transport_kinds() {
    static const std::array kinds = {
#define TRANSPORT(name) transport::name(),
#include "events/transports.list"
#undef TRANSPORT
    };
    return kinds;
}

Result<std::unique_ptr<Transport>> make_transport(const TransportDeclaration& declaration, Ingest& ingest) {
    auto kinds = transport_kinds();
    auto found = std::ranges::find(kinds, declaration.kind, &TransportEntry::name);
    if (found != kinds.end()) return found->make(declaration, ingest);
    std::vector<std::string> names;
    for (const auto& kind : kinds) names.push_back(kind.name);
    return fail_field(ErrorKind::invalid, "kind", "{}: '{}' is no kind of transport; there are {}", declaration.where, declaration.kind,
                      fmt::join(names, ", "));
}

Result<Transport::Round> submit_round(Ingest& ingest, EventLog::Batch batch) {
    Transport::Round round;
    auto whole = ingest.submit_and_wait(batch);
    if (whole) {
        count(round, *whole);
        return round;
    }
    if (whole.error().kind != ErrorKind::too_large || batch.events.empty()) return tl::unexpected(whole.error());
    if (batch.events.size() > 1) {
        auto middle = batch.events.size() / 2;
        auto first = part_of(batch, 0, middle), second = part_of(batch, middle, batch.events.size());
        second.positions = std::move(batch.positions);
        TRY(before, submit_round(ingest, std::move(first)));
        TRY(after, submit_round(ingest, std::move(second)));
        return Transport::Round{before.records + after.records, before.stored + after.stored, before.duplicates + after.duplicates,
                                before.dead_letters + after.dead_letters, 0};
    }
    if (!batch.refusals.empty() && batch.refusals[0].reason.ends_with(cut_mark)) return tl::unexpected(whole.error());
    auto& event = batch.events.front();
    batch.refusals = {{0, whole.error().message + cut_mark}};
    if (event.data.size() > cut_bytes) event.data.resize(cut_bytes);
    for (auto* name : {&event.source, &event.id, &event.type, &event.subject}) cut_name(*name);
    return submit_round(ingest, std::move(batch));
}

}  // namespace quoin
