#include "learning/torch_module.h"

#include <dlfcn.h>

#include <array>
#include <filesystem>
#include <string>

namespace quoin {
namespace {

constexpr const char* module_name = "libquoin_torch.so";

/// Beside the program, or one folder up, where the tests find it.
std::filesystem::path module_file() {
    std::error_code error;
    const auto folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    for (const auto& candidate : std::array{folder / module_name, folder.parent_path() / module_name})
        if (std::filesystem::exists(candidate, error)) return candidate;
    return {};
}

std::string reason_of_failure() {
    const char* reason = dlerror();
    return reason == nullptr ? std::string(module_name) + " is not there" : reason;
}

struct Module {
    void* handle = nullptr;
    std::string failure;
};

const Module& module() {
    static const Module loaded = [] {
        Module module;
        const auto file = module_file();
        module.handle = file.empty() ? nullptr : dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
        if (module.handle == nullptr) module.failure = file.empty() ? std::string(module_name) + " is not there" : reason_of_failure();
        return module;
    }();
    return loaded;
}

}  // namespace

bool torch_available() { return !module_file().empty(); }

Result<void*> torch_function(const char* name) {
    void* function = module().handle == nullptr ? nullptr : dlsym(module().handle, name);
    if (function != nullptr) return function;
    return fail(ErrorKind::unsupported, "libtorch, which trains networks, is not available ({}); leave the network out or build with it",
                module().handle == nullptr ? module().failure : reason_of_failure());
}

}  // namespace quoin
