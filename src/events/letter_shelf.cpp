#include "events/letter_shelf.h"

#include <algorithm>

#include "events/event_block.h"
#include "events/log_columns.h"
#include "store/ordered_key.h"

namespace quoin {

namespace columns = log_columns;

Result<std::unique_ptr<LetterShelf>> LetterShelf::open(KeyValue& store, EventNamer namer) {
    std::unique_ptr<LetterShelf> shelf(new LetterShelf(store, namer));
    TRY(kept, store.get(columns::state, columns::letters_key));
    if (!kept) return shelf;
    if (kept->size() != 16) return fail(ErrorKind::corrupt, "the event log's count of dead letters has {} bytes", kept->size());
    shelf->last_ = number_of_key(std::string_view(*kept).substr(0, 8));
    shelf->count_ = number_of_key(std::string_view(*kept).substr(8));
    return shelf;
}

Result<std::optional<DeadLetter>> LetterShelf::find(std::uint64_t number) const {
    TRY(bytes, store_.get(columns::letters, ordered_key(number)));
    if (!bytes) return std::optional<DeadLetter>();
    TRY(letter, read_dead_letter(*bytes));
    letter.sequence = number;
    return std::optional(std::move(letter));
}

Result<std::optional<DeadLetter>> LetterShelf::current(std::uint64_t number) const {
    auto changed = changes_.letters.find(number);
    if (changed != changes_.letters.end()) return changed->second;
    return find(number);
}

void LetterShelf::put(KeyValue::Batch& batch, const DeadLetter& letter, const std::string& name) {
    batch.put(columns::letters, ordered_key(letter.sequence), dead_letter_bytes(letter));
    batch.put(columns::state, columns::letter_name_prefix + name, ordered_key(letter.sequence));
    changes_.letters[letter.sequence] = letter;
}

Result<std::uint64_t> LetterShelf::add(KeyValue::Batch& batch, DeadLetter letter, std::optional<std::uint64_t> replayed) {
    auto name = namer_.letter_name_of(letter.event);
    auto number = replayed;
    if (!number) {
        if (auto seen = changes_.names.find(name); seen != changes_.names.end()) number = seen->second;
    }
    if (!number) {
        TRY(kept, store_.get(columns::state, columns::letter_name_prefix + name.key()));
        if (kept && kept->size() == 8) number = number_of_key(*kept);
    }
    if (number) {
        TRY(former, current(*number));
        if (former) {
            if (!replayed) return *number;  // the same event once more: nothing new
            letter.received = former->received;
            letter.attempts = former->attempts + 1;
            letter.sequence = *number;
            put(batch, letter, name.key());
            return *number;
        }
    }
    letter.sequence = std::max(last_, changes_.last) + 1;
    changes_.last = letter.sequence;
    ++changes_.count;
    changes_.names[name] = letter.sequence;
    put(batch, letter, name.key());
    return letter.sequence;
}

Status LetterShelf::remove(KeyValue::Batch& batch, std::uint64_t number) {
    TRY(letter, current(number));
    if (!letter) return {};
    batch.erase(columns::letters, ordered_key(number));
    batch.erase(columns::state, columns::letter_name_prefix + namer_.letter_name_of(letter->event).key());
    changes_.letters[number] = std::nullopt;
    --changes_.count;
    return {};
}

void LetterShelf::finish(KeyValue::Batch& batch) {
    if (changes_.letters.empty()) return;
    auto count = static_cast<std::uint64_t>(static_cast<std::int64_t>(count_.load()) + changes_.count);
    batch.put(columns::state, columns::letters_key, ordered_key(std::max(last_, changes_.last)) + ordered_key(count));
}

void LetterShelf::committed() {
    last_ = std::max(last_, changes_.last);
    count_ = static_cast<std::uint64_t>(static_cast<std::int64_t>(count_.load()) + changes_.count);
    changes_ = {};
}

void LetterShelf::abandoned() { changes_ = {}; }

Result<DeadLetter> LetterShelf::get(std::uint64_t number) const {
    TRY(letter, find(number));
    if (letter) return std::move(*letter);
    return fail(ErrorKind::not_found, "there is no dead letter {}; it was replayed or purged, or never there", number);
}

Status LetterShelf::read(std::uint64_t first, const std::function<Result<bool>(const DeadLetter&)>& visit) const {
    return store_.scan({.column = columns::letters, .first = ordered_key(first), .end = {}},
                       [&](std::string_view key, std::string_view bytes) -> Result<bool> {
                           TRY(letter, read_dead_letter(bytes));
                           letter.sequence = number_of_key(key);
                           return visit(letter);
                       });
}

}  // namespace quoin
