#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/probability.h"
#include "base/result.h"
#include "prediction/predictor.h"

namespace quoin {

/// What is asked about a commercial property; what is left out is what the store knows of it.
struct PropertyQuestion {
    std::string property_id;
    std::optional<std::string> market_id, property_type;
    std::optional<double> current_noi;      ///< USD a year, above 0
    std::optional<double> current_caprate;  ///< what it is offered at, a fraction
    Probability level{0.8};                 ///< of the intervals
    std::size_t drivers = 10;               ///< 0: no explanation is computed
};

/// A property's price in rates: where the market would agree, where its income goes, and what that makes of the rate it is offered at.
struct PropertyPrice {
    Prediction cap_rate, noi_growth;
    LevelInterval cap_rate_interval, noi_growth_interval;  ///< of the question's level, fractions
    double current_caprate = 0;
    /// ln((1 + growth) · current / implied): what the property gains in value over twelve months if the market then agrees to the implied
    /// rate, without the income it pays.
    double expected_log_gain = 0;
    double arbitrage_score = 0;       ///< 0 to 100: 100 · Φ(expected gain / its standard deviation), the probability of a gain
    double arbitrage_percentile = 0;  ///< of that score among the known properties of its market and type (of its market, of all, if few)
    double model_confidence = 0;      ///< (1 − FSD) times the share of the inputs that are known and lie where training has been
};

/// The product that sells commercial property: the cap rate and income growth products together. Thread-safe.
class PropertyPricing {
public:
    static constexpr const char* cap_rate_product = "cap_rate";
    static constexpr const char* noi_growth_product = "noi_growth";

    explicit PropertyPricing(Predictor& predictor) : predictor_(predictor) {}

    /// Error: invalid (a rate that is no fraction, an income not above 0, …; `field` says which), not_found (an unknown property without
    /// facts of its own; a model that is not trained).
    Result<PropertyPrice> price(const PropertyQuestion& question);
    /// The same for many, in their order; one that fails leaves the others alone.
    std::vector<Result<PropertyPrice>> price_all(std::span<const PropertyQuestion> questions);

private:
    struct Offers;
    struct Asked;
    Error unknown_or(const std::string& id, Error error) const;
    Result<Asked> ask(const PropertyQuestion& question) const;
    Result<PropertyPrice> put_together(const Asked& asked, Prediction cap_rate, Prediction noi_growth) const;
    Result<std::shared_ptr<const Offers>> offers() const;

    Predictor& predictor_;
    mutable std::atomic<std::shared_ptr<const Offers>> offers_;
};

}  // namespace quoin
