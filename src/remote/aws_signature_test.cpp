#include "remote/aws_signature.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace quoin {
namespace {

/// Keys, day and expected signatures: AWS, "Signature Calculations for the Authorization Header", the four examples of Amazon S3.
const AwsCredentials s3_keys{.access_key = "AKIAIOSFODNN7EXAMPLE", .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
const AwsScope s3_scope{.at = from_civil(2013, 5, 24)};
constexpr const char* bucket_host = "examplebucket.s3.amazonaws.com";

TEST(AwsSignature, IsAmazonsForTheExamplesOfS3) {
    auto get = sign({.host = bucket_host, .path = "/test.txt", .headers = {{"Range", "bytes=0-9"}}, .payload_sha256 = sha256_hex("")},
                    s3_keys, s3_scope);
    EXPECT_EQ(get.signature, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    EXPECT_EQ(get.headers.back().value, "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                                        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=" +
                                            get.signature);
    auto put = sign({.method = "PUT",
                     .host = bucket_host,
                     .path = "/test$file.text",
                     .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                     .payload_sha256 = sha256_hex("Welcome to Amazon S3.")},
                    s3_keys, s3_scope);
    EXPECT_EQ(put.signature, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    EXPECT_EQ(put.path_and_query, "/test%24file.text");
    auto lifecycle = sign({.host = bucket_host, .query = {{"lifecycle", ""}}, .payload_sha256 = sha256_hex("")}, s3_keys, s3_scope);
    EXPECT_EQ(lifecycle.signature, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    auto list = sign({.host = bucket_host, .query = {{"prefix", "J"}, {"max-keys", "2"}}, .payload_sha256 = sha256_hex("")}, s3_keys,
                     s3_scope);
    EXPECT_EQ(list.signature, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    EXPECT_EQ(list.path_and_query, "/?max-keys=2&prefix=J");
}

/// Amazon's test suite for implementers, aws-sig-v4-test-suite: those requests whose paths S3 and the other services sign alike.
TEST(AwsSignature, IsAmazonsForTheTestSuite) {
    AwsCredentials keys{.access_key = "AKIDEXAMPLE", .secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
    AwsScope scope{
        .service = "service", .at = from_civil(2015, 8, 30) + Duration::hours(12) + Duration::minutes(36), .names_payload = false};
    auto signature = [&](AwsRequest request) {
        request.host = "example.amazonaws.com";
        if (request.payload_sha256.empty()) request.payload_sha256 = sha256_hex("");
        return sign(request, keys, scope).signature;
    };
    EXPECT_EQ(signature({}), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31") << "get-vanilla";
    EXPECT_EQ(signature({.path = "/\xE1\x88\xB4"}), "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85") << "get-utf8";
    EXPECT_EQ(signature({.path = "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}),
              "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f")
        << "get-unreserved";
    EXPECT_EQ(signature({.query = {{"Param2", "value2"}, {"Param1", "value1"}}}),
              "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")
        << "get-vanilla-query-order-key-case";
    EXPECT_EQ(signature({.headers = {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}}),
              "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736")
        << "get-header-value-trim";
    EXPECT_EQ(signature({.headers = {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}}}),
              "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea")
        << "get-header-key-duplicate";
    EXPECT_EQ(signature({.method = "POST"}), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b") << "post-vanilla";
}

/// post-sts-header-before of the same suite.
TEST(AwsSignature, SignsTheTokenOfTemporaryCredentials) {
    AwsCredentials keys{
        .access_key = "AKIDEXAMPLE",
        .secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        .session_token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflf"
                         "KD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvl"
                         "Rd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4r"
                         "vx3iSIlTJabIQwj2ICCR/oLxBA=="};
    AwsScope scope{
        .service = "service", .at = from_civil(2015, 8, 30) + Duration::hours(12) + Duration::minutes(36), .names_payload = false};
    auto made = sign({.method = "POST", .host = "example.amazonaws.com", .payload_sha256 = sha256_hex("")}, keys, scope);
    EXPECT_EQ(made.signature, "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead");
    EXPECT_NE(made.headers.back().value.find("SignedHeaders=host;x-amz-date;x-amz-security-token,"), std::string::npos);
}

}  // namespace
}  // namespace quoin
