#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/telemetry.h"
#include "features/feature_reader.h"
#include "features/state_store.h"

namespace quoin {

/// What SharedFeatureReader answers: as OnlineView::read, and where the state came from.
struct SharedAnswer {
    FeatureAnswer features;
    std::string tier;                        ///< that held the state; empty: none did
    StateVersion version;                    ///< of the state
    std::shared_ptr<const TextTable> texts;  ///< where the texts of `features` lie, and the ids of text lists are found
};

/// Feature values for a process that has no log: it reads the states of the entities from the shared stores, hottest first, and computes
/// the values as of the moment asked with the one operator, so that every store gives the answer that OnlineView would, to the last bit.
///
/// A store that fails (and for a moment afterwards), has no state, or has one that cannot be read is passed over for the next. A store
/// whose watermark is older than `stale_after` is believed only as far as no later store has come further. NOT_FOUND is the word of the
/// last store and of one that follows the events; if one of these did not answer, the read is `unavailable`. So it is where no store
/// was filled by a process with this catalog: in another one the view may be computed otherwise. Thread-safe.
class SharedFeatureReader : public FeatureReader {
public:
    struct Tier {
        std::string name;
        std::shared_ptr<FeatureStateSource> source;
        bool follows_events = true;  ///< false: written once a day
    };
    struct Options {
        Duration stale_after = Duration::seconds(30);
        Duration watermark_every = Duration::seconds(1);  ///< how often watermarks are read
        Duration rest = Duration::seconds(1);             ///< a store that failed is not asked for so long
        std::size_t texts_max = 1u << 20;  ///< of all entities read; beyond, texts are forgotten with the answers that hold them
        const Clock& clock = system_clock();
    };
    /// `telemetry` outlives it.
    SharedFeatureReader(std::shared_ptr<const FeatureCatalog> catalog, std::vector<Tier> tiers, Telemetry& telemetry, Options options);
    SharedFeatureReader(std::shared_ptr<const FeatureCatalog> catalog, std::vector<Tier> tiers, Telemetry& telemetry)
        : SharedFeatureReader(std::move(catalog), std::move(tiers), telemetry, Options{}) {}
    ~SharedFeatureReader() override;

    /// In the order of the questions, all of one moment; entities that are looked up on the way are read together. Error: not_found (no
    /// such view), too_large, invalid (several moments), unavailable (as above), corrupt (a state that no store has whole).
    Result<std::vector<SharedAnswer>> read(std::span<const FeatureQuestion> questions);
    Result<SharedAnswer> read(const FeatureQuestion& question);

    /// As of now(), or of the newest state read if that is later, so that a clock behind that of the process with the log spoils nothing.
    Status read(std::span<const Question> questions, const Visit& visit) override;
    /// The clock's time, and not before that of the states as the watermarks have it.
    EventTime now() override;
    std::shared_ptr<const FeatureCatalog> catalog() const override;
    void replace_catalog(std::shared_ptr<const FeatureCatalog> catalog);

    struct TierView {
        std::string name, kind, where;
        std::optional<StateWatermark> watermark;  ///< nothing: never filled
        std::string failure;                      ///< of the last attempt, without secrets; empty: none
        bool follows_events = true;
        bool has_this_catalog = false;  ///< it was filled with what catalog() declares
    };
    /// Reads the watermarks that are due, so that tiers() is of today where nobody reads. Waits for the stores as a read does.
    void refresh();
    /// As the last reads found them, without asking any store.
    std::vector<TierView> tiers() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quoin
