#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "features/catalog.h"

namespace quoin {

/// How a feature is made, in a few words: "sum of seconds from document.accessed", "expression", "zip_sales:turnover by zip_code".
std::string origin_text(const FeatureDeclaration& feature);
boost::json::object feature_json(const FeatureView& view, const FeatureDeclaration& feature);

/// What a feature is made from, step by step: for each step its depth and a line.
struct LineageStep {
    std::size_t depth = 0;
    std::string kind;  ///< "feature", "event", "field"
    std::string name;  ///< "view:feature", an event type, "type.field"
    std::string note;
};
/// Upwards: features, event types and fields that it is made from. Each feature is opened once.
std::vector<LineageStep> lineage_of(const FeatureCatalog& catalog, const FeaturePlace& feature);
/// Downwards: the features that are made from it, "view:feature", sorted.
std::vector<std::string> dependents_of(const FeatureCatalog& catalog, const FeaturePlace& feature);

}  // namespace quoin
