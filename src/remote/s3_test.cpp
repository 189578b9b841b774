#include "remote/s3.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/digest.h"
#include "remote/http_fixture.h"

namespace quoin {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string percent_decoded(std::string_view text) {
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

std::unique_ptr<ObjectStore> store_on(const Bucket& bucket, std::string prefix = "a b") {
    S3Options options{.bucket = "lake",
                      .prefix = std::move(prefix),
                      .region = "eu-west-1",
                      .endpoint = bucket.endpoint(),
                      .credentials = Bucket::keys,
                      .retry = {.options = {.delay_first = Duration{1000}}}};
    auto store = S3::open(std::move(options));
    EXPECT_TRUE(store) << (store ? "" : store.error().message);
    return std::move(*store);
}

/// What every store promises, whatever it is made of.
void expect_a_store(ObjectStore& store) {
    std::string content("\0\xff bytes\r\n", 10);
    std::string key = "day=2026-01-01/tenant=ä&%b/part+1 $.parquet";
    auto absent = store.head(key);
    ASSERT_TRUE(absent) << absent.error().message;
    EXPECT_FALSE(*absent);
    auto missing = store.get(key);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::not_found) << missing.error().message;
    EXPECT_EQ(*store.put_if_absent(key, bytes_of(content)), true);
    EXPECT_EQ(*store.put_if_absent(key, bytes_of("other")), false);
    EXPECT_EQ(*store.get(key), content);
    EXPECT_EQ((*store.head(key))->bytes, 10u);
    auto limited = store.get(key, 9);
    ASSERT_FALSE(limited);
    EXPECT_EQ(limited.error().kind, ErrorKind::too_large);
    for (auto name : {"z/3", "z/1", "zz/2", "z/empty"}) ASSERT_TRUE(store.put(name, bytes_of(name == std::string("z/empty") ? "" : "x")));
    ASSERT_TRUE(store.put("z/1", bytes_of("longer")));
    auto listed = store.list("z/");
    ASSERT_TRUE(listed) << listed.error().message;
    std::string text;
    for (const auto& info : *listed) text += fmt::format("{}:{} ", info.key, info.bytes);
    EXPECT_EQ(text, "z/1:6 z/3:1 z/empty:0 ");
    EXPECT_EQ(store.list("z")->size(), 4u);
    EXPECT_EQ(store.list("")->size(), 5u);
    EXPECT_EQ(store.list("")->front().key, key);
    EXPECT_EQ(store.list("nothing/here")->size(), 0u);
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(store.remove("z/1"));
    EXPECT_FALSE(*store.head("z/1"));
    for (auto bad : {"", "/a", "a//b", "a/../b", ".", "a/", "a\nb", "a\\b"}) {
        auto refused = store.put(bad, bytes_of("x"));
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().kind, ErrorKind::invalid) << bad;
    }
    // Of many that write one name at once, one wins, and its bytes are there whole.
    std::atomic<int> winners{0};
    std::vector<std::thread> writers;
    for (int i = 0; i < 8; ++i)
        writers.emplace_back([&, i] {
            auto won = store.put_if_absent("race", bytes_of(std::string(50'000, static_cast<char>('a' + i))));
            winners += won && *won ? 1 : 0;
        });
    for (auto& writer : writers) writer.join();
    EXPECT_EQ(winners, 1);
    auto bytes = store.get("race");
    EXPECT_EQ(*bytes, std::string(50'000, bytes->front()));
}

TEST(ObjectStore, InAFolderKeepsItsPromises) {
    auto folder = std::filesystem::temp_directory_path() / ("quoin-store-" + random_hex_id());
    auto store = ObjectStore::open((folder / "lake/").string());
    ASSERT_TRUE(store) << store.error().message;
    expect_a_store(**store);
    std::size_t leftovers = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        leftovers += entry.path().filename().string().starts_with(".quoin-");
    EXPECT_EQ(leftovers, 0u);
    std::filesystem::remove_all(folder);
}

TEST(ObjectStore, InS3KeepsItsPromises) {
    Bucket bucket;
    expect_a_store(*store_on(bucket));
    for (const auto& [key, bytes] : bucket.objects) EXPECT_TRUE(key.starts_with("a b/")) << key;
}

/// Against a real server, when one is named: AWS_ENDPOINT_URL_S3 and keys as for every client, QUOIN_TEST_BUCKET an empty bucket.
TEST(ObjectStore, InARealS3KeepsItsPromises) {
    const char* bucket = std::getenv("QUOIN_TEST_BUCKET");
    if (bucket == nullptr) GTEST_SKIP() << "QUOIN_TEST_BUCKET names no bucket (tests/real/s3 starts a server and sets it)";
    auto store = ObjectStore::open(fmt::format("s3://{}/{}", bucket, random_hex_id()));
    ASSERT_TRUE(store) << store.error().message;
    expect_a_store(**store);
}

TEST(S3, RetriesAndExplainsRefusals) {
    Bucket bucket;
    auto store = store_on(bucket, "");
    bucket.fail_next = 3;
    EXPECT_TRUE(store->put("a", bytes_of("x"))) << "three 503 are waited out";
    EXPECT_EQ(bucket.requests(), 4);
    bucket.fail_next = 100;
    auto refused = store->put("b", bytes_of("x"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_NE(refused.error().message.find("503, SlowDown"), std::string::npos) << refused.error().message;
    bucket.fail_next = 0;
    bucket.loses_answer = true;
    auto lost = store->put_if_absent("c", bytes_of("x"));
    ASSERT_TRUE(lost) << lost.error().message;
    EXPECT_FALSE(*lost) << "the first attempt was stored, so the second finds it";
    EXPECT_EQ(bucket.objects.at("c"), "x");
    bucket.knows_conditions = false;
    bucket.objects["d"] = "theirs";
    EXPECT_FALSE(*store->put_if_absent("d", bytes_of("ours")));
    EXPECT_EQ(bucket.objects.at("d"), "theirs");

    S3Options wrong{.bucket = "lake", .region = "eu-west-1", .endpoint = bucket.endpoint(), .credentials = {"AK", "other secret", ""}};
    auto denied = (*S3::open(wrong))->get("a");
    ASSERT_FALSE(denied);
    EXPECT_NE(denied.error().message.find("403, SignatureDoesNotMatch"), std::string::npos) << denied.error().message;
    EXPECT_EQ(denied.error().message.find("other secret"), std::string::npos);
    for (auto name : {"", "ab", "Upper", "a..b", "bucket/x", "-.-."})
        EXPECT_FALSE(S3::open({.bucket = name, .credentials = Bucket::keys})) << name;
    for (auto endpoint : {"minio:9000", "ftp://minio", "http://", "http://minio/path"})
        EXPECT_FALSE(S3::open({.bucket = "lake", .endpoint = endpoint, .credentials = Bucket::keys})) << endpoint;
}

TEST(S3, ListingsAreReadStrictly) {
    auto page = [](std::string_view inside) { return fmt::format("<ListBucketResult>{}</ListBucketResult>", inside); };
    auto good = parse_s3_listing(page("<Contents><Key>a&lt;&#x20AC;&#228;&amp;amp;</Key><Size>9</Size></Contents>"));
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(good->objects.at(0).key, "a<€ä&amp;");
    for (auto bad :
         {"<Contents><Key>a</Key></Contents>", "<Contents><Key>a</Key><Size>-1</Size></Contents>", "<Contents><Key>a</Key><Size>1</Size>",
          "<Contents><Key>&boom;</Key><Size>1</Size></Contents>", "<Contents><Key><b>a</b></Key><Size>1</Size></Contents>",
          "<IsTruncated>true</IsTruncated>", "<Contents><Key>&#99999999;</Key><Size>1</Size></Contents>"}) {
        auto refused = parse_s3_listing(page(bad));
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
    }
    EXPECT_FALSE(parse_s3_listing("<html>200 OK</html>"));
    EXPECT_FALSE(parse_s3_listing("<!DOCTYPE x [<!ENTITY a \"b\">]><ListBucketResult></ListBucketResult>"));
    EXPECT_FALSE(parse_s3_listing("<ListBucketResult><IsTruncated>false</IsTruncated>"));
}

}  // namespace
}  // namespace quoin
