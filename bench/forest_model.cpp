// One LightGBM model asked again and again, for scripts that count or time from outside.
//
//     forest_model train FILE TREES LEAVES FEATURES     trains on made-up homes; writes FILE (LightGBM's text) and FILE.rows (10,000 rows
//     of
//                                                       doubles, native byte order)
//     forest_model ask FILE WHO ROWS                    answers ROWS rows (of FILE.rows, in turn); WHO: walk, ranked, planes, explain,
//                                                       explain_rows, lightgbm, lightgbm_rows, lightgbm_explain
//     forest_model time FILE                            our times of a LightGBM or (FILE ends in .ubj) XGBoost model as one line of JSON:
//     microseconds a call at 1, 10, 100 and 10,000 rows,
//                                                       and of SHAP values at 1 and 256; the quickest and the median call
//
// `ask` answers on one thread and prints the sum of what it answered. bench/forest_instructions.py counts its instructions,
// bench/forest_compilers.py runs `time` beside other libraries.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>

#include "bench/forest_peers.h"
#include "bench/made_up_homes.h"
#include "models/forest/plane_scorer.h"
#include "models/forest/walk.h"

namespace {

using namespace quoin;

[[noreturn]] void stop(const std::string& why) {
    fmt::print(stderr, "forest_model: {}\n", why);
    std::exit(2);
}

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) stop(path + " cannot be read");
    return {std::istreambuf_iterator<char>(file), {}};
}

void train(const std::string& path, int trees, int leaves, int features) {
    bench::LightgbmPeer peer(bench::made_up(static_cast<std::size_t>(features), 1), leaves, trees);
    auto asked = bench::made_up(static_cast<std::size_t>(features), 2);
    std::ofstream(path, std::ios::binary) << peer.saved(trees).c_str();  // a zero ends it, on which LightGBM hangs
    std::ofstream rows(path + ".rows", std::ios::binary);
    rows.write(reinterpret_cast<const char*>(asked.rows.values().data()), 10'000L * features * static_cast<long>(sizeof(double)));
    if (!rows.flush()) stop(path + ".rows cannot be written");
}

struct Model {
    std::string text;
    Forest forest;
    Matrix rows;

    explicit Model(const std::string& path) : text(text_of(path)), forest(loaded(path)), rows(10'000, forest.features()) {
        auto bytes = text_of(path + ".rows");
        if (bytes.size() != rows.values().size() * sizeof(double)) stop(path + ".rows is not of this model");
        std::memcpy(rows.view().data(), bytes.data(), bytes.size());
    }
    Forest loaded(const std::string& path) const {
        auto bytes = std::as_bytes(std::span(text));
        auto found = path.ends_with(".ubj") ? load_xgboost(bytes) : load_lightgbm(bytes);
        if (!found) stop(found.error().message);
        return *found;
    }
    MatrixView<const double> block(std::size_t number, std::size_t count) const {
        auto first = number * count % (rows.rows() - count + 1);
        return rows.view().rows_between(first, first + count);
    }
};

/// LightGBM's own booster from the text.
class Library {
public:
    explicit Library(const Model& model) : columns_(static_cast<int>(model.rows.columns())) {
        int iterations = 0;
        ask(LGBM_BoosterLoadModelFromString(model.text.c_str(), &iterations, &booster_));
    }
    void init(int what) {
        ask(LGBM_BoosterPredictForMatSingleRowFastInit(booster_, what, 0, -1, C_API_DTYPE_FLOAT64, columns_, "num_threads=1", &fast_));
    }
    void one(MatrixView<const double> row, std::span<double> out) {
        std::int64_t length = 0;
        ask(LGBM_BoosterPredictForMatSingleRowFast(fast_, row.data(), &length, out.data()));
    }
    void many(MatrixView<const double> rows, std::span<double> out) {
        std::int64_t length = 0;
        ask(LGBM_BoosterPredictForMat(booster_, rows.data(), C_API_DTYPE_FLOAT64, static_cast<int>(rows.rows()), columns_, 1,
                                      C_API_PREDICT_RAW_SCORE, 0, -1, "num_threads=1", &length, out.data()));
    }

private:
    static void ask(int code) { bench::check(code, LGBM_GetLastError()); }
    int columns_;
    BoosterHandle booster_ = nullptr;
    FastConfigHandle fast_ = nullptr;
};

/// How many rows are answered, how many at a time, with how many values each.
struct Amount {
    std::size_t rows, count, values;
};

/// Calls answer(block, out) until all rows are answered, and adds up what is in `out`.
double answer_all(const Model& model, Amount amount, const std::function<void(MatrixView<const double>, std::span<double>)>& answer) {
    std::vector<double> out(amount.count * amount.values);
    double sum = 0;
    for (std::size_t block = 0; block * amount.count < amount.rows; ++block) {
        std::ranges::fill(out, 0.0);
        answer(model.block(block, amount.count), out);
        for (double value : out) sum += value;
    }
    return sum;
}

double ask(const Model& model, std::string_view who, std::size_t rows) {
    constexpr std::size_t block = 1000, explained = 256;
    const auto& forest = model.forest;
    auto width = forest.features() + 1;
    auto all = [&](std::size_t count, std::size_t values, auto answer) { return answer_all(model, {rows, count, values}, answer); };
    if (who == "walk") return all(1, 1, [&](auto asked, auto out) { margin_by_walk(forest.parts(), asked.row(0), out); });
    if (who == "ranked") return all(1, 1, [&](auto asked, auto out) { forest.margin(asked.row(0), out); });
    if (who == "planes")
        return all(block, 1, [&](auto asked, auto out) { std::ranges::copy(forest.margins(asked).values(), out.begin()); });
    if (who == "explain") return all(1, width, [&](auto asked, auto out) { forest.contributions(asked.row(0), {out.data(), 1, width}); });
    if (who == "explain_rows")
        return all(explained, width, [&](auto asked, auto out) { std::ranges::copy(forest.contributions(asked).values(), out.begin()); });
    Library library(model);
    if (who == "lightgbm_rows") return all(block, 1, [&](auto asked, auto out) { library.many(asked, out); });
    library.init(who == "lightgbm_explain" ? C_API_PREDICT_CONTRIB : C_API_PREDICT_RAW_SCORE);
    if (who == "lightgbm") return all(1, 1, [&](auto asked, auto out) { library.one(asked, out); });
    if (who == "lightgbm_explain") return all(1, width, [&](auto asked, auto out) { library.one(asked, out); });
    stop(fmt::format("'{}' is not known", who));
}

/// The quickest and the median of the calls of half a second, as JSON.
std::string times(const std::function<void(std::size_t)>& call) {
    std::vector<double> taken;
    double total = 0;
    for (std::size_t i = 0; total < 5e5 || taken.size() < 5; ++i) {
        auto start = std::chrono::steady_clock::now();
        call(i);
        taken.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
        total += taken.back();
    }
    std::ranges::sort(taken);
    return fmt::format("[{:.3f}, {:.3f}]", taken.front(), taken[taken.size() / 2]);
}

void time(const Model& model) {
    std::vector<std::string> entries;
    double out = 0;
    std::vector<double> reasons(model.rows.columns() + 1);
    for (std::size_t count : {1, 10, 100, 10'000})
        entries.push_back(fmt::format(R"("{}": {})", count, times([&](std::size_t i) {
                                          if (count == 1) return model.forest.margin(model.block(i, 1).row(0), {&out, 1});
                                          model.forest.margins(model.block(i, count));
                                      })));
    for (std::size_t count : {1, 256})
        entries.push_back(fmt::format(R"("shap {}": {})", count, times([&](std::size_t i) {
                                          if (count != 1) return void(model.forest.contributions(model.block(i, count)));
                                          std::ranges::fill(reasons, 0.0);
                                          model.forest.contributions(model.block(i, 1).row(0), {reasons.data(), 1, reasons.size()});
                                      })));
    fmt::print("{{{}}}\n", fmt::join(entries, ", "));
}

}  // namespace

int main(int count, char** words) {
    std::vector<std::string> given(words + 1, words + count);
    if (given.size() == 5 && given[0] == "train") {
        train(given[1], std::stoi(given[2]), std::stoi(given[3]), std::stoi(given[4]));
    } else if (given.size() == 4 && given[0] == "ask") {
        fmt::print("{}\n", ask(Model(given[1]), given[2], std::stoul(given[3])));
    } else if (given.size() == 2 && given[0] == "time") {
        time(Model(given[1]));
    } else {
        stop("train FILE TREES LEAVES FEATURES | ask FILE WHO ROWS | time FILE");
    }
}
