#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace quoin {

/// The texts that feature states hold, by a 64-bit id that is a function of the text alone (so that it is the same in every process):
/// SplitMix64's finaliser over FNV-1a. Texts are kept for the life of the table and never move. Thread-safe.
class TextTable {
public:
    static constexpr std::size_t text_bytes_max = 1024, texts_max = 1u << 24;

    TextTable();
    ~TextTable();
    TextTable(const TextTable&) = delete;
    TextTable& operator=(const TextTable&) = delete;

    /// The id, never 0; keeps a copy of the text. 0 if the table is full, the text too long, or (2^-64 a pair) another text has the id.
    std::uint64_t intern(std::string_view text);
    /// Empty for an id that is not there.
    std::string_view find(std::uint64_t id) const;
    std::size_t size() const;
    void visit(const std::function<void(std::string_view text)>& visitor) const;

    /// The id that intern() gives.
    static std::uint64_t id_of(std::string_view text);

    /// The table that feature engines of this process share.
    static TextTable& shared();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quoin
