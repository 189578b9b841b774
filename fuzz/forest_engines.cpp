// A forest and rows from bytes: every engine on every instruction set must have the bits of the reference walk. The first bytes choose the
// forest's shape, the others are the bits of thresholds, leaf values and rows.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "models/forest/engine_comparison.h"
#include "models/forest/random_forest_fixture.h"

namespace {

/// Eight bytes after the other, from the front again when they end.
class Doubles {
public:
    Doubles(const std::uint8_t* data, std::size_t size) : data_(data), count_(size / sizeof(double)) {}

    double next() {
        double made = 0;
        if (count_ > 0) std::memcpy(&made, data_ + next_++ % count_ * sizeof made, sizeof made);
        return made;
    }

private:
    const std::uint8_t* data_;
    std::size_t count_, next_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace quoin;
    constexpr std::size_t head = 6;
    if (size < head) return 0;
    RandomForestOptions options{.features = 1u + data[0] % 5,
                                .trees = data[1] % 12u,
                                .leaves_max = 1u + data[2] * (data[2] > 250 ? 3u : 1u),
                                .outputs = 1u + data[3] % 3,
                                .float_sum = data[3] % 2 == 0};
    RandomForestFixture random(data[4], options);
    auto parts = random.parts();
    Doubles doubles(data + head, size - head);
    for (auto& node : parts.nodes) {
        double chosen = doubles.next();
        if (std::isnan(chosen)) continue;
        if (node.kind == SplitKind::leaf && std::isfinite(static_cast<float>(chosen))) node.value = chosen;
        if (node.kind == SplitKind::less) node.threshold = static_cast<float>(chosen);
        if (node.kind == SplitKind::less_equal) node.threshold = chosen;
    }
    auto forest = Forest::make(std::move(parts));
    if (!forest) return 0;
    Matrix rows(data[5], options.features);
    for (std::size_t i = 0; i < rows.rows(); ++i)
        for (double& x : rows.row(i)) x = doubles.next();
    auto difference = EngineComparison(*forest).difference(rows);
    if (difference.empty()) return 0;
    std::fprintf(stderr, "%s\n", difference.c_str());
    std::abort();
}
