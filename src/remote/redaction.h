#pragma once

#include <string>
#include <string_view>

namespace quoin {

/// A URL or connection text as it may stand in an error, a log or /health: user names and passwords before the host are left out, and so
/// are the values of query parameters, or of `name=value` words, whose name speaks of a key, token, secret, password or signature.
/// Never fails: what cannot be understood as a URL is treated as plain text.
std::string without_secrets(std::string_view text);

/// True for names such as api_key, access-token, sasl.password, X-Amz-Signature or sig; case does not matter.
bool names_secret(std::string_view name);

}  // namespace quoin
