#include "remote/s3.h"

#include <algorithm>
#include <cstdlib>

#include "base/digest.h"
#include "remote/redaction.h"

namespace quoin {
namespace {

constexpr std::uint64_t object_bytes_max = 5ull << 30;
constexpr std::size_t listing_pages_max = 100'000;  ///< of 1000 objects
constexpr std::size_t small_answer_bytes_max = 4u << 20;
constexpr int conflicts_max = 5;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::string first_of(std::initializer_list<const char*> names, std::string otherwise) {
    for (const char* name : names)
        if (auto value = variable(name); !value.empty()) return value;
    return otherwise;
}

bool is_bucket(std::string_view name) {
    auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
    return name.size() >= 3 && name.size() <= 63 && std::ranges::all_of(name, allowed) && name.front() != '.' && name.back() != '.' &&
           name.find("..") == std::string_view::npos;
}

/// Text between <tag> and </tag>; nothing if there is none.
std::optional<std::string_view> element(std::string_view xml, std::string_view tag) {
    auto start = xml.find(fmt::format("<{}>", tag));
    if (start == std::string_view::npos) return {};
    start += tag.size() + 2;
    auto end = xml.find(fmt::format("</{}>", tag), start);
    if (end == std::string_view::npos) return {};
    return xml.substr(start, end - start);
}

void append_utf8(std::string& out, unsigned long code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | (code >> 12));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (code >> 18));
        out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

Result<std::string> xml_text(std::string_view text) {
    static constexpr std::pair<std::string_view, char> named[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    std::string out;
    while (!text.empty()) {
        auto mark = text.find_first_of("&<");
        out.append(text.substr(0, mark));
        if (mark == std::string_view::npos) break;
        auto end = text.find(';', mark);
        if (text[mark] == '<' || end == std::string_view::npos || end - mark > 10)
            return fail(ErrorKind::corrupt, "the listing of the object store holds text that is no XML");
        auto name = text.substr(mark + 1, end - mark - 1);
        text.remove_prefix(end + 1);
        if (const auto* known = std::ranges::find(named, name, &std::pair<std::string_view, char>::first); known != std::end(named)) {
            out += known->second;
            continue;
        }
        bool hexadecimal = name.starts_with("#x");
        std::string number(name.substr(std::min<std::size_t>(name.size(), hexadecimal ? 2 : 1)));
        char* stop = nullptr;
        auto code = std::strtoul(number.c_str(), &stop, hexadecimal ? 16 : 10);
        if (!name.starts_with('#') || number.empty() || *stop != '\0' || code == 0 || code > 0x10FFFF)
            return fail(ErrorKind::corrupt, "the listing of the object store holds the unknown entity '{}'", name);
        append_utf8(out, code);
    }
    return out;
}

}  // namespace

Result<S3Listing> parse_s3_listing(std::string_view xml) {
    if (xml.find("<!DOCTYPE") != std::string_view::npos || xml.find("<ListBucketResult") == std::string_view::npos)
        return fail(ErrorKind::corrupt, "the answer to a listing is no ListBucketResult");
    S3Listing listing;
    for (auto rest = xml;;) {
        auto start = rest.find("<Contents>");
        if (start == std::string_view::npos) break;
        auto end = rest.find("</Contents>", start);
        if (end == std::string_view::npos) return fail(ErrorKind::corrupt, "the listing of the object store is cut short");
        auto entry = rest.substr(start, end - start);
        auto key = element(entry, "Key"), size = element(entry, "Size");
        if (!key || !size || size->empty() || size->size() > 19 || size->find_first_not_of("0123456789") != std::string_view::npos)
            return fail(ErrorKind::corrupt, "an entry of the object store's listing has no key or size");
        TRY(name, xml_text(*key));
        listing.objects.push_back({std::move(name), std::strtoull(std::string(*size).c_str(), nullptr, 10)});
        rest.remove_prefix(end);
    }
    if (xml.find("</ListBucketResult>") == std::string_view::npos)
        return fail(ErrorKind::corrupt, "the listing of the object store is cut short");
    if (element(xml, "IsTruncated") == "true") {
        auto token = element(xml, "NextContinuationToken");
        if (!token || token->empty()) return fail(ErrorKind::corrupt, "the listing of the object store goes on, but does not say where");
        TRY(text, xml_text(*token));
        listing.next_token = std::move(text);
    }
    return listing;
}

Result<S3Options> s3_options_from_environment(std::string_view address) {
    S3Options options;
    auto rest = address.substr(std::min<std::size_t>(5, address.size()));
    options.bucket = rest.substr(0, rest.find('/'));
    if (options.bucket.size() < rest.size()) options.prefix = rest.substr(options.bucket.size() + 1);
    while (options.prefix.ends_with('/')) options.prefix.pop_back();
    options.credentials = {.access_key = variable("AWS_ACCESS_KEY_ID"),
                           .secret_key = variable("AWS_SECRET_ACCESS_KEY"),
                           .session_token = variable("AWS_SESSION_TOKEN")};
    if (options.credentials.access_key.empty() || options.credentials.secret_key.empty())
        return fail(ErrorKind::invalid, "'{}' needs credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", address.substr(0, 200));
    options.region = first_of({"AWS_REGION", "AWS_DEFAULT_REGION"}, options.region);
    options.endpoint = first_of({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}, "");
    options.http.ca_file = variable("AWS_CA_BUNDLE");
    return options;
}

struct S3::Call {
    std::string method, key = {};  ///< full key; empty: the bucket
    std::vector<std::pair<std::string, std::string>> query = {};
    std::vector<HttpHeader> headers = {};
    std::span<const std::byte> body = {};
    std::size_t answer_bytes_max = small_answer_bytes_max;
};

S3::S3(S3Options options) : options_(std::move(options)), client_(options_.http) {}

Result<std::unique_ptr<S3>> S3::open(S3Options options) {
    if (!is_bucket(options.bucket))
        return fail_field(ErrorKind::invalid, "bucket", "'{}' is no name of a bucket: 3 to 63 of a-z, 0-9, '-' and '.'",
                          options.bucket.substr(0, 80));
    if (!options.prefix.empty()) TRY_VOID(check_object_key(options.prefix));
    auto name = fmt::format("s3://{}{}{}", options.bucket, options.prefix.empty() ? "" : "/", options.prefix);
    std::unique_ptr<S3> store(new S3(std::move(options)));
    const auto& o = store->options_;
    store->name_ = std::move(name);
    if (o.endpoint.empty()) {
        auto domain = fmt::format("s3.{}.amazonaws.com{}", o.region, o.region.starts_with("cn-") ? ".cn" : "");
        bool in_path = o.bucket.find('.') != std::string::npos;  // Amazon's certificate covers one part before the domain
        store->scheme_ = "https://";
        store->host_ = in_path ? domain : o.bucket + "." + domain;
        store->base_path_ = in_path ? "/" + o.bucket : "";
        return store;
    }
    auto scheme_end = o.endpoint.find("://");
    store->scheme_ = o.endpoint.substr(0, scheme_end == std::string::npos ? 0 : scheme_end + 3);
    store->host_ = o.endpoint.substr(store->scheme_.size());
    while (store->host_.ends_with('/')) store->host_.pop_back();
    bool plain = !store->host_.empty() && store->host_.find_first_of("/?#@ ") == std::string::npos;
    if ((store->scheme_ != "http://" && store->scheme_ != "https://") || !plain)
        return fail_field(ErrorKind::invalid, "endpoint", "'{}' is no endpoint such as https://minio.example.com:9000",
                          without_secrets(o.endpoint));
    store->base_path_ = "/" + o.bucket;
    return store;
}

std::string S3::full_key(std::string_view key) const {
    return options_.prefix.empty() ? std::string(key) : fmt::format("{}/{}", options_.prefix, key);
}

Result<HttpResponse> S3::send(const Call& call) {
    AwsRequest request{.method = call.method,
                       .host = host_,
                       .path = call.key.empty() && !base_path_.empty() ? base_path_ : base_path_ + "/" + call.key,
                       .query = call.query,
                       .headers = call.headers,
                       .payload_sha256 = sha256_hex(call.body)};
    // Each attempt is signed anew: a signature is good for 15 minutes only.
    Backoff backoff(options_.retry.options, options_.retry.clock, Rng(options_.seed).split(calls_++));
    for (;;) {
        auto signature = sign(request, options_.credentials, {.region = options_.region, .at = options_.retry.clock.now()});
        auto response = client_.send({.method = call.method,
                                      .url = scheme_ + host_ + signature.path_and_query,
                                      .headers = signature.headers,
                                      .body = {reinterpret_cast<const char*>(call.body.data()), call.body.size()},
                                      .timeout = options_.timeout,
                                      .response_bytes_max = call.answer_bytes_max,
                                      .redirects_max = 0,
                                      .decompress = false});
        bool again = response ? is_worth_retrying(response->status) : response.error().kind == ErrorKind::unavailable;
        if (!again) return response;
        std::optional<Duration> asked;
        if (response)
            if (const auto* value = response->header("retry-after")) asked = parse_retry_after(*value, options_.retry.clock.now());
        auto wait = backoff.next(asked);
        auto* budget = options_.retry.budget;
        if (!wait || (budget != nullptr && !budget->take()) || !options_.retry.sleep(*wait)) return response;
    }
}

tl::unexpected<Error> S3::refused(const Call& call, const HttpResponse& response) const {
    auto code = element(response.body, "Code"), message = element(response.body, "Message");
    auto what = fmt::format("{} of '{}'", call.method, call.key.empty() ? name_ : fmt::format("s3://{}/{}", options_.bucket, call.key));
    return fail(ErrorKind::unavailable, "the object store refused {} with status {}{}{}", what, response.status,
                code ? fmt::format(", {}", code->substr(0, 80)) : "", message ? fmt::format(": {}", message->substr(0, 200)) : "");
}

Status S3::put(std::string_view key, std::span<const std::byte> bytes) {
    TRY_VOID(check_object_key(key));
    if (bytes.size() > object_bytes_max)
        return fail(ErrorKind::too_large, "the object '{}' has {} bytes; one upload takes {}", key, bytes.size(), object_bytes_max);
    Call call{.method = "PUT", .key = full_key(key), .body = bytes};
    TRY(response, send(call));
    return response.is_success() ? Status{} : Status(refused(call, response));
}

Result<bool> S3::put_if_absent(std::string_view key, std::span<const std::byte> bytes) {
    TRY(known, head(key));
    if (known) return false;
    if (bytes.size() > object_bytes_max)
        return fail(ErrorKind::too_large, "the object '{}' has {} bytes; one upload takes {}", key, bytes.size(), object_bytes_max);
    Call call{.method = "PUT", .key = full_key(key), .headers = {{"If-None-Match", "*"}}, .body = bytes};
    for (int conflicts = 0;; ++conflicts) {
        TRY(response, send(call));
        if (response.is_success()) return true;
        if (response.status == 412) return false;
        // 409: another conditional write of the same object was under way; asked again it is either there or not.
        if (response.status != 409 || conflicts == conflicts_max) return refused(call, response);
    }
}

Result<std::string> S3::get(std::string_view key, std::size_t bytes_max) {
    TRY_VOID(check_object_key(key));
    Call call{.method = "GET", .key = full_key(key), .answer_bytes_max = std::max(bytes_max, small_answer_bytes_max)};
    TRY(response, send(call));
    if (response.status == 404 && element(response.body, "Code").value_or("NoSuchKey") == "NoSuchKey")
        return fail(ErrorKind::not_found, "there is no object '{}' in '{}'", key, name_);
    if (!response.is_success()) return refused(call, response);
    if (response.body.size() > bytes_max)
        return fail(ErrorKind::too_large, "'{}' in '{}' has {} bytes; {} is the limit", key, name_, response.body.size(), bytes_max);
    return std::move(response.body);
}

Result<std::optional<ObjectStore::Info>> S3::head(std::string_view key) {
    TRY_VOID(check_object_key(key));
    Call call{.method = "HEAD", .key = full_key(key)};
    TRY(response, send(call));
    if (response.status == 404) return std::optional<Info>();
    if (!response.is_success()) return refused(call, response);
    const auto* length = response.header("content-length");
    if (length == nullptr) return fail(ErrorKind::corrupt, "the object store does not say how long '{}' is", key);
    return Info{std::string(key), std::strtoull(length->c_str(), nullptr, 10)};
}

Result<std::vector<ObjectStore::Info>> S3::list(std::string_view prefix) {
    std::vector<Info> found;
    auto skipped = options_.prefix.empty() ? 0 : options_.prefix.size() + 1;
    Call call{.method = "GET", .query = {{"list-type", "2"}, {"prefix", full_key(prefix)}}};
    for (std::size_t page = 0; page < listing_pages_max; ++page) {
        TRY(response, send(call));
        if (!response.is_success()) return refused(call, response);
        TRY(listing, parse_s3_listing(response.body));
        for (auto& object : listing.objects) {
            if (object.key.size() <= skipped || object.key.ends_with('/')) continue;  // what consoles leave as "folders"
            object.key.erase(0, skipped);
            found.push_back(std::move(object));
        }
        if (listing.next_token.empty()) {
            std::ranges::sort(found, {}, &Info::key);
            return found;
        }
        call.query = {{"list-type", "2"}, {"prefix", full_key(prefix)}, {"continuation-token", std::move(listing.next_token)}};
    }
    return fail(ErrorKind::too_large, "'{}' has more than {} objects", name_, listing_pages_max * 1000);
}

Status S3::remove(std::string_view key) {
    TRY_VOID(check_object_key(key));
    Call call{.method = "DELETE", .key = full_key(key)};
    TRY(response, send(call));
    return response.is_success() || response.status == 404 ? Status{} : Status(refused(call, response));
}

}  // namespace quoin
