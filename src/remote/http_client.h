#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/result.h"

namespace quoin {

struct HttpHeader {
    std::string name, value;
};

/// One request. Times are of the whole exchange, redirects included.
struct HttpRequest {
    std::string method = "GET";  ///< GET, HEAD, PUT, POST, PATCH or DELETE
    std::string url;             ///< http or https
    std::vector<HttpHeader> headers = {};
    std::string_view body = {};  ///< not owned; empty: none
    Duration connect_timeout = Duration::seconds(5);
    Duration timeout = Duration::seconds(30);
    std::size_t response_bytes_max = 64u << 20;  ///< of the body as it is returned, that is after decompression
    int redirects_max = 5;   ///< followed for GET and HEAD only; beyond is an error; 0: a redirect is an answer like any other
    bool decompress = true;  ///< offers gzip, deflate and brotli; false: the bytes as they were stored
    const std::atomic<bool>* cancelled = nullptr;  ///< becomes true: the exchange ends within a second with `unavailable`
};

/// An answer, whatever its status.
struct HttpResponse {
    int status = 0;
    std::vector<HttpHeader> headers;  ///< in order, names in lower case
    std::string body;
    std::string url;  ///< where it came from after redirects

    /// Value of the first header of that (lower-case) name; nullptr if there is none.
    const std::string* header(std::string_view name) const;
    bool is_success() const { return status >= 200 && status < 300; }
};

/// HTTP/1.1 and 2 by libcurl: connections are kept and used again, TLS is 1.2 or later and always verified, no other protocol than http
/// and https is spoken, and a redirect never leads from https to http. What the caller put into headers is sent on to another host only if
/// it is no secret (Accept, Range, If-…, User-Agent). Proxies come from the environment (https_proxy, no_proxy), as everywhere.
/// Thread-safe: calls run in parallel, each on its own connection.
class HttpClient {
public:
    struct Options {
        std::string user_agent = "quoin/" QUOIN_VERSION;
        std::string ca_file;  ///< PEM file of trusted authorities; empty: the system's
        std::size_t connections_idle_max = 16;
    };
    HttpClient();
    explicit HttpClient(Options options);
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;
    ~HttpClient();

    /// Any status is an answer, also 500. Error: invalid (URL, method or header that is none), too_large (response_bytes_max, or
    /// headers above 256 KiB), unavailable (no connection, time-out, TLS, cancelled). Errors name the URL without its secrets.
    Result<HttpResponse> send(const HttpRequest& request) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quoin
