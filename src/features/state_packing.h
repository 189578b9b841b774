#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "features/entity_state.h"

namespace quoin {

/// A state with the zeros taken out: a third to a quarter of the bytes of EntityState::save. Each cell is four words: tile and component,
/// and key, as differences to the cell before; a and b, with the sign in the lowest bit. Each word is a byte that tells which of its eight
/// bytes are not zero, and those (the packing of Cap'n Proto, without its runs). docs/formats/feature-state.md.
void append_packed(const EntityState& state, std::string& out);
/// Error: corrupt.
Result<EntityState> unpacked_state(std::string_view bytes);

}  // namespace quoin
