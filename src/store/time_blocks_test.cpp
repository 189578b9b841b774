#include "store/time_blocks.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/digest.h"
#include "store/time_block_writer.h"

namespace quoin {
namespace {

class TimeBlocks : public testing::Test {
protected:
    TimeBlocks() : folder(std::filesystem::temp_directory_path() / ("quoin-blocks-" + random_hex_id())) {
        std::filesystem::create_directories(folder);
    }
    ~TimeBlocks() override { std::filesystem::remove_all(folder); }

    /// Block k has k + 1 items between 10 k and 10 k + 5.
    static std::string content(int k) { return k % 2 == 0 ? std::string(300, static_cast<char>('a' + k)) : "short " + std::to_string(k); }
    static TimeRange times(int k) { return {EventTime{10 * k}, EventTime{10 * k + 5}}; }
    static void append(TimeBlockWriter& writer, int k) {
        auto text = content(k);
        ASSERT_TRUE(writer.append({text, static_cast<std::uint32_t>(k + 1), times(k), 1ull << k}));
    }
    void write(int blocks) {
        auto writer = TimeBlockWriter::create(file).value();
        for (int k = 0; k < blocks; ++k) append(*writer, k);
    }
    std::string bytes() const {
        std::ifstream stream(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    std::filesystem::path put(std::string_view text) const {
        std::ofstream(folder / "other", std::ios::binary) << text;
        return folder / "other";
    }
    /// Expects the first of the blocks, in order, each either as it was written or known to be damaged. Returns how many were whole.
    static std::size_t check_beginning(const std::filesystem::path& path) {
        auto blocks = find_time_blocks(path, {});
        if (!blocks) {
            EXPECT_EQ(blocks.error().kind, ErrorKind::corrupt);
            return 0;
        }
        std::size_t whole = 0;
        for (std::size_t k = 0; k < blocks->size(); ++k) {
            EXPECT_EQ((*blocks)[k].items, k + 1);
            auto text = read_time_block(path, (*blocks)[k]);
            EXPECT_TRUE(text ? *text == content(static_cast<int>(k)) : text.error().kind == ErrorKind::corrupt);
            whole += text.has_value();
        }
        return whole;
    }

    std::filesystem::path folder, file = folder / "blocks";
};

TEST_F(TimeBlocks, AreFoundByTheirTimes) {
    write(5);
    auto about = describe_time_blocks(file).value();
    EXPECT_TRUE(about.is_sealed);
    EXPECT_EQ(about.items, 15u);
    EXPECT_EQ(about.times.first, EventTime{0});
    EXPECT_EQ(about.times.last, EventTime{45});
    EXPECT_EQ(about.bytes, std::filesystem::file_size(file));
    auto found = find_time_blocks(file, {EventTime{15}, EventTime{30}}).value();
    ASSERT_EQ(found.size(), 3u) << "both ends belong to a range";
    for (int k = 0; k < 3; ++k) {
        const auto& block = found[static_cast<std::size_t>(k)];
        EXPECT_EQ(block.tags, 1ull << (k + 1));
        EXPECT_EQ(read_time_block(file, block).value(), content(k + 1));
    }
    EXPECT_TRUE(find_time_blocks(file, {EventTime{6}, EventTime{9}}).value().empty());
    EXPECT_TRUE(find_time_blocks(file, {EventTime{46}, EventTime{99}}).value().empty());
    EXPECT_EQ(find_time_blocks(folder / "none", {}).error().kind, ErrorKind::not_found);
}

TEST_F(TimeBlocks, AWriterAtWorkCanBeRead) {
    auto writer = TimeBlockWriter::create(file).value();
    EXPECT_TRUE(find_time_blocks(file, {}).value().empty());
    for (int k = 0; k < 4; ++k) {
        append(*writer, k);
        EXPECT_EQ(check_beginning(file), static_cast<std::size_t>(k + 1));
    }
    EXPECT_FALSE(describe_time_blocks(file).value().is_sealed);
    EXPECT_TRUE(writer->seal());
    EXPECT_TRUE(describe_time_blocks(file).value().is_sealed);
    append(*writer, 4);
    EXPECT_EQ(check_beginning(file), 5u) << "a sealed file is opened again by an append";
}

TEST_F(TimeBlocks, AreTheBytesOfTheExample) {
    auto writer = TimeBlockWriter::create(file).value();
    ASSERT_TRUE(writer->append({std::string(300, 'a'), 1, {EventTime{0}, EventTime{5}}, 1}));
    constexpr std::string_view expected =  // docs/formats/time-blocks.md
        "bb7056320200000040000000000000000c0000002c010000010000006992ad600000000000000000050000000000000001000000000000000000000000000000"
        "1f610100ff14506161616161";
    std::string hex;
    for (char byte : bytes().substr(64)) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    EXPECT_EQ(hex, expected);
}

TEST_F(TimeBlocks, AFileHasOneWriter) {
    auto writer = TimeBlockWriter::create(file).value();
    append(*writer, 0);
    EXPECT_EQ(TimeBlockWriter::go_on(file).error().kind, ErrorKind::conflict);
    EXPECT_FALSE(TimeBlockWriter::create(file)) << "it is there";
    writer.reset();
    writer = TimeBlockWriter::go_on(file).value();
    append(*writer, 1);
    EXPECT_EQ(check_beginning(file), 2u);
    EXPECT_EQ(TimeBlockWriter::go_on(folder / "none").error().kind, ErrorKind::not_found);
}

TEST_F(TimeBlocks, AnyEndOfAFileLeavesItsBeginningAndIsGoneOnFrom) {
    write(4);
    auto whole = bytes();
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        auto other = put(std::string_view(whole).substr(0, size));
        auto kept = check_beginning(other);
        auto writer = TimeBlockWriter::go_on(other);
        ASSERT_TRUE(writer) << size << ": " << writer.error().message;
        ASSERT_EQ((*writer)->blocks().size(), kept);
        append(**writer, static_cast<int>(kept));
        writer->reset();
        ASSERT_EQ(check_beginning(other), kept + 1) << size;
        ASSERT_TRUE(describe_time_blocks(other).value().is_sealed);
    }
}

TEST_F(TimeBlocks, NoFlippedByteIsAnAnswer) {
    write(4);
    auto whole = bytes();
    for (std::size_t place = 0; place < whole.size(); ++place)
        for (char flip : {'\x01', '\x80'}) {
            auto damaged = whole;
            damaged[place] = static_cast<char>(damaged[place] ^ flip);
            auto intact = check_beginning(put(damaged));
            bool is_padding = place >= 12 && place < 64;
            EXPECT_TRUE(!is_padding || intact == 4) << "nothing is said there";
        }
    // A damaged index costs nothing, a damaged block only itself.
    auto blocks = find_time_blocks(file, {}).value();
    auto damaged = whole;
    damaged[blocks[3].end() + 70] ^= 1;
    EXPECT_EQ(check_beginning(put(damaged)), 4u);
    damaged = whole;
    damaged[blocks[1].end() - 1] ^= 1;
    EXPECT_EQ(check_beginning(put(damaged)), 3u);
}

TEST_F(TimeBlocks, ALossOfPowerMayTakeTheLastBlocks) {
    {
        auto writer = TimeBlockWriter::create(file).value();
        for (int k = 0; k < 3; ++k) append(*writer, k);
        auto torn = bytes();
        auto last = writer->blocks()[2];
        std::fill(torn.begin() + static_cast<std::ptrdiff_t>(last.place + TimeBlock::header_bytes), torn.end(), '\0');
        EXPECT_EQ(check_beginning(put(torn)), 2u) << "a header whose block never got to the disk";
    }
}

}  // namespace
}  // namespace quoin
