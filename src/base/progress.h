#pragma once

#include <cstddef>
#include <string_view>

namespace quoin {

/// Where long work reports how far it is. Implementations draw a bar, write a log line or do nothing. Thread-safe.
class Progress {
public:
    virtual ~Progress() = default;
    /// A new phase begins, e.g. "fit fold models"; `steps` > 0 is the number of `step` calls to come.
    virtual void phase(std::string_view name, std::size_t steps) = 0;
    /// One step of the current phase is done.
    virtual void step() = 0;
};

/// Reports nothing.
Progress& no_progress();

}  // namespace quoin
