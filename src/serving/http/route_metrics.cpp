#include "serving/http/route_metrics.h"

#include <algorithm>
#include <array>
#include <string>

namespace quoin {

RouteMetrics::Series& RouteMetrics::find(std::string_view route, std::string_view method, int status) {
    // Anybody may invent a method; a label for each would let them fill our memory.
    static constexpr std::array<std::string_view, 8> methods = {"other", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
    auto known = std::ranges::find(methods, method);
    auto index = known == methods.end() ? std::size_t{0} : static_cast<std::size_t>(known - methods.begin());
    if (route.empty()) route = "unmatched";
    Key key{route.data(), index, status};
    if (auto found = series_.find(key); found != series_.end()) return found->second;
    std::vector<Label> labels = {
        {"route", std::string(route)}, {"method", std::string(methods[index])}, {"status", std::to_string(status)}};
    Series made{telemetry_.counter("quoin_http_requests_total", "HTTP requests answered.", std::move(labels)),
                telemetry_.histogram("quoin_http_request_duration_seconds", "Time from a complete request to its complete answer.",
                                     {{"route", std::string(route)}})};
    return series_.emplace(key, made).first->second;
}

}  // namespace quoin
