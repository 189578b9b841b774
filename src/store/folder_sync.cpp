#include "store/folder_sync.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace quoin {

Status sync_folder(const std::filesystem::path& folder) {
    int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    if (descriptor >= 0) ::close(descriptor);
    if (synced) return {};
    return fail(ErrorKind::unavailable, "the folder '{}' cannot be synced: {}", folder.string(), std::strerror(errno));
}

}  // namespace quoin
