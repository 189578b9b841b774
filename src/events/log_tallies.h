#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/event_log.h"
#include "store/key_value.h"

namespace quoin {

/// How much of each source and type a log holds, kept in the commit of the events themselves. all() is thread-safe, the rest is the
/// writer's.
class LogTallies {
public:
    /// Error: corrupt, unavailable.
    static Result<std::unique_ptr<LogTallies>> open(KeyValue& store);

    /// Counts an event of the commit in progress; its `known` is set.
    void count(const Event& event);
    /// Adds to the batch what has changed; then it is written, and one of these is called.
    void finish(KeyValue::Batch& batch);
    void committed();
    void abandoned();

    std::vector<EventLog::Tally> all() const;

private:
    struct Entry {
        EventLog::Tally tally;    ///< committed
        EventLog::Tally changed;  ///< with what the commit in progress adds
        std::string key;
        bool is_changed = false;
    };
    Entry& entry_of(const std::string& source, const std::string& type);

    mutable std::mutex mutex_;  ///< of `tally` of the entries, and of their number
    std::deque<Entry> entries_;
    std::unordered_map<std::string, Entry*> by_key_;
    std::vector<Entry*> changed_;
    Entry* former_ = nullptr;  ///< events of one source and type come in a row
    std::string key_;
};

}  // namespace quoin
