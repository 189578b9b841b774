#pragma once

#include <string>

#include "models/encoder/encoder.h"
#include "prediction/query.h"

namespace quoin {

/// A difference: "$540,000", "540,000 EUR", "0.734", or "35 basis points" of a rate.
std::string amount_text(double amount, const std::string& unit);
/// Where a difference is written otherwise than a level: "6.50 %" of a rate.
std::string level_text(double level, const std::string& unit);
/// A feature's value as a person reads it: "1,180 sq ft", "1955", "98178", "not known".
std::string value_text(const InputColumn& input, const FeatureValue& value);
/// The raw number back as the caller wrote it: a level's text, a date, a number; null if missing.
FeatureValue feature_value(const InputColumn& input, double raw);
/// True for a column of calendar years, which are written without thousands separators.
bool is_year(const InputColumn& input);

}  // namespace quoin
