#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "features/replay.h"
#include "table/table.h"

namespace quoin {

/// Builds a column of texts row by row.
class CategoryBuilder {
public:
    void add(std::string_view text);
    void add_missing() { column_.codes.push_back(Categories::missing); }
    std::size_t size() const { return column_.codes.size(); }
    /// The column; the builder is empty then.
    Categories release();

private:
    Categories column_;
    std::unordered_map<std::string, std::int32_t> codes_;
};

/// One feature of replayed rows.
struct AnsweredFeature {
    const FeatureAnswers& answers;
    const ViewAnswers& view;
    std::size_t place = 0;  ///< in view.slots()

    const FeatureDeclaration& declaration() const { return *view.view().features()[view.slots()[place]].declaration; }
};

/// The feature as a column: values that are PRESENT, all others missing. A list is the text of a JSON array. `uses_defaults`: where nothing
/// was ever seen (NOT_FOUND), the declared default.
Column value_column(std::string name, const AnsweredFeature& feature, std::span<const EventTime> at, bool uses_defaults = false);
/// The words of Feast: PRESENT, NULL_VALUE, NOT_FOUND, OUTSIDE_MAX_AGE.
Column status_column(std::string name, const AnsweredFeature& feature, std::span<const EventTime> at);

}  // namespace quoin
