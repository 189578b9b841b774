#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "learning/survival/cox_fit.h"
#include "models/survival/survival_fixture.h"

namespace quoin {

// The cases of tests/oracles/cox_fit.R: R's answers (survival 3.5.3, glmnet 4.1.6) and the rows they are for.

const boost::json::value& cox_oracle();
TieRule ties_of(const boost::json::value& entry);
/// The rows of a case, with what its name says of starts, weights and strata.
OwnedSurvivalRows rows_of_case(const boost::json::value& entry);
std::string title(const boost::json::value& entry);
SurvivalRows view_of(const OwnedSurvivalRows& rows);

}  // namespace quoin
