#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "features/replay_lines.h"

namespace quoin {

/// A question whose own values are known and which waits for features of other entities.
struct PendingQuestion {
    LineQuestion question;
    FeatureRow row;
    /// What was looked up: the other view's row, once it has been found.
    struct Ask {
        std::string view, entity;
        bool is_found = false;
        FeatureRow row;
    };
    std::vector<Ask> asks;
};

boost::json::object pending_json(const PendingQuestion& pending, const ReplayPlan& plan, const TextTable& texts);
Result<PendingQuestion> read_pending(const boost::json::object& json, const ReplayPlan& plan, TextTable& texts);

/// Computes the row with what has been found. What is missing besides is added to `asks`; the number of those that were there before is
/// returned. All found and nothing added: the row is complete.
std::size_t resolve(PendingQuestion& pending, const ReplayPlan& plan, TextTable& texts);

}  // namespace quoin
