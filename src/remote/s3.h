#pragma once

#include <atomic>

#include "remote/aws_signature.h"
#include "remote/object_store.h"
#include "remote/retrying_http.h"

namespace quoin {

struct S3Options {
    std::string bucket;
    std::string prefix;  ///< before every key, without slashes at its ends; empty: none
    std::string region = "us-east-1";
    std::string endpoint;  ///< e.g. http://127.0.0.1:9000 for MinIO: the bucket is then the first part of the path; empty: AWS
    AwsCredentials credentials;
    Duration timeout = Duration::minutes(2);  ///< of one request
    HttpClient::Options http = {};
    RetryPolicy retry = {};
    std::uint64_t seed = 1;  ///< of the waits between attempts
};

/// From s3://bucket/prefix and the variables that AWS' own tools read: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
/// AWS_REGION or AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, AWS_CA_BUNDLE. Profiles and the roles of machines are not
/// read. Error: invalid, naming what is missing.
Result<S3Options> s3_options_from_environment(std::string_view address);

/// Objects of one bucket, over HTTPS with Signature Version 4; objects up to 5 GiB (one PUT, no multipart upload), and, as they pass
/// through memory, up to what fits there. A conditional write is `If-None-Match: *`; since servers that do not know it (MinIO before 2024)
/// would overwrite, it asks for the object first. Error: unavailable (no answer, or refused: the answer's code is named), not_found,
/// too_large, corrupt (an answer that is no S3).
class S3 : public ObjectStore {
public:
    static Result<std::unique_ptr<S3>> open(S3Options options);

    Status put(std::string_view key, std::span<const std::byte> bytes) override;
    Result<bool> put_if_absent(std::string_view key, std::span<const std::byte> bytes) override;
    Result<std::string> get(std::string_view key, std::size_t bytes_max = 1u << 30) override;
    Result<std::optional<Info>> head(std::string_view key) override;
    Result<std::vector<Info>> list(std::string_view prefix) override;
    Status remove(std::string_view key) override;
    const std::string& where() const override { return name_; }

private:
    explicit S3(S3Options options);
    struct Call;
    Result<HttpResponse> send(const Call& call);
    tl::unexpected<Error> refused(const Call& call, const HttpResponse& response) const;
    std::string full_key(std::string_view key) const;

    S3Options options_;
    HttpClient client_;
    std::string name_, scheme_, host_, base_path_;
    std::atomic<std::uint64_t> calls_{0};
};

/// What ListObjectsV2 answers (strict: no DTD, entities of XML only). Error: corrupt.
struct S3Listing {
    std::vector<ObjectStore::Info> objects;
    std::string next_token;  ///< empty: this was the last page
};
Result<S3Listing> parse_s3_listing(std::string_view xml);

}  // namespace quoin
