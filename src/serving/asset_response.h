#pragma once

#include "serving/assets.h"
#include "serving/http/message.h"

namespace quoin {

/// The asset as an answer: gzipped where the client takes it, 304 where it has it already.
Response asset_response(const Asset& asset, const Request& request);

/// An HTML page of ours, with a policy that keeps the browser from loading anything from elsewhere. Error: internal, for an unknown path.
Result<Response> page_response(std::string_view path, const Request& request);

}  // namespace quoin
