#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/digest.h"
#include "features/online_view.h"
#include "features/state_record.h"

namespace quoin {
namespace {

std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

/// As `hexdump -C` prints it: offset, 16 bytes, and what of them are letters.
std::vector<std::string> dump(std::string_view bytes, std::size_t offset = 0) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < bytes.size(); i += 16) {
        auto part = bytes.substr(i, 16);
        std::string line = fmt::format("{:08x} ", offset + i), letters;
        for (std::size_t j = 0; j < 16; ++j) {
            if (j == 8) line += ' ';
            line += j < part.size() ? fmt::format(" {:02x}", static_cast<unsigned char>(part[j])) : "   ";
        }
        for (char c : part) letters += c >= 0x20 && c < 0x7f ? c : '.';
        lines.push_back(line + "  |" + letters + "|");
    }
    return lines;
}

/// docs/formats/feature-state.md shows these declarations, and the bytes that the event which it shows leaves behind.
TEST(FeatureStateDocument, ShowsTheBytesThatAreWritten) {
    auto document = text_of(std::filesystem::path(QUOIN_SOURCE_DIR) / "docs/formats/feature-state.md");
    auto fenced = [&](std::string_view first) {
        auto start = document.find(first);
        return start == std::string::npos ? std::string() : document.substr(start, document.find("```", start) - start);
    };
    auto folder = std::filesystem::temp_directory_path() / ("quoin_document_" + random_hex_id());
    std::filesystem::create_directories(folder / "events");
    std::filesystem::create_directories(folder / "features");
    std::ofstream(folder / "events/page.viewed.yaml") << fenced("type: page.viewed");
    std::ofstream(folder / "features/views.yaml") << fenced("view: views");
    auto catalog = FeatureCatalog::load(folder);
    ASSERT_TRUE(catalog) << catalog.error().message;
    TextTable texts;
    OnlineView online(*catalog, texts);
    Event event{.source = "/web", .id = "1", .type = "page.viewed", .time = from_civil(2026, 5, 1)};
    event.data = R"({"user_id": "ann", "page": "home"})";
    event.known = event.time, event.sequence = 1;
    online.apply({&event, 1});

    StateCodecs codecs(*catalog);
    const StateCodec& codec = *codecs.find("views");
    std::string record;
    StateKey key = codec.key("default", "ann");
    codec.encode(key, {{1, event.known}, *online.table("views")->state(entity_key("default", "ann"))}, texts, record);
    for (const auto& line : dump(record)) EXPECT_NE(document.find(line), std::string::npos) << line;

    ASSERT_TRUE(online.save(folder / "states.qfs"));
    auto file = text_of(folder / "states.qfs");
    for (const auto& line : dump(std::string_view(file).substr(0, 96))) EXPECT_NE(document.find(line), std::string::npos) << line;
    auto held = file.find("default\x1f"
                          "ann") /
                    16 * 16 -
                112;
    for (const auto& line : dump(std::string_view(file).substr(held, 240), held)) EXPECT_NE(document.find(line), std::string::npos) << line;
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace quoin
