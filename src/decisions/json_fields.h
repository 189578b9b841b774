#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quoin {

/// Reads the fields of one JSON object strictly: a field that is missing, of another kind, not finite or out of its limits is refused by
/// name, and `finish` refuses fields that nobody asked for. The caller keeps the object alive. One thread at a time.
class JsonFields {
public:
    /// `subject` begins each message ("bandit"); `kind` is that of each error: invalid for what people write, corrupt for what we stored.
    static Result<JsonFields> open(const boost::json::value& value, std::string subject, ErrorKind kind);

    /// The object's place in a request, "" or "/history/3": errors then name their field as a JSON pointer instead of its name alone.
    void place_at(std::string pointer) { prefix_ = std::move(pointer) + "/"; }
    bool has(std::string_view name) const;
    Result<double> number(std::string_view name, double lower, double upper);
    Result<std::uint64_t> whole(std::string_view name, std::uint64_t upper);
    Result<std::string> text(std::string_view name, std::size_t bytes_max);
    Result<bool> flag(std::string_view name);
    /// An array of at most `count_max` finite numbers.
    Result<std::vector<double>> numbers(std::string_view name, std::size_t count_max);
    Result<const boost::json::value*> any(std::string_view name);
    Result<const boost::json::array*> array(std::string_view name, std::size_t count_max);
    Status finish() const;

private:
    JsonFields(const boost::json::object& object, std::string subject, ErrorKind kind)
        : object_(&object), subject_(std::move(subject)), kind_(kind) {}
    Error wrong(std::string_view name, std::string_view what) const;

    const boost::json::object* object_;
    std::string subject_, prefix_;
    ErrorKind kind_;
    std::set<std::string, std::less<>> asked_;
};

/// As a JSON array. A negative zero becomes zero, so that the text that is read back is the text that was written.
boost::json::array json_numbers(std::span<const double> values);

}  // namespace quoin
