#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "features/catalog.h"
#include "prediction/counterfactual.h"
#include "prediction/live_model.h"
#include "prediction/product.h"
#include "prediction/record_log.h"

namespace quoin {

/// A principal reason: inputs that moved the answer away from what is better, under the code that the product declares for them.
struct PrincipalReason {
    std::string code;             ///< "R03"; of an input that no code names, the input's own name
    std::string text;             ///< as declared: "Length of time since the last contact"; without, what the catalog says of the input
    double contribution;          ///< Σ of the SHAP values of its inputs that are on the wrong side, on the model's scale
    double share;                 ///< of all that is on the wrong side
    std::vector<Driver> drivers;  ///< its inputs, strongest first
};

/// Why a recorded answer is what it is, and what would change it.
struct Explanation {
    std::string summary;                   ///< plain words
    bool is_adverse = false;               ///< the answer is on the wrong side of the product's target
    std::vector<Driver> drivers;           ///< all of them, strongest first
    std::vector<PrincipalReason> reasons;  ///< at most four, strongest first (12 CFR 1002.9, comment 9(b)(2)-1)
    std::optional<Goal> goal;
    std::optional<Counterfactual> smallest_change;  ///< that reaches the goal; nothing: none does, or the answer is there already
    std::vector<Counterfactual> single_changes;     ///< the best of each movable input
    std::vector<std::string> notes;
    bool is_identical = true;  ///< the version that answered gives the recorded answer again, bit for bit
};

/// The product that a record answered. Error: not_found.
Result<const Product*> product_of(const PredictionRecord& record, const ProductCatalog& products);

struct ExplanationOptions {
    std::optional<double> target;  ///< in place of the product's
    /// What an input without a code is in words; nothing, or an empty text: as the model's declaration labels it.
    std::function<std::string(const std::string& input)> description;
};

/// Of inputs that are features of the catalog, "view:feature", what it says of them, up to a semicolon.
std::function<std::string(const std::string& input)> descriptions_of(std::shared_ptr<const FeatureCatalog> catalog);

/// Answers the recorded question again with the version that answered it, and explains the answer. Error: conflict, if `model` is another
/// artifact than the record names; unsupported, for contact times, which have no inputs to weigh.
Result<Explanation> explain_record(const PredictionRecord& record, const LiveModel& model, const Product& product,
                                   const ExplanationOptions& options = {});

/// The explanation as JSON, with what the record says of itself.
std::string explanation_json(const PredictionRecord& record, const Explanation& explanation);

}  // namespace quoin
