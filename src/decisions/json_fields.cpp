#include "decisions/json_fields.h"

#include <boost/json.hpp>
#include <cmath>

namespace quoin {

namespace json = boost::json;

Result<JsonFields> JsonFields::open(const json::value& value, std::string subject, ErrorKind kind) {
    if (!value.is_object()) return fail(kind, "{}: not an object", subject);
    return JsonFields(value.get_object(), std::move(subject), kind);
}

Error JsonFields::wrong(std::string_view name, std::string_view what) const {
    return Error{kind_, fmt::format("{}: \"{}\" {}", subject_, name, what), prefix_ + std::string(name)};
}

bool JsonFields::has(std::string_view name) const { return object_->contains(name); }

Result<const json::value*> JsonFields::any(std::string_view name) {
    asked_.emplace(name);
    const json::value* value = object_->if_contains(name);
    if (!value) return tl::unexpected(wrong(name, "is missing"));
    return value;
}

Result<double> JsonFields::number(std::string_view name, double lower, double upper) {
    TRY(value, any(name));
    if (!value->is_number()) return tl::unexpected(wrong(name, "is not a number"));
    double number = value->to_number<double>();
    if (!(number >= lower && number <= upper))
        return tl::unexpected(wrong(name, fmt::format("is {}, not from {} to {}", number, lower, upper)));
    return number;
}

Result<std::uint64_t> JsonFields::whole(std::string_view name, std::uint64_t upper) {
    TRY(value, any(name));
    json::error_code error;
    auto number = value->is_number() ? value->to_number<std::uint64_t>(error) : 0;
    if (!value->is_number() || error || number > upper)
        return tl::unexpected(wrong(name, fmt::format("is not a whole number from 0 to {}", upper)));
    return number;
}

Result<std::string> JsonFields::text(std::string_view name, std::size_t bytes_max) {
    TRY(value, any(name));
    if (!value->is_string()) return tl::unexpected(wrong(name, "is not a text"));
    if (value->get_string().size() > bytes_max) return tl::unexpected(wrong(name, fmt::format("is longer than {} bytes", bytes_max)));
    return std::string(value->get_string());
}

Result<bool> JsonFields::flag(std::string_view name) {
    TRY(value, any(name));
    if (!value->is_bool()) return tl::unexpected(wrong(name, "is neither true nor false"));
    return value->get_bool();
}

Result<const json::array*> JsonFields::array(std::string_view name, std::size_t count_max) {
    TRY(value, any(name));
    if (!value->is_array()) return tl::unexpected(wrong(name, "is not an array"));
    if (value->get_array().size() > count_max)
        return tl::unexpected(wrong(name, fmt::format("has {} entries, more than {}", value->get_array().size(), count_max)));
    return &value->get_array();
}

Result<std::vector<double>> JsonFields::numbers(std::string_view name, std::size_t count_max) {
    TRY(entries, array(name, count_max));
    std::vector<double> numbers;
    numbers.reserve(entries->size());
    for (const json::value& entry : *entries) {
        double number = entry.is_number() ? entry.to_number<double>() : std::nan("");
        if (!std::isfinite(number)) return tl::unexpected(wrong(name, "has an entry that is not a finite number"));
        numbers.push_back(number);
    }
    return numbers;
}

Status JsonFields::finish() const {
    for (const auto& field : *object_)
        if (!asked_.contains(field.key())) return tl::unexpected(wrong(field.key(), "is not a field that is known here"));
    return {};
}

json::array json_numbers(std::span<const double> values) {
    json::array numbers;
    numbers.reserve(values.size());
    for (double value : values) numbers.emplace_back(value + 0.0);
    return numbers;
}

}  // namespace quoin
