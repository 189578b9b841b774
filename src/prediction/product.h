#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/event_time.h"
#include "base/probability.h"
#include "base/result.h"
#include "models/trained_model.h"
#include "prediction/explanation_policy.h"
#include "prediction/score_policy.h"

namespace quoin {

/// What a customer asks for by name, and which model answers it: catalog/products/<name>.yaml (docs/formats/products.md).
struct Product {
    std::string name;             ///< "property_value"
    std::string prediction_type;  ///< "PROPERTY_VALUE"
    std::string entity_type;      ///< "PROPERTY"
    std::string description;
    std::string model;       ///< "property_value_model"
    bool any_model = false;  ///< where `model` is not trained, the only live model of the entity answers
    double days_ahead = std::numeric_limits<double>::infinity();
    std::vector<Probability> levels = {Probability{0.8}, Probability{0.95}};  ///< where a query names none
    std::optional<Duration> fresh_for;  ///< the age up to which what is known of an entity counts as fresh
    ScorePolicy score;                  ///< of products that answer with a score
    ExplanationPolicy explanation;
    double missing_refused_above = 1;  ///< share of the model's inputs that a query may leave unknown

    /// When no date is asked for: now, but not more than `days_ahead` after the last row that the model has seen, since an older market
    /// says little about a later one.
    EventTime valuation_time(const TrainedModel& trained, EventTime now) const;
    /// How fresh what is known is, from 1 (of this moment) over 1/2 (as old as `fresh_for`) towards 0: 1 − age/2f, then f/2age. Without
    /// `fresh_for` 1.
    double freshness(Duration age) const;
    /// Error: invalid, for a row with more unknown inputs than the policy answers; names them.
    Status check_missing(const TrainedModel& trained, std::span<const double> raw) const;

    /// `where` names the file in errors. Error: invalid, with line and key.
    static Result<Product> parse(std::string_view yaml, std::string_view where);
};

/// The products of a project, by name. Immutable.
class ProductCatalog {
public:
    ProductCatalog() = default;
    /// Error: conflict, for two of one name or one prediction type.
    static Result<ProductCatalog> make(std::vector<Product> products);
    std::span<const Product> all() const { return products_; }
    /// Error: not_found, naming those that exist.
    Result<const Product*> find(std::string_view name) const;
    Result<const Product*> of_type(std::string_view prediction_type) const;

private:
    std::vector<Product> products_;
};

}  // namespace quoin
