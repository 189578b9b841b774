// What the loaders refuse, and how they say it; that what they accept is right is shown by oracle_test.cpp.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "base/rng.h"
#include "models/forest/forest.h"

namespace quoin {
namespace {

std::string stored(const char* name) {
    std::ifstream file(std::string(QUOIN_SOURCE_DIR "/tests/oracles/forest/") + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Result<Forest> xgboost(const std::string& text) { return load_xgboost(std::as_bytes(std::span(text))); }
Result<Forest> lightgbm(const std::string& text) { return load_lightgbm(std::as_bytes(std::span(text))); }

/// `text` with the first `from` replaced; the test fails if it is not there.
std::string with(std::string text, const std::string& from, const std::string& to) {
    auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

struct Damage {
    std::string from, to, message;
    ErrorKind kind = ErrorKind::corrupt;
};

void check(const Damage& damage, const Result<Forest>& forest) {
    ASSERT_FALSE(forest) << damage.to;
    EXPECT_NE(forest.error().message.find(damage.message), std::string::npos) << forest.error().message;
    EXPECT_EQ(forest.error().kind, damage.kind) << forest.error().message;
}

/// A model of one stump, as XGBoost writes it.
const std::string stump = R"({"learner": {"attributes": {}, "feature_names": [], "feature_types": [], "gradient_booster": {"model": {
    "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "1"}, "tree_info": [0], "trees": [{"base_weights": [0, 1, 2],
    "categories": [], "categories_nodes": [], "categories_segments": [], "categories_sizes": [], "default_left": [1, 0, 0], "id": 0,
    "left_children": [1, -1, -1], "loss_changes": [1, 0, 0], "parents": [2147483647, 0, 0], "right_children": [2, -1, -1],
    "split_conditions": [5E-1, -1E0, 2E0], "split_indices": [1, 0, 0], "split_type": [0, 0, 0], "sum_hessian": [4E0, 1E0, 3E0],
    "tree_param": {"num_deleted": "0", "num_feature": "2", "num_nodes": "3", "size_leaf_vector": "1"}}]}, "name": "gbtree"},
    "learner_model_param": {"base_score": "5E-1", "boost_from_average": "1", "num_class": "0", "num_feature": "2", "num_target": "1"},
    "objective": {"name": "reg:squarederror", "reg_loss_param": {"scale_pos_weight": "1"}}}, "version": [2, 1, 0]})";

double xgboost_margin(const std::string& text, double x) {
    auto forest = xgboost(text);
    EXPECT_TRUE(forest) << forest.error().message;
    std::vector<double> row{0, x}, margin(forest->outputs());
    forest->margin(row, margin);
    return margin.back();
}

TEST(LoadXgboost, BaseScoreIsAPrediction) {
    EXPECT_EQ(xgboost_margin(stump, 0), -0.5);
    EXPECT_EQ(xgboost_margin(stump, 0.5), 2.5);
    EXPECT_EQ(xgboost_margin(stump, std::nan("")), -0.5);
    EXPECT_EQ(xgboost_margin(with(stump, R"("5E-1")", R"("[5E-1]")"), 0), -0.5);  // as 3.1 and later write it
    EXPECT_EQ(xgboost_margin(with(stump, R"("base_score": "5E-1")", R"("base_score": 0.5)"), 0), -0.5);
    auto logistic = with(with(stump, "reg:squarederror", "binary:logistic"), R"("5E-1")", R"("2.5E-1")");
    EXPECT_EQ(xgboost_margin(logistic, 0), -std::log(3.0f) - 1);
    EXPECT_EQ(xgboost_margin(with(with(stump, "reg:squarederror", "count:poisson"), R"("5E-1")", R"("4")"), 0), std::log(4.0f) - 1);
    auto two = with(stump, R"("num_target": "1")", R"("num_target": "2")");
    EXPECT_EQ(xgboost_margin(with(two, R"("5E-1")", R"("[5E-1,7E0]")"), 0), 7);  // the tree adds to output 0
}

TEST(LoadXgboost, RefusesWhatItDoesNotUnderstandByName) {
    for (const auto& damage : std::vector<Damage>{
             {"reg:squarederror", "binary:hinge", "objective 'binary:hinge'", ErrorKind::unsupported},
             {R"("name": "gbtree")", R"("name": "gblinear")", "booster 'gblinear'", ErrorKind::unsupported},
             {R"("size_leaf_vector": "1")", R"("size_leaf_vector": "3")", "vector in each leaf", ErrorKind::unsupported},
             {R"("split_type": [0, 0, 0])", R"("split_type": [1, 2, 0])", "splits of type 2", ErrorKind::unsupported},
             {R"("num_feature": "2", "num_target")", R"("num_feature": "2000000", "num_target")", "limit is 65536", ErrorKind::too_large},
             {"[0, 0, 0], \"sum", "[1, 0, 0], \"sum", "categorical split at node 0 without categories"},
             {"[1, -1, -1]", "[0, -1, -1]", "reaches node 0 twice"},
             {"[1, -1, -1]", "[2, -1, -1]", "reaches node 2 twice"},
             {"[2, -1, -1]", "[7, -1, -1]", "a child 7 among 3 nodes"},
             {"[2, -1, -1]", "[2147483648, -1, -1]", "a child 2147483648 among 3 nodes"},
             {"[2, -1, -1]", "[2, -1]", "differ in length"},
             {"[2, -1, -1]", "[2.5, -1, -1]", "'right_children' holds 2.5"},
             {"[5E-1, -1E0, 2E0]", "[NaN, -1E0, 2E0]", "threshold that is not a number"},
             {"[5E-1, -1E0, 2E0]", "[5E-1, NaN, 2E0]", "leaf whose value is not finite"},
             {"[5E-1, -1E0, 2E0]", "[5E-1, -1E0, \"2\"]", "something that is no number"},
             {"[4E0, 1E0, 3E0]", "[4E0, Infinity, 3E0]", "hessian nan"},
             {R"("split_indices": [1)", R"("split_indices": [2)", "asks feature 2 of 2"},
             {R"("tree_info": [0])", R"("tree_info": [1])", "output 1 of 1"},
             {R"("tree_info": [0])", R"("tree_info": [])", "1 trees and 0 outputs"},
             {R"("5E-1")", R"("half")", "'base_score' is 'half'"},
             {R"("5E-1")", R"("[1,2]")", "2 base scores for 1 outputs"},
             {R"("feature_names": [])", R"("feature_names": ["a"])", "2 features and 1 names"},
             {R"("sum_hessian")", R"("sum_hess")", "no list 'sum_hessian'"}})
        check(damage, xgboost(with(stump, damage.from, damage.to)));
    check({.message = "base_score"}, xgboost(with(with(stump, "reg:squarederror", "binary:logistic"), R"("5E-1")", R"("1")")));
    check({.message = "not readable"}, xgboost(""));
    check({.message = "not readable"}, xgboost("tree\nversion=v4\n"));
}

TEST(LoadXgboost, CategorySetsStayInBounds) {
    auto categorical = with(
        with(with(with(with(stump, R"("split_type": [0)", R"("split_type": [1)"), R"("categories": [])", R"("categories": [1, 70])"),
                  R"("categories_nodes": [])", R"("categories_nodes": [0])"),
             R"("categories_segments": [])", R"("categories_segments": [0])"),
        R"("categories_sizes": [])", R"("categories_sizes": [2])");
    EXPECT_EQ(xgboost_margin(categorical, 70), 2.5);  // what is in the set goes right
    EXPECT_EQ(xgboost_margin(categorical, 71), -0.5);
    EXPECT_EQ(xgboost_margin(categorical, -1), -0.5);
    EXPECT_EQ(xgboost_margin(categorical, std::nan("")), -0.5);
    check({.message = "more categories than it has"},
          xgboost(with(categorical, R"("categories_sizes": [2])", R"("categories_sizes": [3])")));
    check({.message = "more categories than it has"},
          xgboost(with(categorical, R"("categories_sizes": [2])", R"("categories_sizes": [-1])")));
    check({.message = "out of bounds"}, xgboost(with(categorical, R"("categories_segments": [0])", R"("categories_segments": [1])")));
    check({.message = "below 0 or above 2^24"}, xgboost(with(categorical, "[1, 70]", "[1, 16777216]")));
    check({.message = "categories for node 3 of 3"},
          xgboost(with(categorical, R"("categories_nodes": [0])", R"("categories_nodes": [3])")));
}

TEST(LoadXgboost, UbjsonClaimsNoMoreThanItHas) {
    using namespace std::string_literals;
    for (const auto& hostile : {"{U\x01"
                                "a[$Z#L\x00\x00\x00\x00\x10\x00\x00\x00"s,
                                "{U\x01"
                                "a[$d#L\x7f\x00\x00\x00\x00\x00\x00\x00"s,
                                "{U\x01"
                                "a[#L\xff\xff\xff\xff\xff\xff\xff\xff"s,
                                "{L\x00\x00\x00\x01\x00\x00\x00\x00"s, "{U\x01"s,
                                "{U\x01"
                                "aN"s})
        check({.message = "the UBJSON is broken at byte"}, xgboost(hostile));
    std::string deep = "{U\x01"
                       "a" +
                       std::string(100'000, '[');
    check({.message = "nested too deeply"}, xgboost(deep));
}

TEST(LoadLightgbm, RefusesWhatItDoesNotUnderstandByName) {
    auto text = stored("lightgbm_regression.txt");
    ASSERT_TRUE(lightgbm(text));
    for (const auto& damage : std::vector<Damage>{
             {"version=v4", "version=v9", "version 'v9'", ErrorKind::unsupported},
             {"objective=regression", "objective=cross_entropy_lambda", "objective 'cross_entropy_lambda'", ErrorKind::unsupported},
             {"objective=regression", "objective=regression sqrt", "reg_sqrt", ErrorKind::unsupported},
             {"objective=regression", "objective=binary sigmoid:x", "sigmoid slope 'x'"},
             {"is_linear=0", "is_linear=1", "linear leaves", ErrorKind::unsupported},
             {"num_leaves=12", "num_leaves=2147483647", "limit is", ErrorKind::too_large},
             {"num_leaves=12", "num_leaves=13", "'leaf_value' has 12 numbers; 13 were expected"},
             {"num_leaves=12", "num_leaves=0", "0 leaves"},
             {"left_child=", "left_child=99 ", "'left_child' has 12 numbers"},
             {"\nthreshold=", "\nthreshold=x", "'threshold' holds 'x"},
             {"max_feature_idx=7", "max_feature_idx=6", "7 features and 8 names"},
             {"num_tree_per_iteration=1", "num_tree_per_iteration=5", "no multiple of its 5 outputs"},
             {"end of trees", "end of tree", "cut short"},
             {"Tree=1\n", "", "twice in one place"},
             {"tree\n", "three\n", "first line is not 'tree'"}})
        check(damage, lightgbm(with(text, damage.from, damage.to)));
    std::string
        header = "tree\nversion=v3\nnum_tree_per_iteration=1\nmax_feature_idx=0\nfeature_names=x\n\nTree=0\nnum_leaves=2\nnum_cat=0\n";
    auto tree = [&](const char* threshold, const char* decision, const char* children) {
        return fmt::format(
            "{}split_feature=0\nthreshold={}\ndecision_type={}\n{}\nleaf_value=1 2\nleaf_count=3 4\ninternal_count=7\nend of trees\n",
            header, threshold, decision, children);
    };
    const char* good = "left_child=-1\nright_child=-2";
    EXPECT_TRUE(lightgbm(tree("0.5", "2", good)));
    check({.message = "threshold that is not a number"}, lightgbm(tree("nan", "2", good)));
    check({.message = "reaches node 0 twice"}, lightgbm(tree("0.5", "2", "left_child=-1\nright_child=0")));
    check({.message = "reaches node 1 twice"}, lightgbm(tree("0.5", "2", "left_child=-1\nright_child=-1")));
    check({.message = "has a child -1"}, lightgbm(tree("0.5", "2", "left_child=-1\nright_child=-9223372036854775808")));
    check({.message = "no category set 0"}, lightgbm(tree("0", "1", good)));
    check({.message = "decision type 64", .kind = ErrorKind::unsupported}, lightgbm(tree("0", "64", good)));
}

/// A small file whose splits all name one long set must not become a large forest.
TEST(LoadLightgbm, SetsThatSplitsShareHaveALimit) {
    constexpr int splits = 400, words = 100'000;
    std::string left, right, zeros, ones, leaves = "1";
    for (int i = 0; i < splits; ++i) {
        left += fmt::format("{} ", ~i);
        right += fmt::format("{} ", i + 1 < splits ? i + 1 : ~splits);
        zeros += "0 ";
        ones += "1 ";
        leaves += " 1";
    }
    std::string set;
    for (int i = 0; i < words; ++i) set += "0 ";
    check({.message = "category sets of a LightGBM model take more than", .kind = ErrorKind::too_large},
          lightgbm(fmt::format("tree\nversion=v3\nnum_tree_per_iteration=1\nmax_feature_idx=0\nfeature_names=x\n\nTree=0\nnum_leaves={}\n"
                               "num_cat=1\nsplit_feature={}\nthreshold={}\ndecision_type={}\nleft_child={}\nright_child={}\n"
                               "cat_boundaries=0 {}\ncat_threshold={}\nleaf_value={}\nleaf_count={}\ninternal_count={}\nend of trees\n",
                               splits + 1, zeros, zeros, ones, left, right, words, set, leaves, leaves, ones)));
}

TEST(LoadForests, EveryCutIsFound) {
    for (const char* name : {"xgboost_partition.ubj", "xgboost_one_hot.json", "lightgbm_binary.txt"}) {
        auto text = stored(name);
        auto load = std::string(name).starts_with("xgboost") ? xgboost : lightgbm;
        ASSERT_TRUE(load(text)) << name;
        auto needed = text.find("end of trees") == std::string::npos ? text.size() : text.find("end of trees") + 12;
        for (std::size_t size = 0; size < needed; size += 1 + size / 50) EXPECT_FALSE(load(text.substr(0, size))) << name << " " << size;
    }
}

TEST(LoadForests, DamagedFilesAreRefusedOrAnswerWithoutHarm) {
    Rng rng(1);
    for (const char* name : {"xgboost_partition.ubj", "xgboost_one_hot.json", "xgboost_dart.ubj", "lightgbm_regression.txt"}) {
        auto text = stored(name);
        auto load = std::string(name).starts_with("xgboost") ? xgboost : lightgbm;
        for (int i = 0; i < 300; ++i) {
            auto damaged = text;
            for (std::uint64_t k = 1 + rng.below(4); k > 0; --k) damaged[rng.below(damaged.size())] = static_cast<char>(rng.next());
            auto forest = load(damaged);
            if (!forest) continue;
            std::vector<double> row(forest->features(), 1.0);
            Matrix answer(forest->outputs(), forest->features() + 1);
            forest->contributions(row, answer.view());
        }
    }
}

}  // namespace
}  // namespace quoin
