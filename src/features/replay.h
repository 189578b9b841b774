#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/event_log.h"
#include "features/catalog.h"
#include "features/view_table.h"
#include "table/table.h"

namespace quoin {

/// Hands every event to `take`, in any order, until that fails.
using EventSource = std::function<Status(const std::function<Status(const Event&)>& take)>;
/// The events of a log up to a sequence. `log` outlives it.
EventSource events_of(const EventLog& log, std::uint64_t last_sequence = std::numeric_limits<std::uint64_t>::max());

/// Who is asked about, and as of when, row by row. Every column has one value per row.
struct EntityFrame {
    std::vector<EventTime> at;
    std::map<std::string, Categories, std::less<>> ids;  ///< by entity type; missing: the row has no such entity
    Categories tenants;                                  ///< no codes: "default" in every row
    std::vector<std::uint64_t> sequences;                ///< nothing behind this place of the log counts; empty: everything does

    std::size_t rows() const { return at.size(); }
    std::string_view tenant(std::size_t row) const;
};

/// The values of one view for the rows of a frame: 8 bytes per row and feature, 8 bytes per row besides.
class ViewAnswers {
public:
    ViewAnswers(std::shared_ptr<const FeatureView> view, std::vector<std::uint16_t> slots, std::size_t rows, bool wants_lists);

    const FeatureView& view() const { return *view_; }
    std::span<const std::uint16_t> slots() const { return slots_; }
    std::size_t rows() const { return event_times_.size(); }
    /// When the latest event of the view happened; missing: none was ever seen.
    EventTime event_time(std::size_t row) const { return event_times_[row]; }
    /// By the place in slots(): a number's bits (NaN: null) or a text's id (0: null). Lists are 0.
    std::uint64_t bits(std::size_t row, std::size_t place) const { return bits_[row * slots_.size() + place]; }
    /// Bits of the items of a list feature; empty unless lists were asked for.
    std::span<const std::uint64_t> list(std::size_t row, std::size_t place) const;
    /// As FeatureAnswer::status has it, for a question as of `at`.
    FeatureStatus status(std::size_t row, std::size_t place, EventTime at) const;
    /// The place in slots(); nothing if the feature was not asked for.
    std::optional<std::size_t> place_of(std::uint16_t slot) const;

    /// Puts a computed row in; `texts`: where ids are looked up afterwards. Different rows may be put by different threads. Error:
    /// too_large (texts).
    Status put(std::size_t row, const FeatureRow& values, TextTable& texts);
    /// The row's lists, of which the texts lie in `from`.
    Status put_lists(std::size_t row, const FeatureRow& values, const TextTable& from, TextTable& texts);
    /// The row as the operator has it, with null for features that are not kept.
    void get(std::size_t row, FeatureRow& values, const TextTable& texts) const;

private:
    std::shared_ptr<const FeatureView> view_;
    std::vector<std::uint16_t> slots_;
    std::vector<std::uint64_t> bits_;
    std::vector<EventTime> event_times_;
    std::vector<std::vector<std::uint64_t>> lists_;  ///< rows × slots_, or none
};

/// What a replay answers with: one ViewAnswers per view, in the order in which the views were first asked for.
struct FeatureAnswers {
    std::vector<ViewAnswers> views;
    std::shared_ptr<TextTable> texts;

    const ViewAnswers* find(std::string_view view) const;
    /// The value, whatever its status. Lists are null.
    FieldValue value(const ViewAnswers& view, std::size_t row, std::size_t place) const;
};

/// Rows to be answered by some of a replay's views.
struct ReplayAsk {
    const EntityFrame* frame = nullptr;
    std::vector<std::string> views;  ///< empty: all that were asked for when the replay was read
};

/// The replay driver of the feature operator: answers (entity, time) questions exactly as OnlineView did or would have, bit for bit. The
/// events are read once and kept by entity (only the fields that the features read); questions can be asked as often as one likes then.
/// Memory: `memory_bytes_max` for the events, the rest of them in a temporary file; 24 bytes per row and type of entity, the answers, and
/// for each thread one of 1024 parts of the events. Limits: 4 GiB of events in one part; 2^32 rows and 2^24 different texts per answer.
/// Answers do not depend on the number of threads. Thread-safe.
class FeatureReplay {
public:
    struct Options {
        /// As known at this moment: events that became known later do not exist, and what was known by then counts from when it happened,
        /// also where it was not known yet. Nothing: as known at the time of each question, which is what serving sees.
        std::optional<EventTime> knowledge;
        /// Only these rows will be asked: events of other entities, and behind the last of the times, are not kept.
        const EntityFrame* only = nullptr;
        bool wants_lists = false;
        std::size_t memory_bytes_max = std::size_t{2} << 30;
        std::filesystem::path folder;  ///< for the temporary file; empty: the system's
        std::size_t threads = 0;       ///< 0: thread_count()
    };
    struct Counts {
        std::uint64_t events = 0;       ///< read
        std::uint64_t records = 0;      ///< kept: one per entity that an event is about
        std::uint64_t undecodable = 0;  ///< left out as by OnlineView: their type is stricter now than when they came
        std::uint64_t spilled_bytes = 0;
    };
    /// Error: invalid, not_found (features), unavailable (the log, the disk).
    static Result<FeatureReplay> read(std::shared_ptr<const FeatureCatalog> catalog, std::span<const FeaturePlace> features,
                                      const EventSource& events, Options options);
    FeatureReplay(FeatureReplay&&) noexcept;
    FeatureReplay& operator=(FeatureReplay&&) noexcept;
    ~FeatureReplay();

    /// Error: invalid (columns of different lengths), too_large (rows, texts, a part of the events), unavailable.
    Result<FeatureAnswers> answer(const EntityFrame& frame) const;
    /// The same for several frames at once, in one pass over the events.
    Result<std::vector<FeatureAnswers>> answer_all(std::span<const ReplayAsk> asks) const;
    /// Every entity of a type that some event counting at `at` is about, sorted by tenant and id. Error: not_found (an entity type that no
    /// feature of this replay is about), unavailable.
    Result<EntityFrame> everyone(std::string_view entity, EventTime at) const;
    Counts counts() const;

private:
    struct State;
    explicit FeatureReplay(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
