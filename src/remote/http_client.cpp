#include "remote/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>

#include "remote/redaction.h"

namespace quoin {
namespace {

constexpr std::size_t header_bytes_max = 256u << 10;
constexpr std::size_t url_bytes_max = 16u << 10;
constexpr std::array methods = {"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"};
/// Headers that may follow a redirect to another host.
constexpr std::array open_headers = {"accept", "accept-language", "range", "user-agent", "if-none-match", "if-modified-since"};

struct HandleCloser {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, HandleCloser>;

struct ListCloser {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListCloser>;

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

bool is_token(std::string_view text) {
    auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    };
    return !text.empty() && std::ranges::all_of(text, allowed);
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// scheme://host:port in lower case, without user; empty if the URL is none.
std::string origin_of(const std::string& url) {
    std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
    if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
    std::string origin;
    for (auto part : {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT}) {
        char* text = nullptr;
        if (curl_url_get(parsed.get(), part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
        origin += lower(text) + (part == CURLUPART_SCHEME ? "://" : part == CURLUPART_HOST ? ":" : "");
        curl_free(text);
    }
    return origin;
}

/// What the callbacks of one exchange write into.
struct Exchange {
    const HttpRequest& request;
    HttpResponse response = {};
    std::size_t header_bytes = 0;
    bool too_large = false, headers_too_large = false;
};

std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* context) {
    auto& exchange = *static_cast<Exchange*>(context);
    exchange.too_large = exchange.response.body.size() + size > exchange.request.response_bytes_max;
    if (exchange.too_large) return 0;
    exchange.response.body.append(bytes, size);
    return size;
}

std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* context) {
    auto& exchange = *static_cast<Exchange*>(context);
    exchange.header_bytes += size;
    exchange.headers_too_large = exchange.header_bytes > header_bytes_max;
    if (exchange.headers_too_large) return 0;
    std::string_view line(bytes, size);
    if (line.starts_with("HTTP/")) exchange.response.headers.clear();  // of an interim answer, 100 or 103
    auto colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    auto value = line.substr(colon + 1);
    auto first = value.find_first_not_of(" \t"), last = value.find_last_not_of(" \t\r\n");
    value = first == std::string_view::npos || last < first ? std::string_view() : value.substr(first, last - first + 1);
    exchange.response.headers.push_back({lower(line.substr(0, colon)), std::string(value)});
    return size;
}

bool is_cancelled(void* context) {
    const auto* cancelled = static_cast<const Exchange*>(context)->request.cancelled;
    return cancelled != nullptr && cancelled->load(std::memory_order_relaxed);
}

Status check(const HttpRequest& request) {
    if (std::ranges::find(methods, request.method) == methods.end())
        return fail_field(ErrorKind::invalid, "method", "'{}' is no HTTP method; use one of {}", request.method.substr(0, 40),
                          fmt::join(methods, ", "));
    bool spoken = request.url.starts_with("http://") || request.url.starts_with("https://");
    if (!spoken || request.url.size() > url_bytes_max || has_control(request.url) || request.url.find(' ') != std::string::npos)
        return fail_field(ErrorKind::invalid, "url", "'{}' is no URL of http or https with at most {} bytes",
                          without_secrets(request.url).substr(0, 200), url_bytes_max);
    for (const auto& header : request.headers)
        if (!is_token(header.name) || has_control(header.value))
            return fail_field(ErrorKind::invalid, "headers", "the header '{}' has a name or value that HTTP does not allow",
                              is_token(header.name) ? header.name : "?");
    return {};
}

HeaderList header_list(const HttpRequest& request, bool same_origin) {
    curl_slist* list = nullptr;
    bool typed = false;
    for (const auto& header : request.headers) {
        auto name = lower(header.name);
        typed |= name == "content-type";
        if (!same_origin && std::ranges::find(open_headers, name) == open_headers.end()) continue;
        // "Name;" is how curl takes a header without a value.
        auto line = header.value.empty() ? header.name + ";" : header.name + ": " + header.value;
        list = curl_slist_append(list, line.c_str());
    }
    list = curl_slist_append(list, "Expect:");  // waiting for 100 Continue costs a second with servers that do not know it
    if (!typed) list = curl_slist_append(list, "Content-Type:");
    return HeaderList(list);
}

}  // namespace

const std::string* HttpResponse::header(std::string_view name) const {
    auto found = std::ranges::find(headers, name, &HttpHeader::name);
    return found == headers.end() ? nullptr : &found->value;
}

struct HttpClient::State {
    Options options;
    std::mutex mutex;
    std::vector<Handle> idle;  ///< each keeps its connections

    Handle take() {
        std::lock_guard lock(mutex);
        if (idle.empty()) return Handle(curl_easy_init());
        auto handle = std::move(idle.back());
        idle.pop_back();
        return handle;
    }
    void give_back(Handle handle) {
        curl_easy_reset(handle.get());
        std::lock_guard lock(mutex);
        if (idle.size() < options.connections_idle_max) idle.push_back(std::move(handle));
    }

    void prepare(CURL* handle, const HttpRequest& request) const {
        auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle, option, value); };
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_FOLLOWLOCATION, 0L);
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        set(CURLOPT_SSL_VERIFYPEER, 1L);
        set(CURLOPT_SSL_VERIFYHOST, 2L);
        if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
        set(CURLOPT_USERAGENT, options.user_agent.c_str());
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.value() / 1000));
        if (request.decompress) set(CURLOPT_ACCEPT_ENCODING, "");
        set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
        if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
        if (!request.body.empty() || request.method == "PUT" || request.method == "POST" || request.method == "PATCH") {
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
            set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
        }
        set(CURLOPT_WRITEFUNCTION, on_body);
        set(CURLOPT_HEADERFUNCTION, on_header);
        auto on_progress = [](void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return is_cancelled(context) ? 1 : 0; };
        set(CURLOPT_XFERINFOFUNCTION, +on_progress);
        set(CURLOPT_NOPROGRESS, 0L);
    }
};

HttpClient::HttpClient() : HttpClient(Options()) {}
HttpClient::HttpClient(Options options) : state_(std::make_unique<State>()) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)started;
    state_->options = std::move(options);
}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

namespace {

/// One hop. `left_ms`: of the whole exchange.
Result<HttpResponse> perform(CURL* handle, const HttpRequest& request, const std::string& url, long left_ms) {
    Exchange exchange{request};
    std::array<char, CURL_ERROR_SIZE> reason{};
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, left_ms);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, reason.data());
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &exchange);
    auto code = curl_easy_perform(handle);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
    auto where = without_secrets(url);
    if (exchange.headers_too_large) return fail(ErrorKind::too_large, "the headers of '{}' exceed {} KiB", where, header_bytes_max >> 10);
    if (exchange.too_large) return fail(ErrorKind::too_large, "the answer of '{}' exceeds {} bytes", where, request.response_bytes_max);
    if (code == CURLE_ABORTED_BY_CALLBACK) return fail(ErrorKind::unavailable, "the request to '{}' was cancelled", where);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return fail(ErrorKind::unavailable, "'{}' did not answer within {}", where, to_text(request.timeout));
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return fail_field(ErrorKind::invalid, "url", "'{}' is no URL of http or https", where);
    if (code != CURLE_OK)
        return fail(ErrorKind::unavailable, "'{}' cannot be reached: {}", where,
                    reason[0] != '\0' ? without_secrets(reason.data()) : curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    exchange.response.status = static_cast<int>(status);
    exchange.response.url = url;
    return std::move(exchange.response);
}

/// Where an answer redirects to; empty if it is none that is followed.
std::string redirect_of(CURL* handle, const HttpRequest& request, const HttpResponse& response) {
    bool safe = request.method == "GET" || request.method == "HEAD";
    char* target = nullptr;
    if (!safe || request.redirects_max == 0 || response.status < 300 || response.status >= 400) return {};
    curl_easy_getinfo(handle, CURLINFO_REDIRECT_URL, &target);
    return target == nullptr ? std::string() : std::string(target);
}

}  // namespace

Result<HttpResponse> HttpClient::send(const HttpRequest& request) const {
    TRY_VOID(check(request));
    auto deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(request.timeout.value());
    auto handle = state_->take();
    if (handle == nullptr) return fail(ErrorKind::unavailable, "libcurl has no memory for a connection");
    state_->prepare(handle.get(), request);
    std::string url = request.url;
    const auto first_origin = origin_of(url);
    if (first_origin.empty()) return fail_field(ErrorKind::invalid, "url", "'{}' is no URL of http or https", without_secrets(url));
    for (int redirects = 0;; ++redirects) {
        auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        if (left <= 0) return fail(ErrorKind::unavailable, "'{}' did not answer within {}", without_secrets(url), to_text(request.timeout));
        auto headers = header_list(request, origin_of(url) == first_origin);
        curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
        auto response = perform(handle.get(), request, url, static_cast<long>(left));
        auto target = response ? redirect_of(handle.get(), request, *response) : std::string();
        if (!response || target.empty()) {
            state_->give_back(std::move(handle));
            return response;
        }
        if (redirects == request.redirects_max)
            return fail(ErrorKind::unavailable, "'{}' redirects more than {} times", without_secrets(request.url), request.redirects_max);
        if ((url.starts_with("https://") && !target.starts_with("https://")) || origin_of(target).empty() || has_control(target) ||
            (!target.starts_with("https://") && !target.starts_with("http://")))
            return fail(ErrorKind::unavailable, "'{}' redirects to '{}', which is not followed", without_secrets(url),
                        without_secrets(target));
        url = std::move(target);
    }
}

}  // namespace quoin
