#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"
#include "control/feature_store.h"
#include "features/catalog.h"
#include "serving/http/message.h"

namespace quoin::feast {

/// The wire format of Feast's feature server (sdk/python/feast/feature_server.py, protos/feast/serving/ServingService.proto), so that its
/// stock clients read from and write to us. Every function is thread-safe.

/// The JSON text that answers {entities, features | feature_service, full_feature_names} as of now. Error: not_found (a feature, view
/// or service), invalid, as FeatureReader::read.
Result<std::string> online_features(const boost::json::value& body, FeatureReader& reader);

/// One event per row of {push_source_name | feature_view_name, df}: a push source is an event type; the rows of a view are events of
/// the type from which its `last` features come. Columns event_timestamp and created are times. Error: not_found, invalid.
Result<std::vector<Event>> pushed_rows(const boost::json::value& body, FeatureStore& store);
Result<std::vector<Event>> written_rows(const boost::json::value& body, FeatureStore& store);

/// The response to an error: a JSON string that holds {module, class, message}; 404, 422 or 500.
Response error_response(const Error& error);

}  // namespace quoin::feast
