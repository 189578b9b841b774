#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "models/forest/forest.h"

namespace quoin {

/// The "key=value" lines of a LightGBM file's header or of one of its trees.
using LightgbmBlock = std::map<std::string_view, std::string_view, std::less<>>;

struct LightgbmTreeUse {
    std::uint32_t output;
    double scale;  ///< 1 / rounds for an averaged forest (boosting=rf); 1 otherwise
};

/// Appends one tree to `parts`. Error: corrupt; too_large; unsupported (linear leaves).
Status add_lightgbm_tree(Forest::Parts& parts, const LightgbmBlock& block, LightgbmTreeUse use);

/// The value of `key`; empty if it is not there.
std::string_view lightgbm_text(const LightgbmBlock& block, std::string_view key);

/// Error: corrupt, if it is no whole number.
Result<std::int64_t> lightgbm_whole(const LightgbmBlock& block, std::string_view key, std::int64_t otherwise);

}  // namespace quoin
