// Model files from elsewhere: the first byte says whether the rest is XGBoost's, LightGBM's or our own. What loads must answer and explain
// a row, and come back the same from our own file.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "models/forest/forest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace quoin;
    if (size == 0) return 0;
    auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
    auto forest = data[0] % 3 == 0 ? load_xgboost(bytes) : data[0] % 3 == 1 ? load_lightgbm(bytes) : Forest::load(bytes);
    if (!forest) {
        if (forest.error().message.empty() || forest.error().kind == ErrorKind::internal) std::abort();
        return 0;
    }
    if (forest->outputs() * (forest->features() + 1) > 1u << 20) return 0;
    std::vector<double> row(forest->features()), margin(forest->outputs());
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j % 3 == 0 ? std::nan("") : static_cast<double>(j % 5) - 1.5;
    forest->margin(row, margin);
    Matrix answer(forest->outputs(), forest->features() + 1);
    forest->contributions(row, answer.view());
    auto saved = forest->save();
    auto again = Forest::load(saved);
    if (!again || again->save() != saved) std::abort();
    return 0;
}
