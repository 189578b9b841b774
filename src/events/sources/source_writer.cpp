#include "events/sources/source_writer.h"

#include <algorithm>

namespace quoin {
namespace {

constexpr std::size_t events_max = 500, batch_bytes_max = 4u << 20;

}  // namespace

/// FNV-1a in 64 bits of the id and the data.
std::string RefusedRecords::name_of(const Event& event) {
    std::uint64_t hash = 14695981039346656037u;
    for (std::string_view part : {std::string_view(event.id), std::string_view("\n"), std::string_view(event.data)})
        for (char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return fmt::format("{:016x}", hash);
}

void RefusedRecords::add(std::string name) {
    if (!names_.insert(name).second) return;
    order_.push_back(std::move(name));
    if (order_.size() <= names_max) return;
    names_.erase(order_.front());
    order_.pop_front();
}

SourceTally& SourceTally::operator+=(const SourceTally& other) {
    records += other.records, left_out += other.left_out, stored += other.stored;
    duplicates += other.duplicates, refused += other.refused;
    return *this;
}

Status SourceWriter::add(RecordMapping::Mapped mapped) {
    ++tally_.records;
    if (!refused_.empty() && refused_.contains(RefusedRecords::name_of(mapped.event))) {
        ++tally_.duplicates;
        return {};
    }
    bytes_ += mapped.event.data.size() + mapped.event.id.size();
    if (mapped.refusal.empty() && mapped.event.time <= now_) newest_ = std::max(newest_, mapped.event.time);
    if (!mapped.refusal.empty()) batch_.refusals.push_back({batch_.events.size(), std::move(mapped.refusal)});
    batch_.events.push_back(std::move(mapped.event));
    if (batch_.events.size() < events_max && bytes_ < batch_bytes_max) return {};
    return commit();
}

Status SourceWriter::commit(std::vector<EventLog::Position> positions) {
    EventLog::Batch batch = std::move(batch_);
    batch_ = {};
    bytes_ = 0;
    if (batch.events.empty() && positions.empty()) return {};
    batch.positions = std::move(positions);
    std::vector<std::string> names;
    for (const auto& event : batch.events) names.push_back(RefusedRecords::name_of(event));
    TRY(acceptances, ingest_.submit_and_wait(std::move(batch)));
    for (std::size_t i = 0; i < acceptances.size(); ++i) {
        using Outcome = Acceptance::Outcome;
        auto outcome = acceptances[i].outcome;
        ++(outcome == Outcome::stored ? tally_.stored : outcome == Outcome::duplicate ? tally_.duplicates : tally_.refused);
        if (outcome == Outcome::dead_letter) refused_.add(std::move(names[i]));
    }
    return {};
}

}  // namespace quoin
