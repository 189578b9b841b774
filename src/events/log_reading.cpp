#include "events/log_columns.h"
#include "events/log_writer.h"
#include "store/ordered_key.h"

namespace quoin {

namespace columns = log_columns;

Result<std::uint64_t> last_sequence_of(const KeyValue& store) {
    std::uint64_t last = 0;
    TRY_VOID(store.scan({.column = columns::log, .first = {}, .end = {}, .downward = true},
                        [&](std::string_view, std::string_view block) -> Result<bool> {
                            TRY_VOID(read_event_block(block, [&](const Event& event) -> Result<bool> {
                                last = event.sequence;
                                return true;
                            }));
                            return false;
                        }));
    return last;
}

Status read_events(const KeyValue& store, std::uint64_t first, std::uint64_t last, const std::function<Result<bool>(const Event&)>& visit) {
    first = std::max<std::uint64_t>(first, 1);
    if (first > last) return {};
    std::string from;  // the block that holds `first` begins at it or before
    TRY_VOID(store.scan({.column = columns::log, .first = {}, .end = ordered_key(first + 1), .downward = true},
                        [&](std::string_view key, std::string_view) -> Result<bool> {
                            from = key;
                            return false;
                        }));
    auto expected = first;
    auto hand_on = [&](const Event& event) -> Result<bool> {
        if (event.sequence < first) return true;
        if (event.sequence != expected++)
            return fail(ErrorKind::corrupt, "the event log has no event {}; the next one is {}", expected - 1, event.sequence);
        TRY(goes_on, visit(event));
        return goes_on && event.sequence < last;
    };
    bool stopped = false;
    TRY_VOID(store.scan({.column = columns::log, .first = from, .end = {}}, [&](std::string_view, std::string_view block) -> Result<bool> {
        TRY(goes_on, read_event_block(block, hand_on));
        stopped = !goes_on;
        return goes_on;
    }));
    if (!stopped && expected <= last) return fail(ErrorKind::corrupt, "the event log ends before event {}", expected);
    return {};
}

}  // namespace quoin
