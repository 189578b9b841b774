#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace quoin {

/// Finds the route of a method and path. Templates have whole segments in braces: "/v1/models/{name}/health". A path without braces wins
/// over one with; HEAD is answered by GET. Immutable once made, thread-safe.
class Router {
public:
    struct Route {
        std::string method, path;
    };
    struct Match {
        std::optional<std::size_t> route;                             ///< place in the list given
        std::vector<std::pair<std::string, std::string>> parameters;  ///< decoded
        std::string allow;  ///< "GET, HEAD, OPTIONS" when the path is known and the method is not; empty: unknown path
    };
    explicit Router(const std::vector<Route>& routes);
    /// `path`: as sent, not decoded, so that an encoded slash stays within its segment.
    Match find(std::string_view method, std::string_view path) const;

private:
    struct Place {
        std::vector<std::string> segments;                        ///< of a template
        std::vector<std::pair<std::string, std::size_t>> routes;  ///< method → place in the list
    };
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    static Match choose(const Place& place, std::string_view method);

    std::unordered_map<std::string, Place, TextHash, std::equal_to<>> exact_;
    std::vector<Place> templates_;
};

}  // namespace quoin
