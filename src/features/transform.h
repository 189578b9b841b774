#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_time.h"
#include "base/result.h"
#include "features/cell.h"
#include "features/declaration.h"
#include "features/text_table.h"

namespace quoin {

/// What a transform makes its value from: the cells of its components inside the window, ascending by tile, then key.
struct WindowCells {
    std::span<const Cell> first, second;
    EventTime at;                    ///< the end of the window, which belongs to it
    EventTime begin;                 ///< first moment of the window; missing for lifetime
    std::uint32_t tile_minutes = 0;  ///< 0 for lifetime
    Duration length{};               ///< as declared; 0 for lifetime
    FieldKind value_kind = FieldKind::number;
    bool has_value = true;  ///< false: the component counts events and sums nothing
    const TextTable& texts;
};

/// A feature's value inside the engine. A number is null as NaN, a text as id 0. Lists fill `items` (bits of numbers, or ids).
struct TransformValue {
    double number = std::numeric_limits<double>::quiet_NaN();
    std::uint64_t text = 0;
    std::vector<std::uint64_t>* items = nullptr;  ///< of the caller, empty; nullptr: nobody asks for the list
    bool is_list = false;
};

/// One way to aggregate events: one file in transforms/ and one line in transforms.list.
struct TransformEntry {
    enum class Value { none, number, optional_number, truth, any };  ///< what the declaration's `value` is; truth: counted as 0 or 1
    enum class Key { value, quantile_bucket, bin };                  ///< what keyed cells are told apart by
    enum class Pace { with_events, with_tiles, always };  ///< what can change the value: events entering or leaving; a tile's end; time

    std::string name;
    std::string description;
    std::vector<CellKind> cells;  ///< one or two components
    Value value = Value::none;
    Key key = Key::value;
    Pace pace = Pace::with_events;
    bool is_reversible = false;     ///< an event can be taken back out of a cell (erasure); else the cell is made anew from the log
    bool is_mergeable = true;       ///< cells of two halves of the events can be put together into those of all
    bool gives_value_kind = false;  ///< the result has the kind of `value`; else it is a number
    bool gives_list = false;
    Duration tile{};                                               ///< default tile, whatever the window; 0: by window
    Status (*check)(const FeatureDeclaration& feature) = nullptr;  ///< of its own parameters
    void (*finish)(const WindowCells& window, const TransformParameters& parameters, TransformValue& out) = nullptr;
};

std::span<const TransformEntry> transforms();
/// Error: invalid, naming the known ones.
Result<const TransformEntry*> find_transform(std::string_view name);

/// Buckets of 64 to a power of two, in the order of the numbers; the middle is within 0.8 % of every number in the bucket.
inline std::int64_t quantile_bucket(double value) { return ordered_bits(value) >> 46; }
double quantile_bucket_middle(std::int64_t bucket);

/// Number of events in tally cells, and their sum.
std::uint64_t total_count(std::span<const Cell> tallies);
FixedSum total_sum(std::span<const Cell> sums);

}  // namespace quoin
