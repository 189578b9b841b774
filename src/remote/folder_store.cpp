#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <set>

#include "base/digest.h"
#include "remote/object_store.h"

namespace quoin {
namespace {

constexpr std::string_view temporary_prefix = ".quoin-";
constexpr auto temporary_age_max = std::chrono::hours(1);  ///< an unfinished write older than this has no writer any more

class Descriptor {
public:
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

tl::unexpected<Error> failure(const std::filesystem::path& path, std::string_view doing) {
    return fail(ErrorKind::unavailable, "'{}' cannot be {}: {}", path.string(), doing, std::strerror(errno));
}

Status sync_folder(const std::filesystem::path& folder) {
    Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.get() < 0 || ::fsync(descriptor.get()) != 0) return failure(folder, "synchronised");
    return {};
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

/// A whole, synchronised file under a name of its own; taken away again unless it was renamed.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::filesystem::path& folder) : path_(folder / fmt::format("{}{}", temporary_prefix, random_hex_id())) {}
    ~TemporaryFile() { ::unlink(path_.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    const std::filesystem::path& path() const { return path_; }
    Status write(std::span<const std::byte> bytes) {
        Descriptor descriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
        if (descriptor.get() < 0) return failure(path_, "written");
        TRY_VOID(write_all(descriptor.get(), bytes, path_));
        if (::fsync(descriptor.get()) != 0) return failure(path_, "synchronised");
        return {};
    }

private:
    std::filesystem::path path_;
};

class FolderStore : public ObjectStore {
public:
    explicit FolderStore(std::filesystem::path folder) : folder_(std::move(folder)), name_(folder_.string()) {}

    const std::string& where() const override { return name_; }

    Status put(std::string_view key, std::span<const std::byte> bytes) override {
        TRY(file, place_for(key));
        TemporaryFile temporary(folder_);
        TRY_VOID(temporary.write(bytes));
        if (::rename(temporary.path().c_str(), file.c_str()) != 0) return failure(file, "put in place");
        return sync_folder(file.parent_path());
    }

    Result<bool> put_if_absent(std::string_view key, std::span<const std::byte> bytes) override {
        TRY(file, place_for(key));
        TemporaryFile temporary(folder_);
        TRY_VOID(temporary.write(bytes));
        // link() fails where rename() would replace, and the name appears with the whole content.
        bool written = ::link(temporary.path().c_str(), file.c_str()) == 0;
        if (!written && errno != EEXIST) return failure(file, "put in place");
        TRY_VOID(sync_folder(file.parent_path()));  // also of another's file: it may not have come that far yet
        return written;
    }

    Result<std::string> get(std::string_view key, std::size_t bytes_max) override {
        TRY_VOID(check_object_key(key));
        auto file = folder_ / key;
        Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        if (descriptor.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) return no_object(key);
        struct stat status {};
        if (descriptor.get() < 0 || ::fstat(descriptor.get(), &status) != 0) return failure(file, "read");
        if (!S_ISREG(status.st_mode)) return no_object(key);
        if (static_cast<std::uint64_t>(status.st_size) > bytes_max)
            return fail(ErrorKind::too_large, "'{}' has {} bytes; {} is the limit", file.string(), status.st_size, bytes_max);
        std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
        for (std::size_t done = 0; done < bytes.size();) {
            auto size = ::read(descriptor.get(), bytes.data() + done, bytes.size() - done);
            if (size < 0 && errno == EINTR) continue;
            if (size <= 0) return failure(file, "read");
            done += static_cast<std::size_t>(size);
        }
        return bytes;
    }

    Result<std::optional<Info>> head(std::string_view key) override {
        TRY_VOID(check_object_key(key));
        struct stat status {};
        auto file = folder_ / key;
        if (::stat(file.c_str(), &status) != 0) {
            if (errno == ENOENT || errno == ENOTDIR) return std::optional<Info>();
            return failure(file, "read");
        }
        if (!S_ISREG(status.st_mode)) return std::optional<Info>();
        return Info{std::string(key), static_cast<std::uint64_t>(status.st_size)};
    }

    Result<std::vector<Info>> list(std::string_view prefix) override {
        std::vector<Info> found;
        std::error_code error;
        auto slash = prefix.rfind('/');
        auto start = slash == std::string_view::npos ? folder_ : folder_ / prefix.substr(0, slash);
        if (slash != std::string_view::npos) TRY_VOID(check_object_key(prefix.substr(0, slash)));
        if (!std::filesystem::is_directory(start, error)) return found;
        for (std::filesystem::recursive_directory_iterator entry(start, error), end; !error && entry != end; entry.increment(error)) {
            if (entry->path().filename().string().starts_with(temporary_prefix) || !entry->is_regular_file(error)) continue;
            auto key = entry->path().lexically_relative(folder_).generic_string();
            if (key.starts_with(prefix)) found.push_back({std::move(key), entry->file_size(error)});
        }
        if (error) return fail(ErrorKind::unavailable, "'{}' cannot be listed: {}", start.string(), error.message());
        std::ranges::sort(found, {}, &Info::key);
        return found;
    }

    Status remove(std::string_view key) override {
        TRY_VOID(check_object_key(key));
        auto file = folder_ / key;
        if (::unlink(file.c_str()) != 0) {
            if (errno == ENOENT || errno == ENOTDIR) return {};
            return failure(file, "removed");
        }
        return sync_folder(file.parent_path());
    }

    /// Takes away what interrupted writers left.
    void remove_leftovers() const {
        std::error_code error;
        auto now = std::filesystem::file_time_type::clock::now();
        for (std::filesystem::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
            if (!entry->path().filename().string().starts_with(temporary_prefix)) continue;
            std::error_code ignored;
            auto written = entry->last_write_time(ignored);
            if (!ignored && now - written > temporary_age_max) std::filesystem::remove(entry->path(), ignored);
        }
    }

private:
    tl::unexpected<Error> no_object(std::string_view key) const {
        return fail(ErrorKind::not_found, "there is no object '{}' in '{}'", key, name_);
    }

    /// The file's path; makes its folders, each synchronised into its parent.
    Result<std::filesystem::path> place_for(std::string_view key) {
        TRY_VOID(check_object_key(key));
        if (key.starts_with(temporary_prefix))
            return fail_field(ErrorKind::invalid, "key", "'{}' begins like an unfinished write; choose another name", key);
        auto file = folder_ / key;
        std::vector<std::filesystem::path> missing;
        struct stat status {};
        for (auto parent = file.parent_path(); parent != folder_ && ::stat(parent.c_str(), &status) != 0; parent = parent.parent_path())
            missing.push_back(parent);
        for (auto folder = missing.rbegin(); folder != missing.rend(); ++folder) {
            if (::mkdir(folder->c_str(), 0755) != 0 && errno != EEXIST) return failure(*folder, "made");
            TRY_VOID(sync_folder(folder->parent_path()));
        }
        return file;
    }

    std::filesystem::path folder_;
    std::string name_;
};

}  // namespace

Result<std::unique_ptr<ObjectStore>> ObjectStore::open_folder(const std::filesystem::path& folder) {
    std::error_code error;
    auto whole = std::filesystem::absolute(folder, error).lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();
    std::filesystem::create_directories(whole, error);
    if (error) return fail(ErrorKind::unavailable, "the folder '{}' cannot be made: {}", whole.string(), error.message());
    TRY_VOID(sync_folder(whole.parent_path()));
    auto store = std::make_unique<FolderStore>(whole);
    store->remove_leftovers();
    return store;
}

}  // namespace quoin
