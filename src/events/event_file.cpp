#include "events/event_file.h"

#include <charconv>
#include <fstream>

#include "base/digest.h"
#include "events/event_lines.h"
#include "events/event_rows.h"
#include "table/read.h"

namespace quoin {
namespace {

constexpr std::size_t line_bytes_max = 8u << 20, sample_bytes = 64 * 1024, rows_per_step = 10'000;

bool is_lines(const std::filesystem::path& path) { return path.extension() == ".ndjson" || path.extension() == ".jsonl"; }

/// A name for this file as it is and for how it is read: a position belongs to it and to no other.
Result<std::string> consumer_of(const EventFile& file) {
    std::error_code error;
    auto size = std::filesystem::file_size(file.path, error);
    if (error) return fail(ErrorKind::not_found, "there is no file '{}'", file.path.string());
    std::ifstream stream(file.path, std::ios::binary);
    std::string sample(std::min<std::uintmax_t>(size, sample_bytes), '\0');
    stream.read(sample.data(), static_cast<std::streamsize>(sample.size()));
    stream.seekg(static_cast<std::streamoff>(size - sample.size()));
    std::string end(sample.size(), '\0');
    stream.read(end.data(), static_cast<std::streamsize>(end.size()));
    if (!stream) return fail(ErrorKind::unavailable, "'{}' cannot be read", file.path.string());
    auto changed = std::filesystem::last_write_time(file.path, error).time_since_epoch().count();
    auto how = fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}", size, changed, file.type, file.id, file.time, file.known, file.source,
                           file.tenant.value(), file.is_history);
    return "file/" + sha256_hex(sample + end + how).substr(0, 32);
}

/// Collects events and hands them on with the position after them.
class Delivery {
public:
    Delivery(const EventFile& file, const EventSink& sink, const std::function<void(std::uint64_t)>& on_rows, std::string consumer)
        : file_(file), sink_(sink), on_rows_(on_rows), consumer_(std::move(consumer)) {}

    Status start() {
        TRY(position, sink_.position(consumer_));
        std::from_chars(position.data(), position.data() + position.size(), report_.skipped);
        return {};
    }
    /// True if the next row is still to be handed in.
    bool takes_next_row() {
        if (++report_.rows % rows_per_step == 0) on_rows_(report_.rows);
        return report_.rows > report_.skipped;
    }
    std::uint64_t row() const { return report_.rows; }
    EventLog::Batch& batch() { return batch_; }
    Status hand_in_if_full() { return batch_.events.size() >= file_.batch_events ? hand_in() : Status{}; }
    Status hand_in() {
        if (batch_.events.empty()) return {};
        set_missing_times();
        batch_.positions = {{consumer_, fmt::to_string(report_.rows)}};
        TRY(outcomes, sink_.submit(std::exchange(batch_, {})));
        for (const auto& outcome : outcomes) {
            report_.stored += outcome.outcome == Acceptance::Outcome::stored;
            report_.duplicates += outcome.outcome == Acceptance::Outcome::duplicate;
            report_.dead_letters += outcome.outcome == Acceptance::Outcome::dead_letter;
        }
        return {};
    }
    EventFileReport& report() { return report_; }

private:
    /// What was refused for its time stays without one, so that a replay refuses it again.
    void set_missing_times() {
        auto refusal = batch_.refusals.begin();
        for (std::size_t i = 0; i < batch_.events.size(); ++i) {
            bool is_refused = refusal != batch_.refusals.end() && refusal->event == i;
            if (is_refused) ++refusal;
            if (!is_refused && batch_.events[i].time.is_missing()) batch_.events[i].time = sink_.now();
        }
    }

    const EventFile& file_;
    const EventSink& sink_;
    const std::function<void(std::uint64_t)>& on_rows_;
    std::string consumer_;
    EventLog::Batch batch_;
    EventFileReport report_;
};

Status read_lines(const EventFile& file, Delivery& delivery) {
    std::ifstream stream(file.path, std::ios::binary);
    std::string buffer(line_bytes_max + 1, '\0');
    while (stream.getline(buffer.data(), static_cast<std::streamsize>(buffer.size()))) {
        std::string_view line(buffer.data());
        if (!delivery.takes_next_row() || line.find_first_not_of(" \t\r") == std::string::npos) continue;
        append_line(file, line, delivery.row(), delivery.batch());
        TRY_VOID(delivery.hand_in_if_full());
    }
    if (stream.bad()) return fail(ErrorKind::unavailable, "'{}' cannot be read", file.path.string());
    if (stream.eof()) return {};
    return fail(ErrorKind::too_large, "line {} of '{}' is longer than {} bytes", delivery.row() + 1, file.path.string(), line_bytes_max);
}

Status read_rows(const EventFile& file, const EventType* type, Delivery& delivery) {
    if (file.type.empty()) return fail_field(ErrorKind::invalid, "--type", "say what the rows of '{}' are with --type", file.path.string());
    std::optional<EventRows> rows;
    return read_chunks(file.path, EventRows::read_options(file, type), 8192, [&](const Table& table) -> Status {
        if (!rows) {
            TRY(made, EventRows::make(file, type, table));
            rows = std::move(made);
            delivery.report().ignored_columns = rows->ignored_columns();
        }
        for (std::size_t row = 0; row < table.rows(); ++row) {
            if (!delivery.takes_next_row()) continue;
            rows->append(table, row, delivery.row(), delivery.batch());
            TRY_VOID(delivery.hand_in_if_full());
        }
        return {};
    });
}

}  // namespace

Result<EventFileReport> ingest_file(const EventFile& file, const EventTypes& types, const EventSink& sink,
                                    const std::function<void(std::uint64_t)>& on_rows) {
    TRY(consumer, consumer_of(file));
    Delivery delivery(file, sink, on_rows, std::move(consumer));
    TRY_VOID(delivery.start());
    TRY_VOID(is_lines(file.path) ? read_lines(file, delivery) : read_rows(file, types.find(file.type), delivery));
    TRY_VOID(delivery.hand_in());
    return std::move(delivery.report());
}

}  // namespace quoin
