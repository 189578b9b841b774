#pragma once

#include <string>

#include "prediction/answer.h"
#include "prediction/explanation.h"

namespace quoin {

/// A prediction for people: value, intervals, reasons with their amounts, comparables, what-if.
std::string answer_text(const Prediction& prediction, const std::string& unit);

/// Why a recorded answer is what it is: summary, principal reasons with their codes, and what would change it.
std::string explanation_text(const PredictionRecord& record, const Explanation& explanation, const std::string& unit);

}  // namespace quoin
