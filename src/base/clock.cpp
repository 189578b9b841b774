#include "base/clock.h"

#include <chrono>

namespace quoin {
namespace {

class SystemClock : public Clock {
public:
    EventTime now() const override {
        auto since = std::chrono::system_clock::now().time_since_epoch();
        return EventTime{std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
    }
};

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace quoin
