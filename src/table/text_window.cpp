#include "table/text_window.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "table/gzip.h"

namespace quoin {
namespace {

constexpr std::size_t buffer_bytes = 256u << 10;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The bytes of a file, unpacked if they are gzip.
class FileBytes {
public:
    static Result<FileBytes> open(const std::filesystem::path& path) {
        FileBytes bytes;
        bytes.where_ = fmt::format("'{}'", path.string());
        bytes.descriptor_.reset(new int(::open(path.c_str(), O_RDONLY | O_CLOEXEC)));
        if (*bytes.descriptor_ < 0) return bytes.failure();
        std::array<char, 2> magic{};
        bool zipped = ::pread(*bytes.descriptor_, magic.data(), magic.size(), 0) == 2 && magic[0] == '\x1f' && magic[1] == '\x8b';
        if (zipped)
            bytes.gzip_.emplace(
                [raw = bytes.descriptor_.get(), where = bytes.where_](std::span<char> into) { return read_raw(*raw, into, where); });
        return bytes;
    }

    Result<std::size_t> read(std::span<char> into) {
        if (!gzip_) return read_raw(*descriptor_, into, where_);
        auto count = gzip_->read(into);
        if (!count && count.error().kind == ErrorKind::corrupt)
            return fail(ErrorKind::corrupt, "{} cannot be unpacked: {}", where_, count.error().message);
        return count;
    }

private:
    struct Closer {
        void operator()(int* descriptor) const {
            if (*descriptor >= 0) ::close(*descriptor);
            delete descriptor;
        }
    };

    static Result<std::size_t> read_raw(int descriptor, std::span<char> into, const std::string& where) {
        for (;;) {
            auto count = ::read(descriptor, into.data(), into.size());
            if (count >= 0) return static_cast<std::size_t>(count);
            if (errno != EINTR) return fail(ErrorKind::unavailable, "{} cannot be read: {}", where, std::strerror(errno));
        }
    }

    tl::unexpected<Error> failure() const {
        return fail(errno == ENOENT ? ErrorKind::not_found : ErrorKind::unavailable, "{} cannot be read: {}", where_, std::strerror(errno));
    }

    std::string where_;
    std::unique_ptr<int, Closer> descriptor_;
    std::optional<GzipReader> gzip_;
};

}  // namespace

struct TextWindow::Source {
    FileBytes bytes;
    std::vector<char> buffer = std::vector<char>(buffer_bytes);
};

TextWindow::TextWindow(std::unique_ptr<Source> source) : source_(std::move(source)) {}
TextWindow::TextWindow(TextWindow&&) noexcept = default;
TextWindow& TextWindow::operator=(TextWindow&&) noexcept = default;
TextWindow::~TextWindow() = default;

Result<TextWindow> TextWindow::open(const std::filesystem::path& path) {
    TRY(bytes, FileBytes::open(path));
    return TextWindow(std::unique_ptr<Source>(new Source{std::move(bytes)}));
}

char* TextWindow::data() const { return source_->buffer.data() + first_; }

Status TextWindow::refill() {
    auto& buffer = source_->buffer;
    if (at_end_) return {};
    std::memmove(buffer.data(), buffer.data() + first_, last_ - first_);
    last_ -= first_;
    first_ = 0;
    if (last_ == buffer.size()) {
        if (buffer.size() >= bytes_max) return fail(ErrorKind::too_large, "is longer than {} MiB", bytes_max >> 20);
        buffer.resize(buffer.size() * 2);
    }
    TRY(count, source_->bytes.read(std::span(buffer).subspan(last_)));
    at_end_ = count == 0;
    last_ += count;
    if (!started_ && (at_end_ || last_ >= byte_order_mark.size())) {
        started_ = true;
        if (rest().starts_with(byte_order_mark)) first_ = byte_order_mark.size();
    }
    return {};
}

}  // namespace quoin
