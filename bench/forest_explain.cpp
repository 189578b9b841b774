// How long do exact SHAP values take, for one row and for a row of a batch, against the libraries that trained the forest?
//
//     forest_explain [trees leaves [rows]]        default: 500 31 256
//
// LightGBM and XGBoost each train a model on the same made-up homes (21,613 × 20); both libraries' models are loaded into a Forest, and
// every row is asked of both, once alone and once in a batch of 256 with the library's own call for many rows. Times are of the one
// thread that works, so that a busy machine changes them little: the best tenth of the rows, for a batch the best of its runs. The answers
// are compared. The last line is machine-readable.

#include <LightGBM/c_api.h>
#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "models/forest/forest.h"

namespace {

using quoin::Forest;
using quoin::Matrix;

constexpr std::size_t train_rows = 21'613, columns = 20, batch_rows = 256;

void check(int code, const char* message) {
    if (code == 0) return;
    fmt::print(stderr, "{}\n", message);
    std::exit(1);
}
void lightgbm(int code) { check(code, LGBM_GetLastError()); }
void xgboost(int code) { check(code, XGBGetLastError()); }

struct Homes {
    Matrix rows;
    std::vector<float> labels;

    Homes(std::uint64_t seed, std::size_t count) : rows(count, columns) {
        quoin::Rng rng(seed);
        for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t j = 0; j < columns; ++j) rows(i, j) = rng.below(20) == 0 ? std::nan("") : static_cast<float>(rng.normal());
            auto x = [&](std::size_t j) { return std::isnan(rows(i, j)) ? 0.3 : rows(i, j); };
            double value = x(0) * x(1) + std::sin(2 * x(2)) + std::abs(x(3)) * x(4) + 0.5 * x(5) + (x(6) > 0 ? x(7) : x(8)) +
                           0.3 * x(9) * x(10);
            for (std::size_t j = 11; j < columns; ++j) value += 0.1 * x(j);
            labels.push_back(static_cast<float>(value + 0.5 * rng.normal()));
        }
    }
    std::vector<float> floats() const { return {rows.values().begin(), rows.values().end()}; }
};

struct Size {
    int trees, leaves;
};

/// A library's answers: `first`, `count` of the rows asked, count × (columns + 1).
using Ask = std::function<void(std::size_t first, std::size_t count, double* out)>;

struct Peer {
    std::string name;
    Forest forest;
    Ask contributions;
};

Peer lightgbm_peer(const Homes& homes, const Homes& asked, Size size) {
    DatasetHandle data = nullptr;
    BoosterHandle booster = nullptr;
    lightgbm(
        LGBM_DatasetCreateFromMat(homes.rows.values().data(), C_API_DTYPE_FLOAT64, train_rows, columns, 1, "verbosity=-1", nullptr, &data));
    lightgbm(LGBM_DatasetSetField(data, "label", homes.labels.data(), train_rows, C_API_DTYPE_FLOAT32));
    auto settings = fmt::format("objective=regression num_leaves={} learning_rate=0.05 verbosity=-1 seed=1", size.leaves);
    lightgbm(LGBM_BoosterCreate(data, settings.c_str(), &booster));
    int finished = 0;
    for (int t = 0; t < size.trees; ++t) lightgbm(LGBM_BoosterUpdateOneIter(booster, &finished));
    std::int64_t length = 0;
    lightgbm(LGBM_BoosterSaveModelToString(booster, 0, -1, C_API_FEATURE_IMPORTANCE_SPLIT, 0, &length, nullptr));
    std::string text(static_cast<std::size_t>(length), ' ');
    lightgbm(LGBM_BoosterSaveModelToString(booster, 0, -1, C_API_FEATURE_IMPORTANCE_SPLIT, length, &length, text.data()));
    FastConfigHandle fast = nullptr;
    lightgbm(LGBM_BoosterPredictForMatSingleRowFastInit(booster, C_API_PREDICT_CONTRIB, 0, -1, C_API_DTYPE_FLOAT64, columns,
                                                        "num_threads=1", &fast));
    auto ask = [booster, fast, &asked](std::size_t first, std::size_t count, double* out) {
        std::int64_t values = 0;
        const double* rows = asked.rows.row(first).data();
        if (count == 1) return lightgbm(LGBM_BoosterPredictForMatSingleRowFast(fast, rows, &values, out));
        lightgbm(LGBM_BoosterPredictForMat(booster, rows, C_API_DTYPE_FLOAT64, static_cast<int>(count), columns, 1, C_API_PREDICT_CONTRIB,
                                           0, -1, "num_threads=1", &values, out));
    };
    return {"lightgbm", quoin::load_lightgbm(std::as_bytes(std::span(text))).value(), ask};
}

Peer xgboost_peer(const Homes& homes, const Homes& asked, Size size) {
    DMatrixHandle data = nullptr;
    BoosterHandle booster = nullptr;
    auto floats = homes.floats();
    xgboost(XGDMatrixCreateFromMat(floats.data(), train_rows, columns, std::nanf(""), &data));
    xgboost(XGDMatrixSetFloatInfo(data, "label", homes.labels.data(), train_rows));
    xgboost(XGBoosterCreate(&data, 1, &booster));
    auto depth = fmt::format("{}", static_cast<int>(std::ceil(std::log2(size.leaves + 1))));
    for (auto [name, value] : {std::pair{"tree_method", "hist"}, {"eta", "0.05"}, {"max_depth", depth.c_str()}, {"nthread", "2"}})
        xgboost(XGBoosterSetParam(booster, name, value));
    for (int t = 0; t < size.trees; ++t) xgboost(XGBoosterUpdateOneIter(booster, t, data));
    xgboost(XGBoosterSetParam(booster, "nthread", "1"));
    bst_ulong length = 0;
    const char* bytes = nullptr;
    xgboost(XGBoosterSaveModelToBuffer(booster, R"({"format": "ubj"})", &length, &bytes));
    auto forest = quoin::load_xgboost(std::as_bytes(std::span(bytes, length))).value();
    // Matrices are made beforehand, so that making them is not timed.
    std::vector<DMatrixHandle> ones(asked.rows.rows()), batches(asked.rows.rows() / batch_rows);
    auto values = asked.floats();
    for (std::size_t i = 0; i < ones.size(); ++i)
        xgboost(XGDMatrixCreateFromMat_omp(values.data() + i * columns, 1, columns, std::nanf(""), &ones[i], 1));
    for (std::size_t i = 0; i < batches.size(); ++i)
        xgboost(XGDMatrixCreateFromMat_omp(values.data() + i * batch_rows * columns, batch_rows, columns, std::nanf(""), &batches[i], 1));
    auto ask = [booster, ones, batches](std::size_t first, std::size_t count, double* out) {
        const bst_ulong* shape = nullptr;
        bst_ulong dimensions = 0;
        const float* answers = nullptr;
        xgboost(XGBoosterPredictFromDMatrix(
            booster, count == 1 ? ones[first] : batches[first / batch_rows],
            R"({"type": 2, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})", &shape, &dimensions,
            &answers));
        std::copy_n(answers, count * (columns + 1), out);
    };
    return {"xgboost", std::move(forest), ask};
}

/// Microseconds that this thread worked.
double microseconds(const std::function<void()>& work) {
    auto now = [] {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
    };
    auto start = now();
    work();
    return now() - start;
}

double best_tenth(std::vector<double> times) {
    std::ranges::sort(times);
    return times[times.size() / 10];
}

struct Race {
    double ours, theirs;  ///< microseconds a row
    double ratio() const { return theirs / ours; }
};

/// Blocks of `count` rows are asked of both in turn, so that both meet the same load of the machine.
Race race(const Ask& ours, const Ask& theirs, std::size_t rows, std::size_t count) {
    std::vector<double> out(count * (columns + 1)), own, other;
    for (std::size_t first = 0; first + count <= rows; first += count) {
        other.push_back(microseconds([&] { theirs(first, count, out.data()); }) / static_cast<double>(count));
        for (int again = 0; again < 2; ++again)
            own.push_back(microseconds([&] { ours(first, count, out.data()); }) / static_cast<double>(count));
    }
    return {best_tenth(own), best_tenth(other)};
}

std::string compare(const Peer& peer, const Homes& asked) {
    auto rows = asked.rows.rows();
    Ask ours = [&](std::size_t first, std::size_t count, double* out) {
        if (count == 1) return peer.forest.contributions(asked.rows.row(first), {out, 1, columns + 1});
        std::ranges::copy(peer.forest.contributions(asked.rows.view().rows_between(first, first + count)).values(), out);
    };
    auto one = race(ours, peer.contributions, rows, 1), batch = race(ours, peer.contributions, rows, batch_rows);
    std::vector<double> mine(batch_rows * (columns + 1)), theirs(mine.size());
    ours(0, batch_rows, mine.data());
    peer.contributions(0, batch_rows, theirs.data());
    double difference = 0;
    for (std::size_t k = 0; k < mine.size(); ++k) difference = std::max(difference, std::abs(mine[k] - theirs[k]));
    fmt::print(
        "{:<9} one row: ours {:8.1f} theirs {:9.1f} us, {:5.1f} times   a row of {}: ours {:8.1f} theirs {:9.1f} us, {:5.1f} times   "
        "largest difference {:.1e}\n",
        peer.name, one.ours, one.theirs, one.ratio(), batch_rows, batch.ours, batch.theirs, batch.ratio(), difference);
    return fmt::format(
        R"("{}": {{"one_us": {:.1f}, "one_ratio": {:.1f}, "batch_us": {:.1f}, "batch_ratio": {:.1f}, "difference": {:.1e}}})", peer.name,
        one.ours, one.ratio(), batch.ours, batch.ratio(), difference);
}

}  // namespace

int main(int count, char** words) {
    Size size{count > 1 ? std::atoi(words[1]) : 500, count > 2 ? std::atoi(words[2]) : 31};
    auto rows = std::max<std::size_t>(batch_rows, count > 3 ? static_cast<std::size_t>(std::atoi(words[3])) : batch_rows);
    Homes homes(1, train_rows), asked(2, rows);
    std::vector<std::string> lines;
    for (const auto& peer : {lightgbm_peer(homes, asked, size), xgboost_peer(homes, asked, size)}) lines.push_back(compare(peer, asked));
    fmt::print(R"({{"bench": "forest_explain", "trees": {}, "leaves": {}, {}}})"
               "\n",
               size.trees, size.leaves, fmt::join(lines, ", "));
}
