#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quoin {

/// One value on the way from the root of a JSON document to a record, and what it is called in the value before: its key or its number.
struct JsonStep {
    const boost::json::value* value = nullptr;
    std::string_view key;
    std::size_t number = 0;
};

/// A JSON pointer (RFC 6901) in which `*` stands for every item of a list or member of an object: /observations/*. Empty: the document,
/// or, if it is a list, its items. Immutable; thread-safe.
class RecordPath {
public:
    /// Error: invalid; more than four `*`.
    static Result<RecordPath> parse(std::string_view text);
    /// Hands the way to every record to `visit`, in order, until it answers false. Error: invalid, if what stands before the first `*` is
    /// not there (providers answer 200 with a message instead of data), or a `*` meets what is neither list nor object; or of `visit`.
    /// Behind the first `*`, where a part of the path is absent there are no records.
    Status visit(const boost::json::value& document, const std::function<Result<bool>(std::span<const JsonStep>)>& visit) const;

private:
    struct Walk;
    std::string text_;
    std::vector<std::string> tokens_;
};

/// A value as seen from a record: /a/b is inside it; 1/a and 2/a start one or two values further up (relative JSON pointers); 0# is the
/// record's own key or number, 1# that of what it is in. Immutable; thread-safe.
class ValuePath {
public:
    /// Error: invalid.
    static Result<ValuePath> parse(std::string_view text);

    struct Found {
        const boost::json::value* value = nullptr;  ///< nullptr, without a key: there is none
        const JsonStep* key = nullptr;              ///< for # instead of a value
    };
    /// `way`: from the root to the record.
    Found find(std::span<const JsonStep> way) const;

private:
    std::size_t up_ = 0;
    bool names_ = false;  ///< ends in #
    std::vector<std::string> tokens_;
};

}  // namespace quoin
