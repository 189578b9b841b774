#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "registry/registry.h"

namespace quoin {

/// A folder of its own that goes with the test.
class ScratchFolder {
public:
    explicit ScratchFolder(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
        std::string pattern = (parent / "quoin_registry_XXXXXX").string();
        path = mkdtemp(pattern.data());
    }
    ~ScratchFolder() { std::filesystem::remove_all(path); }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    std::filesystem::path path;
};

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

/// A registry in a folder, with the parts that a test may reach behind it.
struct OpenRegistry {
    std::shared_ptr<Database> database;
    std::shared_ptr<BlobStore> blobs;
    Registry registry;

    static OpenRegistry in(const std::filesystem::path& folder, const Clock& clock) {
        auto database = std::make_shared<Database>(Database::open(folder / "registry.db").value());
        auto blobs = std::make_shared<BlobStore>(BlobStore::open(folder / "blobs").value());
        return {database, blobs, Registry::open(database, blobs, clock).value()};
    }
};

/// A registry in a folder of its own with a clock that the test moves, and versions of the model "value" to put into it.
class RegistryScene {
public:
    RegistryScene() : clock(at(0)), open(OpenRegistry::in(folder.path, clock)), registry(open.registry) {}

    static EventTime at(int hour) { return EventTime{from_civil(2026, 3, 2).value() + hour * 3'600'000'000LL}; }

    /// A version with two gates, of which the second passes or not.
    ModelVersion draft(bool passed = true) {
        ModelVersion version;
        version.model = "value";
        version.artifact = open.blobs->put(bytes_of("model " + std::to_string(++drafts_))).value();
        version.metrics = {{"mdape", 0.08}, {"r2", 0.9}};
        version.gates = {{"mdape < 0.1", 0.08, 0.1, true, "MdAPE 0.08 is below 0.1"},
                         {"prb <= 0.05", 0.06, 0.05, passed, passed ? "PRB is at most 0.05" : "PRB 0.06 is above 0.05"}};
        version.source = "digest of data and declaration";
        return version;
    }
    std::int64_t add(bool passed = true) { return registry.register_version(draft(passed), change).value().number; }
    Stage stage(std::int64_t number) const { return registry.version("value", number).value().stage; }
    std::vector<std::string> actions() const {
        const std::vector<LedgerLine> lines = registry.ledger("value").value();
        std::vector<std::string> names;
        for (const LedgerLine& line : lines) names.push_back(line.action);
        return names;
    }

    const Change change{"ann", "quarterly review"};
    ScratchFolder folder;
    ManualClock clock;
    OpenRegistry open;
    Registry& registry;

private:
    int drafts_ = 0;
};

}  // namespace quoin
