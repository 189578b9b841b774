#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>

#include "base/result.h"
#include "models/forest/forest.h"

namespace quoin {

struct XgboostTreeUse {
    std::uint32_t output;
    float weight;  ///< of DART; 1 otherwise
};

/// Appends one tree of an XGBoost file ("learner/gradient_booster/model/trees/…") to `parts`.
/// Error: corrupt; too_large; unsupported (a vector in each leaf).
Status add_xgboost_tree(Forest::Parts& parts, const boost::json::object& tree, XgboostTreeUse use);

/// XGBoost writes its parameters as text ("0.5"), numbers as JSON numbers. Error: corrupt, naming `name`.
Result<double> xgboost_number(const boost::json::value& value, const char* name);

/// Error: corrupt, naming the member that is missing or of another kind.
Result<const boost::json::object*> xgboost_object(const boost::json::object& parent, const char* name);
Result<const boost::json::array*> xgboost_array(const boost::json::object& parent, const char* name);

}  // namespace quoin
