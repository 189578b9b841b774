#include "serving/router.h"

#include <algorithm>

#include "serving/http/target.h"

namespace quoin {
namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        path.remove_prefix(1);  // the slash
        auto end = std::min(path.find('/'), path.size());
        segments.push_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return segments;
}

bool is_parameter(std::string_view segment) { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }

/// The parameters when the decoded segments fit the template.
std::optional<std::vector<std::pair<std::string, std::string>>> fit(const std::vector<std::string>& pattern,
                                                                    const std::vector<std::string_view>& segments) {
    if (pattern.size() != segments.size()) return std::nullopt;
    std::vector<std::pair<std::string, std::string>> parameters;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        auto text = percent_decoded(segments[i]);
        if (!text) return std::nullopt;
        if (is_parameter(pattern[i])) {
            if (text->empty()) return std::nullopt;
            parameters.emplace_back(pattern[i].substr(1, pattern[i].size() - 2), std::move(*text));
        } else if (*text != pattern[i]) {
            return std::nullopt;
        }
    }
    return parameters;
}

}  // namespace

Router::Router(const std::vector<Route>& routes) {
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const auto& [method, path] = routes[i];
        auto segments = segments_of(path);
        if (std::ranges::none_of(segments, is_parameter)) {
            exact_[path].routes.emplace_back(method, i);
            continue;
        }
        auto same = std::ranges::find_if(templates_, [&](const Place& place) { return std::ranges::equal(place.segments, segments); });
        if (same == templates_.end()) {
            same = templates_.insert(templates_.end(), Place{{segments.begin(), segments.end()}, {}});
        }
        same->routes.emplace_back(method, i);
    }
}

Router::Match Router::choose(const Place& place, std::string_view method) {
    Match match;
    auto wanted = method == "HEAD" ? std::string_view("GET") : method;
    auto found = std::ranges::find(place.routes, wanted, [](const auto& route) { return std::string_view(route.first); });
    if (found != place.routes.end()) {
        match.route = found->second;
        return match;
    }
    for (const auto& [known, route] : place.routes) match.allow += known + (known == "GET" ? ", HEAD, " : ", ");
    match.allow += "OPTIONS";
    return match;
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
    if (auto found = exact_.find(path); found != exact_.end()) return choose(found->second, method);
    if (path.empty() || path.front() != '/') return {};
    auto segments = segments_of(path);
    for (const auto& place : templates_) {
        auto parameters = fit(place.segments, segments);
        if (!parameters) continue;
        auto match = choose(place, method);
        match.parameters = std::move(*parameters);
        return match;
    }
    if (path.find('%') != std::string_view::npos) {
        auto decoded = percent_decoded(path);
        if (decoded) {
            if (auto found = exact_.find(*decoded); found != exact_.end()) return choose(found->second, method);
        }
    }
    return {};
}

}  // namespace quoin
