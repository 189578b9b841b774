#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "features/online_view.h"

namespace quoin {

/// Where the state of an answer came from.
struct AnswerOrigin {
    std::string_view tier;   ///< "memory" in the process with the log, else the shared store's name; empty: nobody has a state
    const TextTable& texts;  ///< where the ids of text lists are found
};

/// Feature values as of now, wherever the states of the entities lie: in the memory of the process with the log (LiveFeatureReader) or in
/// shared stores (SharedFeatureReader), equal to the last bit. Thread-safe.
class FeatureReader {
public:
    virtual ~FeatureReader() = default;

    virtual std::shared_ptr<const FeatureCatalog> catalog() const = 0;
    /// The moment that a read beginning now is about, at the earliest.
    virtual EventTime now() = 0;

    struct Question {
        std::string_view view, tenant, id;
        bool wants_lists = false;  ///< list features too, which costs computing them
    };
    static constexpr std::size_t questions_max = 10'000;
    /// Valid during the call. An error ends the read.
    using Visit = std::function<Status(std::size_t question, const FeatureAnswer& answer, const AnswerOrigin& origin)>;
    /// Hands the answers to `visit` in the order of the questions; answer.at says as of which moment each is. Shared stores are asked for
    /// all questions together. Error: not_found (no such view), too_large (questions), unavailable, corrupt, what `visit` returns.
    virtual Status read(std::span<const Question> questions, const Visit& visit) = 0;
};

}  // namespace quoin
