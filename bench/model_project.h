#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "control/project.h"

namespace quoin::bench {

/// Ends the program with the error's message.
template <class T>
T or_exit(Result<T> result) {
    if (result) return std::move(*result);
    fmt::print(stderr, "{}\n", result.error().message);
    std::exit(1);
}
inline void or_exit(const Status& status) {
    if (status) return;
    fmt::print(stderr, "{}\n", status.error().message);
    std::exit(1);
}

/// Registers a model in a project and puts it in production.
inline void put_live(Project& project, const TrainedModel& model) {
    auto artifact = or_exit(project.blobs().put(model.save()));
    auto run = or_exit(project.registry().start_run(model.name, {}));
    or_exit(project.registry().finish_run(run, true));
    ModelVersion draft{.model = model.name, .run_id = run, .artifact = artifact};
    auto version = or_exit(project.registry().register_version(draft, {"bench", "made for a benchmark"}));
    or_exit(project.registry().promote(model.name, version.number, {"bench", "made for a benchmark"}, true));
}

/// A new project in `folder` with `count` copies of a model in production: its own name, then name_2, name_3, …
inline void make_project(const std::filesystem::path& folder, TrainedModel model, int count) {
    std::filesystem::remove_all(folder);
    auto project = or_exit(Project::create(folder));
    auto name = model.name;
    for (int k = 1; k <= count; ++k) {
        model.name = k == 1 ? name : fmt::format("{}_{}", name, k);
        put_live(project, model);
    }
}

}  // namespace quoin::bench
