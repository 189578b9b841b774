#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/field_value.h"
#include "base/result.h"

namespace quoin {

enum class FeatureType { integer, number, boolean, text, numbers, texts };
const char* name_of(FeatureType type);
/// A list type holds several values; it is not cached in rows and takes no part in expressions.
constexpr bool is_list(FeatureType type) { return type == FeatureType::numbers || type == FeatureType::texts; }
constexpr FieldKind field_kind(FeatureType type) {
    return type == FeatureType::text || type == FeatureType::texts ? FieldKind::text : FieldKind::number;
}

/// What a transform is told besides its window.
struct TransformParameters {
    std::size_t k = 1;                  ///< last_k, top_k
    double q = 0.5;                     ///< quantile
    Duration per = Duration::days(1);   ///< rate
    Duration unit = Duration::days(1);  ///< recency
    std::vector<double> edges;          ///< histogram, ascending
};

/// Another entity's feature, found by a text feature of this view that holds the entity's id.
struct FeatureLookup {
    std::string entity, by, view, feature;
};

/// One feature as its file declares it: aggregated (`from`), derived (`expression`) or looked up (`lookup`). docs/formats/features.md.
struct FeatureDeclaration {
    std::string name, description, unit;
    FeatureType type = FeatureType::number;
    std::optional<std::pair<double, double>> range;
    std::optional<std::string> default_text;  ///< as written; a number unless the type is text
    std::vector<std::string> from;
    std::string where, value, transform;
    std::optional<Duration> window;  ///< nothing: lifetime
    std::optional<Duration> tile;
    TransformParameters parameters;
    std::string expression;
    std::optional<FeatureLookup> lookup;
    std::string source_document;  ///< number of the document that asks for the feature, e.g. "003"; empty: none
    std::string place;            ///< "catalog/features/x.yaml, line 12", for errors
};

/// The features of one entity type that are computed and kept together: one file.
struct ViewDeclaration {
    std::string view, entity, description, owner, category, source_document;
    std::optional<Duration> ttl;
    std::vector<FeatureDeclaration> features;
    std::string place;
    std::string digest;  ///< SHA-256 of the declaration's text
};

/// Reads a declaration. `where` names the file in errors. Checks what can be checked without the event types: names, types, that each
/// feature is of one of the three kinds, ranges, windows. Error: invalid with file, line and remedy; too_large.
Result<ViewDeclaration> read_view(std::string_view yaml, const std::string& where);

}  // namespace quoin
