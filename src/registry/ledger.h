#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "registry/registry.h"
#include "store/database.h"

namespace quoin {

/// The hash before the first line: 64 zeros.
std::string ledger_origin();

/// The fields of a line except its hash, as the canonical JSON of docs/formats/ledger.md: keys sorted, no spaces, `at` in microseconds.
std::string canonical_text(const LedgerLine& line);

/// SHA-256 over the previous hash, a line feed and the canonical text; 64 hexadecimal digits.
std::string line_hash(std::string_view previous_hash, const LedgerLine& line);

/// Appends one line; `sequence` and `hash` are filled in here. Must run inside the transaction of the change that it records.
Status append_line(Database& database, LedgerLine line);

/// The lines of one model in order; of all models if `model` is empty.
Result<std::vector<LedgerLine>> read_lines(Database& database, const std::string& model);

/// Error: corrupt, naming the first line whose number or hash is wrong.
Status check_chain(std::span<const LedgerLine> lines);

/// One change of the champion, in the order of the ledger. `version` 0: the champion was archived and nothing took its place.
struct ChampionChange {
    EventTime at;
    std::int64_t version;
    bool rolled_back;
};

/// What the lines of one model say about its champion. Error: corrupt, for a stage line that is not readable.
Result<std::vector<ChampionChange>> champion_changes(std::span<const LedgerLine> lines);

/// The champion to return to, or nothing: every promotion is put on a pile, every roll-back takes the top away.
std::optional<std::int64_t> champion_before(std::span<const ChampionChange> changes);

}  // namespace quoin
