// A journal with any bytes in its file opens or is refused, and what it hands on is the beginning of what was appended. The first byte says
// what follows: odd, the file itself; even, edits of a whole journal of five frames, each of three bytes: a place (least significant byte
// first) and what stands there instead.

#include "store/journal.h"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
using quoin::Journal;

const fs::path& folder() {
    static const fs::path made = [] {
        auto memory = fs::path("/dev/shm");
        auto place = (fs::exists(memory) ? memory : fs::temp_directory_path()) / fmt::format("quoin-fuzz-journal-{}", getpid());
        fs::create_directories(place);
        return place;
    }();
    return made;
}

fs::path segment() { return folder() / "00000000000000000001.journal"; }

const std::vector<std::string>& payloads() {
    static const std::vector<std::string> made = {"a", std::string(100, 'b'), "", "frame four", std::string(33, '\0')};
    return made;
}

std::string whole_journal() {
    fs::remove_all(folder());
    {
        auto journal = Journal::open({.folder = folder()}, 0, [](auto, auto) { return quoin::Status{}; });
        if (!journal) std::abort();
        for (const auto& payload : payloads())
            if (!(*journal)->append(payload, payload.size() % 2 == 1)) std::abort();
    }
    std::ifstream stream(segment(), std::ios::binary);
    std::string bytes(4096, '\0');  // the rest of the file is zeros
    if (!stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) std::abort();
    return bytes;
}

std::string edited(std::string bytes, std::string_view edits) {
    for (; edits.size() >= 3; edits.remove_prefix(3)) {
        auto place = static_cast<unsigned char>(edits[0]) + 256u * static_cast<unsigned char>(edits[1]);
        bytes[place % bytes.size()] = edits[2];
    }
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::string whole = whole_journal();
    if (size == 0) return 0;
    std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    bool is_edited = data[0] % 2 == 0;
    fs::remove_all(folder());
    fs::create_directories(folder());
    std::ofstream(segment(), std::ios::binary) << (is_edited ? edited(whole, rest) : std::string(rest));
    std::uint64_t seen = 0;
    auto journal = Journal::open({.folder = folder()}, 0, [&](std::uint64_t frame, std::string_view payload) -> quoin::Status {
        if (frame != ++seen) std::abort();
        bool is_mark = is_edited && seen == payloads().size() + 1 && payload.empty();
        if (is_edited && !is_mark && (seen > payloads().size() || payload != payloads()[seen - 1])) std::abort();
        return {};
    });
    if (!journal && journal.error().message.empty()) std::abort();
    if (journal && !(*journal)->append("goes on", false)) std::abort();
    return 0;
}
