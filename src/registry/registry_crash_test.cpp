#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <thread>

#include "base/rng.h"
#include "registry/registry_fixture.h"

namespace quoin {
namespace {

const Change change{"crash test", ""};

/// Registers, promotes and names versions until it is killed. Every version differs in its bytes.
[[noreturn]] void work_until_killed(const std::filesystem::path& folder) {
    OpenRegistry open = OpenRegistry::in(folder, system_clock());
    for (;;) {
        std::string run = open.registry.start_run("value", {{"depth", "8"}}).value();
        ModelVersion version;
        version.model = "value";
        version.run_id = run;
        version.artifact = open.registry.log_artifact(run, "model", bytes_of(std::string(20'000, 'x') + run)).value();
        version.metrics = {{"mdape", 0.08}, {"mape", 0.11}, {"r2", 0.9}};
        version.gates = {{"mdape < 0.1", 0.08, 0.1, true, ""}, {"mape < 0.12", 0.11, 0.12, true, ""}};
        std::int64_t number = open.registry.register_version(version, change).value().number;
        if (!open.registry.promote("value", number, change)) _exit(3);
        if (!open.registry.set_alias("value", "shadow", number, change)) _exit(4);
    }
}

/// Runs the worker in a process of its own and kills it after `life`. Returns whether it was still at work.
bool kill_worker_after(const std::filesystem::path& folder, std::chrono::microseconds life) {
    pid_t child = fork();
    if (child == 0) {
        try {
            work_until_killed(folder);
        } catch (...) {
            _exit(2);
        }
    }
    std::this_thread::sleep_for(life);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

struct Counts {
    std::map<std::string, std::size_t> lines;
    std::size_t versions = 0;
};

/// Everything that must hold after any crash. Blobs of versions up to `checked` were read before.
Counts check_whole(OpenRegistry& open, std::int64_t checked) {
    Counts counts;
    EXPECT_TRUE(open.registry.verify_ledger());
    auto versions = open.registry.versions("value").value();
    counts.versions = versions.size();
    std::size_t in_production = 0;
    for (const ModelVersion& version : versions) {
        in_production += version.stage == Stage::production;
        EXPECT_EQ(version.metrics.size(), 3u);
        EXPECT_EQ(version.gates.size(), 2u);
        bool whole = version.number <= checked || open.blobs->get(version.artifact).has_value();
        EXPECT_TRUE(whole) << "the artifact of version " << version.number;
    }
    const auto aliases = open.registry.aliases("value").value();
    for (const auto& [alias, number] : aliases) EXPECT_TRUE(number >= 1 && number <= static_cast<std::int64_t>(versions.size())) << alias;
    std::map<std::pair<std::string, std::int64_t>, int> changes;
    const auto lines = open.registry.ledger("value").value();
    for (const LedgerLine& line : lines) {
        ++counts.lines[line.action];
        EXPECT_EQ(++changes[std::pair(line.action, line.version)], 1) << line.action << " of " << line.version << " is written twice";
    }
    EXPECT_EQ(counts.lines["register"], versions.size()) << "exactly one line per version";
    EXPECT_EQ(in_production, counts.lines["promote"] == 0 ? 0u : 1u);
    auto champion = open.registry.find("value", "champion");
    EXPECT_EQ(champion.has_value(), counts.lines["promote"] > 0);
    EXPECT_TRUE(!champion || champion->stage == Stage::production);
    return counts;
}

/// A killed process loses nothing that it gave to the kernel, so memory serves as well as a disk, and twenty times as many commits
/// fall into the life of a worker.
std::filesystem::path quick_folder() {
    const char* memory = "/dev/shm";
    return access(memory, W_OK) == 0 ? std::filesystem::path(memory) : std::filesystem::temp_directory_path();
}

TEST(RegistryCrash, KilledAtAnyInstantLeavesAllOrNothing) {
    constexpr int registries = 20, kills = 10;  // many registries, since every check reads all of one again
    Rng rng(20260302);
    std::size_t versions = 0, torn = 0;
    for (int round = 0; round < registries; ++round) {
        ScratchFolder folder(quick_folder());
        { OpenRegistry::in(folder.path, system_clock()); }
        Counts counts;
        std::size_t unnamed = 0;
        for (int kill = 0; kill < kills; ++kill) {
            ASSERT_TRUE(kill_worker_after(folder.path, std::chrono::microseconds(500 + rng.below(35'000))))
                << "the worker failed by itself";
            OpenRegistry open = OpenRegistry::in(folder.path, system_clock());
            counts = check_whole(open, static_cast<std::int64_t>(counts.versions));
            std::size_t still_unnamed = counts.lines["register"] - counts.lines["alias"];
            torn += still_unnamed != unnamed;
            unnamed = still_unnamed;
            if (HasFailure()) FAIL() << "after kill " << kill + 1 << " of registry " << round + 1;
        }
        versions += counts.versions;
    }
    EXPECT_GT(versions, 20u) << "the worker must get something done, or the test shows nothing";
    EXPECT_GT(torn, 0u) << "some kills must fall between the steps";
    RecordProperty("versions", static_cast<int>(versions));
    RecordProperty("torn", static_cast<int>(torn));
}

}  // namespace
}  // namespace quoin
