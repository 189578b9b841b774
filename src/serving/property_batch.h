#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "prediction/property_pricing.h"
#include "serving/service.h"

namespace quoin {

/// Up to 100 properties at once, with one level and one wish for explanations (document 000). A row that cannot be read or answered has an
/// `error` in its place and leaves the others alone.
class PropertyBatch {
public:
    /// Error: invalid, for what is wrong with the batch as a whole.
    static Result<PropertyBatch> parse(const boost::json::object& body);
    /// The whole answer as JSON text.
    std::string answer(Service& service);

private:
    std::vector<std::string> ids_;  ///< as JSON text; null where a row has none
    std::vector<PropertyQuestion> questions_;
    std::vector<std::size_t> places_;
    std::vector<std::string> answers_;
};

}  // namespace quoin
