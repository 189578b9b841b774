#pragma once

#include "remote/http_client.h"
#include "remote/retry.h"

namespace quoin {

/// How one call is repeated. The budget may be shared by many callers; nullptr: none.
struct RetryPolicy {
    RetryOptions options = {};
    const Clock& clock = system_clock();
    Sleep sleep = sleep_on_this_thread;
    RetryBudget* budget = nullptr;
};

/// Sends until an answer comes whose status is not worth retrying, or attempts, time or budget are used up: then the last answer or error
/// is returned. Only for requests that may be sent twice. Retry-After is honoured.
Result<HttpResponse> send_retrying(const HttpClient& client, const HttpRequest& request, const RetryPolicy& policy, Rng rng);

}  // namespace quoin
