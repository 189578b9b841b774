#pragma once

#include <filesystem>

#include "base/result.h"

namespace quoin {

/// What can be switched off while a server runs (docs/guides/challenger.md, "Switches"): <project>/catalog/flags.yaml has the keys, the
/// environment has ENABLE_CHALLENGER_MODELS and ENABLE_FEEDBACK_LOOP, which win.
struct FeatureFlags {
    bool challenger_models = true;  ///< challengers answer; off: champions answer everybody, and experiments wait
    bool feedback_loop = true;      ///< outcomes are taken; off: they are refused, and those in the log wait there

    bool operator==(const FeatureFlags&) const = default;
};

/// As they stand now; no file: all are on. Error: invalid, with line and key or the variable; unavailable, if the file cannot be read.
Result<FeatureFlags> read_feature_flags(const std::filesystem::path& project);

}  // namespace quoin
