// Has every engine the bits of the reference walk, on every instruction set of this machine?
//
//     engine_equality [rows [forests [first]]]        default: 1,000,000 rows of each of 200 forests, from number 0 on
//
// Half of the forests are random ones of every split kind, several outputs, float and double sums, with trees of 2 to 600 leaves, and go
// through our own file; a quarter are trained by LightGBM (categories, each kind of missing, several classes, averaged) and a quarter by
// XGBoost, and go through their loaders. Rows stand at thresholds, beside them, far away, and at the values that comparisons get wrong.
// Ends with 1 at the first difference. The last line is machine-readable.

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "bench/forest_peers.h"
#include "models/forest/engine_comparison.h"
#include "models/forest/random_forest_fixture.h"

namespace {

using namespace quoin;

constexpr std::size_t batches[] = {2048, 1000, 513, 64, 33, 7, 1, 334};  // asked at once, in turn

/// Rows for one forest.
class Rows {
public:
    Rows(const Forest& forest, std::uint64_t seed) : rng_(seed), fixture_(seed, {}), thresholds_(forest.features()) {
        for (const auto& node : forest.parts().nodes)
            if (node.kind == SplitKind::less || node.kind == SplitKind::less_equal) thresholds_[node.feature].push_back(node.threshold);
    }

    Matrix make(std::size_t count) {
        Matrix made(count, thresholds_.size());
        for (std::size_t i = 0; i < count; ++i)
            for (std::size_t j = 0; j < thresholds_.size(); ++j) made(i, j) = value(thresholds_[j]);
        return made;
    }

private:
    double value(const std::vector<double>& thresholds) {
        auto way = rng_.below(8);
        if (way < 2 || thresholds.empty()) return fixture_.value();
        if (way < 5) return rng_.normal();
        double threshold = thresholds[rng_.below(thresholds.size())];
        if (way == 5) return threshold;
        return std::nextafter(threshold, (way == 6 ? 1 : -1) * std::numeric_limits<double>::infinity());
    }

    Rng rng_;
    RandomForestFixture fixture_;
    std::vector<std::vector<double>> thresholds_;
};

bench::Homes training_rows(std::uint64_t seed) {
    constexpr std::size_t rows = 2000, columns = 8;
    bench::Homes homes{Matrix(rows, columns), {}};
    Rng rng(seed);
    for (std::size_t i = 0; i < rows; ++i) {
        auto row = homes.rows.row(i);
        for (double& x : row) x = rng.below(10) == 0 ? std::nan("") : rng.below(10) == 0 ? 0 : rng.normal();
        for (std::size_t j : {0, 1}) row[j] = static_cast<double>(rng.below(40));
        double slope = std::isnan(row[2]) ? 0.5 : row[2], label = std::sin(row[0]) + slope * std::cos(row[1]) + 0.2 * rng.normal();
        homes.labels.push_back(static_cast<float>(std::floor(std::fmod(std::abs(3 * label), 3.0))));  // a number, or one of three classes
    }
    return homes;
}

Forest forest_of(std::uint64_t number) {
    Rng rng(number);
    if (number % 4 == 2) {
        static constexpr const char* extras[] = {"",
                                                 "categorical_feature=0,1 min_data_per_group=5 cat_smooth=1",
                                                 "zero_as_missing=true",
                                                 "use_missing=false",
                                                 "objective=multiclass num_class=3",
                                                 "boosting=rf bagging_fraction=0.5 bagging_freq=1 feature_fraction=0.7"};
        bench::LightgbmPeer peer(training_rows(number), static_cast<int>(2 + rng.below(120)), 20, extras[number / 4 % std::size(extras)]);
        return peer.first_trees(20);
    }
    if (number % 4 == 3) return bench::XgboostPeer(training_rows(number), static_cast<int>(2 + rng.below(250)), 20).first_trees(20);
    RandomForestFixture fixture(number, {.features = 1 + number % 9,
                                         .trees = number % 29,
                                         .leaves_max = number % 20 == 0 ? 600 : 1 + rng.below(90),
                                         .outputs = 1 + number % 3,
                                         .float_sum = rng.below(2) == 0});
    return Forest::load(Forest::make(fixture.parts()).value().save()).value();
}

}  // namespace

int main(int count, char** words) {
    std::size_t rows = count > 1 ? std::strtoull(words[1], nullptr, 10) : 1'000'000;
    std::uint64_t forests = count > 2 ? std::strtoull(words[2], nullptr, 10) : 200,
                  begin = count > 3 ? std::strtoull(words[3], nullptr, 10) : 0;
    std::string sets;
    for (auto set : instruction_sets()) {
        use_instruction_set(set);
        sets += fmt::format("{}{}", sets.empty() ? "" : " ", instruction_set());
    }
    use_instruction_set(0);
    for (std::uint64_t number = begin; number < begin + forests; ++number) {
        auto forest = forest_of(number);
        Rows source(forest, number);
        EngineComparison comparison(forest);
        for (std::size_t first = 0, batch = 0; first < rows; first += batches[batch++ % std::size(batches)]) {
            auto asked = source.make(std::min(batches[batch % std::size(batches)], rows - first));
            auto difference = comparison.difference(asked);
            if (difference.empty()) continue;
            fmt::print("forest {}, rows from {}: {}\n", number, first, difference);
            return 1;
        }
        if (number % 20 == 19) fmt::print(stderr, "{} forests are equal\n", number + 1 - begin);
    }
    fmt::print(R"({{"bench": "engine_equality", "forests": {}, "rows_of_each": {}, "instruction_sets": "{}", "differences": 0}})"
               "\n",
               forests, rows, sets);
}
