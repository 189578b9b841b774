// The declarations of the demo's models of movers.

#include <algorithm>
#include <array>
#include <filesystem>

#include "control/catalog_folder.h"
#include "control/demo_movers.h"
#include "control/mover_features.h"
#include "store/blobs.h"

namespace quoin {
namespace {

/// A feature of the catalog as a model's column, called what the catalog says of it; what follows a semicolon is about its edge cases.
Result<DeclaredFeature> declared(const FeatureCatalog& catalog, const std::string& name) {
    TRY(place, catalog.place(name));
    const FeatureDeclaration& feature = *place.view->features()[place.slot].declaration;
    bool is_text = field_kind(feature.type) == FieldKind::text;
    return DeclaredFeature{.column = name,
                           .kind = is_text ? ColumnKind::category : ColumnKind::number,
                           .label = feature.description.substr(0, feature.description.find(';')),
                           .unit = feature.unit};
}

Result<Declaration> declaration_of(const FeatureCatalog& catalog, const std::string& model, std::span<const std::string> features) {
    Declaration declaration;
    declaration.model = model;
    declaration.entity = "user";
    declaration.id = "user_id", declaration.time = "as_of";
    declaration.time_as_input = false;
    declaration.fold_kind = "grouped";
    declaration.owner = "growth-analytics";
    declaration.out_of_scope_use = "Decisions about credit, housing or price: what somebody reads is no ground for them.";
    for (const auto& name : features) {
        TRY(feature, declared(catalog, name));
        declaration.features.push_back(std::move(feature));
    }
    return declaration;
}

void learn(Declaration& declaration, const std::string& label, Task task) {
    declaration.source = "data/movers.parquet";
    declaration.label = label;
    declaration.task = task;
    declaration.members = {
        {.family = "lightgbm",
         .parameters = {{"num_boost_round", 160}, {"learning_rate", 0.05}, {"num_leaves", 12}, {"min_data_in_leaf", 30}, {"max_bin", 63}},
         .name = "lightgbm"},
        {.family = "xgboost",
         .parameters = {{"num_boost_round", 160}, {"learning_rate", 0.05}, {"max_depth", 4}, {"max_bin", 64}, {"min_child_weight", 3}},
         .name = "xgboost"},
        {.family = "elastic_net", .parameters = {{"alpha", 0.001}}, .name = "elastic_net"}};
}

Result<Declaration> move_probability(const FeatureCatalog& catalog) {
    TRY(declaration, declaration_of(catalog, "move_probability_model", mover_features()));
    learn(declaration, "transacts_30d", Task::binary);
    declaration.bands = {{"LOW", 0}, {"MEDIUM", 0.15}, {"HIGH", 0.4}};
    declaration.gates = {"test.auc >= 0.75", "test.ece <= 0.05", "out_of_fold.auc >= 0.75"};
    declaration.intended_use = "Whom to contact first: the probability that a user closes a transaction within 30 days.";
    return declaration;
}

Result<Declaration> transaction_type(const FeatureCatalog& catalog) {
    TRY(declaration, declaration_of(catalog, "transaction_type_model", mover_features()));
    learn(declaration, "transaction_type", Task::multiclass);
    declaration.gates = {"test.macro_auc >= 0.75", "test.ece <= 0.15", "test.log_loss <= 1.2"};
    declaration.intended_use = "What to talk about: the kind of transaction, if there is to be one.";
    return declaration;
}

Result<Declaration> email_engagement(const FeatureCatalog& catalog) {
    TRY(declaration, declaration_of(catalog, "email_engagement_model", mover_features()));
    learn(declaration, "clicks_email_30d", Task::binary);
    declaration.bands = {{"LOW", 0}, {"MEDIUM", 0.4}, {"HIGH", 0.7}};
    declaration.gates = {"test.auc >= 0.55", "test.ece <= 0.06"};
    declaration.intended_use = "Whom to write to: the probability that a user follows a link in an e-mail within 30 days.";
    return declaration;
}

Result<Declaration> churn_risk(const FeatureCatalog& catalog) {
    TRY(declaration, declaration_of(catalog, "churn_risk_model", mover_features()));
    learn(declaration, "leaves_30d", Task::binary);
    declaration.bands = {{"LOW", 0}, {"MEDIUM", 0.1}, {"HIGH", 0.3}};
    declaration.gates = {"test.auc >= 0.58", "test.ece <= 0.06", "out_of_fold.auc >= 0.65"};
    declaration.intended_use = "Whom to win back: the probability that a user leaves the platform for good within 30 days.";
    return declaration;
}

Result<Declaration> contact_timing(const FeatureCatalog& catalog) {
    TRY(declaration, declaration_of(catalog, "contact_timing_model", contact_time_features()));
    declaration.source = "data/contact_times.parquet";
    declaration.task = Task::timing;
    declaration.gates = {"test.log_loss <= 1 * crowd", "test.log_loss <= 1 * own"};
    declaration.intended_use = "When to contact: the hour of the week in which most of a user's actions are expected.";
    return declaration;
}

constexpr std::array makers = {move_probability, transaction_type, contact_timing, email_engagement, churn_risk};

}  // namespace

const std::vector<std::string>& mover_models() {
    static const std::vector<std::string> names = {"move_probability_model", "transaction_type_model", "contact_timing_model",
                                                   "email_engagement_model", "churn_risk_model"};
    return names;
}

Status declare_movers(const Project& project) {
    CatalogFolder folder(project.folder() / "catalog");
    TRY(catalog, folder.load());
    for (auto make : makers) {
        TRY(declaration, make(*catalog));
        auto file = project.declaration_file(declaration.model);
        if (std::filesystem::exists(file)) continue;
        auto text = render_declaration(declaration);
        TRY_VOID(write_file_atomically(file, std::as_bytes(std::span(text))));
    }
    return {};
}

}  // namespace quoin
