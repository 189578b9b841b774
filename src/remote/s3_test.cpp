#include "remote/s3.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/digest.h"
#include "remote/s3_fixture.h"

namespace quoin {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

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
