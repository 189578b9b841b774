#pragma once

#include <boost/json/fwd.hpp>

#include "serving/service.h"

namespace quoin {

/// The health of one model in the shape of its page: the live version with its counts, or the latest registered one as NOT_DEPLOYED.
/// Error: not_found, naming the models that there are.
Result<boost::json::object> model_health(const Service& service, const std::string& model);

}  // namespace quoin
