// How long do a margin and its exact contributions take for one row, against the libraries that trained the forest?
//
//     forest_single_row [trees leaves [rows]]        default: 500 31 2000
//
// LightGBM and XGBoost each train a model on the same made-up homes (21,613 × 20, one thread); both libraries' models are loaded into a
// Forest, and every row is asked of both in turn, a block of rows at a time. LightGBM answers by its fast single-row call,
// XGBoost from a matrix of one row that is made beforehand. The last line is machine-readable. Links libquoin_models and libquoin_base
// with xgboost, _lightgbm, fmt, boost_json and crypto, which is what bench/CMakeLists.txt gives every benchmark.

#include <LightGBM/c_api.h>
#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "models/forest/forest.h"

namespace {

using quoin::Forest;
using quoin::Matrix;

constexpr std::size_t train_rows = 21'613, columns = 20;

void check(int code, const char* message) {
    if (code == 0) return;
    fmt::print(stderr, "{}\n", message);
    std::exit(1);
}
void lightgbm(int code) { check(code, LGBM_GetLastError()); }
void xgboost(int code) { check(code, XGBGetLastError()); }

struct Homes {
    Matrix rows{train_rows, columns};
    std::vector<float> labels;

    explicit Homes(std::uint64_t seed) {
        quoin::Rng rng(seed);
        for (std::size_t i = 0; i < train_rows; ++i) {
            for (std::size_t j = 0; j < columns; ++j) rows(i, j) = rng.below(20) == 0 ? std::nan("") : rng.normal();
            auto x = [&](std::size_t j) { return std::isnan(rows(i, j)) ? 0.3 : rows(i, j); };
            double value = x(0) * x(1) + std::sin(2 * x(2)) + std::abs(x(3)) * x(4) + 0.5 * x(5) + (x(6) > 0 ? x(7) : x(8)) +
                           0.3 * x(9) * x(10);
            for (std::size_t j = 11; j < columns; ++j) value += 0.1 * x(j);
            labels.push_back(static_cast<float>(value + 0.5 * rng.normal()));
        }
    }
};

struct Size {
    int trees, leaves;
};

class LightgbmPeer {
public:
    LightgbmPeer(const Homes& homes, Size size) {
        DatasetHandle data = nullptr;
        lightgbm(LGBM_DatasetCreateFromMat(homes.rows.values().data(), C_API_DTYPE_FLOAT64, train_rows, columns, 1,
                                           "verbosity=-1 num_threads=2", nullptr, &data));
        lightgbm(LGBM_DatasetSetField(data, "label", homes.labels.data(), train_rows, C_API_DTYPE_FLOAT32));
        auto settings = fmt::format("objective=regression num_leaves={} learning_rate=0.05 verbosity=-1 num_threads=2 seed=1", size.leaves);
        lightgbm(LGBM_BoosterCreate(data, settings.c_str(), &booster_));
        int finished = 0;
        for (int t = 0; t < size.trees; ++t) lightgbm(LGBM_BoosterUpdateOneIter(booster_, &finished));
        lightgbm(LGBM_BoosterPredictForMatSingleRowFastInit(booster_, C_API_PREDICT_RAW_SCORE, 0, -1, C_API_DTYPE_FLOAT64, columns,
                                                            "num_threads=1", &margin_));
        lightgbm(LGBM_BoosterPredictForMatSingleRowFastInit(booster_, C_API_PREDICT_CONTRIB, 0, -1, C_API_DTYPE_FLOAT64, columns,
                                                            "num_threads=1", &contributions_));
    }

    Forest forest() const {
        std::int64_t length = 0;
        lightgbm(LGBM_BoosterSaveModelToString(booster_, 0, -1, C_API_FEATURE_IMPORTANCE_SPLIT, 0, &length, nullptr));
        std::string text(static_cast<std::size_t>(length), ' ');
        lightgbm(LGBM_BoosterSaveModelToString(booster_, 0, -1, C_API_FEATURE_IMPORTANCE_SPLIT, length, &length, text.data()));
        return quoin::load_lightgbm(std::as_bytes(std::span(text))).value();
    }

    double margin(const double* row) {
        lightgbm(LGBM_BoosterPredictForMatSingleRowFast(margin_, row, &length_, answer_.data()));
        return answer_[0];
    }
    double contributions(const double* row) {
        lightgbm(LGBM_BoosterPredictForMatSingleRowFast(contributions_, row, &length_, answer_.data()));
        return answer_[0];
    }

private:
    BoosterHandle booster_ = nullptr;
    FastConfigHandle margin_ = nullptr, contributions_ = nullptr;
    std::int64_t length_ = 0;
    std::vector<double> answer_ = std::vector<double>(columns + 1);
};

class XgboostPeer {
public:
    XgboostPeer(const Homes& homes, Size size) {
        std::vector<float> floats(homes.rows.values().begin(), homes.rows.values().end());
        DMatrixHandle data = nullptr;
        xgboost(XGDMatrixCreateFromMat(floats.data(), train_rows, columns, std::nanf(""), &data));
        xgboost(XGDMatrixSetFloatInfo(data, "label", homes.labels.data(), train_rows));
        xgboost(XGBoosterCreate(&data, 1, &booster_));
        auto depth = fmt::format("{}", static_cast<int>(std::ceil(std::log2(size.leaves + 1))));
        for (auto [name, value] : {std::pair{"tree_method", "hist"}, {"eta", "0.05"}, {"max_depth", depth.c_str()}, {"nthread", "2"}})
            xgboost(XGBoosterSetParam(booster_, name, value));
        for (int t = 0; t < size.trees; ++t) xgboost(XGBoosterUpdateOneIter(booster_, t, data));
        xgboost(XGBoosterSetParam(booster_, "nthread", "1"));
        xgboost(XGDMatrixFree(data));
    }

    Forest forest() const {
        bst_ulong length = 0;
        const char* bytes = nullptr;
        xgboost(XGBoosterSaveModelToBuffer(booster_, R"({"format": "ubj"})", &length, &bytes));
        return quoin::load_xgboost(std::as_bytes(std::span(bytes, length))).value();
    }

    /// Matrices of one row each, so that making them is not timed.
    void prepare(const Matrix& rows, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            auto row = rows.row(i % rows.rows());
            std::vector<float> floats(row.begin(), row.end());
            xgboost(XGDMatrixCreateFromMat_omp(floats.data(), 1, columns, std::nanf(""), &rows_.emplace_back(), 1));
        }
    }
    double margin(std::size_t i) {
        return answer(i, R"({"type": 1, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})");
    }
    double contributions(std::size_t i) {
        return answer(i, R"({"type": 2, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})");
    }

private:
    double answer(std::size_t i, const char* settings) {
        const bst_ulong* shape = nullptr;
        bst_ulong dimensions = 0;
        const float* values = nullptr;
        xgboost(XGBoosterPredictFromDMatrix(booster_, rows_[i], settings, &shape, &dimensions, &values));
        return values[0];
    }

    BoosterHandle booster_ = nullptr;
    std::vector<DMatrixHandle> rows_;
};

/// Times in microseconds.
struct Times {
    std::vector<double> ours, theirs;

    static double quantile(std::vector<double> times, double level) {
        auto place = times.begin() + static_cast<std::ptrdiff_t>(level * static_cast<double>(times.size() - 1));
        std::nth_element(times.begin(), place, times.end());
        return *place;
    }
    std::string line(const std::string& name) const {
        double ours50 = quantile(ours, 0.5), ours99 = quantile(ours, 0.99), theirs50 = quantile(theirs, 0.5),
               theirs99 = quantile(theirs, 0.99);
        fmt::print("{:<24} ours p50 {:9.2f} p99 {:9.2f} us   theirs p50 {:9.2f} p99 {:9.2f} us   ratio p50 {:6.1f} p99 {:6.1f}\n", name,
                   ours50, ours99, theirs50, theirs99, theirs50 / ours50, theirs99 / ours99);
        return fmt::format(R"("{}": {{"ours_us": {:.3f}, "theirs_us": {:.3f}, "ratio_p50": {:.2f}, "ratio_p99": {:.2f}}})", name, ours50,
                           theirs50, theirs50 / ours50, theirs99 / ours99);
    }
};

double microseconds(const std::function<void()>& work) {
    auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

using Ask = std::function<void(std::size_t)>;

/// Every row is asked of both, a block of rows at a time: within a block each has its model in the caches, and blocks are short enough that
/// both meet the same load of the machine.
Times race(std::size_t rows, const Ask& ours, const Ask& theirs) {
    constexpr std::size_t block = 100;
    Times times;
    for (std::size_t first = 0; first < rows; first += block) {
        for (std::size_t i = first; i < first + block; ++i) times.theirs.push_back(microseconds([&] { theirs(i); }));
        for (std::size_t i = first; i < first + block; ++i) times.ours.push_back(microseconds([&] { ours(i); }));
    }
    return times;
}

}  // namespace

int main(int count, char** words) {
    Size size{count > 1 ? std::atoi(words[1]) : 500, count > 2 ? std::atoi(words[2]) : 31};
    std::size_t rows = count > 3 ? static_cast<std::size_t>(std::atoi(words[3])) : 2000;
    Homes homes(1), asked(2);
    LightgbmPeer lightgbm_peer(homes, size);
    XgboostPeer xgboost_peer(homes, size);
    auto from_lightgbm = lightgbm_peer.forest(), from_xgboost = xgboost_peer.forest();
    double answer = 0;
    Matrix explained(1, columns + 1);
    auto row = [&](std::size_t i) { return asked.rows.row(i % train_rows); };
    auto margin_of = [&](const Forest& forest) -> Ask { return [&](std::size_t i) { forest.margin(row(i), {&answer, 1}); }; };
    auto contributions_of = [&](const Forest& forest) -> Ask {
        return [&](std::size_t i) { forest.contributions(row(i), explained.view()); };
    };
    xgboost_peer.prepare(asked.rows, rows);
    std::vector<std::string> lines;
    lines.push_back(
        race(rows, margin_of(from_lightgbm), [&](std::size_t i) { lightgbm_peer.margin(row(i).data()); }).line("lightgbm_margin"));
    lines.push_back(race(rows, contributions_of(from_lightgbm), [&](std::size_t i) {
                        lightgbm_peer.contributions(row(i).data());
                    }).line("lightgbm_contributions"));
    lines.push_back(race(rows, margin_of(from_xgboost), [&](std::size_t i) { xgboost_peer.margin(i); }).line("xgboost_margin"));
    lines.push_back(
        race(rows, contributions_of(from_xgboost), [&](std::size_t i) { xgboost_peer.contributions(i); }).line("xgboost_contributions"));
    fmt::print(R"({{"bench": "forest_single_row", "trees": {}, "leaves": {}, {}}})"
               "\n",
               size.trees, size.leaves, fmt::join(lines, ", "));
}
