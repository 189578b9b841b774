#pragma once

#include "base/result.h"

namespace quoin {

/// Whether this program was built with libtorch.
bool torch_available();

/// A function of libquoin_torch.so, by its C name. The module is loaded at the first call, once. Thread-safe.
/// Error: unsupported, when built without libtorch.
Result<void*> torch_function(const char* name);

}  // namespace quoin
