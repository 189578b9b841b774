#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "base/digest.h"
#include "remote/http_fixture.h"
#include "remote/s3.h"

namespace quoin {

inline std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

/// The part of S3 that we speak, over a map. It checks that what was sent is what was signed, by signing what it received.
class Bucket {
public:
    Bucket() : peer_([this](const SeenRequest& request) { return answer(request); }) {}
    std::string endpoint() const { return peer_.url(""); }
    int fail_next = 0;             ///< answers 503 so many times
    bool loses_answer = false;     ///< the next PUT is stored and its connection cut
    bool knows_conditions = true;  ///< else If-None-Match is ignored, as by old servers
    std::size_t page = 2;
    std::map<std::string, std::string> objects;
    int requests() const { return peer_.requests(); }
    static inline const AwsCredentials keys{.access_key = "AK", .secret_key = "hush", .session_token = "token"};

private:
    static bool is_signed(const SeenRequest& seen) {
        auto authorization = seen.headers.at("authorization");
        auto mark = seen.target.find('?');
        AwsRequest request{.method = seen.method,
                           .host = seen.headers.at("host"),
                           .path = percent_decoded(seen.target.substr(0, mark)),
                           .payload_sha256 = sha256_hex(seen.body)};
        if (seen.headers.contains("if-none-match")) request.headers.push_back({"if-none-match", seen.headers.at("if-none-match")});
        for (std::string_view rest = mark == std::string::npos ? "" : std::string_view(seen.target).substr(mark + 1); !rest.empty();) {
            auto pair = rest.substr(0, rest.find('&'));
            rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
            auto equal = pair.find('=');
            request.query.emplace_back(percent_decoded(pair.substr(0, equal)), percent_decoded(pair.substr(equal + 1)));
        }
        auto stamp = seen.headers.at("x-amz-date");
        auto at = *parse_time(stamp.substr(0, 8)) + Duration::hours(std::stoi(stamp.substr(9, 2))) +
                  Duration::minutes(std::stoi(stamp.substr(11, 2))) + Duration::seconds(std::stoi(stamp.substr(13, 2)));
        return sign(request, keys, {.region = "eu-west-1", .at = at}).headers.back().value == authorization &&
               seen.headers.at("x-amz-content-sha256") == request.payload_sha256;
    }

    std::string list(const SeenRequest& request) const {
        auto parameter = [&](std::string_view name) -> std::string {
            auto start = request.target.find(fmt::format("{}=", name));
            if (start == std::string::npos) return {};
            start += name.size() + 1;
            return percent_decoded(request.target.substr(start, request.target.find('&', start) - start));
        };
        std::string entries, token;
        std::size_t count = 0;
        for (const auto& [key, body] : objects) {
            if (!key.starts_with(parameter("prefix")) || key <= parameter("continuation-token")) continue;
            if (count++ == page) {
                token = fmt::format("<IsTruncated>true</IsTruncated><NextContinuationToken>{}</NextContinuationToken>", last_);
                break;
            }
            last_ = key;
            auto shown = key;
            for (auto at = shown.find('&'); at != std::string::npos; at = shown.find('&', at + 1)) shown.replace(at, 1, "&amp;");
            entries += fmt::format("<Contents><Key>{}</Key><LastModified>x</LastModified><Size>{}</Size></Contents>", shown, body.size());
        }
        return http_answer("200 OK", "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"x\">" + token + entries + "</ListBucketResult>");
    }

    std::string answer(const SeenRequest& request) {
        std::lock_guard lock(mutex_);
        if (fail_next > 0 && fail_next-- > 0) return http_answer("503 Slow Down", "<Error><Code>SlowDown</Code></Error>");
        if (!request.headers.contains("authorization") || !is_signed(request))
            return http_answer("403 Forbidden", "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>");
        auto path = percent_decoded(request.target.substr(0, request.target.find('?')));
        if (path == "/lake") return list(request);
        auto key = path.substr(6);  // "/lake/"
        auto found = objects.find(key);
        if (request.method == "PUT") {
            bool conditional = request.headers.contains("if-none-match") && knows_conditions;
            if (conditional && found != objects.end()) return http_answer("412 Precondition Failed");
            objects[key] = request.body;
            return std::exchange(loses_answer, false) ? "" : http_answer("200 OK");
        }
        if (request.method == "DELETE") return objects.erase(key), http_answer("204 No Content");
        if (found == objects.end())
            return http_answer("404 Not Found", request.method == "HEAD" ? "" : "<Error><Code>NoSuchKey</Code></Error>");
        if (request.method == "HEAD") return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", found->second.size());
        return http_answer("200 OK", found->second);
    }

    mutable std::string last_;
    std::mutex mutex_;
    HttpPeer peer_;
};

inline std::unique_ptr<ObjectStore> store_on(const Bucket& bucket, std::string prefix = "a b") {
    S3Options options{.bucket = "lake",
                      .prefix = std::move(prefix),
                      .region = "eu-west-1",
                      .endpoint = bucket.endpoint(),
                      .credentials = Bucket::keys,
                      .retry = {.options = {.delay_first = Duration{1000}}}};
    return std::move(S3::open(std::move(options)).value());
}

}  // namespace quoin
