#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

namespace quoin {

enum class FieldKind : std::uint8_t { number, text };

/// One value of an event's payload or of a feature row: nothing, a number, or a text. Truth values are 0 and 1, times are microseconds
/// since 1970-01-01T00:00:00Z (exact below 2^53). 24 bytes; the text is not owned. A number is never NaN or infinite: those are null.
class FieldValue {
public:
    enum class Kind : std::uint8_t { null, number, text };

    constexpr FieldValue() = default;
    static FieldValue number(double value) {
        FieldValue made;
        if (std::isfinite(value)) made.kind_ = Kind::number, made.number_ = value;
        return made;
    }
    static FieldValue text(std::string_view value) {
        FieldValue made;
        made.kind_ = Kind::text, made.text_ = value.data(), made.length_ = static_cast<std::uint32_t>(value.size());
        return made;
    }
    static FieldValue truth(bool value) { return number(value ? 1 : 0); }

    bool is_null() const { return kind_ == Kind::null; }
    bool is_number() const { return kind_ == Kind::number; }
    bool is_text() const { return kind_ == Kind::text; }
    double number() const { return number_; }                   ///< 0 unless is_number()
    std::string_view text() const { return {text_, length_}; }  ///< empty unless is_text()
    bool is_true() const { return kind_ == Kind::number && number_ != 0; }

    friend bool operator==(const FieldValue& a, const FieldValue& b) {
        return a.kind_ == b.kind_ && a.number_ == b.number_ && a.text() == b.text();
    }

private:
    double number_ = 0;
    const char* text_ = nullptr;
    std::uint32_t length_ = 0;
    Kind kind_ = Kind::null;
};

}  // namespace quoin
