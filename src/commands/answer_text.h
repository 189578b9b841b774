#pragma once

#include <string>

#include "prediction/answer.h"

namespace quoin {

/// A prediction for people: value, intervals, reasons with their amounts, comparables, what-if.
std::string answer_text(const Prediction& prediction, const std::string& unit);

}  // namespace quoin
