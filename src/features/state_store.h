#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "features/state_record.h"

namespace quoin {

/// How far a store has come: it holds every entity as of `version` or later.
struct StateWatermark {
    StateVersion version;
    std::string catalog;                       ///< names the views it holds and what they compute: StateCodecs::digest()
    EventTime written = EventTime::missing();  ///< by the clock of the process that publishes
    friend bool operator==(const StateWatermark&, const StateWatermark&) = default;
};

/// States of entities as records (StateCodec) that several processes read: one tier. Which tier says what is docs/guides/feature-tiers.md.
/// Thread-safe; a call may wait for a server as long as the time-outs of its client say.
class FeatureStateSource {
public:
    virtual ~FeatureStateSource() = default;

    /// The records in the order of the keys; nothing where there is none. Error: unavailable, invalid (a key), corrupt.
    virtual Result<std::vector<std::optional<std::string>>> get_many(std::span<const StateKey> keys) = 0;
    /// Hands out all states of a view, of all tenants, in no order, until `visit` fails. What is written meanwhile may be left out.
    using Visit = std::function<Status(const StateKey& key, std::string_view record)>;
    virtual Status scan(std::string_view view, std::string_view computation, const Visit& visit) = 0;
    /// Nothing: the store was never filled, or has lost what it held.
    virtual Result<std::optional<StateWatermark>> watermark() = 0;

    /// "redis", …; and where, without secrets.
    virtual const std::string& kind() const = 0;
    virtual const std::string& where() const = 0;
};

/// A tier that follows the events.
class FeatureStateStore : public FeatureStateSource {
public:
    struct Put {
        StateKey key;
        std::string_view record;
    };
    /// Writes what is not older than what is there (by the record's version), all keys or, with an error, any of them. Returns how many
    /// were older and left out. The same key twice: the newest counts. Error: unavailable, invalid.
    virtual Result<std::size_t> put_many(std::span<const Put> puts) = 0;
    /// No error if there is none.
    virtual Status erase(const StateKey& key) = 0;
    /// To be written after the states it speaks of. Writes only if what is there is `former` (nothing: if there is none), so that a store
    /// that was emptied meanwhile, or that another process writes to, is noticed. False: it is not, and was left alone.
    virtual Result<bool> put_watermark(const std::optional<StateWatermark>& former, const StateWatermark& watermark) = 0;
    /// Removes what was last written longer ago than the tier keeps states, where the server does not do so itself. Returns how many.
    virtual Result<std::size_t> purge() = 0;
};

/// Separates projects that share a server: a-z, 0-9, _ and -, at most 64. Error: invalid.
Status check_state_space(std::string_view space);

/// A text that is valid UTF-8 without control characters, for stores that take no other: `%`, control characters and bytes that are no
/// UTF-8 become %XX, and so do the bytes of `more`. Different texts stay different.
std::string plain_text(std::string_view text, std::string_view more = {});
/// The way back. Nothing: it is no such text.
std::optional<std::string> from_plain_text(std::string_view plain);

}  // namespace quoin
