// A file of blocks with any bytes is read or refused, and a writer goes on with what is whole. The first byte says what follows: odd, the
// file itself; even, edits of a whole file of three blocks of prediction records, each of three bytes: a place (least significant byte
// first) and what stands there instead.

#include "store/time_blocks.h"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "prediction/prediction_record.h"
#include "store/time_block_writer.h"

namespace {

namespace fs = std::filesystem;
using namespace quoin;

const fs::path& file() {
    static const fs::path made = [] {
        auto memory = fs::path("/dev/shm");
        return (fs::exists(memory) ? memory : fs::temp_directory_path()) / fmt::format("quoin-fuzz-blocks-{}", getpid());
    }();
    return made;
}

std::string whole_file() {
    fs::remove(file());
    {
        auto writer = TimeBlockWriter::create(file());
        if (!writer) std::abort();
        for (int k = 0; k < 3; ++k) {
            RecordChunk chunk(4096);
            for (int n = 0; n <= k; ++n) {
                PredictionRecord record{"pred_1", EventTime{10 * k + n}, "model", "v1", "artifact", "{}", std::string(100, 'a')};
                chunk.append(record);
            }
            if (!(*writer)->append({chunk.bytes(), chunk.records(), chunk.times(), chunk.tags()})) std::abort();
        }
    }
    std::ifstream stream(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
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
    static const std::string whole = whole_file();
    if (size == 0) return 0;
    std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    (void)for_each_record(rest, [](const auto&) { return true; });
    std::ofstream(file(), std::ios::binary) << (data[0] % 2 == 0 ? edited(whole, rest) : std::string(rest));
    (void)describe_time_blocks(file());
    auto blocks = find_time_blocks(file(), {});
    if (!blocks && blocks.error().message.empty()) std::abort();
    if (!blocks) return 0;
    for (const auto& block : *blocks)
        if (auto bytes = read_time_block(file(), block)) (void)for_each_record(*bytes, [](const auto&) { return true; });
    auto writer = TimeBlockWriter::go_on(file());
    if (!writer) return 0;
    if (!(*writer)->append({"goes on", 1, {EventTime{1}, EventTime{1}}, 1})) std::abort();
    writer->reset();
    auto after = find_time_blocks(file(), {});
    if (!after || after->size() != blocks->size() + 1) std::abort();
    return 0;
}
