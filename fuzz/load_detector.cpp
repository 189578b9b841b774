// Saved detectors and tails: the first byte says which, the rest are the words of its tape, under a right checksum so that the fuzzer gets
// past it. What loads must be saved as it was, and go on without a value that is not finite.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "models/calibration/adaptive_conformal.h"
#include "models/calibration/quantile_conformal.h"
#include "models/detector/change_point.h"
#include "models/detector/half_space_trees.h"
#include "models/detector/isolation_forest.h"
#include "models/detector/robust_cut_forest.h"
#include "models/tail/peaks_over_threshold.h"
#include "models/tail/spot.h"

namespace {

using namespace quoin;

void expect(bool holds) {
    if (!holds) std::abort();
}

template <class Model, class Use>
void load(const char* kind, const TapeWriter& tape, Use use) {
    auto bytes = tape.finish(kind, 1);
    auto model = Model::load(bytes);
    if (!model) return expect(!model.error().message.empty() && model.error().kind != ErrorKind::internal);
    expect(model->save() == bytes);
    use(*model);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    TapeWriter tape;
    for (std::size_t at = 1; at + 8 <= size; at += 8) {
        std::uint64_t word;
        std::memcpy(&word, data + at, 8);
        tape.whole(word);
    }
    auto answers = [](auto& model, std::size_t dimensions) {
        std::vector<double> point(dimensions, 0.25);
        for (int i = 0; i < 3; ++i)
            if (auto score = model.update(point)) expect(std::isfinite(*score));
    };
    switch (data[0] % 8) {
        case 0: load<RobustCutForest>("robust cut forest", tape, [&](auto& m) { answers(m, m.options().dimensions); }); break;
        case 1: load<HalfSpaceTrees>("half-space trees", tape, [&](auto& m) { answers(m, m.options().dimensions); }); break;
        case 2:
            load<IsolationForest>("isolation forest", tape, [&](auto& m) {
                double score = m.score(std::vector<double>(m.parts().dimensions, 0.5));
                expect(score >= 0 && score <= 1);
            });
            break;
        case 3:
            load<ChangePointDetector>("change points", tape, [&](auto& m) {
                for (double value : {0.0, 3.0, 1.0})
                    if (auto report = m.update(value)) expect(report->recent_change >= 0 && report->recent_change <= 1);
            });
            break;
        case 4:
            load<Spot>("tail alarm", tape, [&](auto& m) {
                for (double value : {0.0, 30.0, -1e100})
                    if (auto verdict = m.update(value)) expect(std::isfinite(verdict->alarm_level));
            });
            break;
        case 5:
            load<PeaksOverThreshold>("peaks over threshold", tape, [&](auto& m) {
                if (auto level = m.return_level(1e6, Probability{0.9})) expect(!std::isnan(level->level));
            });
            break;
        case 6: load<AdaptiveConformal>("adaptive conformal", tape, [&](auto& m) { expect(!std::isnan(m.interval(0, 1).lower)); }); break;
        default: load<QuantileConformal>("conformal quantiles", tape, [&](auto& m) { expect(!std::isnan(m.interval(0, 1).lower)); });
    }
    return 0;
}
