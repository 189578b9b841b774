#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace quoin {

/// What went wrong, as a closed set. Serving maps each kind to one HTTP status, the program to one exit code.
enum class ErrorKind {
    invalid,      ///< the caller's input is wrong; says which field, value and remedy        (400/422, exit 2)
    not_found,    ///< a name or id that nobody knows                                        (404, exit 3)
    conflict,     ///< the state does not allow it now: a gate refused, a version exists     (409, exit 4)
    unsupported,  ///< understood, and deliberately not done; names the thing                (501/422, exit 5)
    too_large,    ///< a named limit is exceeded; says which limit                           (413, exit 2)
    corrupt,      ///< stored bytes are not what was written: checksum, cut short, cycle     (500, exit 6)
    unavailable,  ///< the disk, a file or a dependency does not answer                      (503, exit 7)
    internal,     ///< our own bug, caught at a border                                       (500, exit 70)
};

/// A failure of the world, in one sentence for the person who can repair it. No trailing full stop, no stack trace.
struct Error {
    ErrorKind kind = ErrorKind::internal;
    std::string message;
    std::string field;  ///< the input field it is about, as a JSON pointer or column name; empty if none
};

/// Either a value or an Error. `[[nodiscard]]` by construction of tl::expected.
template <class T>
using Result = tl::expected<T, Error>;

/// The result of a function that only succeeds or fails.
using Status = Result<void>;

template <class... Args>
tl::unexpected<Error> fail(ErrorKind kind, fmt::format_string<Args...> text, Args&&... args) {
    return tl::unexpected<Error>(Error{kind, fmt::format(text, std::forward<Args>(args)...), {}});
}

template <class... Args>
tl::unexpected<Error> fail_field(ErrorKind kind, std::string field, fmt::format_string<Args...> text, Args&&... args) {
    return tl::unexpected<Error>(Error{kind, fmt::format(text, std::forward<Args>(args)...), std::move(field)});
}

const char* name_of(ErrorKind kind);

}  // namespace quoin

#define QUOIN_JOIN_(a, b) a##b
#define QUOIN_JOIN(a, b) QUOIN_JOIN_(a, b)

/// TRY(model, load_model(path)) declares `model` or returns the error upward.
#define TRY(name, expression)                                                                            \
    auto QUOIN_JOIN(name, _result) = (expression);                                                       \
    if (!QUOIN_JOIN(name, _result)) return tl::unexpected(std::move(QUOIN_JOIN(name, _result)).error()); \
    auto& name = *QUOIN_JOIN(name, _result)

/// TRY_VOID(save(model)) returns the error upward, if any.
#define TRY_VOID(expression)                                                                                                  \
    do {                                                                                                                      \
        if (auto try_void_result = (expression); !try_void_result) return tl::unexpected(std::move(try_void_result).error()); \
    } while (false)
