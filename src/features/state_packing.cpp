#include "features/state_packing.h"

#include <cstring>

namespace quoin {
namespace {

std::uint64_t place_of(const Cell& cell) { return static_cast<std::uint64_t>(cell.component) << 32 | cell.tile; }
std::uint64_t folded(std::int64_t value) { return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63); }
std::int64_t unfolded(std::uint64_t word) { return static_cast<std::int64_t>(word >> 1 ^ (0 - (word & 1))); }

void append_word(std::string& out, std::uint64_t word) {
    std::size_t tag = out.size();
    unsigned present = 0;
    out.push_back(0);
    for (unsigned byte = 0; word != 0; ++byte, word >>= 8) {
        if ((word & 0xff) == 0) continue;
        present |= 1u << byte;
        out.push_back(static_cast<char>(word & 0xff));
    }
    out[tag] = static_cast<char>(present);
}

bool take_word(std::string_view& bytes, std::uint64_t& word) {
    if (bytes.empty()) return false;
    auto present = static_cast<unsigned char>(bytes[0]);
    std::size_t place = 1;
    word = 0;
    for (unsigned byte = 0; byte < 8; ++byte) {
        if ((present >> byte & 1) == 0) continue;
        if (place == bytes.size()) return false;
        word |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[place++])) << (8 * byte);
    }
    bytes.remove_prefix(place);
    return true;
}

}  // namespace

void append_packed(const EntityState& state, std::string& out) {
    append_word(out, folded(state.latest().value()));
    append_word(out, state.cells().size());
    std::uint64_t place = 0, key = 0;
    for (const Cell& cell : state.cells()) {
        bool is_same_place = place_of(cell) == place;
        append_word(out, place_of(cell) - place);
        append_word(out, is_same_place ? cell.key - key : cell.key);
        append_word(out, folded(cell.a));
        append_word(out, folded(cell.b));
        place = place_of(cell), key = cell.key;
    }
}

Result<EntityState> unpacked_state(std::string_view bytes) {
    auto cut_short = [] { return fail(ErrorKind::corrupt, "a packed feature state is cut short"); };
    std::uint64_t latest = 0, count = 0, place = 0, key = 0;
    if (!take_word(bytes, latest) || !take_word(bytes, count)) return cut_short();
    if (count > EntityState::cells_max) return fail(ErrorKind::corrupt, "a packed feature state has {} cells", count);
    std::int64_t time = unfolded(latest);
    std::string saved(2 * sizeof(std::uint64_t), '\0');
    std::memcpy(saved.data(), &time, sizeof time);
    std::memcpy(saved.data() + sizeof time, &count, sizeof count);
    saved.reserve(saved.size() + count * sizeof(Cell));
    for (std::uint64_t i = 0; i < count; ++i) {
        std::uint64_t step = 0, key_step = 0, a = 0, b = 0;
        if (!take_word(bytes, step) || !take_word(bytes, key_step) || !take_word(bytes, a) || !take_word(bytes, b)) return cut_short();
        place += step, key = step == 0 ? key + key_step : key_step;
        if (place >> 48 != 0) return fail(ErrorKind::corrupt, "a packed feature state has a cell of no component");
        Cell cell{.tile = static_cast<std::uint32_t>(place), .component = static_cast<std::uint16_t>(place >> 32), .key = key};
        cell.a = unfolded(a), cell.b = unfolded(b);
        saved.append(reinterpret_cast<const char*>(&cell), sizeof cell);
    }
    if (!bytes.empty()) return fail(ErrorKind::corrupt, "a packed feature state goes on after its end");
    return EntityState::load(saved);
}

}  // namespace quoin
