#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "features/online_view.h"

namespace quoin {

/// A prepared read: the features that one kind of request needs, resolved once to views and slots, so that a request costs one look-up per
/// view. Immutable; thread-safe. Holds on to the catalog it was made from: after OnlineView::replace_catalog make a new one (is_current).
class FeaturePlan {
public:
    /// `names`: as FeatureCatalog::place takes them. Error: not_found, invalid, naming the feature.
    static Result<FeaturePlan> make(const OnlineView& online, std::span<const std::string> names);

    /// In the order of the names.
    std::span<const FeaturePlace> places() const { return places_; }
    /// The entity types whose ids a read needs, in the order in which read() takes them.
    std::span<const std::string> entities() const { return entities_; }
    bool is_current(const OnlineView& online) const { return online.tables_.load() == tables_; }

    struct Question {
        std::string_view tenant;
        std::span<const std::string_view> ids;  ///< one per entity type, in the order of entities(); empty: its features are NOT_FOUND
        EventTime at;
    };
    /// One place per name.
    struct Answer {
        std::span<FieldValue> values;
        std::span<FeatureStatus> statuses;
    };
    /// Reads all features as of one moment. Nothing is allocated as long as no feature is live and every row is valid. List features are
    /// null here.
    void read(OnlineView& online, const Question& question, const Answer& answer) const;

    /// Stable numbers only, for many entities of one view (question.ids): row-major `out` (NaN where null, unknown or outside max age).
    /// Rows are prefetched 16 ahead. Error: unsupported, if the plan has features of several views, texts, lists or live features.
    Status read_numbers(OnlineView& online, const Question& question, std::span<double> out) const;

private:
    struct Part {
        ViewTable* table = nullptr;
        std::size_t entity = 0;              ///< in entities_
        bool is_live = false;                ///< some feature asked for is
        std::vector<std::uint16_t> slots;    ///< in the view; numbers before texts
        std::vector<std::size_t> positions;  ///< in the answer
        std::size_t numbers = 0;             ///< how many of the slots are
    };
    struct PartQuestion {
        const Part& part;
        std::string_view key;
        EventTime at;
    };
    void read_live(OnlineView& online, const PartQuestion& question, const Answer& answer) const;
    static void read_stable(const PartQuestion& question, const Answer& answer);
    std::shared_ptr<OnlineView::Tables> tables_;
    std::vector<FeaturePlace> places_;
    std::vector<std::string> entities_;
    std::vector<Part> parts_;
};

}  // namespace quoin
