#pragma once

#include <string>
#include <utility>
#include <vector>

#include "serving/http/message.h"

namespace quoin {

/// A copy of a request that lives as long as one likes, for answers that come later. Immutable; thread-safe.
class KeptRequest {
public:
    explicit KeptRequest(const Request& request);
    KeptRequest(const KeptRequest&) = delete;
    KeptRequest& operator=(const KeptRequest&) = delete;

    const Request& request() const { return request_; }

private:
    std::string method_, target_, path_, body_;
    std::vector<std::pair<std::string, std::string>> headers_;
    Request request_;
};

}  // namespace quoin
