#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "learning/declaration.h"
#include "learning/family.h"
#include "models/encoder/encoder.h"
#include "table/table.h"

namespace quoin {

namespace limits {
constexpr std::size_t category_levels = 2000;  ///< rarer levels count as missing
}

/// Which features a model reads, from the declared columns and their roles: the columns themselves, age and effective year, ratios of
/// areas, rotated coordinates for trees; logarithms and random Fourier waves of the location for smooth members. Looks at the inputs only,
/// never at the label, so there is nothing to leak. Levels are sorted, so that the codes of postcodes keep their order. Error: not_found (a
/// declared column is not in the table), invalid (a column of another kind; no present value at all).
Result<Encoder> plan_features(const Table& table, const Declaration& declaration);

/// Only the declared columns as they are: what the plain baselines read.
Result<Encoder> plain_features(const Table& table, const Declaration& declaration);

/// The encoded columns that a family's members learn from, and how. Trees get `all` and `trees`, linear models and networks `all` and
/// `smooth`.
struct MemberColumns {
    std::vector<std::size_t> columns;  ///< of the encoded row, ascending
    std::vector<FeatureUse> uses;      ///< one per column
};
MemberColumns columns_for(const Encoder& encoder, const std::string& family);

}  // namespace quoin
