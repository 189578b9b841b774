#include "store/array_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/digest.h"

namespace quoin {
namespace {

struct Record {
    double value;
    std::uint32_t number;
    std::uint32_t other;
    bool operator==(const Record&) const = default;
};

class ArrayFiles : public testing::Test {
protected:
    ArrayFiles() : folder(std::filesystem::temp_directory_path() / ("quoin-arrays-" + random_hex_id())) {
        std::filesystem::create_directories(folder);
        ArrayFileWriter writer;
        writer.add("records", Array(records));
        writer.add("none", Array<std::uint16_t>());
        writer.add("letters", Array(std::vector<char>{'a', 'b', 'c'}));
        EXPECT_TRUE(writer.write(folder / "file"));
    }
    ~ArrayFiles() override { std::filesystem::remove_all(folder); }

    std::string bytes() const {
        std::ifstream stream(folder / "file", std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    Result<ArrayFile> opened(const std::string& content) const {
        std::ofstream(folder / "other", std::ios::binary) << content;
        return ArrayFile::open(folder / "other");
    }

    std::filesystem::path folder;
    std::vector<Record> records{{0.5, 1, 2}, {-1e300, 3, 4}, {0, 5, 6}};
};

TEST_F(ArrayFiles, ArraysComeBackWhereTheyLieInTheFile) {
    std::optional<Array<Record>> found;
    {
        auto file = ArrayFile::open(folder / "file").value();
        found = file.array<Record>("records").value();
        EXPECT_TRUE(file.array<std::uint16_t>("none").value().empty());
        EXPECT_EQ(file.array<char>("letters").value()[2], 'c');
    }
    std::filesystem::remove(folder / "file");
    EXPECT_TRUE(std::ranges::equal(*found, records)) << "an array keeps its file mapped";
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(found->data()) % 64, 0u);
}

TEST_F(ArrayFiles, AnArrayIsFoundByItsNameAndTheSizeOfItsRecords) {
    auto file = ArrayFile::open(folder / "file").value();
    EXPECT_EQ(file.array<Record>("letters").error().kind, ErrorKind::corrupt);
    EXPECT_EQ(file.array<char>("digits").error().kind, ErrorKind::corrupt);
}

TEST_F(ArrayFiles, AChangedBitInAnyByteAndACutAreFound) {
    auto whole = bytes();
    ASSERT_TRUE(opened(whole));
    for (std::size_t bit = 0; bit < whole.size() * 8; bit += 9) {
        auto changed = whole;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
        ASSERT_FALSE(opened(changed)) << "bit " << bit;
    }
    for (std::size_t size = 0; size < whole.size(); size += 7) ASSERT_FALSE(opened(whole.substr(0, size))) << size << " bytes";
}

TEST_F(ArrayFiles, AnotherBuildsFileIsNotRead) {
    auto other = bytes();
    ASSERT_EQ(build_id().size(), 40u);
    ASSERT_EQ(other.substr(8, 40), build_id());
    other[8] = other[8] == '0' ? '1' : '0';
    EXPECT_EQ(opened(other).error().kind, ErrorKind::unsupported);
    EXPECT_EQ(ArrayFile::open(folder / "absent").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace quoin
