#include "store/blobs.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/digest.h"

namespace quoin {
namespace {

constexpr std::string_view temporary_prefix = ".quoin-";
constexpr auto temporary_age_max = std::chrono::hours(1);  ///< an unfinished write older than this has no writer any more

class FileDescriptor {
public:
    explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

tl::unexpected<Error> failure(const std::filesystem::path& path, std::string_view doing) {
    return fail(ErrorKind::unavailable, "'{}' cannot be {}: {}", path.string(), doing, std::strerror(errno));
}

Status write_all(int descriptor, std::span<const std::byte> bytes, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failure(path, "written");
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Status sync_folder(const std::filesystem::path& folder) {
    FileDescriptor descriptor(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.get() < 0 || ::fsync(descriptor.get()) != 0) return failure(folder, "synchronised");
    return {};
}

bool is_digest(std::string_view digest) {
    return digest.size() == 64 && digest.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Removes what interrupted writers left in `folder` itself; blobs are written there and renamed into their subfolder.
void remove_leftovers(const std::filesystem::path& folder) {
    std::error_code error;
    auto now = std::filesystem::file_time_type::clock::now();
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        if (!entry->path().filename().string().starts_with(temporary_prefix)) continue;
        std::error_code ignored;
        auto written = entry->last_write_time(ignored);
        if (!ignored && now - written > temporary_age_max) std::filesystem::remove(entry->path(), ignored);
    }
}

/// Writes a temporary file in `temporary_folder`, which is on the same disk as `file`, and renames it.
Status write_through(const std::filesystem::path& temporary_folder, const std::filesystem::path& file, std::span<const std::byte> bytes) {
    auto temporary = temporary_folder / fmt::format("{}{}", temporary_prefix, random_hex_id());
    auto outcome = [&]() -> Status {
        FileDescriptor descriptor(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
        if (descriptor.get() < 0) return failure(file, "written");
        TRY_VOID(write_all(descriptor.get(), bytes, file));
        if (::fsync(descriptor.get()) != 0) return failure(file, "synchronised");
        if (::rename(temporary.c_str(), file.c_str()) != 0) return failure(file, "put in place");
        return sync_folder(file.parent_path());
    }();
    if (!outcome) ::unlink(temporary.c_str());
    return outcome;
}

}  // namespace

struct MappedFile::Mapping {
    void* start = nullptr;
    std::size_t size = 0;
    ~Mapping() {
        if (start != nullptr) ::munmap(start, size);
    }
};

Result<MappedFile> MappedFile::open(const std::filesystem::path& file) {
    // O_NONBLOCK: to open a pipe would wait for its writer; for regular files it changes nothing.
    FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (descriptor.get() < 0 && errno == ENOENT) return fail(ErrorKind::not_found, "there is no file '{}'", file.string());
    struct stat status {};
    if (descriptor.get() < 0 || ::fstat(descriptor.get(), &status) != 0) return failure(file, "read");
    if (!S_ISREG(status.st_mode)) return fail(ErrorKind::invalid, "'{}' is no regular file", file.string());
    auto mapping = std::make_shared<Mapping>();
    if (status.st_size > 0) {
        auto size = static_cast<std::size_t>(status.st_size);
        void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
        if (start == MAP_FAILED) return failure(file, "mapped");
        mapping->start = start;
        mapping->size = size;
    }
    MappedFile mapped;
    mapped.mapping_ = std::move(mapping);
    return mapped;
}

std::span<const std::byte> MappedFile::bytes() const {
    if (mapping_ == nullptr) return {};
    return {static_cast<const std::byte*>(mapping_->start), mapping_->size};
}

std::string_view MappedFile::text() const { return {reinterpret_cast<const char*>(bytes().data()), bytes().size()}; }

Status write_file_atomically(const std::filesystem::path& file, std::span<const std::byte> bytes) {
    return write_through(file.parent_path(), file, bytes);
}

Result<BlobStore> BlobStore::open(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return fail(ErrorKind::unavailable, "the blob folder '{}' cannot be made: {}", folder.string(), error.message());
    TRY_VOID(sync_folder(folder.parent_path()));
    remove_leftovers(folder);
    BlobStore store;
    store.folder_ = folder;
    return store;
}

std::filesystem::path BlobStore::path(std::string_view digest) const {
    return is_digest(digest) ? folder_ / digest.substr(0, 2) / digest.substr(2) : std::filesystem::path();
}

bool BlobStore::contains(std::string_view digest) const {
    std::error_code error;
    return is_digest(digest) && std::filesystem::exists(path(digest), error);
}

Result<std::string> BlobStore::put(std::span<const std::byte> bytes) {
    auto digest = sha256_hex(bytes);
    auto file = path(digest);
    auto known = MappedFile::open(file);
    bool stored = known && std::ranges::equal(known->bytes(), bytes);  // a damaged one is written anew
    if (!stored) {
        std::error_code error;
        std::filesystem::create_directory(file.parent_path(), error);
        if (error)
            return fail(ErrorKind::unavailable, "the blob folder '{}' cannot be made: {}", file.parent_path().string(), error.message());
        TRY_VOID(write_through(folder_, file, bytes));
    }
    // Another process may have made the file or its folder a moment ago and not have synchronised them yet.
    if (stored) TRY_VOID(sync_folder(file.parent_path()));
    TRY_VOID(sync_folder(folder_));
    return digest;
}

Result<MappedFile> BlobStore::get(std::string_view digest) const {
    if (!is_digest(digest)) return fail(ErrorKind::invalid, "'{}' is no SHA-256 digest", digest.substr(0, 80));
    auto mapped = MappedFile::open(path(digest));
    if (!mapped) {
        if (mapped.error().kind == ErrorKind::not_found) return fail(ErrorKind::not_found, "the artifact {} is not in the store", digest);
        return mapped;
    }
    if (sha256_hex(mapped->bytes()) != digest)
        return fail(ErrorKind::corrupt, "the artifact {} does not match its checksum: the file was damaged after it was written", digest);
    return mapped;
}

}  // namespace quoin
