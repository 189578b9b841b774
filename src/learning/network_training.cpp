#include "learning/network_training.h"

#include <dlfcn.h>

#include <array>
#include <filesystem>
#include <string>

namespace quoin {
namespace {

using TrainNetwork = void (*)(const NetworkRows*, const NetworkRows*, const NetworkPlan*, Result<TrainedLayers>*);

constexpr const char* module_name = "libquoin_torch.so";

/// Beside the program, or one folder up, where the tests find it.
std::filesystem::path module_file() {
    std::error_code error;
    const auto folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    for (const auto& candidate : std::array{folder / module_name, folder.parent_path() / module_name})
        if (std::filesystem::exists(candidate, error)) return candidate;
    return {};
}

struct Module {
    TrainNetwork train = nullptr;
    std::string failure;
};

const Module& module() {
    static const Module loaded = [] {
        Module module;
        const auto file = module_file();
        void* handle = file.empty() ? nullptr : dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
        if (handle != nullptr) module.train = reinterpret_cast<TrainNetwork>(dlsym(handle, "quoin_train_network"));
        if (module.train == nullptr) {
            const char* reason = file.empty() ? nullptr : dlerror();
            module.failure = reason == nullptr ? std::string(module_name) + " is not there" : reason;
        }
        return module;
    }();
    return loaded;
}

}  // namespace

bool network_training_available() { return !module_file().empty(); }

Result<TrainedLayers> train_network(const NetworkRows& rows, const NetworkRows* validation, const NetworkPlan& plan) {
    if (module().train == nullptr)
        return fail(ErrorKind::unsupported,
                    "libtorch, which trains networks, is not available ({}); leave the network out or build with it", module().failure);
    Result<TrainedLayers> trained;
    module().train(&rows, validation, &plan, &trained);
    return trained;
}

}  // namespace quoin
