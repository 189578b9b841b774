#include "serving/http/message.h"

#include <algorithm>
#include <boost/json.hpp>
#include <future>
#include <memory>

#include "base/json.h"

namespace quoin {
namespace {

namespace json = boost::json;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

template <class Pairs>
std::string_view find_named(const Pairs& pairs, std::string_view name) {
    auto found = std::ranges::find(pairs, name, [](const auto& pair) { return std::string_view(pair.first); });
    return found == pairs.end() ? std::string_view() : std::string_view(found->second);
}

int status_of(const Error& error) {
    switch (error.kind) {
        case ErrorKind::invalid: return error.field == whole_body ? 400 : 422;
        case ErrorKind::not_found: return 404;
        case ErrorKind::conflict: return 409;
        case ErrorKind::unsupported: return 501;
        case ErrorKind::too_large: return 413;
        case ErrorKind::unavailable: return 503;
        case ErrorKind::corrupt:
        case ErrorKind::internal: return 500;
    }
    return 500;
}

Response render(int status, const json::object& document) {
    Response response{.status = status, .content_type = "application/problem+json", .body = json_text(document)};
    if (status == 503) response.headers.emplace_back("Retry-After", "1");
    return response;
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
    auto found = std::ranges::find_if(headers, [&](const auto& field) { return equal_ignoring_case(field.first, name); });
    return found == headers.end() ? std::string_view() : found->second;
}

std::string_view Request::path_parameter(std::string_view name) const { return find_named(path_parameters, name); }

std::string_view Request::query_parameter(std::string_view name) const { return find_named(query_parameters, name); }

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200: return "OK";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 422: return "Unprocessable Content";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default: return "Unknown";
    }
}

Response waited_for(Response response) {
    if (!response.later) return response;
    auto arrived = std::make_shared<std::promise<Response>>();  // shared: the one who answers may still be in it when we go on
    response.later([arrived](Response answer) { arrived->set_value(std::move(answer)); });
    auto answer = arrived->get_future().get();
    answer.route = response.route;
    return answer;
}

json::object problem_object(const Error& error) {
    int status = status_of(error);
    json::object document{{"type", std::string("urn:quoin:problem:") + name_of(error.kind)},
                          {"title", reason_phrase(status)},
                          {"status", status},
                          {"detail", error.message}};
    if (!error.field.empty() && error.field != whole_body) document["field"] = error.field;
    return document;
}

Response problem(const Error& error) { return render(status_of(error), problem_object(error)); }

Response problem(int status, std::string_view title, std::string_view detail) {
    return render(status, {{"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", detail}});
}

}  // namespace quoin
