#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quoin {

/// A split seen from eight exits of its tree. Bytes stand four times in a word, which vector units load into all of their lanes at once.
struct PlaneTest {
    std::uint32_t offset;  ///< of the split's ranks in the block
    std::uint32_t bound;   ///< a right test: rows whose rank is > bound go right; a left test: those whose rank is < bound go left
    std::uint32_t kept;    ///< the exits that such rows may still arrive at
};

/// Eight neighbouring exits of a tree.
struct Plane {
    std::uint32_t first_test;
    std::uint16_t right_tests, left_tests;  ///< the left ones follow the right ones
};

/// What is asked of a tree: at which exit each row of a block arrives.
struct PlaneQuestion {
    std::span<const Plane> planes;  ///< at least one, at most 32
    const PlaneTest* tests;
    const std::int8_t* ranks;  ///< a block of ByteRanks
    std::size_t rows;          ///< at most ByteRanks::rows
    std::uint8_t* exits;       ///< ByteRanks::rows bytes; those beyond `rows` may be written
};

/// The exit of each row, on the widest vector unit of this machine; how: plane_kernel.cpp.
void find_exits(const PlaneQuestion& question);

/// The name of the instruction set that find_exits() uses.
const char* instruction_set();

/// For tests: those that this machine has, and the choice of one of them for all threads; 0 is the widest again.
std::vector<std::int64_t> instruction_sets();
void use_instruction_set(std::int64_t chosen);

}  // namespace quoin
