#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "store/key_value.h"
#include "store/ordered_key.h"

namespace quoin {

namespace fs = std::filesystem;

constexpr std::size_t small = 0, append = 1, by_hash = 2;

/// A store in a folder of its own that goes with the test.
class ScratchStore {
public:
    ScratchStore() {
        std::string pattern = (fs::temp_directory_path() / "quoin-kv-XXXXXX").string();
        folder = mkdtemp(pattern.data());
    }
    ~ScratchStore() {
        store.reset();
        fs::remove_all(folder);
    }
    static KeyValue::Options options_for(const fs::path& folder, std::size_t free_bytes_min = 0) {
        return {.folder = folder,
                .columns = {{"small", KeyValueColumn::Layout::small},
                            {"append", KeyValueColumn::Layout::append},
                            {"by_hash", KeyValueColumn::Layout::index}},
                .memory_bytes = 4u << 20,
                .free_bytes_min = free_bytes_min};
    }
    Status open(std::size_t free_bytes_min = 0) {
        store.reset();
        auto opened = KeyValue::open(options_for(folder / "store", free_bytes_min));
        if (!opened) return tl::unexpected(opened.error());
        store = std::move(*opened);
        return {};
    }
    /// The folder as a crash leaves it: copied while the store is open.
    void crash() {
        auto copy = folder / "crashed";
        fs::copy(folder / "store", copy, fs::copy_options::recursive);
        store.reset();
        fs::remove_all(folder / "store");
        fs::rename(copy, folder / "store");
    }
    /// Empty, or why it cannot be opened.
    std::string opened(std::size_t free_bytes_min = 0) {
        auto status = open(free_bytes_min);
        return status ? "" : status.error().message;
    }
    Status put(std::size_t column, std::string_view key, std::string_view value) {
        KeyValue::Batch batch(*store);
        batch.put(column, key, value);
        return store->write(batch, KeyValue::Durability::synced);
    }
    /// An error is one more key.
    std::vector<std::string> keys(const KeyValue::Range& range) {
        std::vector<std::string> found;
        auto status = store->scan(range, [&](std::string_view key, std::string_view) -> Result<bool> {
            found.emplace_back(key);
            return true;
        });
        if (!status) found.push_back(status.error().message);
        return found;
    }

    fs::path folder;
    std::unique_ptr<KeyValue> store;
};

}  // namespace quoin
