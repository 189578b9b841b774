#pragma once

#include <cstdint>
#include <span>

#include "base/matrix.h"
#include "base/progress.h"
#include "base/result.h"
#include "models/encoder/encoder.h"
#include "models/market_index.h"

namespace quoin {

struct MarketData {
    const Encoder& encoder;
    const Matrix& encoded;           ///< rows × features
    std::span<const double> labels;  ///< model scale
    std::span<const double> days;    ///< NaN: unknown
    std::uint64_t seed;
};

/// The market index of a data set: a first forest that sees no feature made from time predicts every row out of fold; what it leaves over,
/// by time, is the market (a hedonic index, Rosen 1974, with the forest as the hedonic function). Residuals are clipped at ±0.3 around
/// their median.
Result<MarketIndex> learn_market_index(const MarketData& data, Progress& progress = no_progress());

}  // namespace quoin
