#pragma once

#include <LightGBM/c_api.h>
#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "models/forest/forest.h"

namespace quoin::bench {

/// Rows to train on and to ask, and the labels of the rows.
struct Homes {
    Matrix rows;
    std::vector<float> labels;
};

/// A library's own model and the answers of its own prediction, on one thread. Any failure ends the program with the library's message.
inline void check(int code, const char* message) {
    if (code == 0) return;
    fmt::print(stderr, "{}\n", message);
    std::exit(1);
}

class LightgbmPeer {
public:
    /// `extra`: settings of LightGBM's that go before the usual ones.
    LightgbmPeer(const Homes& homes, int leaves, int trees, const std::string& extra = "")
        : columns_(static_cast<int>(homes.rows.columns())) {
        auto rows = static_cast<int>(homes.rows.rows());
        DatasetHandle data = nullptr;
        ask(LGBM_DatasetCreateFromMat(homes.rows.values().data(), C_API_DTYPE_FLOAT64, rows, columns_, 1,
                                      (extra + " verbosity=-1 num_threads=1").c_str(), nullptr, &data));
        ask(LGBM_DatasetSetField(data, "label", homes.labels.data(), rows, C_API_DTYPE_FLOAT32));
        auto settings = fmt::format("{} objective=regression num_leaves={} learning_rate=0.05 verbosity=-1 num_threads=1 seed=1", extra,
                                    leaves);
        ask(LGBM_BoosterCreate(data, settings.c_str(), &booster_));
        int finished = 0;
        for (int t = 0; t < trees; ++t) ask(LGBM_BoosterUpdateOneIter(booster_, &finished));
        ask(LGBM_DatasetFree(data));
    }
    LightgbmPeer(const LightgbmPeer&) = delete;
    LightgbmPeer& operator=(const LightgbmPeer&) = delete;
    ~LightgbmPeer() { LGBM_BoosterFree(booster_); }

    /// The first `trees` trees in LightGBM's own file format.
    std::string saved(int trees) {
        std::int64_t length = 0;
        ask(LGBM_BoosterSaveModelToString(booster_, 0, trees, C_API_FEATURE_IMPORTANCE_SPLIT, 0, &length, nullptr));
        std::string text(static_cast<std::size_t>(length), ' ');
        ask(LGBM_BoosterSaveModelToString(booster_, 0, trees, C_API_FEATURE_IMPORTANCE_SPLIT, length, &length, text.data()));
        return text;
    }

    /// The first `trees` trees as a forest, and of all answers from now on.
    Forest first_trees(int trees) {
        auto text = saved(trees);
        trees_ = trees;
        ask(LGBM_BoosterPredictForMatSingleRowFastInit(booster_, C_API_PREDICT_RAW_SCORE, 0, trees, C_API_DTYPE_FLOAT64, columns_,
                                                       "num_threads=1", &fast_));
        return load_lightgbm(std::as_bytes(std::span(text))).value();
    }

    /// One row by the fast single-row call, more by the batch call.
    void margins(MatrixView<const double> rows, std::span<double> out) {
        std::int64_t length = 0;
        if (rows.rows() == 1) return ask(LGBM_BoosterPredictForMatSingleRowFast(fast_, rows.data(), &length, out.data()));
        ask(LGBM_BoosterPredictForMat(booster_, rows.data(), C_API_DTYPE_FLOAT64, static_cast<int>(rows.rows()), columns_, 1,
                                      C_API_PREDICT_RAW_SCORE, 0, trees_, "num_threads=1", &length, out.data()));
    }

private:
    static void ask(int code) { check(code, LGBM_GetLastError()); }

    int columns_, trees_ = -1;
    BoosterHandle booster_ = nullptr;
    FastConfigHandle fast_ = nullptr;
};

class XgboostPeer {
public:
    /// Trees of the depth that just holds so many leaves.
    XgboostPeer(const Homes& homes, int leaves, int trees) {
        std::vector<float> floats(homes.rows.values().begin(), homes.rows.values().end());
        DMatrixHandle data = nullptr;
        ask(XGDMatrixCreateFromMat(floats.data(), homes.rows.rows(), homes.rows.columns(), std::nanf(""), &data));
        ask(XGDMatrixSetFloatInfo(data, "label", homes.labels.data(), homes.labels.size()));
        ask(XGBoosterCreate(&data, 1, &booster_));
        auto depth = fmt::format("{}", std::bit_width(static_cast<unsigned>(leaves - 1)));
        for (auto [name, value] : {std::pair{"tree_method", "hist"}, {"eta", "0.05"}, {"max_depth", depth.c_str()}, {"nthread", "1"}})
            ask(XGBoosterSetParam(booster_, name, value));
        for (int t = 0; t < trees; ++t) ask(XGBoosterUpdateOneIter(booster_, t, data));
        ask(XGBoosterSetParam(booster_, "nthread", "1"));
        ask(XGProxyDMatrixCreate(&proxy_));
        XGDMatrixFree(data);
    }
    XgboostPeer(const XgboostPeer&) = delete;
    XgboostPeer& operator=(const XgboostPeer&) = delete;
    ~XgboostPeer() {
        if (sliced_ != nullptr) XGBoosterFree(sliced_);
        XGBoosterFree(booster_);
        XGDMatrixFree(proxy_);
    }

    /// All trees in XGBoost's own file format.
    std::string saved() {
        bst_ulong length = 0;
        const char* bytes = nullptr;
        ask(XGBoosterSaveModelToBuffer(booster_, R"({"format": "ubj"})", &length, &bytes));
        return {bytes, length};
    }

    Forest first_trees(int trees) {
        if (sliced_ != nullptr) XGBoosterFree(sliced_);
        ask(XGBoosterSlice(booster_, 0, trees, 1, &sliced_));
        ask(XGBoosterSetParam(sliced_, "nthread", "1"));
        bst_ulong length = 0;
        const char* bytes = nullptr;
        ask(XGBoosterSaveModelToBuffer(sliced_, R"({"format": "ubj"})", &length, &bytes));
        return load_xgboost(std::as_bytes(std::span(bytes, length))).value();
    }

    /// In-place prediction; the floats are made beforehand, XGBoost's answers stay its own.
    const float* margins(std::span<const float> floats, std::size_t rows) {
        auto array = fmt::format(R"({{"data": [{}, true], "shape": [{}, {}], "typestr": "<f4", "version": 3}})",
                                 reinterpret_cast<std::uintptr_t>(floats.data()), rows, floats.size() / rows);
        const bst_ulong* shape = nullptr;
        bst_ulong dimensions = 0;
        const float* values = nullptr;
        ask(XGBoosterPredictFromDense(
            sliced_, array.c_str(),
            R"({"type": 1, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false, "missing": NaN, "cache_id": 0})", proxy_,
            &shape, &dimensions, &values));
        return values;
    }

private:
    static void ask(int code) { check(code, XGBGetLastError()); }

    BoosterHandle booster_ = nullptr, sliced_ = nullptr;
    DMatrixHandle proxy_ = nullptr;
};

}  // namespace quoin::bench
