#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/event_time.h"
#include "remote/http_client.h"

namespace quoin {

struct AwsCredentials {
    std::string access_key, secret_key;
    std::string session_token;  ///< of temporary credentials; empty: none
};

/// What is signed. Texts are raw: encoding is done here, so that what is signed is what is sent.
struct AwsRequest {
    std::string method = "GET";
    std::string host;                                        ///< with the port where it is not the scheme's
    std::string path = "/";                                  ///< decoded; each byte outside A-Za-z0-9-._~/ is sent as %XX
    std::vector<std::pair<std::string, std::string>> query;  ///< decoded, any order
    std::vector<HttpHeader> headers;                         ///< all of them are signed
    std::string payload_sha256;                              ///< 64 hexadecimal digits
};

/// AWS Signature Version 4 in a header, as S3 takes it: the path is encoded once and not normalised. Pure.
struct AwsSignature {
    std::string path_and_query;       ///< encoded as it must be sent, query sorted
    std::vector<HttpHeader> headers;  ///< those of the request, x-amz-date, x-amz-content-sha256, x-amz-security-token, Authorization
    std::string signature;            ///< 64 hexadecimal digits
};

struct AwsScope {
    std::string region = "us-east-1", service = "s3";
    EventTime at;               ///< S3 refuses more than 15 minutes of difference to its own clock
    bool names_payload = true;  ///< adds x-amz-content-sha256, which S3 requires
};

/// Source of the method: AWS, "Signature Version 4 signing process"; checked against its published examples and against botocore.
AwsSignature sign(const AwsRequest& request, const AwsCredentials& credentials, const AwsScope& scope);

/// Percent-encoding with upper-case digits of every byte but A-Za-z0-9-._~ (and / where it separates).
std::string percent_encoded(std::string_view text, bool keep_slash);

}  // namespace quoin
