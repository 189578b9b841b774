#include "remote/retrying_http.h"

namespace quoin {

Result<HttpResponse> send_retrying(const HttpClient& client, const HttpRequest& request, const RetryPolicy& policy, Rng rng) {
    Backoff backoff(policy.options, policy.clock, rng);
    for (;;) {
        auto response = client.send(request);
        bool again = response ? is_worth_retrying(response->status) : response.error().kind == ErrorKind::unavailable;
        if (request.cancelled != nullptr && request.cancelled->load(std::memory_order_relaxed)) again = false;
        if (!again) {
            if (response && policy.budget != nullptr) policy.budget->on_success();
            return response;
        }
        std::optional<Duration> asked;
        if (response)
            if (const auto* value = response->header("retry-after")) asked = parse_retry_after(*value, policy.clock.now());
        auto wait = backoff.next(asked);
        if (!wait || (policy.budget != nullptr && !policy.budget->take()) || !policy.sleep(*wait)) return response;
    }
}

}  // namespace quoin
