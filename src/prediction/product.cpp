#include "prediction/product.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/yaml.h"

namespace quoin {
namespace {

constexpr std::size_t missing_named_max = 8;

std::string in_capitals(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

Status read_levels(YamlKeys& keys, Product& product) {
    std::vector<double> levels;
    TRY_VOID(keys.numbers("levels", levels));
    if (!keys.has("levels")) return {};
    product.levels.clear();
    for (double level : levels) {
        if (!(level > 0 && level < 1))
            return fail(ErrorKind::invalid, "{}: a level lies between 0 and 1, not {}", keys.place("levels"), level);
        product.levels.push_back(Probability{level});
    }
    return {};
}

Status read_missing(YamlKeys& keys, const std::string& where, Product& product) {
    const Yaml* node = keys.node("missing");
    if (node == nullptr) return {};
    TRY(missing, YamlKeys::of(*node, where));
    TRY_VOID(missing.number("refused_above", product.missing_refused_above));
    if (!(product.missing_refused_above >= 0 && product.missing_refused_above <= 1))
        return fail(ErrorKind::invalid, "{}: refused_above is a share between 0 and 1", missing.place("refused_above"));
    return missing.nothing_else();
}

}  // namespace

EventTime Product::valuation_time(const TrainedModel& trained, EventTime now) const {
    EventTime last{trained.data_to};
    if (last.is_missing() || !std::isfinite(days_ahead)) return now;
    auto latest = EventTime{last.value() + static_cast<std::int64_t>(days_ahead * 86'400e6)};
    return std::min(now, latest);
}

double Product::freshness(Duration age) const {
    if (!fresh_for) return 1;
    double limits = std::max(0.0, static_cast<double>(age.value()) / static_cast<double>(fresh_for->value()));
    return limits <= 1 ? 1 - limits / 2 : 0.5 / limits;
}

Status Product::check_missing(const TrainedModel& trained, std::span<const double> raw) const {
    if (missing_refused_above >= 1 || raw.empty()) return {};
    std::vector<std::string> unknown;
    for (std::size_t i = 0; i < raw.size(); ++i)
        if (std::isnan(raw[i])) unknown.push_back(trained.encoder.inputs()[i].name);
    if (static_cast<double>(unknown.size()) <= missing_refused_above * static_cast<double>(raw.size())) return {};
    auto named = std::span(unknown).first(std::min(unknown.size(), missing_named_max));
    return fail_field(ErrorKind::invalid, "/features", "{} of the {} inputs of {} are not known ({}{}); {} answers with at most {:.0f} %",
                      unknown.size(), raw.size(), trained.name, fmt::join(named, ", "), named.size() < unknown.size() ? ", …" : "", name,
                      missing_refused_above * 100);
}

Result<Product> Product::parse(std::string_view yaml, std::string_view where) {
    TRY(document, parse_yaml(yaml, where));
    TRY(keys, YamlKeys::of(document, std::string(where)));
    Product product;
    std::string entity;
    TRY_VOID(keys.text("product", product.name, true));
    TRY_VOID(keys.text("prediction_type", product.prediction_type, true));
    TRY_VOID(keys.text("entity", entity, true));
    TRY_VOID(keys.text("description", product.description, true));
    TRY_VOID(keys.text("model", product.model, true));
    TRY_VOID(keys.truth("any_model", product.any_model));
    TRY_VOID(keys.number("days_ahead", product.days_ahead));
    if (keys.has("fresh_for")) {
        Duration fresh_for{0};
        TRY_VOID(keys.duration("fresh_for", fresh_for));
        product.fresh_for = fresh_for;
    }
    TRY_VOID(read_levels(keys, product));
    TRY_VOID(read_missing(keys, std::string(where), product));
    if (const Yaml* score = keys.node("score")) {
        TRY(policy, ScorePolicy::parse(*score, std::string(where)));
        product.score = std::move(policy);
    }
    if (const Yaml* explanation = keys.node("explanation")) {
        TRY(policy, ExplanationPolicy::parse(*explanation, std::string(where)));
        product.explanation = std::move(policy);
    }
    TRY_VOID(keys.nothing_else());
    if (!(product.days_ahead > 0)) return fail(ErrorKind::invalid, "{}: days_ahead should be above 0", keys.place("days_ahead"));
    product.entity_type = in_capitals(std::move(entity));
    return product;
}

Result<ProductCatalog> ProductCatalog::make(std::vector<Product> products) {
    for (std::size_t i = 0; i < products.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            if (products[i].name == products[j].name)
                return fail(ErrorKind::conflict, "the product '{}' is declared twice", products[i].name);
            if (products[i].prediction_type == products[j].prediction_type)
                return fail(ErrorKind::conflict, "'{}' and '{}' have one prediction type, {}", products[j].name, products[i].name,
                            products[i].prediction_type);
        }
    ProductCatalog catalog;
    catalog.products_ = std::move(products);
    return catalog;
}

Result<const Product*> ProductCatalog::find(std::string_view name) const {
    std::string known;
    for (const auto& product : products_) {
        if (product.name == name) return &product;
        known += (known.empty() ? "" : ", ") + product.name;
    }
    return fail(ErrorKind::not_found, "there is no product '{}'; there are {}", name.substr(0, 80), known);
}

Result<const Product*> ProductCatalog::of_type(std::string_view prediction_type) const {
    std::string known;
    for (const auto& product : products_) {
        if (product.prediction_type == prediction_type) return &product;
        known += (known.empty() ? "" : ", ") + product.prediction_type;
    }
    return fail_field(ErrorKind::not_found, "/prediction_type", "prediction type '{}' is not served; known are {}",
                      prediction_type.substr(0, 80), known);
}

}  // namespace quoin
