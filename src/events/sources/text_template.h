#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/field_value.h"
#include "base/result.h"

namespace quoin {

/// A name that a template may use; its position in the span is the slot that render() reads.
struct TemplateName {
    std::string name;
    bool is_time = false;  ///< microseconds since 1970: written as a time
};

/// Answers what an environment variable says; nothing if it is not set. Thread-safe.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Environment process_environment();

/// A text with places in it: `{name}` is a value, `{name:unix}` a time in a format (date, time, compact, year, unix), `{{` and `}}` are
/// braces. Where it is allowed, `${NAME}` is an environment variable and `${NAME:-text}` one with a default: the only way a secret comes
/// into a source. Immutable; thread-safe.
class TextTemplate {
public:
    /// Error: invalid, naming what is wrong and the nearest known name.
    static Result<TextTemplate> parse(std::string_view text, std::span<const TemplateName> names, bool environment_allowed = false);

    /// How values are written: as they are; percent-encoded (`url_value`: only the values, for an address; `url_text`: everything but the
    /// variables' names, for a query parameter); or as the inside of a JSON string.
    enum class Escape : std::uint8_t { none, url_value, url_text, json_value };
    struct Rendering {
        std::span<const FieldValue> values;
        Escape escape = Escape::none;
        const Environment* environment = nullptr;  ///< none: variables stay as they are written, so that the text may be shown
    };
    /// Error: invalid (a value is missing), unsupported (an environment variable is not set).
    Result<std::string> render(const Rendering& rendering) const;

    /// The variables that the text refers to and what they say now; those not set are left out.
    std::vector<std::pair<std::string, std::string>> variables(const Environment& environment) const;
    bool uses(std::size_t slot) const;
    const std::string& text() const { return text_; }

private:
    enum class Format : std::uint8_t { plain, date, time, compact, year, unix_seconds };
    struct Part {
        enum class Kind : std::uint8_t { literal, value, variable } kind = Kind::literal;
        Format format = Format::plain;
        bool is_time = false, has_default = false;
        std::size_t slot = 0;
        std::string text, otherwise;  ///< the literal; the name and the default of the variable; the name of the value
    };
    class Parser;
    Result<std::string> value_text(const Part& part, const Rendering& rendering) const;

    std::string text_;
    std::vector<Part> parts_;
};

/// Everything but letters, digits and -._~ as %XX (RFC 3986 section 2.1).
std::string percent_encoded(std::string_view text);

/// Puts `${NAME}` wherever a variable's value stands, plain or percent-encoded, so that errors, logs and dead letters may be shown. Values
/// shorter than four bytes are left: they would be found everywhere, and guard nothing.
std::string without_variables(std::string_view text, const std::vector<std::pair<std::string, std::string>>& variables);

}  // namespace quoin
