// Any bytes as a CSV file: read_table must answer with a table or an error, and every value of the table must be readable.

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "table/read.h"

namespace {

/// One file for the whole run, removed at its end.
struct ScratchFile {
    std::string path = (std::filesystem::temp_directory_path() / "quoin-fuzz-XXXXXX.csv").string();
    int descriptor = ::mkstemps(path.data(), 4);
    ~ScratchFile() {
        ::close(descriptor);
        ::unlink(path.c_str());
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static ScratchFile file;
    if (::ftruncate(file.descriptor, 0) != 0 || ::pwrite(file.descriptor, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
    auto table = quoin::read_table(file.path);
    if (!table) {
        if (table.error().message.empty()) std::abort();
        return 0;
    }
    for (const auto& column : table->columns()) {
        if (column.size() != table->rows()) std::abort();
        for (std::size_t row = 0; row < column.size(); ++row) (void)column.text(row);
    }
    return 0;
}
