#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace quoin {

/// How a column (a key space of its own) is kept.
struct KeyValueColumn {
    enum class Layout {
        small,   ///< little state, read and written at random
        append,  ///< large values under keys that only grow
        index,   ///< many short keys at random, brought in by add_sorted
    };
    std::string name;
    Layout layout = Layout::small;
};

/// Ordered records that survive: keys and values of any bytes in named columns, one folder, one process (RocksDB behind a journal of our
/// own, docs/formats/journal.md: a durable write is one write and one fdatasync; RocksDB takes it in afterwards, with its own
/// write-ahead log). What a durable write has acknowledged is there after a crash; a batch is there as a whole or not at all. Bytes that
/// are not what was written are an error (corrupt) that names the file, never an answer. Thread-safe; writers are serialised.
class KeyValue {
public:
    struct Options {
        std::filesystem::path folder;
        std::vector<KeyValueColumn> columns;  ///< addressed by their place here; those of the folder must all be named
        std::size_t cache_bytes = 64u << 20;
        std::size_t memory_bytes = 64u << 20;     ///< of each column that is being written, before it becomes a file
        std::size_t free_bytes_min = 256u << 20;  ///< of the disk; a write that would leave less is refused; 0: nobody looks
    };
    /// Opens or makes it. The end of the journal that a crash cut short is dropped: bytes_cut(). Error: corrupt (naming the file),
    /// unavailable (another process has it open; the disk).
    static Result<std::unique_ptr<KeyValue>> open(const Options& options);
    ~KeyValue();
    KeyValue(const KeyValue&) = delete;
    KeyValue& operator=(const KeyValue&) = delete;

    /// What is written at once. Later lines win over earlier ones.
    class Batch {
    public:
        /// `store` outlives it.
        explicit Batch(const KeyValue& store);
        ~Batch();
        Batch(Batch&&) noexcept;
        Batch& operator=(Batch&&) noexcept;
        void put(std::size_t column, std::string_view key, std::string_view value);
        void erase(std::size_t column, std::string_view key);
        void clear();
        bool is_empty() const;
        std::size_t bytes() const;

    private:
        friend class KeyValue;
        struct State;
        std::unique_ptr<State> state_;
    };
    enum class Durability {
        synced,    ///< returns after fdatasync
        buffered,  ///< survives the process, perhaps not the machine; ordered before later writes
    };
    /// Error: unavailable, with nothing of the batch stored. (Only if the process ends before the next write may it be found at the next
    /// open, as a whole.) Writing goes on once the disk has room again. Reads see every batch that was written, or answer `unavailable`
    /// while RocksDB cannot take one in; after some errors of the disk only a restart helps, and the error says so.
    Status write(const Batch& batch, Durability durability);
    /// Nothing, or why a write would fail now. Quick.
    Status health() const;

    /// Nothing: there is no such key.
    Result<std::optional<std::string>> get(std::size_t column, std::string_view key) const;

    struct Range {
        std::size_t column = 0;
        std::string first;            ///< inclusive
        std::string end;              ///< exclusive; empty: to the last key
        bool downward = false;        ///< from the last key before `end` down to `first`
        bool keeps_in_cache = false;  ///< false: a long scan does not drive others from the cache
    };
    using Visit = std::function<Result<bool>(std::string_view key, std::string_view value)>;
    /// Hands the records of a range to `visit` in order, as of the moment of the call, until it returns false. The views end with the call.
    Status scan(const Range& range, const Visit& visit) const;

    /// Adds records with ascending keys past the journal, as one file of its own: they are durable on return. For columns that only
    /// this brings records into.
    Status add_sorted(std::size_t column, std::span<const std::pair<std::string_view, std::string_view>> records);

    /// A consistent copy in a new folder, by hard links where it can.
    Status checkpoint(const std::filesystem::path& folder) const;
    /// Reads every block of every file against its checksum; the journal is checked by open. Error: corrupt, naming the file.
    Status verify() const;

    std::uint64_t bytes_cut() const;  ///< of the journal's end at open; 0: it was whole

private:
    struct State;
    explicit KeyValue(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
