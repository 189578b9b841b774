#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "store/key_value.h"
#include "store/ordered_key.h"

namespace quoin {

namespace fs = std::filesystem;

constexpr std::size_t small = 0, append = 1, by_hash = 2;

inline KeyValue::Options options_for(const fs::path& folder) {
    return {.folder = folder,
            .columns = {{"small", KeyValueColumn::Layout::small},
                        {"append", KeyValueColumn::Layout::append},
                        {"index", KeyValueColumn::Layout::index}},
            .memory_bytes = 4u << 20,
            .free_bytes_min = 0};
}

class KeyValueTest : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "quoin-kv-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder = pattern;
    }
    void TearDown() override {
        store.reset();
        fs::remove_all(folder);
    }
    Status open() {
        store.reset();
        auto opened = KeyValue::open(options_for(folder / "store"));
        if (!opened) return tl::unexpected(opened.error());
        store = std::move(*opened);
        return {};
    }
    Status put(std::size_t column, std::string_view key, std::string_view value) {
        KeyValue::Batch batch(*store);
        batch.put(column, key, value);
        return store->write(batch, KeyValue::Durability::synced);
    }
    std::vector<std::string> keys(const KeyValue::Range& range) {
        std::vector<std::string> found;
        auto status = store->scan(range, [&](std::string_view key, std::string_view) -> Result<bool> {
            found.emplace_back(key);
            return true;
        });
        EXPECT_TRUE(status.has_value()) << status.error().message;
        return found;
    }
    fs::path newest(const char* extension) {
        fs::path found;
        for (const auto& entry : fs::directory_iterator(folder / "store"))
            if (entry.path().extension() == extension && fs::file_size(entry.path()) > 0) found = std::max(found, entry.path());
        return found;
    }
    static void flip(const fs::path& file, std::uint64_t at) {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(at));
        char byte = static_cast<char>(stream.get());
        stream.seekp(static_cast<std::streamoff>(at));
        stream.put(static_cast<char>(byte ^ 0x10));
    }

    fs::path folder;
    std::unique_ptr<KeyValue> store;
};

}  // namespace quoin
