#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/event_log.h"
#include "features/catalog.h"
#include "features/view_table.h"

namespace quoin {

/// One entity's values of one view as of a moment, with their statuses.
struct FeatureAnswer {
    std::shared_ptr<const FeatureView> view;
    FeatureRow row;
    EventTime at;
    bool is_known = false;    ///< an event of the view was seen for the entity, or the view needs none
    bool is_outside = false;  ///< the latest event is older than the view's ttl

    FeatureStatus status(std::uint16_t slot) const;
    /// The value if the status is PRESENT, else null. Lists: see row.lists.
    FieldValue value(std::uint16_t slot) const;
};

/// What is asked about one entity.
struct FeatureQuestion {
    std::string_view view, tenant, id;
    EventTime at;
    bool wants_lists = false;  ///< list features too, which costs computing them
};

/// The live driver of the feature operator and the view of its states: every event that the log commits is folded in before it is
/// acknowledged, so a read after the acknowledgement sees it. An event dated in the future waits until its time has come. Thread-safe.
class OnlineView {
public:
    explicit OnlineView(std::shared_ptr<const FeatureCatalog> catalog, TextTable& texts = TextTable::shared());
    ~OnlineView();

    /// Folds committed events in, in the order of the log. What it has seen already (by sequence) is left out.
    void apply(std::span<const Event> events);
    /// Reads the log from where the states are, then follows it. `log` outlives it or is closed first.
    Status follow(EventLog& log);

    /// Values as of question.at, as EventLog::now() gives it, or as of when the last event folded in took effect, if that is later: while a
    /// commit is being folded in, the log's clock still stands before it. The answer says which. Error: not_found (no such view).
    Result<FeatureAnswer> read(const FeatureQuestion& question);

    /// Folds in what was waiting for its time until `now` (as EventLog::now() gives it), then calls `body` while no event is folded in:
    /// all states are those of the events up to `position`, and values read as of position.advanced, which is not before `now`, are exact.
    /// Writers wait meanwhile, so be short; `body` may read, and not apply.
    void hold(EventTime now, const std::function<void(const ViewTable::Position& position)>& body);

    std::shared_ptr<const FeatureCatalog> catalog() const;
    /// Where the texts of answers lie.
    const TextTable& texts() const { return texts_; }
    /// Changes to another catalog while reads and events go on: a view that computes the same keeps its states; the others are made anew
    /// from the log first. Error: what reading the log gives; then nothing has changed.
    Status replace_catalog(std::shared_ptr<const FeatureCatalog> catalog, const EventLog& log);

    std::uint64_t applied_sequence() const { return applied_.load(std::memory_order_acquire); }
    /// Another one whenever an event is folded in or begins to wait for its time.
    std::uint64_t changes() const { return changes_.load(std::memory_order_acquire); }
    struct Size {
        std::string view;
        std::size_t entities = 0, bytes = 0;
    };
    std::vector<Size> sizes() const;
    /// One view's table, for code that drives it without a log. Valid until the catalog is replaced. nullptr: no such view.
    ViewTable* table(std::string_view view) const { return tables_.load()->find(view); }
    std::uint64_t refused_values() const { return refused_.load(std::memory_order_relaxed); }

    /// Writes all states to one file while events go on, shard by shard; loads them into a view that has seen no event yet. Views of which
    /// the computation has changed are left out and made anew by follow(). docs/formats/feature-state.md. Error: corrupt, unavailable.
    Status save(const std::filesystem::path& file);
    Status load(const std::filesystem::path& file);

private:
    friend class FeaturePlan;
    friend class FeatureSnapshot;
    /// The tables of one catalog. Replaced as a whole.
    struct Tables {
        struct Route {
            ViewTable* table;
            const FeatureView::Binding* binding;
        };
        std::shared_ptr<const FeatureCatalog> catalog;
        std::map<std::string, std::shared_ptr<ViewTable>, std::less<>> tables;
        std::map<std::string, std::vector<Route>, std::less<>> routes;  ///< by event type
        ViewTable* find(std::string_view view) const;
    };
    struct Later {
        bool operator()(const Event& a, const Event& b) const {
            return a.effective() != b.effective() ? a.effective() > b.effective() : a.sequence > b.sequence;
        }
    };
    std::shared_ptr<Tables> make_tables(std::shared_ptr<const FeatureCatalog> catalog, const Tables* former);
    void fold(const Tables& tables, const Event& event);
    void advance(EventTime now);
    void advance_locked(EventTime now);
    void apply_locked(const Tables& tables, const Event& event);
    FieldValue look_up(const Tables& tables, const FeatureLookup& lookup, const std::string& key, EventTime at) const;

    TextTable& texts_;
    std::atomic<std::shared_ptr<Tables>> tables_;
    std::mutex applying_;  ///< one writer at a time
    std::priority_queue<Event, std::vector<Event>, Later> waiting_;
    std::atomic<std::int64_t> next_due_;
    EventTime not_before_folded(EventTime at) const { return std::max(at, EventTime{folded_until_.load(std::memory_order_acquire)}); }

    std::atomic<std::uint64_t> applied_{0}, changes_{0};
    std::atomic<std::int64_t> folded_until_{EventTime::missing().value()};  ///< effective time of the latest event folded in
    std::atomic<std::uint64_t> refused_{0};
    EventTime advanced_ = EventTime::missing();
};

}  // namespace quoin
