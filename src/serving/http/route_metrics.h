#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "base/telemetry.h"

namespace quoin {

/// The metrics of the answers, by route, method and status, found without the lock of Telemetry. Not thread-safe: one per event loop.
class RouteMetrics {
public:
    struct Series {
        Counter& requests;
        Histogram& duration_seconds;
    };
    explicit RouteMetrics(Telemetry& telemetry) : telemetry_(telemetry) {}
    /// `route` is of static storage; empty: "unmatched".
    Series& find(std::string_view route, std::string_view method, int status);

private:
    struct Key {
        const char* route;
        std::size_t method;
        int status;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const {
            return std::hash<const char*>()(key.route) * 31 + key.method * 1021 + static_cast<std::size_t>(key.status);
        }
    };
    Telemetry& telemetry_;
    std::unordered_map<Key, Series, Hash> series_;
};

}  // namespace quoin
