#include "events/sources/http_requests.h"

#include <charconv>

namespace quoin {
namespace {

using By = PageTerms::By;

std::int64_t number_of(std::string_view text, std::int64_t otherwise) {
    std::int64_t number = 0;
    auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    return code == std::errc{} && end == text.data() + text.size() && number >= 0 ? number : otherwise;
}

/// "https://host:port" of an address; of a recording, where a variable stands for that, the variable.
std::string_view origin_of(std::string_view address) {
    auto scheme = address.find("://");
    return address.substr(0, address.find_first_of("/?#", scheme == std::string_view::npos ? 0 : scheme + 3));
}

void add_parameter(std::string& query, std::string_view name, std::string_view encoded) {
    query += fmt::format("{}{}={}", query.empty() ? "" : "&", percent_encoded(name), encoded);
}

}  // namespace

SourceTransport http_transport(std::shared_ptr<const HttpClient> client) {
    return [client = std::move(client)](const SourceRequest& request) {
        return client->send({.method = request.method,
                             .url = request.url,
                             .headers = request.headers,
                             .body = request.body,
                             .timeout = request.timeout,
                             .response_bytes_max = request.bytes_max,
                             .cancelled = request.cancelled});
    };
}

Result<HttpRequests> HttpRequests::make(const SourceDeclaration& source, std::span<const TemplateName> names) {
    HttpRequests made;
    made.terms_ = source.http;
    made.bytes_max_ = static_cast<std::size_t>(source.bytes_max);
    auto parsed = [&](const DeclaredText& declared) -> Result<TextTemplate> {
        auto text = TextTemplate::parse(declared.text, names, true);
        if (!text)
            return fail_field(text.error().kind, text.error().field, "{}, line {}: {}", source.where, declared.line, text.error().message);
        return std::move(*text);
    };
    TRY(url, parsed(source.http.url));
    made.url_ = std::move(url);
    TRY(body, parsed(source.http.body));
    made.body_ = std::move(body);
    for (const auto& [name, declared] : source.http.query) {
        TRY(text, parsed(declared));
        made.query_.push_back({name, std::move(text)});
    }
    for (const auto& [name, declared] : source.http.headers) {
        TRY(text, parsed(declared));
        made.headers_.push_back({name, std::move(text)});
    }
    return made;
}

Result<std::string> HttpRequests::query_of(const Asked& asked, const Environment* environment) const {
    std::string query;
    for (const auto& line : query_) {
        TRY(value, line.text.render({.values = asked.values, .escape = TextTemplate::Escape::url_text, .environment = environment}));
        if (!value.empty()) add_parameter(query, line.name, value);
    }
    const auto& pages = terms_.pages;
    if (pages.by == By::offset || pages.by == By::page) {
        auto first = pages.by == By::offset ? 0 : pages.first;
        add_parameter(query, pages.parameter, fmt::to_string(number_of(asked.page, first)));
    } else if (pages.by == By::cursor && !asked.page.empty()) {
        add_parameter(query, pages.parameter, percent_encoded(asked.page));
    }
    if (!pages.size_parameter.empty()) add_parameter(query, pages.size_parameter, fmt::to_string(pages.size));
    return query;
}

Result<std::string> HttpRequests::address(const Asked& asked, const Environment* environment) const {
    TRY(url, url_.render({.values = asked.values, .escape = TextTemplate::Escape::url_value, .environment = environment}));
    if (terms_.pages.by == By::link && !asked.page.empty()) return next_address(url, asked.page);
    TRY(query, query_of(asked, environment));
    if (query.empty()) return url;
    return fmt::format("{}{}{}", url, url.find('?') == std::string::npos ? '?' : '&', query);
}

Result<SourceRequest> HttpRequests::render(const Asked& asked) const {
    SourceRequest request;
    request.method = terms_.method;
    request.timeout = terms_.timeout;
    request.bytes_max = bytes_max_;
    TRY(url, address(asked, asked.environment));
    request.url = std::move(url);
    TRY(body, body_.render({.values = asked.values, .escape = TextTemplate::Escape::json_value, .environment = asked.environment}));
    request.body = std::move(body);
    auto keep = [&](const TextTemplate& text) {
        if (asked.environment == nullptr) return;
        for (auto& variable : text.variables(*asked.environment)) request.variables.push_back(std::move(variable));
    };
    for (const auto& line : headers_) {
        TRY(value, line.text.render({.values = asked.values, .environment = asked.environment}));
        if (!value.empty()) request.headers.push_back({line.name, std::move(value)});
        keep(line.text);
    }
    for (const auto& line : query_) keep(line.text);
    keep(url_);
    keep(body_);
    TRY(shown, address(asked, nullptr));
    request.shown = without_variables(shown, request.variables);  // a link of the provider may repeat what was sent
    return request;
}

std::string HttpRequests::page_after(const std::string& page, std::size_t records, const std::string& link) const {
    const auto& pages = terms_.pages;
    switch (pages.by) {
        case By::none: return {};
        case By::cursor:
        case By::link: return link == page ? std::string() : link;
        case By::offset:
        case By::page: break;
    }
    if (records < static_cast<std::size_t>(pages.size)) return {};
    if (pages.by == By::page) return fmt::to_string(number_of(page, pages.first) + 1);
    return fmt::to_string(number_of(page, 0) + static_cast<std::int64_t>(records));
}

Result<std::string> next_address(const std::string& base, const std::string& link) {
    auto origin = origin_of(base);
    if (link.starts_with('/') && !link.starts_with("//")) return fmt::format("{}{}", origin, link);
    if (link.starts_with('?')) return fmt::format("{}{}", base.substr(0, base.find('?')), link);
    if (!origin.empty() && origin_of(link) == origin) return link;
    return fail(ErrorKind::invalid, "the next page is said to be on another server, '{}', where the first is on '{}'; it is not asked",
                origin_of(link).substr(0, 200), origin);
}

std::string link_to_next(std::string_view header) {
    while (!header.empty()) {
        auto open = header.find('<'), close = header.find('>', open);
        if (open == std::string_view::npos || close == std::string_view::npos) return {};
        auto address = header.substr(open + 1, close - open - 1);
        auto end = std::min(header.find('<', close), header.size());
        auto parameters = header.substr(close + 1, end - close - 1);
        bool is_next = parameters.find("rel=\"next\"") != std::string_view::npos || parameters.find("rel=next") != std::string_view::npos;
        if (is_next) return std::string(address);
        header.remove_prefix(end);
    }
    return {};
}

}  // namespace quoin
