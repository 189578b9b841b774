#include "learning/draft_learners.h"

namespace quoin {
namespace {

bool is_available(const char* family) {
    return find_family(family).map([](auto* entry) { return entry->available; }).value_or(false);
}

DeclaredMember& add(Declaration& declaration, std::string name, std::string family) {
    declaration.members.push_back({.family = std::move(family), .objective = declaration.objective, .name = std::move(name)});
    return declaration.members.back();
}

void add_shallow_members(Declaration& declaration) {
    add(declaration, "xgboost", "xgboost").parameters = {
        {"num_boost_round", 300}, {"learning_rate", 0.05}, {"max_depth", 4}, {"colsample_bytree", 0.6}, {"colsample_bynode", 1}};
    if (is_available("lightgbm"))
        add(declaration, "lightgbm", "lightgbm").parameters = {{"num_boost_round", 300}, {"learning_rate", 0.03},
                                                               {"num_leaves", 15},       {"min_data_in_leaf", 50},
                                                               {"cat_smooth", 50},       {"feature_fraction", 0.6}};
    if (declaration.task == Task::regression) {
        auto& forest = add(declaration, "random_forest", "random_forest");
        forest.objective = Objective::squared_error;  // it averages
        forest.parameters = {{"max_depth", 10}, {"min_child_weight", 20}};
    }
}

void add_members(Declaration& declaration, std::size_t rows) {
    bool lightgbm = is_available("lightgbm");
    add(declaration, "xgboost", "xgboost");
    if (lightgbm) add(declaration, "lightgbm", "lightgbm");
    if (declaration.task != Task::regression) return;
    if (lightgbm && declaration.log_label) add(declaration, "lightgbm_robust", "lightgbm").objective = Objective::pseudo_huber;
    if (is_available("network") && rows >= 1000) add(declaration, "network", "network");
}

}  // namespace

void choose_learners(Declaration& declaration, std::size_t rows) {
    if (declaration.fold_group.empty()) add_members(declaration, rows);
    else add_shallow_members(declaration);
    add(declaration, "elastic_net", "elastic_net");
    if (declaration.task == Task::binary) {
        declaration.gates = {"test.auc >= 0.6", "test.ece <= 0.08", "test.auc >= 0.98 * xgboost"};
        return;
    }
    declaration.gates = {"test.r2 >= 0.3", "test.rmse <= 1.02 * xgboost", "0.9 <= test.coverage.0.95 <= 0.995"};
    if (declaration.objective == Objective::absolute_error) declaration.gates[1] = "test.mae <= 1.02 * xgboost";
    if (declaration.log_label)
        declaration.gates = {"test.mdape <= 0.25", "test.mdape <= 1.02 * xgboost", "test.mdape <= 1.1 * champion",
                             "0.9 <= test.coverage.0.95 <= 0.995"};
}

}  // namespace quoin
