#include "remote/aws_signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "base/digest.h"

namespace quoin {
namespace {

std::string hmac_sha256(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         digest.data(), &size);
    return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hex(std::string_view bytes) {
    std::string text;
    for (char byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(byte));
    return text;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

/// Without outer spaces, and with one space for each run of them.
std::string trimmed(std::string_view value) {
    std::string out;
    for (char c : value) {
        if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
        out += c;
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

/// 20150830T123600Z
std::string stamp_of(EventTime at) {
    std::string text = to_text(EventTime{at.value() - at.value() % 1'000'000});
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

std::string canonical_query(const AwsRequest& request) {
    std::vector<std::pair<std::string, std::string>> encoded;
    for (const auto& [name, value] : request.query) encoded.emplace_back(percent_encoded(name, false), percent_encoded(value, false));
    std::ranges::sort(encoded);
    std::string text;
    for (const auto& [name, value] : encoded) text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
    return text;
}

}  // namespace

std::string percent_encoded(std::string_view text, bool keep_slash) {
    std::string out;
    for (char c : text) {
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                     c == '~' || (keep_slash && c == '/');
        if (plain) {
            out += c;
        } else {
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

AwsSignature sign(const AwsRequest& request, const AwsCredentials& credentials, const AwsScope& scope) {
    auto stamp = stamp_of(scope.at), day = stamp.substr(0, 8);
    AwsSignature made;
    made.headers = request.headers;
    made.headers.push_back({"x-amz-date", stamp});
    if (scope.names_payload) made.headers.push_back({"x-amz-content-sha256", request.payload_sha256});
    if (!credentials.session_token.empty()) made.headers.push_back({"x-amz-security-token", credentials.session_token});

    std::vector<std::pair<std::string, std::string>> signed_headers{{"host", request.host}};
    for (const auto& header : made.headers) signed_headers.emplace_back(lower(header.name), trimmed(header.value));
    std::ranges::stable_sort(signed_headers, {}, &std::pair<std::string, std::string>::first);
    std::string header_lines, names;
    for (std::size_t i = 0; i < signed_headers.size(); ++i) {
        const auto& [name, value] = signed_headers[i];
        bool repeated = i > 0 && signed_headers[i - 1].first == name;
        if (repeated) {
            header_lines.back() = ',';  // values of one name stand in one line
            header_lines += value + "\n";
            continue;
        }
        header_lines += fmt::format("{}:{}\n", name, value);
        names += fmt::format("{}{}", names.empty() ? "" : ";", name);
    }
    auto path = percent_encoded(request.path, true), query = canonical_query(request);
    auto canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, path, query, header_lines, names, request.payload_sha256);
    auto place = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
    auto text = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", stamp, place, sha256_hex(canonical));
    auto key = hmac_sha256("AWS4" + credentials.secret_key, day);
    for (std::string_view part : {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")})
        key = hmac_sha256(key, part);
    made.signature = hex(hmac_sha256(key, text));
    made.headers.push_back({"Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                                         credentials.access_key, place, names, made.signature)});
    made.path_and_query = query.empty() ? path : path + "?" + query;
    return made;
}

}  // namespace quoin
