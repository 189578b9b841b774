#include "serving/kept_request.h"

namespace quoin {

KeptRequest::KeptRequest(const Request& request)
    : method_(request.method), target_(request.target), path_(request.path), body_(request.body),
      headers_(request.headers.begin(), request.headers.end()), request_{.method = method_,
                                                                         .target = target_,
                                                                         .path = path_,
                                                                         .body = body_,
                                                                         .path_parameters = request.path_parameters,
                                                                         .query_parameters = request.query_parameters,
                                                                         .headers = {headers_.begin(), headers_.end()}} {}

}  // namespace quoin
