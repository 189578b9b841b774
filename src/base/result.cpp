#include "base/result.h"

namespace quoin {

const char* name_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid: return "invalid";
        case ErrorKind::not_found: return "not-found";
        case ErrorKind::conflict: return "conflict";
        case ErrorKind::unsupported: return "unsupported";
        case ErrorKind::too_large: return "too-large";
        case ErrorKind::corrupt: return "corrupt";
        case ErrorKind::unavailable: return "unavailable";
        case ErrorKind::internal: return "internal";
    }
    return "internal";
}

}  // namespace quoin
